"""The folder of one training run: what lies where, and what it says.

    spec.json, labels.csv   what is trained, on which D_l
    lock                    held by the process that trains
    status.json             about once a second: {state, done, total, running, seconds_left}
    folds/h128_lr0.001_r1_f1/
        epochs.csv          a row when an epoch is done
        predictions.npz     of the validation clips at the best epoch: clips (places in labels.csv),
                            probabilities (clips, classes), valence (clips,)
        weights.safetensors run 1 only; after the end only of the grid's best point
        result.json         written last: this training is done
    results.json            mean ± standard deviation of each point of the grid
    model/                  the trained model

Folds and runs count from 1. Readers may look at any time, also from another process.
"""

import csv
import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from baseline import labels
from baseline.errors import Fault, of_the_disk
from baseline.files import read_json, write_json
from baseline.labels import Labels
from baseline.spec import FILE as SPEC
from baseline.spec import Spec
from baseline.stores import FeatureStore

STATUS = "status.json"
RESULTS = "results.json"
RESULT = "result.json"
EPOCHS = "epochs.csv"
WEIGHTS = "weights.safetensors"
PREDICTIONS = "predictions.npz"
MODEL = "model"
RUN_WITH_WEIGHTS = 1  # whose folds become the model; the other runs serve mean ± sd
EPOCH_COLUMNS = ("epoch", "loss", "discrete", "dimensional", "combined")
PATIENCE_S = 2.0  # for the children of a killed process to be gone, and with them its lock


@dataclass(frozen=True)
class Training:
    """One network to train: a point of the grid, a run, and the fold that validates it."""

    hidden: int
    learning_rate: float
    run: int
    fold: int

    @property
    def folder(self) -> str:
        return f"folds/h{self.hidden}_lr{self.learning_rate:g}_r{self.run}_f{self.fold}"


def planned(spec: Spec) -> list[Training]:
    """Every training of the grid: the largest networks first, as these take longest."""
    return [
        Training(hidden, rate, run, fold)
        for hidden in sorted(spec.hidden, reverse=True)
        for run in range(1, spec.runs + 1)
        for rate in spec.learning_rates
        for fold in range(1, spec.folds + 1)
    ]


def prepare(folder: Path, spec: Spec, clips: Labels) -> None:
    """Make a run's folder, or find that it is of this very run: then training goes on.

    The specification is kept with the digests of its feature sets as they are now. Raises Fault
    where the folder holds something else, or a run of other numbers, labels or feature sets.
    """
    spec.check()
    digests = {
        modality: FeatureStore.open(spec.store(folder, modality)).digest
        for modality in spec.modalities
    }
    spec = replace(spec, digests=digests)
    if (folder / SPEC).exists():
        kept = Spec.load(folder / SPEC)
        changed = kept.differences(spec)
        if not labels_of(folder, kept).same_as(clips):
            changed.append("labels")
        if changed:
            raise Fault(
                "run_differs",
                f"{folder} has a run with other {', '.join(changed)}. Go on with that one by "
                "--resume, or train into another folder.",
                folder=folder.name,
                settings=", ".join(changed),
            )
    else:
        _begin(folder, clips)
    spec.save(folder / SPEC)


def _begin(folder: Path, clips: Labels) -> None:
    if folder.exists() and (not folder.is_dir() or any(_not_ours(folder))):
        raise Fault(
            "folder_is_no_run",
            f"{folder} holds something else than a training run. Train into a new folder.",
            folder=folder.name,
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        labels.write(folder / labels.FILE, clips)
    except OSError as error:
        raise of_the_disk(error) from error


def _not_ours(folder: Path) -> Iterator[Path]:
    """What a process that was killed before it wrote spec.json did not leave."""
    ours = ("lock", labels.FILE)
    return (
        each
        for each in folder.iterdir()
        if each.name not in ours and not each.name.startswith(f".{SPEC}.")
    )


def open_run(folder: Path) -> tuple[Spec, Labels]:
    """What is trained on what; raises Fault where the folder is no run or is damaged."""
    if not (folder / SPEC).exists():
        raise Fault(
            "no_run_here",
            f"{folder} is no training run: it has no {SPEC}. Name the folder of a run, or start "
            "one with --features, --labels and --into.",
            folder=folder.name,
        )
    spec = Spec.load(folder / SPEC)
    return spec, labels_of(folder, spec)


def labels_of(folder: Path, spec: Spec) -> Labels:
    """D_l as it was when the run was made."""
    return labels.read(folder / labels.FILE, classes=spec.classes, valence_range=None)


@contextmanager
def locked(folder: Path) -> Iterator[IO[str]]:
    """Hold the run: one process trains in a folder. Raises Fault where another one does."""
    try:
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise of_the_disk(error) from error
    with lock:
        patient_until = time.monotonic() + PATIENCE_S
        while not _is_taken(lock, fcntl.LOCK_EX):
            if time.monotonic() > patient_until:
                raise Fault(
                    "run_is_busy",
                    f"{folder}: another process trains this run. Wait for it, or end it first.",
                    folder=folder.name,
                )
            time.sleep(0.05)
        yield lock


def _is_taken(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _somebody_trains(folder: Path) -> bool:
    try:
        with (folder / "lock").open() as lock:
            return not _is_taken(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def is_done(folder: Path, training: Training) -> bool:
    return (folder / training.folder / RESULT).exists()


def status(folder: Path) -> dict[str, Any]:
    """{state, done, total, running: [{hidden, learning_rate, run, fold, epoch}], seconds_left}.

    `state` is waiting, running, stopped (also where the process was killed), failed or done.
    """
    with suppress(FileNotFoundError):
        said: dict[str, Any] = read_json(folder / STATUS)
        if said["state"] == "running" and not _somebody_trains(folder):
            said |= {"state": "stopped", "running": [], "seconds_left": None}
        return said
    plan = planned(Spec.load(folder / SPEC))
    done = sum(is_done(folder, training) for training in plan)
    return {
        "state": "waiting",
        "done": done,
        "total": len(plan),
        "running": [],
        "seconds_left": None,
    }


def trainings(folder: Path) -> list[dict[str, Any]]:
    """Each training with its state (waiting, running, done), epoch and best epoch's metrics.

    {hidden, learning_rate, run, fold, state, epoch, epochs, best_epoch, discrete, dimensional,
    combined}; the last four are None until it is done.
    """
    spec = Spec.load(folder / SPEC)
    running = {_key(each): each["epoch"] for each in status(folder)["running"]}
    return [_told(folder, training, spec.epochs, running) for training in planned(spec)]


def _told(
    folder: Path, training: Training, epochs: int, running: dict[tuple[Any, ...], int]
) -> dict[str, Any]:
    told = {**vars(training), "epochs": epochs}
    names = ("best_epoch", "discrete", "dimensional", "combined")
    with suppress(FileNotFoundError):
        result = read_json(folder / training.folder / RESULT)
        return {**told, "state": "done", "epoch": epochs, **{name: result[name] for name in names}}
    key = _key(told)
    state = "running" if key in running else "waiting"
    return {**told, "state": state, "epoch": running.get(key, 0), **dict.fromkeys(names)}


def _key(told: dict[str, Any]) -> tuple[Any, ...]:
    return (told["hidden"], told["learning_rate"], told["run"], told["fold"])


def curve(
    folder: Path, hidden: int, learning_rate: float, run: int, fold: int
) -> list[dict[str, Any]]:
    """{epoch, loss, discrete, dimensional, combined} of each epoch so far; [] before the first."""
    file = folder / Training(hidden, learning_rate, run, fold).folder / EPOCHS
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    whole = text[: text.rfind("\n") + 1]  # the last row may be in the midst of being written
    return [
        {
            name: int(cell) if name == "epoch" else float(cell) if cell else None
            for name, cell in row.items()
        }
        for row in csv.DictReader(whole.splitlines())
    ]


def results(folder: Path) -> dict[str, Any] | None:
    """What results.json says (`baseline.results`); None until all trainings are done."""
    try:
        found: dict[str, Any] = read_json(folder / RESULTS)
    except FileNotFoundError:
        return None
    return found


def write_status(folder: Path, said: dict[str, Any]) -> None:
    write_json(folder / STATUS, said, sync=False)
