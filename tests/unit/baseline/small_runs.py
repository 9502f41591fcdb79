"""A finished run of a few clips, written with the product's own functions but without training."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import safetensors.torch
import torch

from baseline import labels, results
from baseline.files import write_json
from baseline.labels import Labels
from baseline.modalities import ACOUSTIC, LEXICAL, MODALITIES, VISUAL
from baseline.model_folder import save_model
from baseline.network import build
from baseline.run_folder import Training, prepare
from baseline.spec import Spec
from baseline.stores import FeatureStore, write_store

DIMENSIONS = {ACOUSTIC: 7, LEXICAL: 5, VISUAL: 3}
CLASSES = ("neutral", "anger", "joy")
HIDDEN, RATE, FOLDS = 4, 1e-3, 3
NAMES = [f"clip_{number:02}" for number in range(12)]


def store(
    folder: Path,
    modality: str,
    names: Sequence[str] = NAMES,
    *,
    empty: Sequence[str] = (),
    dimension: int | None = None,
    recipe: dict[str, str] | None = None,
    seed: int = 1,
) -> FeatureStore:
    """A feature set of random numbers; a clip's row depends on its name only."""
    dimension = dimension or DIMENSIONS[modality]
    matrix = np.stack(
        [
            np.random.default_rng([seed, *f"{modality}{name}".encode()]).normal(2, 3, dimension)
            for name in names
        ]
    ).astype(np.float32)
    flags = np.array([name in empty for name in names])
    matrix[flags] = 0
    return write_store(
        folder,
        name=f"{modality}-set",
        modality=modality,
        names=names,
        matrix=matrix,
        empty=flags,
        recipe=recipe or {"extractor": modality},
        source="numbers drawn for a test",
    )


def labeled(valences: bool = True) -> Labels:
    rng = np.random.default_rng(5)
    none = np.full(len(NAMES), np.nan, np.float32)
    some = rng.integers(-5, 6, len(NAMES)).astype(np.float32)
    some[3] = np.nan
    return Labels(
        names=NAMES,
        emotions=[CLASSES[place % len(CLASSES)] for place in range(len(NAMES))],
        valences=some if valences else none,
        videos=[""] * len(NAMES),
        speakers=[""] * len(NAMES),
    )


def finished_run(
    folder: Path,
    modalities: Sequence[str] = MODALITIES,
    *,
    variant: str = "paper",
    valences: bool = True,
    runs: int = 2,
) -> Path:
    """A run's folder with networks that were drawn, and what they say of their fold's clips."""
    stores = {m: store(folder.parent / f"{folder.name}-{m}", m) for m in modalities}
    spec = Spec(
        features={m: str(each.folder) for m, each in stores.items()},
        digests={m: each.digest for m, each in stores.items()},
        classes=list(CLASSES),
        hidden=[HIDDEN],
        learning_rates=[RATE],
        folds=FOLDS,
        runs=runs,
        variant=variant,
    )
    clips = labeled(valences)
    prepare(folder, spec, clips)
    for run in range(1, runs + 1):
        for fold in range(1, FOLDS + 1):
            _trained(folder, Training(HIDDEN, RATE, run, fold), stores, spec, valences)
    results.summarise(folder, spec)
    assert labels.read(folder / labels.FILE).names == NAMES
    return folder


def _trained(
    folder: Path, one: Training, stores: dict[str, FeatureStore], spec: Spec, valences: bool
) -> None:
    torch.manual_seed(one.run * 100 + one.fold)
    dimensions = {m: each.dimension for m, each in stores.items()}
    network = build(spec.variant, dimensions, len(CLASSES), HIDDEN, spec.dropout)
    features = [each.take(NAMES) for each in stores.values()]
    nothing = [each.empty for each in stores.values()]
    network.prepare.learn(features, nothing)
    network.eval()
    at = np.arange(one.fold - 1, len(NAMES), FOLDS)
    prepared = network.prepare(
        [torch.from_numpy(each[at]) for each in features],
        [torch.from_numpy(each[at]) for each in nothing],
    )
    with torch.inference_mode():
        logits, valence = network(prepared)
    into = folder / one.folder
    into.mkdir(parents=True)
    np.savez(
        into / "predictions.npz",
        clips=at,
        probabilities=logits.softmax(dim=1).numpy(),
        valence=valence.numpy(),
    )
    if one.run == 1:
        safetensors.torch.save_file(network.state_dict(), into / "weights.safetensors")
    figures = {"discrete": 0.5 + one.fold / 100 + one.run / 10, "accuracy": 0.5, "combined": 0.1}
    dimensional = 1.5 if valences else None
    write_json(into / "result.json", {**figures, "dimensional": dimensional, "best_epoch": 3})


def trained_model(folder: Path, modalities: Sequence[str] = MODALITIES, **options: object) -> Path:
    """The model of `finished_run`."""
    run = finished_run(folder, modalities, **options)  # type: ignore[arg-type]
    return save_model(run, HIDDEN, RATE)
