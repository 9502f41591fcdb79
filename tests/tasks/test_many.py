"""More names than PostgreSQL takes as parameters of one statement (65,535)."""

from pathlib import Path

import pytest

from accounts.models import Membership
from annotation.clips_to_vote_on import create_clips
from annotation.models import OpeningClip
from annotation.opening import choose_clips
from annotation.vote_import import Allowed, import_votes
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.progress import Silent
from tests import factories

MANY = 66_000
VOTERS = 10_000  # seven columns each


@pytest.fixture
def corpus(db: None) -> Corpus:
    return factories.corpus()


def test_clips_of_a_large_corpus_are_opened_by_name(corpus: Corpus) -> None:
    names = [f"sample_{n:08}" for n in range(MANY)]
    create_clips(corpus, names)
    opening = choose_clips(corpus=corpus, by=None, names=names)
    assert OpeningClip.objects.filter(opening=opening).count() == MANY


def test_a_file_may_have_thousands_of_annotators(corpus: Corpus, tmp_path: Path) -> None:
    file = tmp_path / "votes.csv"
    votes = [f"c{n // 3},emotion,1,P{n},anger,2021-01-01" for n in range(VOTERS)]
    file.write_text("\n".join(["clip,stage,round,annotator,emotion,cast_at", *votes]))
    everything = Allowed(create_clips=True, create_annotators=True)
    said = import_votes(
        corpus=corpus, path=file, name=file.name, allowed=everything, progress=Silent()
    )
    assert str(said).startswith(f"{VOTERS} votes")
    assert Membership.objects.filter(corpus=corpus).count() == VOTERS


@pytest.mark.parametrize("count", [-1, 0, 2**31, 10**20])
def test_a_number_of_clips_that_means_nothing_is_refused(corpus: Corpus, count: int) -> None:
    with pytest.raises(Refusal, match="give one from 1 to 2147483647"):
        choose_clips(corpus=corpus, by=None, count=count)
