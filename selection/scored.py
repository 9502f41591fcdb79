"""A scoring's arrays, and what Algorithm 1 selects of them: the one place for pages, selection
runs and commands. NumPy only."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jobs.errors import Refusal
from selection import confidence, folds, places
from selection.confidence import Predicted, Thresholds
from selection.models import Confidences, Scoring

Array = NDArray[Any]
F_L, F_U, LABELS, CLIPS = "labeled.npy", "pool.npy", "labels.npy", "clips.npy"
OF_FOLDS_L, OF_FOLDS_U, FOLDS = "labeled_folds.npy", "pool_folds.npy", "folds.npy"


@dataclass(frozen=True, eq=False)
class Scored:
    """Probabilities of the labeled clips D_l and of the pool D̃_u, memory-mapped.

    C classes, K folds; the pool is sorted by name. Without folds their arrays are None. A model's
    numbers are float32, a file's float64, since nothing of what was sent is rounded.
    """

    classes: tuple[str, ...]  # codes
    labels: Array  # (N_l,) places in `classes`
    folds_of: Array | None  # (N_l,) the fold, from 0, whose network has not seen the clip
    f_l: Array  # (N_l, C), by the mean of the folds
    f_u: Array  # (N_u, C)
    of_folds_l: Array | None  # (K, N_l, C) float32
    of_folds_u: Array | None  # (K, N_u, C) float32
    clip_ids: Array  # (N_u,) int64

    @classmethod
    def open(cls, scoring: Scoring) -> "Scored":
        """Raises Refusal `scoring_not_ready`, `scoring_files_missing`."""
        if scoring.ready_at is None:
            raise not_ready(scoring)
        try:
            return cls.at(places.arrays_of(scoring), scoring.classes)
        except FileNotFoundError as error:
            raise files_missing(scoring) from error

    @classmethod
    def at(cls, folder: Path, classes: Sequence[str]) -> "Scored":
        def read(name: str) -> Array:
            return np.load(folder / name, mmap_mode="r", allow_pickle=False)

        has_folds = (folder / FOLDS).exists()
        return cls(
            classes=tuple(classes),
            labels=read(LABELS),
            folds_of=read(FOLDS) if has_folds else None,
            f_l=read(F_L),
            f_u=read(F_U),
            of_folds_l=read(OF_FOLDS_L) if has_folds else None,
            of_folds_u=read(OF_FOLDS_U) if has_folds else None,
            clip_ids=read(CLIPS),
        )

    def write(self, folder: Path) -> None:
        """Into an existing folder."""
        arrays = {LABELS: self.labels, F_L: self.f_l, F_U: self.f_u, CLIPS: self.clip_ids}
        arrays |= {
            name: array
            for name, array in (
                (FOLDS, self.folds_of),
                (OF_FOLDS_L, self.of_folds_l),
                (OF_FOLDS_U, self.of_folds_u),
            )
            if array is not None
        }
        for name, array in arrays.items():
            np.save(folder / name, array, allow_pickle=False)


class Selected(NamedTuple):
    """S̃_u and how it came about. W is 1, or the number of folds where each has thresholds."""

    chosen: NDArray[np.bool_]  # (N_u,)
    predicted: Predicted  # ê and s of each clip of the pool, by the mean of the folds
    thresholds: NDArray[np.float64]  # λ_j, +∞ where G_j is empty. (W, C)
    correct: NDArray[np.int64]  # |G_j|. (W, C)
    votes: NDArray[np.uint8] | None  # how many folds select the clip. (N_u,)
    per_class: NDArray[np.int64]  # how many are chosen of each predicted class. (C,)


def selected(scored: Scored, eta: float, confidences: str) -> Selected:
    """Algorithm 1 at this eta, with thresholds from `confidences` (a value of Confidences).

    Raises Refusal `no_out_of_fold_confidences`, Fault `eta_outside_0_to_1`.
    """
    confidence.check_eta(eta)
    if confidences == Confidences.IN_SAMPLE:
        correct = confidence.correct_confidences(scored.f_l, scored.labels)
        thresholds = confidence.thresholds_of(correct, eta)
        found = confidence.select(scored.f_u, thresholds, checked=True)
        return Selected(
            found.chosen, found.predicted, *_stacked([thresholds]), None, found.per_class
        )
    of_folds_l, of_folds_u, folds_of = with_folds(scored)
    of_each = folds.fold_confidences(of_folds_l, scored.labels, folds_of)
    each = [confidence.thresholds_of(of_fold, eta) for of_fold in of_each]
    most = folds.select_by_most_folds(of_folds_u, scored.f_u, each)
    return Selected(most.chosen, most.predicted, *_stacked(each), most.votes, most.per_class)


def with_folds(scored: Scored) -> tuple[Array, Array, Array]:
    """`of_folds_l`, `of_folds_u` and `folds_of`; Refusal where only the mean is known."""
    if scored.of_folds_l is None or scored.of_folds_u is None or scored.folds_of is None:
        raise Refusal(
            "no_out_of_fold_confidences",
            "Confidences from unseen clips need what each fold's network says, and a file has one "
            "probability of each class only. Choose confidences as in the paper, or score with a "
            "model that was trained here.",
        )
    return scored.of_folds_l, scored.of_folds_u, scored.folds_of


def _stacked(each: list[Thresholds]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    return np.stack([own.values for own in each]), np.stack([own.correct for own in each])


def not_ready(scoring: Scoring) -> Refusal:
    return Refusal(
        "scoring_not_ready",
        f"Scoring {scoring.pk} is not complete. Wait for its job; if that failed or was "
        "cancelled, delete the scoring and score again.",
        scoring=scoring.pk,
    )


def files_missing(scoring: Scoring) -> Refusal:
    return Refusal(
        "scoring_files_missing",
        f"The files of scoring {scoring.pk} are not there any more. Bring them back from a backup "
        "of the folder TRAINING_ROOT, or score again.",
        scoring=scoring.pk,
    )
