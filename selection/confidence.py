"""Algorithm 1 of §2.3: which unlabeled clips a classifier is sure enough of to be worth labeling.

The paper's letters are used in this file only: f_j(x) is the probability of class j, s the
confidence max_j f_j(x), ê the predicted class, G_j the confidences of the labeled clips of class j
that were predicted right, λ_j the threshold of class j, η the quantile.

NumPy only. Probabilities may be float32 or float64 and memory-mapped; they are read in pieces.
Confidences are compared as float64, which holds every float32 exactly.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from baseline.errors import Fault

Array = NDArray[Any]

PIECE = 16_384  # rows that are looked at together: they stay in a core's cache
SUM_TOLERANCE = 1e-3  # of a row's sum; files often keep four decimals


class Predicted(NamedTuple):
    """What the classifier says of each clip."""

    classes: NDArray[Any]  # ê, a place in the label order, of an unsigned type. (clips,)
    confidences: NDArray[np.float64]  # s. (clips,)


class Thresholds(NamedTuple):
    """λ of each class, and of how many correctly predicted labeled clips it comes."""

    values: NDArray[np.float64]  # λ; +∞ where there is none: nothing is above it. (classes,)
    correct: NDArray[np.int64]  # |G_j|. (classes,)

    @property
    def empty(self) -> list[int]:
        """The classes of which no labeled clip was predicted right: nothing of them is selected."""
        return [int(j) for j in np.flatnonzero(self.correct == 0)]


class Selection(NamedTuple):
    """S̃_u, the unlabeled clips to be labeled, as places in the unlabeled set."""

    chosen: NDArray[np.bool_]  # (N_u,)
    predicted: Predicted
    per_class: NDArray[np.int64]  # how many of each predicted class. (classes,)
    thresholds: Thresholds

    @property
    def places(self) -> NDArray[np.int64]:
        """Of the chosen, ascending."""
        return np.flatnonzero(self.chosen)


def class_thresholds(f: ArrayLike, e: ArrayLike, eta: float) -> Thresholds:
    """Algorithm 1, lines 1–11: λ_j ← the η-quantile of the list G_j.

    `f`: (N_l, classes) probabilities of the labeled clips; `e`: (N_l,) their labels, places in the
    label order. The quantile is NumPy's linear one in float64. The sentence's "highest η portion"
    is the portion 1 − `eta`. Raises Fault for what `check_probabilities`, `check_labels` and
    `check_eta` refuse.
    """
    f = np.asarray(f)
    check_eta(eta)
    check_probabilities(f, whose="labeled")
    e = check_labels(e, clips=len(f), classes=f.shape[1])
    return thresholds_of(correct_confidences(f, e), eta)


def correct_confidences(f: Array, e: Array) -> list[NDArray[np.float64]]:
    """Algorithm 1, lines 1–8: G_j, ascending, for each class j. Arguments as checked above."""
    ê, s = predictions(f)
    return [np.sort(s[(e == j) & (ê == j)]) for j in range(f.shape[1])]


def thresholds_of(G: list[NDArray[np.float64]], eta: float) -> Thresholds:
    """Algorithm 1, lines 9–11; an empty G_j, which the listing leaves open, gives +∞."""
    λ = [float(np.quantile(G_j, eta)) if G_j.size else np.inf for G_j in G]
    return Thresholds(np.array(λ, np.float64), np.array([G_j.size for G_j in G], np.int64))


def select(f: ArrayLike, thresholds: Thresholds, *, checked: bool = False) -> Selection:
    """Algorithm 1, lines 13–20: the clips with s > λ_ê, strictly.

    `f`: (N_u, classes) probabilities of the unlabeled clips; `checked` if they have been checked
    before. Raises Fault for what `check_probabilities` refuses.
    """
    f = np.asarray(f)
    C = len(thresholds.values)
    if not checked:
        check_probabilities(f, whose="unlabeled", classes=C)
    predicted = predictions(f)
    ê, s = predicted
    chosen = np.empty(len(f), np.bool_)
    per_class = np.zeros(C, np.int64)
    for rows in _pieces(len(f)):
        np.greater(s[rows], thresholds.values.take(ê[rows]), out=chosen[rows])
        per_class += np.bincount(ê[rows][chosen[rows]], minlength=C)
    return Selection(chosen, predicted, per_class, thresholds)


def predictions(f: Array) -> Predicted:
    """Algorithm 1, lines 3, 4, 15 and 16: ê = argmax_j f_j(x) and s = max_j f_j(x).

    `f`: (clips, classes), without NaN. Of equal probabilities the first class counts.
    """
    kind = np.min_scalar_type(f.shape[1])
    ê = np.zeros(len(f), kind)
    s = np.empty(len(f), np.float64)
    for rows in _pieces(len(f)):
        columns = np.ascontiguousarray(f[rows].T)  # (classes, rows): a class's lie side by side
        best, which = columns[0].copy(), ê[rows]
        for j in range(1, len(columns)):
            above = (columns[j] > best).astype(kind)
            np.maximum(which, above * kind.type(j), out=which)  # several times faster than a mask
            np.maximum(best, columns[j], out=best)
        s[rows] = best
    return Predicted(ê, s)


def check_probabilities(f: Array, *, whose: str, classes: int | None = None) -> None:
    """Refuse what is no table of probabilities. `whose`: "labeled" or "unlabeled".

    Raises Fault `probabilities_not_a_table`, `probabilities_other_classes`, and, naming the first
    such row (from 1), `probabilities_not_numbers` and `probabilities_do_not_sum_to_1`.
    """
    if f.ndim != 2 or f.shape[1] == 0 or f.dtype.kind != "f":
        raise Fault(
            "probabilities_not_a_table",
            f"The probabilities of the {whose} clips are {f.dtype} of shape {f.shape}; a table of "
            "floating-point numbers is needed, with a row for each clip and a column for each "
            "class.",
            whose=whose,
            type=str(f.dtype),
            shape=str(f.shape),
        )
    if classes is not None and f.shape[1] != classes:
        raise Fault(
            "probabilities_other_classes",
            f"The probabilities of the {whose} clips have {f.shape[1]} columns, but there are "
            f"{classes} classes. Give one column for each class.",
            whose=whose,
            columns=f.shape[1],
            classes=classes,
        )
    for rows in _pieces(len(f)):
        piece = f[rows]
        sums = _sums(piece)
        lowest = piece.min()
        if not (lowest >= 0 and np.abs(sums - 1).max() <= SUM_TOLERANCE):
            _refuse_row(piece, sums, whose, rows.start)


def _sums(piece: Array) -> NDArray[np.float64]:
    """Of each row; column by column, which is many times faster for few classes."""
    sums = np.zeros(len(piece), np.float64)
    for j in range(piece.shape[1]):
        sums += piece[:, j]
    return sums


def _refuse_row(piece: Array, sums: NDArray[np.float64], whose: str, start: int) -> None:
    """Of this piece, whose first row is row `start` (from 0) of all, the first bad one."""
    strange = np.asarray(~(np.isfinite(piece) & (piece >= 0)).all(axis=1))
    row = int(np.argmax(strange | ~(np.abs(sums - 1) <= SUM_TOLERANCE)))
    if strange[row]:
        column = int(np.argmin(np.isfinite(piece[row]) & (piece[row] >= 0)))
        value = str(piece[row, column])
        raise Fault(
            "probabilities_not_numbers",
            f"Row {start + row + 1} of the {whose} clips has {value} in column {column + 1}; a "
            "probability is a number from 0 to 1. Correct the row or leave it out.",
            whose=whose,
            row=start + row + 1,
            column=column + 1,
            value=value,
        )
    raise Fault(
        "probabilities_do_not_sum_to_1",
        f"Row {start + row + 1} of the {whose} clips sums to {sums[row]:.6g}; probabilities sum to "
        f"1 (±{SUM_TOLERANCE:g}). Correct the row, or give softmax probabilities, not scores.",
        whose=whose,
        row=start + row + 1,
        sum=float(f"{sums[row]:.6g}"),
        tolerance=SUM_TOLERANCE,
    )


def check_labels(e: ArrayLike, *, clips: int, classes: int) -> NDArray[np.int64]:
    """The labels as places 0 … classes−1, one per clip.

    Raises Fault `labels_not_of_the_clips` and, naming the first such row (from 1),
    `label_out_of_range`.
    """
    given = np.asarray(e)
    if given.shape != (clips,):
        raise Fault(
            "labels_not_of_the_clips",
            f"There are labels of shape {given.shape} for {clips} labeled clips. Give one label "
            "for each row.",
            shape=str(given.shape),
            clips=clips,
        )
    if given.dtype.kind in "iu":
        wrong = np.flatnonzero((given < 0) | (given >= classes))
    else:
        wrong = np.arange(clips)
    if wrong.size:
        row = int(wrong[0])
        raise Fault(
            "label_out_of_range",
            f"Row {row + 1} of the labeled clips has label {given[row]}; labels are the places 0 "
            f"to {classes - 1} of the classes. Correct the label.",
            row=row + 1,
            label=str(given[row]),
            last=classes - 1,
        )
    return given.astype(np.int64)


def check_eta(eta: float) -> None:
    """Raises Fault `eta_outside_0_to_1`; NaN is outside, too."""
    if not 0 <= eta <= 1:
        raise Fault(
            "eta_outside_0_to_1",
            f"eta is {eta:g}; a quantile is from 0 to 1. Give eta, or the portion 1 − eta.",
            eta=str(eta),
        )


def _pieces(clips: int) -> Iterator[slice]:
    return (slice(start, min(start + PIECE, clips)) for start in range(0, clips, PIECE))
