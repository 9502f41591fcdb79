"""All folds of one point of the grid trained at once, as one batched matrix product after another.

For a GPU, which one network of this size leaves idle; on the few cores of a CPU `fitting.fit` fold
by fold is faster. Both begin with the same weights and see the clips in the same order; they differ
in the numbers that dropout draws and in the order of sums, so their results agree within noise
and, without dropout, within rounding.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, vmap
from torch.nn.utils import parameters_to_vector

from baseline.fitting import (
    Best,
    Clips,
    Seeds,
    check_finite,
    drawing_from,
    prepare,
    shuffled,
    untrained,
)
from baseline.losses import NO_EMOTION, joint_loss
from baseline.spec import Spec
from baseline.training_data import EpochRecord, Fitted, TrainingData


def fit_folds(
    data: TrainingData,
    *,
    spec: Spec,
    hidden: int,
    learning_rate: float,
    run: int,
    folds: Sequence[tuple[int, Clips, Clips]],
    on_epoch: Callable[[int, EpochRecord], None],
) -> list[Fitted]:
    """What `fitting.fit` returns for each of `folds`, which are (fold, train, validation).

    On `spec.device`. `on_epoch` hears the fold and its epoch. Raises Fault as `fit` does.
    """
    seeds = [Seeds(spec.seed, hidden, learning_rate, run, fold) for fold, _, _ in folds]
    bests = [Best(data, seen, partial(on_epoch, fold)) for fold, _, seen in folds]
    orders = [
        shuffled(train, spec.batch_size, seed("order"))
        for (_, train, _), seed in zip(folds, seeds, strict=True)
    ]
    stack = Stack(data, spec, hidden, [train for _, train, _ in folds], seeds)
    adam = Adam(stack.weights, learning_rate, spec.weight_decay)
    unseen = stack.side_by_side([[seen] for _, _, seen in folds])[0]
    with drawing_from(seeds[0]("dropout"), spec.device):
        for epoch in range(1, spec.epochs + 1):
            batches = stack.side_by_side([next(order) for order in orders])
            losses = train_epoch(stack, adam, batches)
            logits, valence = stack.predict(unseen)
            for k, (best, (_, train, seen)) in enumerate(zip(bests, folds, strict=True)):
                loss = losses[k] / len(train)
                given = logits[k, : len(seen)], valence[k, : len(seen)]  # the rest is padding
                check_finite(loss, *given, spot=(hidden, learning_rate, epoch))
                best.see(epoch, loss, *given, stack.state_of(k))
    return [best.fitted() for best in bests]


def train_epoch(stack: "Stack", adam: "Adam", batches: Tensor) -> list[float]:
    """One step for each of `batches` (steps, folds, batch); sums over clips, as `fitting` has."""
    clips = (batches != stack.nobody).sum(dim=2)  # (steps, folds)
    total = torch.zeros(len(stack.networks), device=batches.device)
    stack.template.train()
    for batch, size in zip(batches, clips, strict=True):
        losses = stack.losses(batch)  # (folds,)
        stack.weights.grad = None
        losses.sum().backward()  # a fold's weights are in its own loss only
        adam.step(moving=size > 0)
        total += torch.where(size > 0, losses.detach() * size, 0)
    return total.tolist()


class Stack:
    """The folds' networks: their weights as rows of one matrix, their features as one array."""

    def __init__(
        self,
        data: TrainingData,
        spec: Spec,
        hidden: int,
        train: Sequence[Clips],
        seeds: Sequence[Seeds],
    ) -> None:
        self.networks = [
            untrained(data, spec, hidden, clips, seed("weights"))
            for clips, seed in zip(train, seeds, strict=True)
        ]
        self.template: nn.Module = self.networks[0]
        rows = [parameters_to_vector(network.parameters()) for network in self.networks]
        self.weights = torch.stack(rows).detach().to(spec.device).requires_grad_()  # (folds, P)
        # One row more than there are clips, with neither features nor labels: padding.
        self.nobody = len(data.emotions)
        prepared = [prepare(network, data) for network in self.networks]
        self.widths = prepared[0].widths
        features = torch.stack([each.features for each in prepared])
        self.features = nn.functional.pad(features, (0, 0, 0, 1)).to(spec.device)
        one = prepared[0]
        self.emotions = nn.functional.pad(one.emotions, (0, 1), value=NO_EMOTION).to(spec.device)
        self.valences = nn.functional.pad(one.valences, (0, 1), value=torch.nan).to(spec.device)

    def side_by_side(self, orders: Sequence[Sequence[Any]]) -> Tensor:
        """(steps, folds, batch) of each fold's batches; nobody where a fold has fewer clips."""
        steps = max(len(batches) for batches in orders)
        size = max(len(batch) for batches in orders for batch in batches)
        rows: NDArray[np.int64] = np.full((steps, len(orders), size), self.nobody)
        for k, batches in enumerate(orders):
            for step, batch in enumerate(batches):
                rows[step, k, : len(batch)] = batch
        return torch.from_numpy(rows).to(self.weights.device)

    def losses(self, clips: Tensor) -> Tensor:
        """Eq. 8 for each fold's clips (folds, batch); NaN for a fold without any."""

        def loss(weights: Tensor, features: Tensor, emotions: Tensor, valences: Tensor) -> Tensor:
            logits, valence = self._forward(weights, features)
            return joint_loss(logits, valence, emotions, valences)

        labels = self.emotions[clips], self.valences[clips]
        return vmap(loss, randomness="different")(self.weights, self._features_of(clips), *labels)

    @torch.inference_mode()
    def predict(self, clips: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (folds, clips, C) and valence (folds, clips), in the memory of the CPU."""
        self.template.eval()
        logits, valence = vmap(self._forward)(self.weights, self._features_of(clips))
        return logits.cpu(), valence.cpu()

    def state_of(self, k: int) -> Callable[[], dict[str, Tensor]]:
        """What the k-th network's `state_dict` would be."""
        return lambda: {
            **self.networks[k].state_dict(),  # for what standardises
            **{name: part.cpu() for name, part in self._named(self.weights[k].detach()).items()},
        }

    def _features_of(self, clips: Tensor) -> Tensor:
        folds = torch.arange(len(clips), device=clips.device)
        return self.features[folds[:, None], clips]  # (folds, batch, Σ d_m)

    def _forward(self, weights: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        """One network, its weights a vector (P,), on (batch, Σ d_m)."""
        parts = features.split(self.widths, dim=-1)
        found: tuple[Tensor, Tensor] = functional_call(
            self.template, self._named(weights), (parts,)
        )
        return found

    def _named(self, weights: Tensor) -> dict[str, Tensor]:
        parameters = dict(self.template.named_parameters())
        parts = weights.split([each.numel() for each in parameters.values()])
        return {
            name: part.view(each.shape)
            for (name, each), part in zip(parameters.items(), parts, strict=True)
        }


class Adam:
    """Adam (Kingma and Ba, 2015, Algorithm 1) on rows of weights that count steps of their own.

    As torch's, with its defaults and the weight decay added to the gradient. Torch's has one count
    of steps: it would go on moving a fold whose epoch has fewer batches than another's.
    """

    BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, weights: Tensor, learning_rate: float, weight_decay: float) -> None:
        self.weights = weights  # (folds, P)
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.steps = torch.zeros(len(weights), 1, device=weights.device)  # t
        self.mean = torch.zeros_like(weights)  # m_t
        self.square = torch.zeros_like(weights)  # v_t

    @torch.no_grad()
    def step(self, *, moving: Tensor) -> None:
        """`moving`: bool (folds,); the others stay where they are, whatever their gradients."""
        assert self.weights.grad is not None
        moving = moving[:, None]
        self.steps += moving
        gradient = self.weights.grad + self.weight_decay * self.weights
        self.mean = torch.where(moving, self.mean.lerp(gradient, 1 - self.BETA1), self.mean)
        square = self.BETA2 * self.square + (1 - self.BETA2) * gradient.square()
        self.square = torch.where(moving, square, self.square)
        unbiased = self.mean / (1 - self.BETA1**self.steps)
        spread = (self.square / (1 - self.BETA2**self.steps)).sqrt() + self.EPSILON
        self.weights.sub_(torch.where(moving, self.learning_rate * unbiased / spread, 0))
