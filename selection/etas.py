"""What each eta would select, for eta in thousandths, so that a slider only looks up. Pure.

The numbers are those of `confidence` and `folds` at the same eta, to the clip.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from selection import confidence
from selection.confidence import Predicted

STEPS = 1000
ETAS = np.arange(STEPS + 1) / STEPS  # (etas,)

Confidences = Sequence[NDArray[np.float64]]  # of each class, ascending


class EtaTable(NamedTuple):
    thresholds: NDArray[np.float64]  # (etas, classes), or (etas, folds, classes)
    selected: NDArray[np.int64]  # (etas, classes)


def eta_table(correct: Confidences, predicted: Predicted) -> EtaTable:
    """By the paper's way. `correct`: as `confidence.correct_confidences` gives them; `predicted`:
    what is said of the unlabeled clips."""
    thresholds = _thresholds(correct)
    selected = np.empty(thresholds.shape, np.int64)
    for place in range(len(correct)):
        sure = np.sort(predicted.confidences[predicted.classes == place])
        selected[:, place] = len(sure) - np.searchsorted(sure, thresholds[:, place], "right")
    return EtaTable(thresholds, selected)


def eta_table_of_folds(
    correct: Sequence[Confidences], of_folds: NDArray[Any], mean: NDArray[Any]
) -> EtaTable:
    """By most folds: `correct` as `folds.fold_confidences` gives them; the others as there."""
    thresholds = np.stack([_thresholds(of_fold) for of_fold in correct], axis=1)
    mean_classes = confidence.predictions(mean).classes
    steps = np.zeros(of_folds.shape[:2], np.int16)  # how many etas a fold selects the clip at
    for fold, of_network in enumerate(of_folds):
        classes, confidences = confidence.predictions(of_network)
        for place in range(thresholds.shape[2]):
            # A quantile rises with eta; rounding may let it fall by a last bit.
            rising = np.maximum.accumulate(thresholds[:, fold, place])
            of_class = (classes == place) & (mean_classes == place)
            steps[fold, of_class] = np.searchsorted(rising, confidences[of_class], "left")
    # Selected at the first n etas by most folds: n is the least of the larger half of them.
    most = len(correct) // 2 + 1
    at = np.sort(steps, axis=0)[len(correct) - most]
    selected = np.empty((STEPS + 1, mean.shape[1]), np.int64)
    for place in range(mean.shape[1]):
        until = np.bincount(at[mean_classes == place], minlength=STEPS + 2)
        selected[:, place] = until[::-1].cumsum()[::-1][1:]  # those with at > the eta's place
    return EtaTable(thresholds, selected)


def _thresholds(correct: Confidences) -> NDArray[np.float64]:
    """Of each class at each eta; infinite where there is none. (etas, classes)"""
    return np.stack(
        [np.quantile(each, ETAS) if each.size else np.full(STEPS + 1, np.inf) for each in correct],
        axis=1,
    )


def eta_within(selected: NDArray[np.int64], budget: int, *, each_class: bool) -> float | None:
    """The least eta at which no more than `budget` clips are selected, in all or of each class.

    None if even eta = 1 selects more: clips that are surer than any labeled one.
    """
    counts = selected.max(axis=1) if each_class else selected.sum(axis=1)
    within = np.flatnonzero(counts <= budget)
    # The numbers fall as eta rises, so that all that follow the first are within, too.
    return float(ETAS[within[0]]) if within.size else None
