"""All folds at once against one fold after the other, on the CPU."""

from typing import Any

import numpy as np
import pytest
import torch

from baseline import fitting, stacked
from baseline.errors import Fault
from baseline.network import PAPER, RELEASED
from baseline.training_data import EpochRecord
from tests.unit.baseline.fitting_data import data_of, spec_of

# Folds of very different sizes: they differ in steps per epoch and in their last batch.
SIZES = [11, 40, 25, 44]


def folds_of(clips: int) -> list[tuple[int, np.ndarray, np.ndarray]]:
    order = np.random.default_rng(2).permutation(clips)
    parts = np.split(order, np.cumsum(SIZES)[:-1])
    return [(number, np.setdiff1d(order, part), part) for number, part in enumerate(parts, start=1)]


@pytest.mark.parametrize("variant", [PAPER, RELEASED])
def test_without_dropout_all_folds_at_once_are_the_folds_one_by_one(variant):
    data = data_of(sum(SIZES), clear=0.5)
    spec = spec_of(data, dropout=0.0, epochs=4, batch_size=16, variant=variant, weight_decay=0.01)
    place: dict[str, Any] = {"spec": spec, "hidden": 8, "learning_rate": 3e-3, "run": 2}
    folds = folds_of(sum(SIZES))
    together: dict[int, list[EpochRecord]] = {fold: [] for fold, _, _ in folds}
    found = stacked.fit_folds(
        data, **place, folds=folds, on_epoch=lambda fold, record: together[fold].append(record)
    )
    for (fold, train, validation), stack in zip(folds, found, strict=True):
        told: list[EpochRecord] = []
        one = fitting.fit(
            data, **place, fold=fold, train=train, validation=validation, on_epoch=told.append
        )
        for ours, theirs in zip(together[fold], told, strict=True):
            assert ours.epoch == theirs.epoch
            assert ours.loss == pytest.approx(theirs.loss, rel=1e-4)
            assert ours.dimensional == pytest.approx(theirs.dimensional, rel=1e-3)
        assert stack.best_epoch == one.best_epoch
        assert stack.combined == pytest.approx(one.combined, rel=1e-3)
        np.testing.assert_allclose(stack.probabilities, one.probabilities, atol=1e-4)
        np.testing.assert_allclose(stack.valence, one.valence, atol=1e-4)
        assert stack.state_dict.keys() == one.state_dict.keys()
        for name, tensor in one.state_dict.items():
            torch.testing.assert_close(stack.state_dict[name], tensor, atol=1e-4, rtol=1e-3)


def test_with_dropout_an_easy_set_is_learned_and_repeats_itself():
    data = data_of(sum(SIZES))
    spec = spec_of(data, epochs=20)
    place: dict[str, Any] = {"spec": spec, "hidden": 16, "learning_rate": 1e-2, "run": 1}
    folds = folds_of(sum(SIZES))
    found, again = (
        stacked.fit_folds(data, **place, folds=folds, on_epoch=lambda *_: None) for _ in range(2)
    )
    for one, other in zip(found, again, strict=True):
        assert one.accuracy > 0.9
        assert np.array_equal(one.probabilities, other.probabilities)
    assert not torch.equal(
        found[0].state_dict["valence.weight"], found[1].state_dict["valence.weight"]
    )


def test_some_of_the_folds_are_trained_as_among_all():
    data = data_of(sum(SIZES))
    spec = spec_of(data, dropout=0.0)
    place: dict[str, Any] = {"spec": spec, "hidden": 8, "learning_rate": 1e-2, "run": 1}
    folds = folds_of(sum(SIZES))
    all_of_them = stacked.fit_folds(data, **place, folds=folds, on_epoch=lambda *_: None)
    (third,) = stacked.fit_folds(data, **place, folds=folds[2:3], on_epoch=lambda *_: None)
    np.testing.assert_allclose(third.probabilities, all_of_them[2].probabilities, atol=1e-5)


def test_nothing_of_a_step_is_left_on_another_device():
    """A device without numbers stands for the GPU: tensors of it and of the CPU do not mix."""
    data = data_of(sum(SIZES))
    train = [clips for _, clips, _ in folds_of(sum(SIZES))]
    seeds = [fitting.Seeds(1, 8, 1e-3, 1, fold) for fold in range(len(train))]
    stack = stacked.Stack(data, spec_of(data, device="meta"), 8, train, seeds)
    adam = stacked.Adam(stack.weights, 1e-3, 1e-5)
    batch = stack.side_by_side([[clips[:5]] for clips in train])[0]
    losses = stack.losses(batch)
    losses.sum().backward()
    adam.step(moving=(batch != stack.nobody).any(dim=1))
    assert losses.device.type == adam.mean.device.type == stack.weights.device.type == "meta"


def test_a_loss_that_is_no_number_is_told():
    data = data_of(sum(SIZES))
    data.features["lexical"][:] *= 1e30
    with pytest.raises(Fault) as fault:
        stacked.fit_folds(
            data,
            spec=spec_of(data, standardise=False),
            hidden=4,
            learning_rate=0.1,
            run=1,
            folds=folds_of(sum(SIZES)),
            on_epoch=lambda *_: None,
        )
    assert fault.value.code == "training_diverged"
