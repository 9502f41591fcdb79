"""Thresholds from clips that a network has not seen: one set of thresholds for each fold.

Algorithm 1 takes the thresholds from the very clips that the model was trained on. A network is
surer of those than of others, so that these thresholds are too high and fewer clips are selected
than eta says. A trained model has a network for each fold, and each fold has clips that its network
did not see: they give the fold's thresholds. An unlabeled clip is selected when most of the folds
select it as of the class that the model as a whole predicts. So a class without thresholds in half
of the folds selects nothing. This is Concord's own way beside the paper's. Pure: NumPy only.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from selection import confidence
from selection.confidence import Predicted, Thresholds


class MostFolds(NamedTuple):
    """Which unlabeled clips most folds select, and what the model as a whole says of them."""

    chosen: NDArray[np.bool_]  # (clips,)
    predicted: Predicted  # by the mean over the folds
    per_class: NDArray[np.int64]  # (classes,)
    votes: NDArray[np.uint8]  # how many folds select the clip. (clips,)


def fold_confidences(
    probabilities: NDArray[Any], labels: NDArray[Any], folds: NDArray[Any]
) -> list[list[NDArray[np.float64]]]:
    """For each fold and class, ascending: confidences of unseen clips that were predicted right.

    `probabilities`: (folds, labeled clips, classes), by each fold's network; `labels`: (clips,);
    `folds`: (clips,) the fold, from 0, whose network has not seen the clip.
    """
    return [
        confidence.correct_confidences(of_network[folds == fold], labels[folds == fold])
        for fold, of_network in enumerate(probabilities)
    ]


def select_by_most_folds(
    of_folds: NDArray[Any], mean: NDArray[Any], thresholds: Sequence[Thresholds]
) -> MostFolds:
    """The clips that more than half of the folds select.

    `of_folds`: (folds, clips, classes); `mean`: (clips, classes), which says of what class a clip
    is and how sure the model is. A fold that takes a clip for another class does not select it.
    """
    votes = np.zeros(len(mean), np.uint8)
    predicted = confidence.predictions(mean)
    for of_network, own in zip(of_folds, thresholds, strict=True):
        found = confidence.select(of_network, own, checked=True)
        votes += found.chosen & (found.predicted.classes == predicted.classes)
    chosen = votes > len(thresholds) / 2
    per_class = np.bincount(predicted.classes[chosen], minlength=mean.shape[1])
    return MostFolds(chosen, predicted, per_class, votes)
