"""Eq. 6–8 against scikit-learn, sums written out, and numerical derivatives."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss, mean_squared_error

from baseline.losses import emotion_loss, joint_loss, valence_loss

NONE = math.nan


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_equation_6_is_the_log_loss_of_scikit_learn():
    logits, emotions = 3 * drawn(40, 6), torch.arange(40) % 5  # nobody shows the sixth emotion
    expected = log_loss(emotions.numpy(), logits.softmax(1).numpy(), labels=range(6))
    assert emotion_loss(logits, emotions).item() == pytest.approx(expected, rel=1e-12)


def test_equation_6_is_finite_where_a_probability_is_too_small_for_a_number():
    logits = torch.tensor([[2000.0, 0.0]])
    assert logits.softmax(1)[0, 1] == 0
    assert emotion_loss(logits, torch.tensor([1])).item() == 2000


def test_equation_7_is_the_mean_squared_error_over_the_clips_that_have_a_valence():
    predicted, valences = drawn(12), drawn(12, seed=1)
    assert valence_loss(predicted, valences).item() == pytest.approx(
        mean_squared_error(valences, predicted), rel=1e-12
    )
    valences[[0, 4, 11]] = NONE
    known = [1, 2, 3, 5, 6, 7, 8, 9, 10]
    assert valence_loss(predicted, valences).item() == pytest.approx(
        mean_squared_error(valences[known], predicted[known]), rel=1e-12
    )


def test_equation_7_is_zero_and_pulls_nowhere_without_any_valence():
    predicted = drawn(3).requires_grad_()
    loss = valence_loss(predicted, torch.full((3,), NONE, dtype=torch.float64))
    loss.backward()
    assert loss.item() == 0
    assert predicted.grad is not None and not predicted.grad.any()


def test_a_clip_without_a_valence_has_no_gradient_and_the_others_have_theirs():
    predicted = torch.tensor([1.0, -2.0, 7.0], requires_grad=True)
    valence_loss(predicted, torch.tensor([3.0, NONE, 6.0])).backward()
    assert predicted.grad is not None
    np.testing.assert_allclose(predicted.grad, [2 * (1 - 3) / 2, 0, 2 * (7 - 6) / 2])


def test_equation_8_is_the_sum_of_both():
    logits, emotions = drawn(5, 3), torch.arange(5) % 3
    predicted, valences = drawn(5, seed=1), drawn(5, seed=2)
    valences[2] = NONE
    total = 0.0
    for i in range(5):
        e = logits[i].exp() / logits[i].exp().sum()
        total -= math.log(e[emotions[i]]) / 5
        if i != 2:
            total += (valences[i] - predicted[i]).item() ** 2 / 4
    assert joint_loss(logits, predicted, emotions, valences).item() == pytest.approx(total)


def test_the_gradient_of_equation_8_is_its_numerical_derivative():
    valences = drawn(6, seed=3)
    valences[1] = NONE
    logits, predicted = drawn(6, 4).requires_grad_(), drawn(6, seed=2).requires_grad_()
    assert torch.autograd.gradcheck(
        lambda e, v: joint_loss(e, v, torch.arange(6) % 4, valences), (logits, predicted)
    )
