"""§3.7: the metrics of discrete and dimensional emotions (Eq. 9–12), and how sure is how right.

NumPy only, so that a page can compute them without the training libraries. Classes are given by
their place in the label order, 0 … C−1; a valence that there is none of is NaN.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Counts = NDArray[np.int64]  # (classes, classes), rows: truth, columns: predicted
BINS = 10  # of the reliability diagram, of equal width


class ClassScores(NamedTuple):
    """Per class j: precision, recall, F_j of Eq. 9 and n_j, each (classes,)."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    clips: NDArray[np.int64]


class Bin(NamedTuple):
    """Clips whose confidence is in (low, high]; the first bin holds 0, too."""

    low: float
    high: float
    clips: int
    confidence: float | None  # mean; None without clips
    accuracy: float | None


def confusion(truth: ArrayLike, predicted: ArrayLike, classes: int) -> Counts:
    """How many clips of each class (row) were taken for each class (column).

    `truth` and `predicted`: (clips,) places in the label order. Raises ValueError if their
    lengths differ or a place is outside 0 … classes−1.
    """
    truth, predicted = np.asarray(truth, np.int64), np.asarray(predicted, np.int64)
    if truth.shape != predicted.shape or truth.ndim != 1:
        raise ValueError(f"truth {truth.shape} and predicted {predicted.shape} are of two lengths")
    for places in (truth, predicted):
        if places.size and not (places.min() >= 0 and places.max() < classes):
            raise ValueError(f"a class is outside 0 … {classes - 1}")
    cells = np.bincount(truth * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes)


def class_scores(counts: Counts) -> ClassScores:
    """Eq. 9: F_j = 2 · precision_j · recall_j / (precision_j + recall_j).

    Where a denominator is 0 (a class never predicted, absent, or never right), the value is 0.
    """
    right = np.diagonal(counts)
    clips = counts.sum(axis=1)  # n_j
    precision = _quotient(right, counts.sum(axis=0))
    recall = _quotient(right, clips)
    f1 = _quotient(2 * precision * recall, precision + recall)
    return ClassScores(precision, recall, f1, clips)


def weighted_f1_of(counts: Counts) -> float:
    """Eq. 10: metric_e = Σ n_j F_j / Σ n_j over j ∈ {1 … C}: absent classes weigh nothing.

    Raises ValueError without clips.
    """
    scores = class_scores(counts)
    return float((scores.clips * scores.f1).sum() / _some(scores.clips.sum()))


def weighted_f1(truth: ArrayLike, predicted: ArrayLike, classes: int) -> float:
    """metric_e of Eq. 9 and 10, in 0 … 1; `truth`, `predicted`: (clips,) as in `confusion`."""
    return weighted_f1_of(confusion(truth, predicted, classes))


def accuracy_of(counts: Counts) -> float:
    """The share of clips whose class was found. Raises ValueError without clips."""
    return float(np.trace(counts) / _some(counts.sum()))


def accuracy(truth: ArrayLike, predicted: ArrayLike, classes: int) -> float:
    return accuracy_of(confusion(truth, predicted, classes))


def mse(truth: ArrayLike, predicted: ArrayLike) -> float | None:
    """Eq. 11: metric_v = 1/N Σ (v_i − v̂_i)², over the clips that have a valence.

    Both (clips,); NaN in `truth` where a clip has none. None if no clip has one.
    """
    truth, predicted = np.asarray(truth, np.float64), np.asarray(predicted, np.float64)
    if truth.shape != predicted.shape or truth.ndim != 1:
        raise ValueError(f"truth {truth.shape} and predicted {predicted.shape} are of two lengths")
    known = ~np.isnan(truth)
    if not known.any():
        return None
    return float(np.mean((truth[known] - predicted[known]) ** 2))


def combined(discrete: float, dimensional: float | None) -> float:
    """Eq. 12: metric = metric_e − 0.25 · metric_v.

    "In MER-SEMI, we only evaluate discrete results": without a valence it is metric_e.
    """
    return discrete if dimensional is None else discrete - 0.25 * dimensional


def reliability(truth: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> list[Bin]:
    """The reliability diagram: clips grouped by their confidence, the largest probability.

    `truth`: (clips,); `probabilities`: (clips, classes). Bins of equal width over 0 … 1.
    Guo et al., "On Calibration of Modern Neural Networks", 2017, §2.
    """
    truth, probabilities = np.asarray(truth), np.asarray(probabilities, np.float64)
    edges = np.arange(bins + 1) / bins
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    place = np.searchsorted(edges[1:-1], confidence, side="left")  # a border belongs below
    clips = np.bincount(place, minlength=bins)
    sure = _quotient(np.bincount(place, confidence, bins), clips)
    found = _quotient(np.bincount(place, right, bins), clips)
    return [
        Bin(low, high, count, sure_of, found_of) if count else Bin(low, high, 0, None, None)
        for low, high, count, sure_of, found_of in zip(
            edges[:-1].tolist(),
            edges[1:].tolist(),
            clips.tolist(),
            sure.tolist(),
            found.tolist(),
            strict=True,
        )
    ]


def calibration_error_of(bins: list[Bin]) -> float:
    """ECE = Σ |B_b|/N · |accuracy(B_b) − confidence(B_b)|. Raises ValueError without clips."""
    apart = sum(
        each.clips * abs(each.accuracy - each.confidence)
        for each in bins
        if each.accuracy is not None and each.confidence is not None
    )
    return float(apart / _some(sum(each.clips for each in bins)))


def calibration_error(truth: ArrayLike, probabilities: ArrayLike, bins: int = BINS) -> float:
    """Expected calibration error of `reliability`'s bins, in 0 … 1."""
    return calibration_error_of(reliability(truth, probabilities, bins))


def _quotient(above: NDArray, below: NDArray) -> NDArray[np.float64]:
    """Entry by entry; 0 where `below` is 0."""
    return np.divide(above, below, out=np.zeros(len(above)), where=below > 0)


def _some(clips: int) -> int:
    if not clips:
        raise ValueError("there is no clip to measure")
    return clips
