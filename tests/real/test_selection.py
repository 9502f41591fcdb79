"""Algorithm 1 on what a classifier of faces made of RAVDESS (Livingstone & Russo 2018).

py-feat's probabilities of seven expressions, averaged over a clip's frames by others; twelve
actors are the labeled clips, the other twelve the unlabeled ones. Calm has no class there.
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from selection import confidence
from tests.unit.selection import listing

COLUMN = {  # the third part of a name
    "01": "neutral_mean",
    "03": "happiness_mean",
    "04": "sadness_mean",
    "05": "anger_mean",
    "06": "fear_mean",
    "07": "disgust_mean",
    "08": "surprise_mean",
}
CLASSES = sorted(COLUMN.values())


@pytest.fixture(scope="module")
def halves(real_data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities of the clips of actors 1–12, their labels, and those of actors 13–24."""
    labeled, labels, unlabeled = [], [], []
    with (real_data / "ravdess_dmmh/combined_summary.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            _, _, emotion, *_, actor = row["file"].split("-")
            if emotion not in COLUMN:
                continue
            probabilities = [float(row[name]) for name in CLASSES]
            if int(actor) <= 12:
                labeled.append(probabilities)
                labels.append(CLASSES.index(COLUMN[emotion]))
            else:
                unlabeled.append(probabilities)
    return np.array(labeled), np.array(labels), np.array(unlabeled)


@pytest.mark.parametrize(("eta", "selected"), [(0.2, 68), (0.5, 39), (0.8, 22)])
def test_of_the_other_actors_as_many_clips_are_selected_as_counted_elsewhere(
    halves: tuple[np.ndarray, np.ndarray, np.ndarray], eta: float, selected: int
) -> None:
    labeled, labels, unlabeled = halves
    thresholds = confidence.class_thresholds(labeled, labels, eta)
    found = confidence.select(unlabeled, thresholds)
    assert len(found.places) == selected
    _, places = listing.selected(labeled.tolist(), labels.tolist(), eta, unlabeled.tolist())
    assert found.places.tolist() == places
