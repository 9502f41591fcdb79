"""Thresholds from unseen clips, and the table that a slider looks up, against slow counting."""

import numpy as np
import pytest

from selection import confidence, etas, folds
from selection.confidence import Thresholds
from tests.unit.selection import listing

FOLDS, LABELED, UNLABELED, CLASSES = 5, 60, 200, 4


@pytest.fixture
def drawn() -> dict[str, np.ndarray]:
    """Probabilities by five networks, of clips that they agree on more or less."""
    random = np.random.default_rng(7)

    def softmax(clips: int) -> np.ndarray:
        scores = 2 * random.standard_normal((clips, CLASSES))
        by_network = scores + random.standard_normal((FOLDS, clips, CLASSES))
        powers = np.exp(by_network)
        return (powers / powers.sum(axis=2, keepdims=True)).astype(np.float32)

    labeled = softmax(LABELED)
    labels = labeled.mean(axis=0).argmax(axis=1)
    labels[::4] = random.integers(0, CLASSES, len(labels[::4]))
    return {
        "labeled": labeled,
        "labels": labels,
        "folds": np.arange(LABELED) % FOLDS,
        "unlabeled": softmax(UNLABELED),
    }


def thresholds_at(drawn: dict[str, np.ndarray], eta: float) -> list[Thresholds]:
    found = folds.fold_confidences(drawn["labeled"], drawn["labels"], drawn["folds"])
    return [confidence.thresholds_of(of_fold, eta) for of_fold in found]


def by_listing(drawn: dict[str, np.ndarray], eta: float) -> list[int]:
    """Algorithm 1 as listed, for each fold with the clips that it has not seen; then a vote."""
    votes = [0] * UNLABELED
    together = drawn["unlabeled"].mean(axis=0).argmax(axis=1)
    for fold in range(FOLDS):
        unseen = [clip for clip in range(LABELED) if drawn["folds"][clip] == fold]
        _, chosen = listing.selected(
            drawn["labeled"][fold, unseen].tolist(),
            drawn["labels"][unseen].tolist(),
            eta,
            drawn["unlabeled"][fold].tolist(),
        )
        for clip in chosen:
            votes[clip] += drawn["unlabeled"][fold, clip].argmax() == together[clip]
    return [clip for clip in range(UNLABELED) if votes[clip] >= 3]


@pytest.mark.parametrize("eta", [0.0, 0.25, 0.6, 0.9])
def test_a_clip_is_selected_when_three_of_five_folds_select_it(
    drawn: dict[str, np.ndarray], eta: float
) -> None:
    mean = drawn["unlabeled"].mean(axis=0)
    found = folds.select_by_most_folds(drawn["unlabeled"], mean, thresholds_at(drawn, eta))
    assert np.flatnonzero(found.chosen).tolist() == by_listing(drawn, eta)
    assert found.per_class.sum() == found.chosen.sum() > 0
    assert (found.predicted.classes == mean.argmax(axis=1)).all()


def test_half_of_the_folds_are_not_most_of_them(drawn: dict[str, np.ndarray]) -> None:
    sure, none = np.zeros(2), np.full(2, np.inf)
    of_folds = np.full((2, 1, 2), 0.5)
    own = [Thresholds(values, np.ones(2, np.int64)) for values in (sure, none)]
    assert not folds.select_by_most_folds(of_folds, of_folds[0], own).chosen.any()
    own[1] = own[0]
    assert folds.select_by_most_folds(of_folds, of_folds[0], own).chosen.all()


def test_a_class_without_thresholds_is_not_selected_by_folds_that_are_sure_of_another() -> None:
    two_for_the_second = np.array([[[0.9, 0.1]], [[0.45, 0.55]], [[0.45, 0.55]]])
    own = [Thresholds(np.array([np.inf, 0.5]), np.array([0, 9]))] * 3
    mean = two_for_the_second.mean(axis=0)
    assert mean.argmax() == 0
    assert not folds.select_by_most_folds(two_for_the_second, mean, own).chosen.any()
    of_class = [np.array([]), np.array([0.5])]
    table = etas.eta_table_of_folds([of_class] * 3, two_for_the_second, mean)
    assert not table.selected.any()


def test_the_table_has_at_each_eta_what_is_selected_at_it(drawn: dict[str, np.ndarray]) -> None:
    labeled, unlabeled = drawn["labeled"].mean(axis=0), drawn["unlabeled"].mean(axis=0)
    correct = confidence.correct_confidences(labeled, drawn["labels"])
    table = etas.eta_table(correct, confidence.predictions(unlabeled))
    for place in range(0, etas.STEPS + 1, 7):
        thresholds = confidence.thresholds_of(correct, place / etas.STEPS)
        found = confidence.select(unlabeled, thresholds, checked=True)
        assert table.thresholds[place].tolist() == thresholds.values.tolist()
        assert table.selected[place].tolist() == found.per_class.tolist()
    assert table.selected[0].sum() > table.selected[-1].sum()


def test_the_table_of_folds_has_at_each_eta_what_most_folds_select(
    drawn: dict[str, np.ndarray],
) -> None:
    of_folds = drawn["unlabeled"]
    mean = of_folds.mean(axis=0)
    correct = folds.fold_confidences(drawn["labeled"], drawn["labels"], drawn["folds"])
    table = etas.eta_table_of_folds(correct, of_folds, mean)
    for place in range(0, etas.STEPS + 1, 7):
        own = thresholds_at(drawn, place / etas.STEPS)
        found = folds.select_by_most_folds(of_folds, mean, own)
        assert table.thresholds[place].tolist() == [each.values.tolist() for each in own]
        assert table.selected[place].tolist() == found.per_class.tolist()


def test_a_class_never_predicted_right_selects_nothing_at_any_eta() -> None:
    correct = confidence.correct_confidences(np.array([[0.9, 0.1]]), np.array([0]))
    table = etas.eta_table(correct, confidence.predictions(np.array([[0.0, 1.0], [1.0, 0.0]])))
    assert table.selected.tolist() == [[1, 0]] * (etas.STEPS + 1)


def test_a_budget_becomes_the_least_eta_that_keeps_to_it() -> None:
    selected = np.array([[9, 5], [6, 4], [5, 1], [2, 0]])
    assert etas.eta_within(selected, 14, each_class=False) == 0
    assert etas.eta_within(selected, 9, each_class=False) == 0.002
    assert etas.eta_within(selected, 6, each_class=True) == 0.001
    assert etas.eta_within(selected, 1, each_class=False) is None
