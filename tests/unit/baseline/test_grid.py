"""§3.6: the whole grid; the same numbers whatever the processes, and whatever kills them."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, mean_squared_error

from baseline import run_folder
from baseline.files import read_json
from baseline.run_folder import Training
from tests.unit.baseline.drawn_corpus import draw

ROOT = Path(__file__).resolve().parents[3]
POINTS = [(4, 1e-2), (8, 1e-2)]
GRID = ["--hidden", "8,4", "--learning-rates", "1e-2"]
GRID += ["--runs", "2", "--folds", "3", "--epochs", "20", "--seed", "5"]
TRAININGS = 12


def baseline(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """`python -m baseline …` in this folder, alone in its process group."""
    return subprocess.Popen(
        [sys.executable, "-m", "baseline", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        process_group=0,
    )


def train(folder: Path, into: str, *more: str) -> subprocess.Popen[str]:
    given = ["--features", "A,L,V", "--labels", "labels.csv", "--into", into, *GRID]
    return baseline(folder, "train", *given, *more)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    draw(folder)
    return folder


@pytest.fixture(scope="module")
def run(corpus: Path) -> Path:
    """The whole grid in three processes, undisturbed."""
    process = train(corpus, "run", "--processes", "3")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    return corpus / "run"


def children_of(process: int) -> list[int]:
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in listed.split()]


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


def wait_until(said: Any, *, within: float = 60.0) -> None:
    until = time.monotonic() + within
    while not said():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.02)


def numbers_of(run: Path) -> dict[str, bytes]:
    """Every byte of what was trained: curves, predictions, weights, results, the model."""
    told = [run / "results.json", *run.glob("folds/*/*"), *run.glob("model/*")]
    return {str(file.relative_to(run)): file.read_bytes() for file in sorted(told)}


def finished(run: Path) -> set[Path]:
    return set(run.glob("folds/*/result.json"))


def test_a_full_disk_and_kill_9_lose_only_what_was_unfinished(corpus: Path, run: Path) -> None:
    """One process instead of three; a full disk on the way, then a kill: the same numbers.

    1. The disk is full where one training writes: one sentence, and what was finished is kept.
    2. Started again and killed by SIGKILL in the midst: its child dies, too.
    3. Started again: nothing that was finished is touched, and all is as if undisturbed.
    """
    again = corpus / "again"
    plan = run_folder.planned(run_folder.open_run(run)[0])
    full = again / plan[3].folder / "epochs.csv"
    prepared(corpus, again)
    full.parent.mkdir(parents=True)
    full.symlink_to("/dev/full")
    process = train(corpus, "again", "--processes", "1")
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert errors.splitlines()[-1].startswith("error: The disk is full")
    assert run_folder.status(again)["state"] == "failed"
    assert len(finished(again)) == 3
    full.unlink()

    process = train(corpus, "again", "--processes", "1")
    wait_until(lambda: len(finished(again)) >= 6)
    children = children_of(process.pid)
    assert children and all(map(is_alive, children))
    process.kill()
    process.communicate()
    wait_until(lambda: not any(map(is_alive, children)), within=15)
    assert run_folder.status(again)["state"] == "stopped"
    before = {file: file.stat().st_mtime_ns for file in finished(again)}
    assert 6 <= len(before) < TRAININGS

    process = baseline(corpus, "train", "--resume", "again", "--processes", "1")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert run_folder.status(again)["state"] == "done"
    assert numbers_of(again) == numbers_of(run)


def prepared(corpus: Path, folder: Path) -> None:
    spec, clips = run_folder.open_run(corpus / "run")
    run_folder.prepare(folder, spec, clips)


def test_each_training_says_what_scikit_learn_says_of_its_predictions(run: Path) -> None:
    spec, clips = run_folder.open_run(run)
    truth = clips.indices(spec.classes)
    for training in run_folder.planned(spec):
        told = read_json(run / training.folder / "result.json")
        with np.load(run / training.folder / "predictions.npz") as said:
            seen, probabilities, valence = (
                said[name] for name in ("clips", "probabilities", "valence")
            )
        found = probabilities.argmax(axis=1)
        known = ~np.isnan(clips.valences[seen])
        f1 = f1_score(truth[seen], found, average="weighted")
        mse = mean_squared_error(clips.valences[seen][known], valence[known])
        assert told["discrete"] == pytest.approx(f1)
        assert told["dimensional"] == pytest.approx(mse, rel=1e-5)
        assert told["combined"] == pytest.approx(f1 - 0.25 * mse, rel=1e-5)
        assert told["accuracy"] == pytest.approx(accuracy_score(truth[seen], found))
        curve = run_folder.curve(run, **vars(training))
        assert [row["epoch"] for row in curve] == list(range(1, 21))
        best = max(curve, key=lambda row: row["combined"])
        assert told["best_epoch"] == best["epoch"]
        assert told["combined"] == best["combined"]


def test_the_folds_of_a_run_validate_each_clip_once_and_runs_draw_others(run: Path) -> None:
    spec, clips = run_folder.open_run(run)
    seen = {
        (each.run, each.fold): np.load(run / each.folder / "predictions.npz")["clips"].tolist()
        for each in run_folder.planned(spec)
    }
    for number in (1, 2):
        together = [clip for fold in (1, 2, 3) for clip in seen[number, fold]]
        assert sorted(together) == list(range(len(clips)))
    assert seen[1, 1] != seen[2, 1]


def test_results_are_means_over_folds_and_mean_and_deviation_over_runs(run: Path) -> None:
    told = run_folder.results(run)
    assert told is not None
    assert [(each["hidden"], each["learning_rate"]) for each in told["grid"]] == POINTS
    for point in told["grid"]:
        for name in ("discrete", "dimensional", "combined", "accuracy"):
            by_run = np.array(
                [[result_of(run, point, number, fold)[name] for fold in (1, 2, 3)]
                 for number in (1, 2)]
            ).mean(axis=1)  # fmt: skip
            assert [each[name] for each in point["runs"]] == pytest.approx(by_run.tolist())
            assert point[name] == pytest.approx(by_run.mean())
            spread = abs(by_run[0] - by_run[1]) / 2  # of two, with their number as divisor
            assert point[f"{name}_sd"] == pytest.approx(spread, abs=1e-12)
    best = max(told["grid"], key=lambda point: point["combined"])
    assert best["best"] and sum(point["best"] for point in told["grid"]) == 1
    assert told["best"] == {name: best[name] for name in ("hidden", "learning_rate")}
    assert best["discrete"] > 0.6  # it learns: chance is a third


def result_of(run: Path, point: dict[str, Any], number: int, fold: int) -> dict[str, Any]:
    training = Training(point["hidden"], point["learning_rate"], number, fold)
    told: dict[str, Any] = read_json(run / training.folder / "result.json")
    return told


def test_weights_stay_of_run_1_at_the_best_point_only(run: Path) -> None:
    told = run_folder.results(run)
    assert told is not None
    kept = {str(file.parent.relative_to(run)) for file in run.glob("folds/*/weights.safetensors")}
    assert kept == {Training(**told["best"], run=1, fold=fold).folder for fold in (1, 2, 3)}
    assert {file.name for file in (run / "model").iterdir()} > {"model.json", "fold3.safetensors"}
