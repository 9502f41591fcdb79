"""The pool: which clips Algorithm 1 may choose from, and why others are left out."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import coordination, practice
from collection.models import Corpus
from selection import pool
from tests import factories
from tests.factories import Clock

ONE_VOTE: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 0, "valence_ratings": 0}
OPENED = ["aside", "labeled", "labeled example", "open", "unlabeled", "unlabeled practice"]
NEVER = ["a name, quoted", "example", "never b", "never a"]


@pytest.fixture
def every(db: None) -> Corpus:
    """A corpus with clips in every state, each named so."""
    corpus = factories.opened(OPENED, **ONE_VOTE)
    clock = Clock()
    a = factories.annotator(corpus, clock)
    for clip in ("unlabeled", "unlabeled practice"):
        a.vote(a.screen_of(clip), "other")
    for clip in ("labeled", "labeled example"):
        a.vote(a.screen_of(clip), "anger")
    coordination.set_aside(
        clip=factories.clip_of(corpus, "aside"),
        reason="Two faces",
        by=factories.coordinator(corpus),
        at=clock.tick(),
    )
    factories.clips(corpus, NEVER)
    factories.examples(corpus, ("anger", "example"), ("anger", "labeled example"))
    lesson = practice.Lesson(clip="unlabeled practice", stage="emotion", emotion="anger")
    practice.choose(corpus=corpus, lessons=[lesson])
    return corpus


def test_it_has_what_was_never_opened_and_what_ended_unlabeled(every: Corpus) -> None:
    found = pool.pool_of(every)
    assert found.names == ["a name, quoted", "never a", "never b", "unlabeled"]
    ids = dict(every.clips.values_list("name", "pk"))
    assert found.ids.tolist() == [ids[name] for name in found.names]
    assert pool.counts(every) == {
        "clips": 4,
        "never_opened": 3,
        "ended_unlabeled": 1,
        "left_out": {"open": 1, "labeled": 2, "set_aside": 1, "guides": 2},
    }


def test_a_clip_that_was_opened_again_is_being_labeled(every: Corpus) -> None:
    factories.open_again(every, ["unlabeled"])
    assert "unlabeled" not in pool.pool_of(every).names
    counts = pool.counts(every)
    assert (counts["ended_unlabeled"], counts["left_out"]["open"]) == (0, 2)


def test_it_takes_as_many_queries_whatever_its_size(every: Corpus) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            pool.pool_of(every)
            pool.counts(every)
        return len([each for each in asked if "SAVEPOINT" not in each["sql"]])

    before = queries()
    factories.clips(every, [f"more {number}" for number in range(50)])
    assert queries() == before <= 4


def test_what_has_left_the_pool_is_what_is_not_in_it(every: Corpus) -> None:
    """The set is read from the labelings and the guides, and not from the clips."""
    with connection.cursor() as cursor:
        cursor.execute(pool.NOT_IN_IT, {"corpus": every.pk})
        gone = {clip for (clip,) in cursor.fetchall()}
    assert gone == {*every.clips.values_list("pk", flat=True)} - {*pool.pool_of(every).ids.tolist()}
