"""Algorithm 1 of §2.3 against its listing, on drawn, degenerate and bad probabilities."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import Fault
from selection import confidence
from tests.unit.selection import listing

SIXTY_FOURTHS = 64  # probabilities in sixty-fourths and eta in eighths: every step is exact


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Probabilities full of ties, of labeled and of unlabeled clips; labels; eta."""
    classes = draw(st.integers(1, 5))
    row = st.lists(st.integers(0, SIXTY_FOURTHS), min_size=classes - 1, max_size=classes - 1).map(
        lambda cuts: np.diff([0, *sorted(cuts), SIXTY_FOURTHS]) / SIXTY_FOURTHS
    )
    labeled = draw(st.lists(row, min_size=1, max_size=30))
    labels = draw(
        st.lists(st.integers(0, classes - 1), min_size=len(labeled), max_size=len(labeled))
    )
    unlabeled = draw(st.lists(row, max_size=30))
    eta = draw(st.integers(0, 8)) / 8
    kind = draw(st.sampled_from([np.float32, np.float64]))
    return (
        np.array(labeled, kind),
        np.array(labels),
        eta,
        np.array(unlabeled, kind).reshape(-1, classes),
    )


@given(tables())
def test_thresholds_and_selected_clips_are_those_of_the_listing(
    drawn: tuple[np.ndarray, np.ndarray, float, np.ndarray],
) -> None:
    labeled, labels, eta, unlabeled = drawn
    expected, chosen = listing.selected(labeled.tolist(), labels.tolist(), eta, unlabeled.tolist())
    thresholds = confidence.class_thresholds(labeled, labels, eta)
    found = confidence.select(unlabeled, thresholds)
    assert [None if np.isinf(value) else value for value in thresholds.values] == expected
    assert found.places.tolist() == chosen
    assert (
        found.per_class.tolist()
        == np.bincount(found.predicted.classes[chosen], minlength=labeled.shape[1]).tolist()
    )


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("eta", [0.0, 0.137, 0.5, 0.8, 0.999, 1.0])
def test_many_drawn_clips_in_several_pieces_are_selected_as_the_listing_says(
    kind: type, eta: float
) -> None:
    labeled, unlabeled = softmax(400, seed=1, kind=kind), softmax(2500, seed=2, kind=kind)
    labels = np.random.default_rng(3).integers(0, 6, 400)
    expected, chosen = listing.selected(labeled.tolist(), labels.tolist(), eta, unlabeled.tolist())
    thresholds = confidence.class_thresholds(labeled, labels, eta)
    assert thresholds.values == pytest.approx([float(value or np.inf) for value in expected])
    assert confidence.select(unlabeled, thresholds).places.tolist() == chosen
    assert 0 < len(chosen) < 2500


def test_pieces_do_not_change_what_is_selected(monkeypatch: pytest.MonkeyPatch) -> None:
    unlabeled = softmax(1000, seed=4)
    thresholds = confidence.Thresholds(np.full(6, 0.5), np.ones(6, np.int64))
    whole = confidence.select(unlabeled, thresholds)
    monkeypatch.setattr(confidence, "PIECE", 7)
    in_pieces = confidence.select(unlabeled, thresholds)
    assert (whole.chosen == in_pieces.chosen).all()
    assert (whole.predicted.classes == in_pieces.predicted.classes).all()
    assert (whole.predicted.confidences == unlabeled.max(axis=1)).all()
    assert (whole.predicted.classes == unlabeled.argmax(axis=1)).all()


def test_a_confidence_that_equals_its_threshold_is_not_above_it() -> None:
    thresholds = confidence.class_thresholds(np.array([[0.75, 0.25]]), [0], 0.5)
    found = confidence.select(np.array([[0.75, 0.25], [0.8, 0.2]]), thresholds)
    assert found.places.tolist() == [1]


def test_a_float32_confidence_is_compared_as_the_float64_that_it_is() -> None:
    third = np.float32(1 / 3)  # a little above the float64
    thresholds = confidence.Thresholds(np.array([1 / 3, 1, 1]), np.ones(3, np.int64))
    assert confidence.select(np.array([[third] * 3]), thresholds).places.tolist() == [0]


def test_of_a_class_never_predicted_right_nothing_is_selected_and_it_says_so() -> None:
    thresholds = confidence.class_thresholds(np.array([[0.9, 0.1], [0.8, 0.2]]), [0, 1], 0)
    assert thresholds.empty == [1]
    assert thresholds.correct.tolist() == [1, 0]
    found = confidence.select(np.array([[0.0, 1.0], [1.0, 0.0]]), thresholds)
    assert found.per_class.tolist() == [1, 0]


def test_of_equal_probabilities_the_first_class_is_predicted() -> None:
    found = confidence.predictions(np.array([[0.5, 0.5], [0.25, 0.75]]))
    assert found.classes.tolist() == [0, 1]


def test_without_unlabeled_clips_nothing_is_selected() -> None:
    thresholds = confidence.class_thresholds(np.array([[0.9, 0.1]]), [0], 0.5)
    found = confidence.select(np.empty((0, 2)), thresholds)
    assert found.places.tolist() == []
    assert found.per_class.tolist() == [0, 0]


def test_without_labeled_clips_nothing_is_selected() -> None:
    thresholds = confidence.class_thresholds(np.empty((0, 2)), [], 0.5)
    assert thresholds.empty == [0, 1]
    assert confidence.select(np.array([[1.0, 0.0]]), thresholds).places.tolist() == []


def test_probabilities_may_lie_in_a_file(tmp_path: Path) -> None:
    unlabeled = softmax(500, seed=5)
    np.save(tmp_path / "unlabeled.npy", unlabeled)
    thresholds = confidence.Thresholds(np.full(6, 0.6), np.ones(6, np.int64))
    mapped = np.load(tmp_path / "unlabeled.npy", mmap_mode="r")
    assert (
        confidence.select(mapped, thresholds).places.tolist()
        == confidence.select(unlabeled, thresholds).places.tolist()
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.25])
@pytest.mark.parametrize("row", [0, 1, 29])
def test_what_is_no_probability_is_refused_with_its_row_and_column(
    monkeypatch: pytest.MonkeyPatch, value: float, row: int
) -> None:
    monkeypatch.setattr(confidence, "PIECE", 8)
    table = softmax(30, seed=6)
    table[row, 2] = value
    with pytest.raises(Fault, match=f"Row {row + 1} of the unlabeled clips .* column 3") as told:
        confidence.select(table, confidence.Thresholds(np.ones(6), np.ones(6, np.int64)))
    assert told.value.code == "probabilities_not_numbers"


@pytest.mark.parametrize("row", [0, 13, 29])
def test_a_row_that_does_not_sum_to_one_is_refused(
    monkeypatch: pytest.MonkeyPatch, row: int
) -> None:
    monkeypatch.setattr(confidence, "PIECE", 8)
    table = softmax(30, seed=7)
    table[row] *= 1.01
    with pytest.raises(Fault, match=f"Row {row + 1} of the labeled clips sums to 1.01") as told:
        confidence.class_thresholds(table, np.zeros(30, int), 0.5)
    assert told.value.code == "probabilities_do_not_sum_to_1"


def test_probabilities_rounded_to_four_decimals_are_taken() -> None:
    confidence.check_probabilities(softmax(1000, seed=8).round(4), whose="unlabeled")


@pytest.mark.parametrize(
    "table", [np.ones(3), np.ones((2, 3, 1)), np.ones((3, 0)), np.eye(3, dtype=int), [["a"]]]
)
def test_what_is_no_table_of_numbers_is_refused(table: object) -> None:
    with pytest.raises(Fault) as told:
        confidence.check_probabilities(np.asarray(table), whose="labeled")
    assert told.value.code == "probabilities_not_a_table"


def test_another_number_of_classes_is_refused() -> None:
    thresholds = confidence.Thresholds(np.ones(6), np.ones(6, np.int64))
    with pytest.raises(Fault, match="have 2 columns, but there are 6 classes"):
        confidence.select(np.array([[0.5, 0.5]]), thresholds)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([0, 2], "Row 2 of the labeled clips has label 2; labels are the places 0 to 1"),
        ([-1, 0], "Row 1 of the labeled clips has label -1"),
        ([0.0, 1.0], "Row 1 of the labeled clips has label 0.0"),
        (["a", "b"], "Row 1 of the labeled clips has label a"),
        ([0], "labels of shape .* for 2 labeled clips"),
    ],
)
def test_labels_that_are_none_are_refused_with_their_row(labels: list[int], words: str) -> None:
    with pytest.raises(Fault, match=words):
        confidence.class_thresholds(np.array([[1.0, 0.0], [0.0, 1.0]]), labels, 0.5)


@pytest.mark.parametrize("eta", [-0.01, 1.01, float("nan"), float("inf")])
def test_an_eta_outside_0_to_1_is_refused(eta: float) -> None:
    with pytest.raises(Fault, match="quantile is from 0 to 1") as told:
        confidence.class_thresholds(np.array([[1.0, 0.0]]), [0], eta)
    assert told.value.code == "eta_outside_0_to_1"


def softmax(clips: int, *, seed: int, kind: type = np.float64) -> np.ndarray:
    """Probabilities of six classes as a network gives them. (clips, classes)"""
    scores = np.exp(2 * np.random.default_rng(seed).standard_normal((clips, 6)))
    return (scores / scores.sum(axis=1, keepdims=True)).astype(kind)
