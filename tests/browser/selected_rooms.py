"""Corpora whose selection runs have something of every kind to show."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core.management import call_command
from django.utils import timezone

from accounts.actions import add_member
from accounts.models import User
from annotation import tasks
from collection.models import Corpus
from jobs.actions import cancel
from selection import batches, places
from selection.models import SelectionBatch, SelectionRun
from tests import chosen, factories
from tests.browser.furnished import LONG, person
from tests.browser.trained_rooms import labels, under_way
from tests.factories import Annotator, Clock, Screen

SLUG, OTHER, THIRD = "selected", "in-the-making", "in-vain"
NUMBERS = {"emotion_votes": 2, "max_emotion_votes": 2, "reliability_votes": 1, "valence_ratings": 3}
POOL = [f"sample_{number:08}" for number in range(36)] + [LONG]
FIRST, SECOND = 12, 2  # clips in batches
WORK = 400  # turns at the desk; far more than the clips ask for


@dataclass
class Rooms:
    """`runs` by what has become of them."""

    corpus: Corpus
    root: User
    coordinator: User
    runs: dict[str, SelectionRun]


def furnish(root: User, language: str, reel: Path) -> Rooms:
    corpus = factories.corpus(SLUG, labels=labels(), **NUMBERS)
    factories.clips(corpus, POOL)
    with TemporaryDirectory() as folder, open(os.devnull, "w") as silence:
        shutil.copy(reel / "scene 1.mp4", folder)
        call_command("import_clips", SLUG, folder, stdout=silence, stderr=silence)
    coordinator = person("协调员", language)
    add_member(corpus=corpus, user=coordinator, role="coordinator")
    names = list(corpus.clips.values_list("name", flat=True))
    labeled = chosen.chosen(chosen.scoring(corpus, names), root, eta=0.1)
    folds = chosen.scoring(corpus, names, seed=1, folds=5)
    by_folds = chosen.chosen(folds, root, eta=0.2, confidences="out_of_fold")
    fresh = chosen.chosen(chosen.scoring(corpus, names, seed=2), root, eta=0.3)
    people = factories.annotators(corpus, 4, Clock(timezone.now()))
    label(labeled, opened(labeled, root, FIRST), people)
    opened(labeled, root, SECOND)
    stopped(labeled, root)
    going_on(by_folds, root)
    return Rooms(
        corpus,
        root,
        coordinator,
        {
            "labeled": labeled,
            "by folds": by_folds,
            "fresh": fresh,
            "being made": being_made(root),
            "failed": failed(root),
        },
    )


def opened(run: SelectionRun, by: User, count: int | None) -> SelectionBatch:
    """A batch whose job is done."""
    batch = batches.open_batch(run=run, count=count, by=by)
    assert batch.opening.job
    tasks.open_clips(batch.opening.job.pk)
    return batch


def stopped(run: SelectionRun, by: User) -> None:
    """A batch whose job was cancelled before it had opened anything."""
    batch = batches.open_batch(run=run, count=2, by=by)
    assert batch.opening.job
    cancel(job_id=batch.opening.job.pk)


def going_on(run: SelectionRun, by: User) -> None:
    batch = batches.open_batch(run=run, count=3, by=by)
    under_way(batch.opening.job, done=1, total=3, message="")


def being_made(root: User) -> SelectionRun:
    return asked(OTHER, root)


def failed(root: User) -> SelectionRun:
    """Its scoring's files were gone before a worker came to it."""
    run = asked(THIRD, root)
    shutil.rmtree(places.of_scoring(run.scoring))
    assert chosen.worked(run).state == "failed"
    return run


def asked(slug: str, root: User) -> SelectionRun:
    corpus = factories.corpus(slug, labels=labels())
    factories.clips(corpus, POOL)
    return chosen.asked(chosen.scoring(corpus, POOL), root, eta=0.2)


def label(run: SelectionRun, batch: SelectionBatch, people: list[Annotator]) -> None:
    """People label the batch's clips as predicted; of four clips one is another class, on another
    they do not agree, and a third is skipped by all when it comes to its ratings."""
    codes = [each.code for each in run.classes.all()]
    clips = list(batch.clips.select_related("clip").order_by("clip__name"))
    predicted = {row.clip.name: codes[row.position] for row in clips}
    place_of = {row.clip.name: place % 4 for place, row in enumerate(clips)}

    def answer(person: int, screen: Screen) -> str | int | None:
        place, code = place_of[screen.clip_name], predicted[screen.clip_name]
        others = [each for each in codes if each != code]
        match screen.stage:
            case "emotion":
                return {1: others[0], 2: codes[person % len(codes)]}.get(place, code)
            case "reliability":
                return "reliable"
            case _:
                return None if place == 3 else 2

    for _ in range(WORK):
        worked = False
        for number, voter in enumerate(people):
            for screen in voter.claim():
                said = answer(number, screen)
                worked = True
                if said is None:
                    voter.skip(screen)
                else:
                    voter.vote(screen, *(said for _ in screen.seats))
        if not worked:
            return
    raise AssertionError("there is no end of work")
