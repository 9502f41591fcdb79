"""Feature sets, a finished training run and a prediction, without training anew for every test.

What is trained is trained once, by the baseline's own commands on eight clips; its files are
copied to where the actions have made a run's folder.
"""

import csv
import fcntl
import io
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from django.utils import timezone

from accounts.models import User
from annotation import vote_import
from annotation.vote_files import COLUMNS
from baseline.stores import write_store
from collection.models import Corpus
from config import state
from jobs.actions import cancel
from jobs.progress import Silent
from training import feature_jobs, features, folders, predictions, runs, training_jobs
from training.models import FeatureSet, Prediction, TrainingRun

CLASSES = ("happiness", "sadness")
CLIPS = tuple(f"trained {number}" for number in range(8))  # of the classes in turn
DIMENSION = 3
NUMBERS: dict[str, Any] = {
    "hidden_sizes": [4],
    "learning_rates": [0.01],
    "folds": 2,
    "runs": 1,
    "epochs": 2,
}


def label_clips(corpus: Corpus, names: tuple[str, ...] = CLIPS) -> None:
    """D_l: clips that as many people as the corpus asks for have found to be of a class."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "votes.csv"
        with file.open("w", newline="") as out:
            csv.writer(out).writerows([COLUMNS, *votes_of(corpus, names)])
        allowed = vote_import.Allowed(create_clips=True, create_annotators=True)
        vote_import.import_votes(
            corpus=corpus, path=file, name="votes.csv", allowed=allowed, progress=Silent()
        )


def votes_of(corpus: Corpus, names: tuple[str, ...]) -> list[list[Any]]:
    at = timezone.now() - timedelta(hours=1)
    rows = []
    for place, name in enumerate(names):
        emotion = CLASSES[place % len(CLASSES)]
        valence = (3, -3)[place % len(CLASSES)]
        ballots = [
            *(("emotion", f"voter {n}", emotion, "", "") for n in range(corpus.emotion_votes)),
            *(
                ("reliability", f"judge {n}", emotion, "reliable", "")
                for n in range(corpus.reliability_votes)
            ),
            *(("valence", f"voter {n}", "", "", valence) for n in range(corpus.valence_ratings)),
        ]
        for stage, person, label, reliability, rating in ballots:
            at += timedelta(seconds=1)
            cells = {"clip": name, "stage": stage, "round": 1, "annotator": person}
            cells |= {"emotion": label, "reliability": reliability, "valence": rating}
            cells |= {"cast_at": at.isoformat()}
            rows.append([cells.get(column, "") for column in COLUMNS])
    return rows


def imported(
    corpus: Corpus, name: str, by: User, *, modality: str = "acoustic", clips: Any = CLIPS
) -> FeatureSet:
    """A feature set that was sent as a table."""
    table = io.StringIO()
    matrix = _numbers(clips, modality)
    rows = ([clip, *row] for clip, row in zip(clips, matrix.tolist(), strict=True))
    csv.writer(table).writerows([["name", "f1", "f2", "f3"], *rows])
    made = features.start_import(
        corpus=corpus,
        name=name,
        modality=modality,
        file_name=f"{name}.csv",
        chunks=[table.getvalue().encode()],
        by=by,
    )
    _write(made, clips, matrix)
    feature_jobs.run_import(made, Silent())
    return finished(made)


def extracted(corpus: Corpus, name: str, by: User, *, clips: Any = CLIPS) -> FeatureSet:
    """A feature set that was extracted here."""
    made = features.start_extraction(corpus=corpus, name=name, extractor="speech-embedding", by=by)
    _write(made, clips, _numbers(clips, made.modality))
    feature_jobs.keep_facts(made)
    return finished(made)


def finished(made: Any) -> Any:
    """With its job over, as a worker leaves it."""
    type(made.job).objects.filter(pk=made.job.pk).update(state="done", ended_at=timezone.now())
    return type(made).objects.get(pk=made.pk)


def _numbers(clips: Any, modality: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """(clips, DIMENSION): the class shows in the first number."""
    rng = Random(modality)
    rows = [
        [1 - 2 * (place % len(CLASSES)), *(rng.random() for _ in range(DIMENSION - 1))]
        for place in range(len(clips))
    ]
    return np.array(rows, np.float32)


def _write(made: FeatureSet, clips: Any, matrix: Any) -> None:
    _write_store(folders.store_of(made), made.name, made.modality, clips, matrix)


def _write_store(folder: Path, name: str, modality: str, clips: Any, matrix: Any) -> None:
    write_store(
        folder,
        name=name,
        modality=modality,
        names=list(clips),
        matrix=matrix,
        empty=np.zeros(len(clips), bool),
        recipe={"extractor": "a test"},
        source="a test",
    )


def asked(corpus: Corpus, sets: list[FeatureSet], by: User, **numbers: Any) -> list[TrainingRun]:
    """Runs that nobody has begun to train."""
    return runs.start_training(
        corpus=corpus,
        feature_sets=[each.pk for each in sets],
        combinations="together",
        classes=None,
        numbers=runs.defaults() | NUMBERS | numbers,
        by=by,
    )


def stopped(run: TrainingRun) -> TrainingRun:
    assert run.job
    cancel(job_id=run.job.pk)
    return TrainingRun.objects.get(pk=run.pk)


def trained(run: TrainingRun) -> TrainingRun:
    """The run as if it had been trained: of NUMBERS, on acoustic features of CLIPS."""
    for path in (_once() / "run").iterdir():
        if path.name not in ("spec.json", "labels.csv"):
            copy = shutil.copytree if path.is_dir() else shutil.copy
            copy(path, folders.of_run(run) / path.name)
    training_jobs.keep_results(run)
    return finished(run)


def predicted(run: TrainingRun, by: User) -> Prediction:
    made = predictions.start_prediction(run=run, clips="labeled", missing="refuse", by=by)
    file = folders.of_prediction(made)
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(_once() / "predictions.csv", file)
    training_jobs.keep_prediction(made, rows=len(CLIPS), masked=0, left_out=0)
    return finished(made)


@cache
def _once() -> Path:
    """A folder with a trained run and its predictions, for all processes of this run of tests."""
    folder = state.folder() / "trained"
    with (state.folder() / "trained.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "predictions.csv").exists():
            _train(folder)
    return folder


def _train(folder: Path) -> None:
    matrix = _numbers(CLIPS, "acoustic")
    _write_store(folder / "store", "tones", "acoustic", CLIPS, matrix)
    with (folder / "labels.csv").open("w", newline="") as file:
        rows = ((name, CLASSES[n % 2], (3, -3)[n % 2]) for n, name in enumerate(CLIPS))
        csv.writer(file).writerows([("name", "discrete", "valence"), *rows])
    grid = ["--hidden", "4", "--learning-rates", "0.01", "--folds", "2", "--runs", "1"]
    where = ["--labels", "labels.csv", "--into", "run", "--epochs", "2", "--processes", "1"]
    _baseline(folder, "train", "--features", "store", *where, *grid)
    _baseline(folder, "predict", "run", "--features", "store", "--into", "predictions.csv")


def _baseline(folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "baseline", *arguments]
    environment = {"PYTHONPATH": str(state.CHECKOUT), "OMP_NUM_THREADS": "1", "PATH": "/usr/bin"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
