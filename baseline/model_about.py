"""What a trained model's folder says of itself: model.json, checked to the last byte. No torch.

model.json            what is below in `About`, the SHA-256 of each other file and its own digest
fold1.safetensors …   the weights of the first run's folds at the best point of the grid
evaluation.npz        what each fold's network said of the clips that it had not seen
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from baseline import places
from baseline.errors import Fault
from baseline.modalities import MODALITIES
from baseline.stores import FeatureStore

FORMAT = 1
ABOUT = "model.json"
EVALUATION = "evaluation.npz"


@dataclass(frozen=True)
class Features:
    """A feature set as the model saw it: others fit if they are made by the same recipe."""

    name: str
    dimension: int  # d_m
    recipe: dict[str, str]
    recipe_id: str
    digest: str  # of the very numbers it was trained on


@dataclass(frozen=True)
class SeenClip:
    """A clip of D_l, with its labels and the fold (from 1) in which it was validation."""

    name: str
    discrete: str  # a class's code
    valence: float | None
    fold: int


@dataclass(frozen=True)
class About:
    """Everything of a model but its weights. `classes` are codes, in the order of the outputs."""

    variant: str
    hidden: int  # h
    learning_rate: float
    classes: tuple[str, ...]
    features: dict[str, Features]  # by modality, in the order of MODALITIES
    config: dict[str, Any]  # the run's spec.json
    metrics: dict[str, Any]  # of the run's grid point over its runs, and of evaluation.npz: pooled
    clips: tuple[SeenClip, ...]
    software: dict[str, str]
    files: dict[str, str]  # SHA-256 by name
    digest: str = ""  # of all of the above; set by write_about

    @property
    def knows_valence(self) -> bool:
        """Had any clip of D_l a valence? If not, that output of the network means nothing."""
        return any(clip.valence is not None for clip in self.clips)

    @property
    def folds(self) -> list[str]:
        """The files of the weights, in order."""
        return [f"fold{number}.safetensors" for number in range(1, len(self.files))]

    def check_stores(self, stores: Mapping[str, FeatureStore]) -> None:
        """Raises Fault unless `stores` are the model's modalities, by dimension and recipe."""
        for modality in stores:
            if modality not in self.features:
                raise self._not_wanted(modality, stores[modality])
        for modality, wanted in self.features.items():
            if modality not in stores:
                raise self._not_given(modality)
            _check_fits(wanted, stores[modality])

    def _not_given(self, modality: str) -> Fault:
        name = self.features[modality].name
        return Fault(
            "modality_not_given",
            f"the model needs features of each modality that it was trained on, and {modality} "
            f"({name}) is not given. Give a feature set made as {name} was.",
            modality=modality,
            features=name,
        )

    def _not_wanted(self, modality: str, store: FeatureStore) -> Fault:
        known = ", ".join(self.features)
        return Fault(
            "modality_not_wanted",
            f"feature set {store.name}: the model knows {known} features only, and these are "
            f"{modality}. Leave this feature set out.",
            features=store.name,
            modality=modality,
            known=known,
        )


def _check_fits(wanted: Features, store: FeatureStore) -> None:
    if store.dimension != wanted.dimension:
        raise Fault(
            "features_of_another_dimension",
            f"feature set {store.name}: the model was trained on {wanted.name} with "
            f"{wanted.dimension} numbers a clip, and this one has {store.dimension}. Give a "
            f"feature set made as {wanted.name} was.",
            features=store.name,
            dimension=store.dimension,
            trained_on=wanted.name,
            expected=wanted.dimension,
        )
    if store.recipe_id != wanted.recipe_id:
        differs = "; ".join(
            f"{key}: {store.recipe.get(key, '–')} ≠ {wanted.recipe.get(key, '–')}"
            for key in sorted({*store.recipe, *wanted.recipe})
            if store.recipe.get(key) != wanted.recipe.get(key)
        )
        raise Fault(
            "features_of_another_recipe",
            f"feature set {store.name}: the model was trained on {wanted.name}, and this one was "
            f"made in another way ({differs}). Give a feature set made as {wanted.name} was.",
            features=store.name,
            trained_on=wanted.name,
            differs=differs,
        )


def write_about(folder: Path, about: About) -> About:
    """Write model.json; the answer has its digest."""
    content = {"format": FORMAT, **asdict(about)}
    del content["digest"]
    content["digest"] = _digest(content)
    with places.durable(folder / ABOUT) as file:
        file.write(_written(content))
    return read_about(folder)


def read_about(folder: Path) -> About:
    """What model.json says. Raises Fault: not there, of another format, changed by one byte."""
    try:
        found = (folder / ABOUT).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise missing(folder, ABOUT) from error
    try:
        content = json.loads(found)
        given, digest = content["format"], content["digest"]
        unchanged = found == _written(content) and digest == _digest(content)
    except (ValueError, TypeError, KeyError) as error:
        raise changed(folder, ABOUT) from error
    if not unchanged:
        raise changed(folder, ABOUT)
    if given != FORMAT:
        raise Fault(
            "model_format_unknown",
            f"{folder}: this program reads models of format {FORMAT}, and this one's is {given}. "
            "Train it again, or take the program that made it.",
            folder=folder.name,
            format=str(given),
            known=FORMAT,
        )
    return _about(content)


def check_file(folder: Path, about: About, name: str) -> Path:
    """The file, if it is still what model.json says. Raises Fault: it is not there, or changed."""
    path = folder / name
    try:
        found = sha256_of(path)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise missing(folder, name) from error
    if found != about.files[name]:
        raise changed(folder, name)
    return path


def check_files(folder: Path, about: About) -> None:
    """Raises Fault unless all files of the model are as they were written."""
    for name in about.files:
        check_file(folder, about, name)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def changed(folder: Path, file: str) -> Fault:
    return Fault(
        "model_file_changed",
        f"{folder}: {file} is not what it was when the model was written. Take another copy of "
        "the model, or train it again.",
        folder=folder.name,
        file=file,
    )


def missing(folder: Path, file: str) -> Fault:
    return Fault(
        "model_file_missing",
        f"{folder}: a model's folder holds {file}, and it is not there. Give the folder that a "
        "training wrote, with all its files.",
        folder=folder.name,
        file=file,
    )


def _about(content: dict[str, Any]) -> About:
    features = {
        m: Features(**content["features"][m]) for m in MODALITIES if m in content["features"]
    }
    known = {key: value for key, value in content.items() if key != "format"}
    return About(
        **{
            **known,
            "classes": tuple(content["classes"]),
            "features": features,
            "clips": tuple(SeenClip(**clip) for clip in content["clips"]),
        }
    )


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(
        _written({key: value for key, value in content.items() if key != "digest"})
    ).hexdigest()


def _written(content: Mapping[str, Any]) -> bytes:
    """The one way in which model.json is written, so that a space more is a change, too."""
    return (json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1) + "\n").encode()
