"""§3.6: the whole grid of h × learning rate × runs × folds, over processes, to be taken up again.

Each training is kept when it is done, so whatever ends the processes, another start trains only
what is left and comes to the same numbers: nothing of a training depends on the order, on the
number of processes, or on a training before it.
"""

import dataclasses
import multiprocessing
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from baseline import folds, results, run_folder
from baseline.child_process import cores
from baseline.errors import Fault
from baseline.labels import Labels
from baseline.pool import Pool
from baseline.progress import Progress
from baseline.run_folder import MODEL, WEIGHTS, Training
from baseline.spec import Spec
from baseline.stores import FeatureStore
from baseline.training_data import TrainingData
from baseline.training_process import Task

Say = Callable[..., None]


def train(
    folder: Path, say: Say, *, device: str | None = None, processes: int | None = None
) -> dict[str, Any]:
    """Train what a prepared run's folder still lacks, then make its model; returns results.json.

    `device` and `processes` instead of the specification's. Raises Fault: the folder is no run,
    is damaged or busy; a feature set has changed or lacks clips; a class is too small; no GPU;
    the disk is full.
    """
    spec, labels = run_folder.open_run(folder)
    spec = dataclasses.replace(
        spec, device=device or spec.device, processes=processes or spec.processes
    )
    spec.check()
    with run_folder.locked(folder):
        plan = run_folder.planned(spec)
        progress = Progress(folder, spec, plan, say)
        try:
            progress.begin()
            task = Task(folder, spec, data_of(folder, spec, labels), folds_of(spec, labels))
            _train(task, [each for each in plan if not run_folder.is_done(folder, each)], progress)
            told = _conclude(folder, spec, say)
        except Fault:
            progress.end("failed")
            raise
        except BaseException:
            progress.end("stopped")
            raise
        progress.end("done")
    return told


def check(folder: Path, spec: Spec, labels: Labels) -> None:
    """Raise Fault, as `train` does, where a run that is not yet made would come to nothing."""
    spec.check()
    folds_of(spec, labels)
    for modality in spec.modalities:
        store = FeatureStore.open(spec.store(folder, modality))
        if (store.rows(labels.names) < 0).any():
            store.take(labels.names)  # says which clips
    if spec.device == "cuda":
        _check_gpu()


def data_of(folder: Path, spec: Spec, labels: Labels) -> TrainingData:
    """The labeled clips' features and labels.

    Raises Fault: a feature set is damaged or not what it was when the run was made, or a labeled
    clip has no features in it (by name).
    """
    stores = {modality: _store(folder, spec, modality) for modality in spec.modalities}
    rows = {modality: store.rows(labels.names) for modality, store in stores.items()}
    return TrainingData(
        features={modality: store.take(labels.names) for modality, store in stores.items()},
        empty={
            modality: np.asarray(store.empty)[rows[modality]] for modality, store in stores.items()
        },
        emotions=labels.indices(spec.classes),
        valences=labels.valences,
        classes=len(spec.classes),
    )


def _store(folder: Path, spec: Spec, modality: str) -> FeatureStore:
    store = FeatureStore.open(spec.store(folder, modality), verify=True)
    if store.modality != modality or store.digest != spec.digests.get(modality):
        raise Fault(
            "feature_set_changed",
            f"The feature set {store.name} ({modality}) is not what it was when this run was "
            "made. Train into a new folder.",
            features=store.name,
            modality=modality,
        )
    return store


def folds_of(spec: Spec, labels: Labels) -> dict[int, folds.Places]:
    """By run: the fold of each labeled clip, (clips,). Raises Fault as `folds.drawn` does."""
    return {
        run: folds.drawn(
            labels.indices(spec.classes),
            spec.classes,
            folds=spec.folds,
            seed=spec.seed,
            run=run,
            groups=labels.groups(spec.group_by),
            group_by=spec.group_by,
        )
        for run in range(1, spec.runs + 1)
    }


def _train(task: Task, left: list[Training], progress: Progress) -> None:
    """Train what is left, in as many processes as serve."""
    if not left:
        return
    spec = task.spec
    if spec.device == "cuda":
        _check_gpu()
        parts = _by_point_and_run(left)
    else:
        import baseline.fitting  # noqa: F401  # once, before the processes are forked off this one

        parts = [[each] for each in left]
    wanted = 1 if spec.device == "cuda" else spec.processes or cores()
    # Forked processes share the data and the libraries; CUDA does not survive a fork.
    fork = sys.platform == "linux" and spec.device == "cpu"
    context = multiprocessing.get_context("fork" if fork else "spawn")
    with Pool(context, task, min(wanted, len(parts))) as pool:
        progress.at_once = pool.size * len(parts[0])
        pool.do(parts, progress)


def _by_point_and_run(trainings: list[Training]) -> list[list[Training]]:
    parts: dict[tuple[int, float, int], list[Training]] = {}
    for each in trainings:
        parts.setdefault((each.hidden, each.learning_rate, each.run), []).append(each)
    return list(parts.values())


def _check_gpu() -> None:
    import torch

    if not torch.cuda.is_available():
        raise Fault(
            "no_cuda",
            "The device is cuda, but there is no GPU here that PyTorch can use. Train on the "
            "device cpu, or install PyTorch with CUDA on a machine with a GPU.",
        )


def _conclude(folder: Path, spec: Spec, say: Say) -> dict[str, Any]:
    """All trainings are done: their means, and the model of the best point."""
    from baseline.model_folder import save_model

    total = len(run_folder.planned(spec))
    say(total, total, "model_is_made", "making the model")
    told = results.summarise(folder, spec)
    hidden, rate = told["best"]["hidden"], told["best"]["learning_rate"]
    if not (folder / MODEL).exists():
        save_model(folder, hidden, rate)
    for training in run_folder.planned(spec):
        if (training.hidden, training.learning_rate) != (hidden, rate):
            (folder / training.folder / WEIGHTS).unlink(missing_ok=True)
    return told
