"""A corpus to select from: labeled clips, a pool of which some ended unlabeled, three imported
feature sets in which the classes show, and a model. Clips are known by name only."""

import csv
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.support import corpora, labeled, place

if TYPE_CHECKING:
    from accounts.models import User
    from collection.models import Corpus
    from training.models import TrainingRun

SLUG = "semi"
PORTIONS = np.array(labeled.CLIPS) / sum(labeled.CLIPS)  # of each class
COLUMNS = ("clip", "stage", "round", "annotator", "emotion", "reliability", "valence", "cast_at")
AT = datetime(2026, 1, 5, tzinfo=UTC)
CLEARNESS = 0.3  # of the classes, beside a spread of 1
LOOK_EVERY = 0.2  # s
CHUNK = 4 * 2**20  # bytes
GRID: dict[str, Any] = {"hidden_sizes": [128], "learning_rates": [0.001], "runs": 1, "epochs": 5}


def make(home: Path, clips: int, pool: int, ended: int) -> "Corpus":
    """`clips` labeled ones, and a `pool` of which so many have `ended` unlabeled."""
    corpus = corpora.corpus_of(SLUG, clips + pool, home)
    names = corpora.clip_names(clips + pool)
    emotions = emotions_of(len(names))
    votes = home / "votes.csv"
    with votes.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        at = AT
        for place_of, name in enumerate(names[: clips + ended]):
            own = of_labeled(emotions[place_of]) if place_of < clips else of_ended()
            for row in own:
                at += timedelta(seconds=1)
                out.writerow([name, *row, at.isoformat()])
    place.manage("import_votes", SLUG, votes, "--create-annotators")
    return corpus


def emotions_of(clips: int) -> NDArray[np.int64]:
    """What is to be seen in each clip, as often as in Train&Val. (clips,)"""
    return np.random.default_rng(2023).choice(len(PORTIONS), clips, p=PORTIONS)


def of_labeled(emotion: int) -> Iterator[tuple[Any, ...]]:
    """Everybody agrees."""
    code = labeled.CLASSES[emotion]
    for person in range(3):
        yield "emotion", 1, f"voter-{person}", code, "", ""
    for person in range(2):
        yield "reliability", 1, f"judge-{person}", code, "reliable", ""
    for person in range(6):
        yield "valence", 1, f"rater-{person}", "", "", emotion - 3


def of_ended() -> Iterator[tuple[Any, ...]]:
    """Nobody agrees."""
    for person, code in enumerate(labeled.CLASSES[:3]):
        yield "emotion", 1, f"voter-{person}", code, "", ""


def trained(corpus: "Corpus", home: Path, by: "User") -> "TrainingRun":
    """On imported features of all clips; one point of the grid, a few epochs. The workers do it."""
    from training import features, runs
    from training.models import FeatureSet, TrainingRun

    names = corpora.clip_names(corpus.clips.count())
    emotions = emotions_of(len(names))
    for number, (modality, dimension) in enumerate(labeled.DIMENSIONS.items()):
        file = home / f"{modality}.npz"
        matrix = drawn(emotions, dimension, np.random.default_rng(number))
        np.savez(file, names=np.array(names), features=matrix)
        made = features.start_import(
            corpus=corpus,
            name=modality,
            modality=modality,
            file_name=file.name,
            chunks=pieces(file),
            by=by,
        )
        worked(made.job)
        file.unlink()
    sets = list(FeatureSet.objects.filter(corpus=corpus).values_list("pk", flat=True))
    (run,) = runs.start_training(
        corpus=corpus,
        feature_sets=sets,
        combinations="together",
        classes=None,
        numbers=runs.defaults() | GRID,
        by=by,
    )
    worked(run.job)
    return TrainingRun.objects.select_related("model").get(pk=run.pk)


def worked(job: Any) -> None:
    """Wait until a worker has done the job."""
    while job.ended_at is None:
        time.sleep(LOOK_EVERY)
        job.refresh_from_db()
    if job.state != "done":
        raise SystemExit(job.message)


def drawn(
    emotions: NDArray[np.int64], dimension: int, random: np.random.Generator
) -> NDArray[np.float32]:
    """A place for each class beside a spread of 1. (clips, dimension)"""
    places = CLEARNESS * random.standard_normal((len(PORTIONS), dimension), np.float32)
    matrix = random.standard_normal((len(emotions), dimension), np.float32)
    matrix += places[emotions]
    return matrix


def pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(CHUNK):
            yield piece
