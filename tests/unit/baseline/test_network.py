"""Eq. 1–5 against the same equations written out clip by clip, in loops, from the paper's text."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor

from baseline.modalities import ACOUSTIC, LEXICAL, VISUAL
from baseline.network import PAPER, RELEASED, Dropout, build

ALL = {ACOUSTIC: 7, LEXICAL: 5, VISUAL: 3}
CLASSES = 4
HIDDEN = 6
Array = NDArray[np.float64]


def drawn(dimensions: dict[str, int], clips: int, seed: int = 0) -> list[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(clips, d, generator=generator) for d in dimensions.values()]


def some(variant: str = PAPER, dimensions: dict[str, int] | None = None) -> Any:
    torch.manual_seed(3)
    return build(variant, dimensions or ALL, CLASSES, HIDDEN, dropout=0.3).eval()


def written_out(
    network: torch.nn.Module, clip: Sequence[Array], modalities: Sequence[int]
) -> tuple[list[float], Array, float]:
    """α_i, ê_i and v̂_i of one clip by the equations of §3.5, a sum at a time."""
    weights = {name: tensor.double().numpy() for name, tensor in network.state_dict().items()}
    columns = []  # of h_i
    for m in modalities:
        W, b = weights[f"embedding.{m}.weight"].T, weights[f"embedding.{m}.bias"]
        h = np.zeros(len(b))
        for to in range(len(b)):
            h[to] = b[to] + sum(clip[m][at] * W[at, to] for at in range(len(clip[m])))
        columns.append(np.maximum(h, 0))
    if "attention.weight" in weights:
        scores = [
            sum(h[at] * weights["attention.weight"][at] for at in range(len(h)))
            + weights["attention.bias"][m]
            for m, h in zip(modalities, columns, strict=True)
        ]
        alpha = [np.exp(score) / sum(np.exp(scores)) for score in scores]
    else:
        alpha = [1.0]
    z = sum(a * h for a, h in zip(alpha, columns, strict=True))
    v = float(weights["valence.weight"][0] @ z + weights["valence.bias"][0])
    e = np.exp(weights["emotion.weight"] @ z + weights["emotion.bias"])
    return alpha, e / e.sum(), v


@pytest.mark.parametrize(
    "modalities",
    [
        (ACOUSTIC,),
        (LEXICAL,),
        (VISUAL,),
        (ACOUSTIC, LEXICAL),
        (ACOUSTIC, VISUAL),
        (LEXICAL, VISUAL),
        (ACOUSTIC, LEXICAL, VISUAL),
    ],
)
def test_the_network_computes_the_equations_for_every_combination_of_modalities(modalities):
    dimensions = {m: ALL[m] for m in modalities}
    network, features = some(dimensions=dimensions), drawn(dimensions, clips=9)
    logits, valence = network(features)
    alpha = network.alpha(features)
    for i in range(9):
        clip = [f[i].double().numpy() for f in features]
        expected = written_out(network, clip, range(len(modalities)))
        np.testing.assert_allclose(alpha[i].detach(), expected[0], rtol=1e-5)
        np.testing.assert_allclose(logits[i].softmax(0).detach(), expected[1], rtol=1e-5)
        np.testing.assert_allclose(valence[i].item(), expected[2], rtol=1e-4, atol=1e-6)


def test_a_masked_modality_is_attended_to_as_if_the_network_had_been_without_it():
    network, features = some(), drawn(ALL, clips=5)
    mask = torch.tensor([[True, False, True]] * 5)
    logits, valence = network(features, mask)
    for i in range(5):
        clip = [f[i].double().numpy() for f in features]
        _, expected, v = written_out(network, clip, (0, 2))
        np.testing.assert_allclose(logits[i].softmax(0).detach(), expected, rtol=1e-5)
        np.testing.assert_allclose(valence[i].item(), v, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("variant", [PAPER, RELEASED])
def test_nothing_depends_on_the_features_of_a_masked_modality(variant):
    network, features = some(variant), drawn(ALL, clips=4)
    mask = torch.tensor(
        [[True, True, False], [False, True, True], [True, False, False], [True] * 3]
    )
    others = [torch.where(mask[:, m, None], f, 1000 * f + 1) for m, f in enumerate(features)]
    for one, other in zip(network(features, mask), network(others, mask), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(network.alpha(features, mask) == 0, ~mask)


@pytest.mark.parametrize("variant", [PAPER, RELEASED])
def test_a_mask_that_hides_nothing_changes_nothing(variant):
    network, features = some(variant), drawn(ALL, clips=4)
    unmasked, masked = network(features), network(features, torch.ones(4, 3, dtype=torch.bool))
    assert torch.equal(unmasked[0], masked[0]) and torch.equal(unmasked[1], masked[1])


@pytest.mark.parametrize("variant", [PAPER, RELEASED])
@pytest.mark.parametrize("dimensions", [ALL, {VISUAL: 3}])
def test_a_clip_of_which_nothing_is_there_is_refused(variant, dimensions):
    network, features = some(variant, dimensions), drawn(dimensions, clips=2)
    mask = torch.tensor([[True] * len(dimensions), [False] * len(dimensions)])
    with pytest.raises(ValueError, match="none of the modalities"):
        network(features, mask)


@pytest.mark.parametrize("variant", [PAPER, RELEASED])
@pytest.mark.parametrize("dimensions", [ALL, {LEXICAL: 5}])
def test_a_batch_of_one_clip_is_predicted_as_among_others(variant, dimensions):
    network, features = some(variant, dimensions), drawn(dimensions, clips=3)
    logits, valence = network(features)
    alone = network([f[1:2] for f in features])
    assert alone[0].shape == (1, CLASSES) and alone[1].shape == (1,)
    torch.testing.assert_close(alone[0], logits[1:2])
    torch.testing.assert_close(alone[1], valence[1:2])


def test_the_modalities_are_ordered_whatever_the_order_in_which_they_are_given():
    network = some(dimensions={VISUAL: 3, ACOUSTIC: 7, LEXICAL: 5})
    assert [layer.in_features for layer in network.embedding] == [7, 5, 3]


@pytest.mark.parametrize("variant, hidden, parameters", [
    (PAPER, 128, 329_098),
    (PAPER, 256, 658_186),
    (RELEASED, 128, 887_562),
])  # fmt: skip
def test_a_network_of_the_papers_size_has_as_many_parameters_as_known(variant, hidden, parameters):
    network = build(variant, {ACOUSTIC: 1024, LEXICAL: 1024, VISUAL: 512}, 6, hidden, 0.3)
    assert sum(each.numel() for each in network.parameters()) == parameters


def test_dropout_follows_the_relu_of_equation_1_and_only_in_training():
    network: Any = build(PAPER, ALL, CLASSES, 1000, dropout=0.3)
    features = drawn(ALL, clips=20)
    whole = network.eval().represent(features)
    dropped = network.train().represent(features)
    gone = (dropped == 0) & (whole > 0)
    assert gone.sum() / (whole > 0).sum() == pytest.approx(0.3, abs=0.01)
    torch.testing.assert_close(dropped[~gone], whole[~gone] / 0.7)


def test_the_weights_of_the_released_variant_may_be_negative_and_sum_to_anything():
    network, features = some(RELEASED), drawn(ALL, clips=50)
    alpha = network.alpha(features)
    assert (alpha < 0).any() and not torch.allclose(alpha.sum(1), torch.ones(50))
    h = network.represent(features, None)
    z = torch.einsum("im,imh->ih", alpha, h)
    torch.testing.assert_close(network(features)[0], network.emotion(z))
    torch.testing.assert_close(network(features)[1], network.valence(z)[:, 0])


@pytest.mark.parametrize("variant, dimensions", [
    ("published", ALL), (PAPER, {}), (PAPER, {"text": 5}),
])  # fmt: skip
def test_an_unknown_variant_or_modality_is_refused(variant, dimensions):
    with pytest.raises(ValueError):
        build(variant, dimensions, CLASSES, HIDDEN, 0.3)


def test_standardised_features_have_mean_0_and_variance_1_over_the_training_clips():
    random = np.random.default_rng(1)
    matrix = random.normal(5, 3, (200, 7)).astype(np.float32)
    matrix[:, 4] = 0.1  # no multiple of a power of two: its mean is rounded
    empty = random.random(200) < 0.2
    matrix[empty] = 0
    prepare = build(PAPER, {ACOUSTIC: 7}, CLASSES, HIDDEN, 0.3).prepare
    prepare.learn([matrix], [empty])
    (found,) = prepare([torch.from_numpy(matrix)], [torch.from_numpy(empty)])
    there = found[~torch.from_numpy(empty)].double()
    varied = [0, 1, 2, 3, 5, 6]
    np.testing.assert_allclose(there[:, varied].mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(there[:, varied].var(0, correction=0), 1, rtol=1e-5)
    assert there[:, 4].abs().max() < 1e-6
    assert (found[torch.from_numpy(empty)] == 0).all()


def test_features_are_left_as_they_are_until_the_network_has_learned_to_standardise():
    features = drawn(ALL, clips=4)
    found = some().prepare(features, [torch.zeros(4, dtype=torch.bool)] * 3)
    assert all(map(torch.equal, found, features))


def test_a_modality_that_no_training_clip_has_is_not_standardised():
    prepare = build(PAPER, {VISUAL: 3}, CLASSES, HIDDEN, 0.3).prepare
    prepare.learn([np.zeros((5, 3), np.float32)], [np.ones(5, bool)])
    (found,) = prepare([torch.ones(1, 3)], [torch.zeros(1, dtype=torch.bool)])
    assert torch.equal(found, torch.ones(1, 3))


def test_what_was_learned_of_the_features_travels_with_the_weights():
    matrices = [f.numpy() for f in drawn(ALL, clips=30)]
    empty = [np.zeros(30, bool)] * 3
    one, other = some(), some()
    one.prepare.learn(matrices, empty)
    other.load_state_dict(one.state_dict())
    features, flags = drawn(ALL, clips=4, seed=1), [torch.zeros(4, dtype=torch.bool)] * 3
    prepared = [network.prepare(features, flags) for network in (one, other)]
    assert all(map(torch.equal, *prepared))
    assert not torch.equal(prepared[1][0], features[0])


def test_dropout_leaves_out_its_share_and_keeps_the_mean() -> None:
    dropout, ones = Dropout(0.3), torch.ones(1000, 100)
    dropped = dropout(ones)
    assert (dropped == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    torch.testing.assert_close(dropped.unique(), torch.tensor([0, 1 / 0.7]))
    assert dropout.eval()(ones) is ones
    assert Dropout(0)(ones) is ones
