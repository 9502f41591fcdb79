"""Eq. 9–12 against numbers worked out by hand, scikit-learn, and a slow reading of the words."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    mean_squared_error,
    precision_recall_fscore_support,
)

from baseline import metrics

TRUTH = [0, 0, 0, 1, 1, 2]
FOUND = [0, 0, 1, 1, 2, 2]

classes_and_pairs = st.integers(2, 8).flatmap(
    lambda classes: st.tuples(
        st.just(classes),
        st.lists(
            st.tuples(st.integers(0, classes - 1), st.integers(0, classes - 1)),
            min_size=1,
            max_size=60,
        ),
    )
)


def test_the_weighted_f1_of_six_clips_is_what_one_works_out_by_hand() -> None:
    # class 0: precision 2/2, recall 2/3, F 4/5; class 1: 1/2, 1/2, 1/2; class 2: 1/2, 1, 2/3
    assert metrics.weighted_f1(TRUTH, FOUND, 3) == pytest.approx(
        (3 * 4 / 5 + 2 * 1 / 2 + 1 * 2 / 3) / 6
    )


def test_rows_are_the_truth_and_columns_what_was_found() -> None:
    assert metrics.confusion(TRUTH, FOUND, 3).tolist() == [[2, 1, 0], [0, 1, 1], [0, 0, 1]]


def test_a_class_that_is_never_right_has_an_f1_of_zero() -> None:
    scores = metrics.class_scores(metrics.confusion([0, 0, 1], [1, 1, 0], 2))
    assert scores.f1.tolist() == [0, 0]


def test_a_class_that_no_clip_has_weighs_nothing() -> None:
    assert metrics.weighted_f1([0, 1, 1], [0, 1, 1], 5) == 1


@given(classes_and_pairs)
def test_weighted_f1_and_what_it_is_made_of_are_those_of_scikit_learn(
    given_: tuple[int, list[tuple[int, int]]],
) -> None:
    classes, pairs = given_
    truth, found = zip(*pairs, strict=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = f1_score(truth, found, average="weighted", zero_division=0)
        per_class = precision_recall_fscore_support(
            truth, found, labels=range(classes), zero_division=0
        )
        counts = confusion_matrix(truth, found, labels=range(classes))
    ours = metrics.confusion(truth, found, classes)
    assert metrics.weighted_f1(truth, found, classes) == pytest.approx(theirs, abs=1e-12)
    assert ours.tolist() == counts.tolist()
    for mine, other in zip(metrics.class_scores(ours), per_class, strict=True):
        assert mine.tolist() == pytest.approx(other.tolist(), abs=1e-12)
    assert metrics.accuracy(truth, found, classes) == pytest.approx(accuracy_score(truth, found))


def test_the_squared_error_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    truth, found = rng.uniform(-5, 5, 200), rng.uniform(-5, 5, 200)
    assert metrics.mse(truth, found) == pytest.approx(mean_squared_error(truth, found), rel=1e-12)


def test_clips_without_a_valence_do_not_count_for_the_squared_error() -> None:
    assert metrics.mse([1, np.nan, -2], [0, 100, -4]) == (1 + 4) / 2
    assert metrics.mse([np.nan], [1]) is None


def test_the_combined_metric_is_that_of_the_best_row_of_the_papers_tables() -> None:
    """Table 3, HL + ML + MR on Train&Val: 73.39 and 0.87 give 0.52."""
    assert metrics.combined(0.7339, 0.87) == pytest.approx(0.5164)
    assert metrics.combined(0.7339, None) == 0.7339  # MER-SEMI is about emotions only


def test_four_clips_in_two_bins_are_off_by_what_one_works_out_by_hand() -> None:
    truth = [0, 1, 0, 0]
    probabilities = [[0.55, 0.45], [0.6, 0.4], [0.95, 0.05], [1.0, 0.0]]
    fifth, sixth, tenth = (metrics.reliability(truth, probabilities)[place] for place in (5, 6, 9))
    assert (fifth.low, fifth.high, fifth.clips, fifth.accuracy) == (0.5, 0.6, 2, 0.5)
    assert fifth.confidence == pytest.approx(0.575)  # 0.6 belongs to the bin that it ends
    assert (sixth.clips, sixth.confidence, sixth.accuracy) == (0, None, None)
    assert (tenth.clips, tenth.accuracy) == (2, 1)
    assert metrics.calibration_error(truth, probabilities) == pytest.approx(
        2 / 4 * (0.575 - 0.5) + 2 / 4 * (1 - 0.975)
    )


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(2, 7), st.integers(1, 20))
def test_the_calibration_error_is_that_of_a_loop_over_clips(
    seed: int, clips: int, classes: int, bins: int
) -> None:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(classes, 0.4), clips)
    truth = rng.integers(0, classes, clips)
    expected = 0.0
    for number in range(bins):
        inside = []
        for label, row in zip(truth.tolist(), probabilities.tolist(), strict=True):
            sure = max(row)
            if number / bins < sure <= (number + 1) / bins:
                inside.append((sure, row.index(sure) == label))
        if inside:
            confidence = sum(sure for sure, _ in inside) / len(inside)
            accuracy = sum(right for _, right in inside) / len(inside)
            expected += len(inside) / clips * abs(accuracy - confidence)
    assert metrics.calibration_error(truth, probabilities, bins) == pytest.approx(expected)
    assert sum(each.clips for each in metrics.reliability(truth, probabilities, bins)) == clips


@pytest.mark.parametrize(
    ("truth", "found"), [([0, 1], [0]), ([0, 3], [0, 1]), ([0, 1], [0, -1]), ([[0]], [[0]])]
)
def test_what_does_not_fit_together_is_refused(truth: list[int], found: list[int]) -> None:
    with pytest.raises(ValueError, match=r"lengths|outside"):
        metrics.confusion(truth, found, 3)


def test_nothing_can_be_measured_without_clips() -> None:
    with pytest.raises(ValueError, match="no clip"):
        metrics.weighted_f1([], [], 3)
    with pytest.raises(ValueError, match="no clip"):
        metrics.calibration_error(np.zeros(0), np.zeros((0, 3)))
