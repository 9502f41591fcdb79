"""What a trained model says of clips: the mean over its five folds (§3.6), batch by batch.

"Missing" clips are a decision of whoever asks. `refuse`: every clip needs a row in every feature
set; an empty row (no speech, no transcript, no face) is a vector of zeros, as it was in training.
`mask`: the attention of Eq. 5 is taken over what is there of a clip; empty rows are not. A clip
of which nothing is there is left out and told: a prediction from nothing is none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from baseline.clip_names import counted, listed
from baseline.errors import Fault
from baseline.model_folder import Model
from baseline.network import RELEASED
from baseline.stores import FeatureStore

MISSING = (REFUSE, MASK) = ("refuse", "mask")


@dataclass(frozen=True)
class Predictions:
    """One row per clip that was predicted, in the order in which they were asked for."""

    names: list[str]
    classes: tuple[str, ...]
    probabilities: NDArray[np.float32]  # (clips, classes)
    valence: NDArray[np.float32] | None  # (clips,); None if the model never saw a valence
    masked: NDArray[np.bool_]  # (clips, modalities): what the attention did not see
    left_out: list[str] = field(default_factory=list)  # nothing of them was there
    of_folds: NDArray[np.float32] | None = None  # (folds, clips, classes), where asked for

    @property
    def discrete(self) -> list[str]:
        """The code of each clip's most probable class; of equal ones the first."""
        return [self.classes[place] for place in self.probabilities.argmax(axis=1)]

    @property
    def masked_clips(self) -> int:
        """How many were predicted without one or more of the modalities."""
        return int(self.masked.any(axis=1).sum())


def predict(
    model: Model,
    stores: Mapping[str, FeatureStore],
    names: Sequence[str],
    missing: str = REFUSE,
    batch: int = 1024,
    on_progress: Callable[[int, int], None] | None = None,
    each_fold: bool = False,
) -> Predictions:
    """ê_i and v̂_i of the clips `names`, from feature sets by modality.

    `on_progress` is told how many of how many clips are done after each batch. No more than one
    batch of features is held in memory. `each_fold`: with what each fold's network says.

    Raises Fault: feature sets that are not the model's (see `About.check_stores`), clips that lack
    a modality (`refuse`), a model of one modality (`mask`), no clip at all.
    """
    about = model.about
    about.check_stores(stores)
    ordered = [stores[modality] for modality in about.features]
    rows = np.stack([store.rows(names) for store in ordered], axis=1)  # (clips, modalities)
    there = _there(list(about.features), ordered, rows, names, missing)
    something = np.asarray(there.any(axis=1))
    kept = np.flatnonzero(something)
    if not len(kept):
        raise Fault(
            "no_clip_to_predict",
            f"of {counted(len(names), 'clip')}, none has features of any modality. Extract or "
            "import features first.",
            count=len(names),
        )
    probabilities = np.empty((len(kept), len(about.classes)), np.float32)
    valence = np.empty(len(kept), np.float32)
    shape = (len(model.networks), *probabilities.shape)
    of_folds = np.empty(shape, np.float32) if each_fold else None
    for at in range(0, len(kept), batch):
        some = kept[at : at + batch]
        mask = torch.from_numpy(there[some]) if missing == MASK else None
        of_batch = slice(at, at + len(some))
        said = _of_the_folds(model, *_features(ordered, rows[some], there[some]), mask)
        probabilities[of_batch], valence[of_batch] = said.mean, said.valence
        if of_folds is not None:
            of_folds[:, of_batch] = said.each
        if on_progress:
            on_progress(at + len(some), len(kept))
    return Predictions(
        names=_named(names, something),
        classes=about.classes,
        probabilities=probabilities,
        valence=valence if about.knows_valence else None,
        masked=~there[kept],
        left_out=_named(names, ~something),
        of_folds=of_folds,
    )


def _named(names: Sequence[str], chosen: NDArray[np.bool_]) -> list[str]:
    return [name for name, wanted in zip(names, chosen.tolist(), strict=True) if wanted]


def _there(
    modalities: list[str],
    stores: list[FeatureStore],
    rows: NDArray[np.int64],
    names: Sequence[str],
    missing: str,
) -> NDArray[np.bool_]:
    """(clips, modalities): what the network is to see. Raises Fault where `missing` forbids it."""
    there: NDArray[np.bool_] = rows >= 0
    if missing == REFUSE:
        if not there.all():
            raise _lacking(modalities, there, names)
        return there
    if missing != MASK:
        raise Fault(
            "missing_is_refuse_or_mask",
            f"missing modalities are treated by one of {', '.join(MISSING)}, not by {missing}.",
            missing=missing,
        )
    if len(modalities) == 1:
        raise Fault(
            "one_modality_cannot_be_masked",
            f"the model knows {modalities[0]} features only, and nothing is left if these are "
            "masked. Choose missing=refuse, and only clips that have features.",
            modality=modalities[0],
        )
    for column, store in enumerate(stores):
        has_row = there[:, column]
        has_row[has_row] = ~store.empty[rows[has_row, column]]
    return there


def _lacking(modalities: list[str], there: NDArray[np.bool_], names: Sequence[str]) -> Fault:
    clips = [
        f"{name} ({', '.join(np.array(modalities)[~has])})"
        for name, has in zip(names, there, strict=True)
        if not has.all()
    ]
    return Fault(
        "clips_lack_a_modality",
        f"{counted(len(clips), 'clip')} of {len(names)} lack features that the model needs: "
        f"{listed(clips)}. Extract or import them, leave these clips out, or choose "
        "missing=mask to predict from what is there.",
        count=len(clips),
        of=len(names),
        clips=listed(clips),
    )


def _features(
    stores: list[FeatureStore], rows: NDArray[np.int64], there: NDArray[np.bool_]
) -> tuple[list[Tensor], list[Tensor]]:
    """Per modality a batch of features (clips, d_m), and where there are none (clips,)."""
    features, empty = [], []
    for column, store in enumerate(stores):
        # Row 0 stands in where there is none; as an empty one it is zero once it is prepared.
        at = np.maximum(rows[:, column], 0)
        matrix: NDArray[Any] = np.asarray(store.matrix)[at]
        features.append(torch.from_numpy(matrix))
        empty.append(torch.from_numpy(~there[:, column] | store.empty[at]))
    return features, empty


class _Said(NamedTuple):
    """Of one batch."""

    mean: NDArray[np.float32]  # (batch, C)
    valence: NDArray[np.float32]  # (batch,)
    each: NDArray[np.float32]  # (folds, batch, C)


@torch.inference_mode()
def _of_the_folds(
    model: Model, features: list[Tensor], empty: list[Tensor], mask: Tensor | None
) -> _Said:
    """Probabilities of the folds' networks, their mean, and the mean of their valences.

    The authors' released program takes the mean before the softmax, and so does its variant.
    """
    outputs = [network(network.prepare(features, empty), mask) for network in model.networks]
    logits = torch.stack([each for each, _ in outputs])  # (folds, batch, C)
    valence = torch.stack([each for _, each in outputs]).mean(dim=0)
    each = logits.softmax(dim=2)
    released = model.about.variant == RELEASED
    mean = logits.mean(dim=0).softmax(dim=1) if released else each.mean(dim=0)
    return _Said(mean.numpy(), valence.numpy(), each.numpy())
