"""Corpora whose pages about scoring have something of every kind to show."""

import os
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command

from accounts.actions import add_member
from accounts.models import User
from collection.models import Corpus
from selection import scorings, tasks
from selection.models import Scoring
from tests import chosen, factories, trained
from tests.browser.furnished import LONG, person
from tests.browser.trained_rooms import labels, under_way
from tests.trained import CLIPS
from training.models import TrainingRun

SLUG, EMPTY, UNTRAINED, CHANGED = "scored", "empty", "untrained", "changed"
POOL = [f"sample_{number:08}" for number in range(60)] + [LONG]


@dataclass
class Rooms:
    """`scorings` by what has become of them."""

    corpus: Corpus
    root: User
    coordinator: User
    scorings: dict[str, Scoring]


def furnish(root: User, language: str, reel: Path) -> Rooms:
    factories.corpus(EMPTY, labels=labels())
    factories.clips(factories.corpus(UNTRAINED, labels=labels()), POOL)
    corpus, run = with_model(SLUG, root)
    with_model("elsewhere", root, pool=["another"])  # whose features are not those of this corpus
    with open(os.devnull, "w") as silence:
        call_command("import_clips", SLUG, reel, stdout=silence, stderr=silence)
    coordinator = person("协调员", language)
    add_member(corpus=corpus, user=coordinator, role="coordinator")
    names = list(corpus.clips.exclude(name__in=CLIPS).values_list("name", flat=True))
    by_file = chosen.explored(chosen.scoring(corpus, names, seed=1))
    chosen.chosen(by_file, root, eta=0.7)
    failed = brought(corpus, root, f"{LONG}.csv", b"name,p_anger\n")
    assert failed.job
    tasks.score(failed.job.pk)
    running = scorings.start_scoring(corpus=corpus, run=run, by=root)
    under_way(running.job, done=20, total=60, message="")
    return Rooms(
        corpus,
        root,
        coordinator,
        {
            "by folds": chosen.explored(chosen.scoring(corpus, names, folds=5)),
            "of a file": by_file,
            "failed": failed,
            "running": running,
            "changed": changed(),
        },
    )


def with_model(slug: str, root: User, pool: list[str] = POOL) -> tuple[Corpus, TrainingRun]:
    corpus = factories.corpus(slug, labels=labels())
    trained.label_clips(corpus)
    factories.clips(corpus, pool)
    tones = trained.imported(corpus, "tones", root, clips=[*CLIPS, *pool])
    return corpus, trained.trained(trained.asked(corpus, [tones], root)[0])


def brought(corpus: Corpus, root: User, name: str, content: bytes) -> Scoring:
    return scorings.start_import(corpus=corpus, file_name=name, chunks=[content], by=root)


def changed() -> Scoring:
    """One of its clips was opened since."""
    corpus = factories.corpus(CHANGED, labels=labels())
    factories.clips(corpus, POOL)
    made = chosen.explored(chosen.scoring(corpus, POOL))
    factories.open_clips(corpus, at=factories.NOON, names=[LONG])
    return made
