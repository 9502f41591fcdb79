"""A trained model as a folder: written when a run is done, checked to the last byte when loaded.

What lies in it: `baseline/model_about.py`. Weights are safetensors, numbers `.npz`: loading a
model runs nothing that is in its files.
"""

import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch

from baseline import VERSION, places, run_folder
from baseline.evaluation import Unseen
from baseline.labels import Labels
from baseline.model_about import (
    EVALUATION,
    About,
    Features,
    SeenClip,
    changed,
    check_files,
    read_about,
    sha256_of,
    write_about,
)
from baseline.network import Network, build
from baseline.released import Released
from baseline.run_folder import MODEL, PREDICTIONS, RUN_WITH_WEIGHTS, WEIGHTS, Training
from baseline.spec import OF_THE_MACHINE, Spec
from baseline.stores import FeatureStore


@dataclass(frozen=True)
class Model:
    """What `model.json` says, and the folds' networks, ready to predict."""

    about: About
    networks: list[Network | Released]


def save_model(folder: Path, hidden: int, learning_rate: float) -> Path:
    """Make the model of a finished run from its first run's folds at this point of the grid.

    Reads `results.json`, so this is the last that a run does. A model that is there is replaced
    at once. Returns its folder.
    """
    spec, labels = run_folder.open_run(folder)
    trained = [
        folder / Training(hidden, learning_rate, RUN_WITH_WEIGHTS, fold).folder
        for fold in _folds(spec)
    ]
    out_of_fold, fold_of = _out_of_fold(trained, spec, labels)
    with places.written_beside(folder / MODEL, replace=True) as beside:
        for fold, each in zip(_folds(spec), trained, strict=True):
            copy = places.durable(beside / f"fold{fold}.safetensors")
            with (each / WEIGHTS).open("rb") as weights, copy as file:
                shutil.copyfileobj(weights, file)
        with places.durable(beside / EVALUATION) as file:
            out_of_fold.write(file)
        write_about(
            beside,
            About(
                variant=spec.variant,
                hidden=hidden,
                learning_rate=learning_rate,
                classes=tuple(spec.classes),
                features={m: _features(folder, spec, m) for m in spec.modalities},
                config=_config(spec),
                metrics={
                    "runs": _of_the_grid(folder, hidden, learning_rate),
                    "pooled": out_of_fold.pooled(),
                },
                clips=_seen(labels, fold_of),
                software=_software(),
                files={each.name: sha256_of(each) for each in sorted(beside.iterdir())},
            ),
        )
    return folder / MODEL


def load_model(folder: Path) -> Model:
    """The model in this folder, on the CPU. Other files beside its own are no matter.

    Raises Fault: a file is missing or has one byte changed, or model.json is of another format.
    """
    about = read_about(folder)
    check_files(folder, about)
    return Model(about, [_network(about, folder, file) for file in about.folds])


def _network(about: About, folder: Path, file: str) -> Network | Released:
    dimensions = {modality: each.dimension for modality, each in about.features.items()}
    dropout = about.config["dropout"]
    network = build(about.variant, dimensions, len(about.classes), about.hidden, dropout)
    try:
        network.load_state_dict(safetensors.torch.load_file(folder / file))
    except (RuntimeError, safetensors.SafetensorError) as error:
        raise changed(folder, file) from error
    network.eval()
    return network


def _folds(spec: Spec) -> range:
    return range(1, spec.folds + 1)


def _out_of_fold(
    trained: list[Path], spec: Spec, labels: Labels
) -> tuple[Unseen, np.ndarray[Any, np.dtype[np.int64]]]:
    """What each clip's fold said of it, and which fold (from 1) that was; in the labels' order."""
    fold_of = np.zeros(len(labels), np.int64)
    probabilities = np.zeros((len(labels), len(spec.classes)), np.float32)
    valence = np.zeros(len(labels), np.float32)
    for fold, folder in enumerate(trained, start=1):
        with np.load(folder / PREDICTIONS, allow_pickle=False) as said:
            clips = said["clips"]
            fold_of[clips] = fold
            probabilities[clips] = said["probabilities"]
            valence[clips] = said["valence"]
    if not fold_of.all():
        raise ValueError(f"{labels.names[int(fold_of.argmin())]} was in no fold's validation")
    truth = labels.indices(spec.classes)
    return Unseen(labels.names, truth, probabilities, labels.valences, valence), fold_of


def _features(folder: Path, spec: Spec, modality: str) -> Features:
    store = FeatureStore.open(folder / spec.features[modality])
    return Features(
        name=store.name,
        dimension=store.dimension,
        recipe=store.recipe,
        recipe_id=store.recipe_id,
        digest=spec.digests[modality],
    )


def _config(spec: Spec) -> dict[str, Any]:
    """The run's spec.json, but for where it lay."""
    kept = {key: value for key, value in vars(spec).items() if key not in OF_THE_MACHINE}
    return {**kept, "device": spec.device}


def _of_the_grid(folder: Path, hidden: int, learning_rate: float) -> dict[str, Any]:
    """This point's mean ± standard deviation over the runs."""
    results = run_folder.results(folder)
    assert results is not None, "a model is made when all trainings are done"
    [point] = [
        each
        for each in results["grid"]
        if (each["hidden"], each["learning_rate"]) == (hidden, learning_rate)
    ]
    return dict(point)


def _seen(labels: Labels, fold_of: np.ndarray[Any, np.dtype[np.int64]]) -> tuple[SeenClip, ...]:
    return tuple(
        SeenClip(name, emotion, None if np.isnan(valence) else float(valence), int(fold))
        for name, emotion, valence, fold in zip(
            labels.names, labels.emotions, labels.valences, fold_of, strict=True
        )
    )


def _software() -> dict[str, str]:
    return {
        "concord": VERSION,
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "safetensors": safetensors.__version__,
    }
