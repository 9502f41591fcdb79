"""§3.5: the network that predicts discrete and dimensional emotions from features (Eq. 1–5).

One modality goes straight from Eq. 1 to Eq. 2 and 3; two or three are fused by attention (Eq. 4
and 5) over exactly those that are given, which are three in the paper.
"""

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from baseline.modalities import MODALITIES
from baseline.released import Released
from baseline.standardising import Standardising

PAPER, RELEASED = "paper", "released"  # variants


class Network(nn.Module):
    """Equations 1–5 as they are printed.

    `dimensions`: d_m of each modality, in the order of MODALITIES; `hidden`: h; `classes`: C.
    Dropout "is also exploited with a rate of 0.3" (§3.6), here after the ReLU of Eq. 1.

    `prepare` standardises features once, before they come here batch by batch.
    """

    def __init__(
        self, dimensions: Mapping[str, int], classes: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        self.prepare = Standardising(dimensions)
        self.embedding = nn.ModuleList(nn.Linear(d, hidden) for d in dimensions.values())  # W^h
        self.dropout = Dropout(dropout)
        if len(dimensions) > 1:
            self.attention = Attention(hidden, len(dimensions))
        self.valence = nn.Linear(hidden, 1)  # W^v, b^v
        self.emotion = nn.Linear(hidden, classes)  # W^e, b^e

    def forward(
        self, features: Sequence[Tensor], mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Logits (batch, C) and valence (batch,).

        Eq. 2: v̂_i = z_i W^v + b^v.
        Eq. 3: ê_i = softmax(z_i W^e + b^e). The softmax is left to the caller: the loss takes
        the logarithm of both at once, which does not overflow.

        `features`: prepared, (batch, d_m) per modality. `mask`: bool (batch, M), true for what
        is there; None if everything is. Raises ValueError for a clip of which nothing is there.
        """
        h = self.represent(features)  # (batch, M, h)
        alpha = self.attend(h, mask)  # (batch, M)
        z = (alpha.unsqueeze(2) * h).sum(dim=1)  # (batch, h), z_i = h_i α_i
        return self.emotion(z), self.valence(z).squeeze(1)

    def alpha(self, features: Sequence[Tensor], mask: Tensor | None = None) -> Tensor:
        """α_i (batch, M) for the same arguments: how much each modality counted."""
        return self.attend(self.represent(features), mask)

    def represent(self, features: Sequence[Tensor]) -> Tensor:
        """Eq. 1: h_i^m = ReLU(f_i^m W_m^h + b_m^h), m ∈ {a, l, v}.
        Eq. 4: h_i = Concat(h_i^a, h_i^l, h_i^v), as (batch, M, h)."""
        each = [embed(f) for embed, f in zip(self.embedding, features, strict=True)]
        return self.dropout(torch.stack(each, dim=1).relu())

    def attend(self, h: Tensor, mask: Tensor | None) -> Tensor:
        """α_i (batch, M) of h_i (batch, M, h); one modality has all the weight."""
        if mask is not None and not mask.any(dim=1).all():
            raise ValueError("a clip has none of the modalities to attend to")
        if len(self.embedding) == 1:
            return h.new_ones(h.shape[:2])
        return self.attention(h, mask)


class Dropout(nn.Module):
    """What nn.Dropout does, with numbers that PyTorch draws several times faster on a processor."""

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate

    def forward(self, h: Tensor) -> Tensor:
        if not self.training or self.rate == 0:
            return h
        kept = torch.rand_like(h) >= self.rate
        return h * (kept / (1 - self.rate))


class Attention(nn.Module):
    """Eq. 5: α_i = softmax(h_i^T W_α + b_α), with W_α ∈ R^{h×1} and b_α ∈ R^M, M = 3 in the paper.

    What is masked has −∞ before the softmax, hence a weight of exactly 0.
    """

    def __init__(self, hidden: int, modalities: int) -> None:
        super().__init__()
        bound = 1 / math.sqrt(hidden)  # as nn.Linear begins
        self.weight = nn.Parameter(torch.empty(hidden).uniform_(-bound, bound))  # W_α
        self.bias = nn.Parameter(torch.empty(modalities).uniform_(-bound, bound))  # b_α

    def forward(self, h: Tensor, mask: Tensor | None) -> Tensor:
        scores = h @ self.weight + self.bias  # (batch, M)
        if mask is not None:
            scores = scores.masked_fill(~mask, -torch.inf)
        return scores.softmax(dim=1)


def build(
    variant: str, dimensions: Mapping[str, int], classes: int, hidden: int, dropout: float
) -> Network | Released:
    """An untrained network; its weights are drawn from torch's generator.

    `dimensions`: d_m by modality, in any order. Raises ValueError for an unknown variant or
    modality, or none.
    """
    if not dimensions or not set(dimensions) <= set(MODALITIES):
        raise ValueError(f"modalities are some of {MODALITIES}, not {tuple(dimensions)}")
    ordered = {m: dimensions[m] for m in MODALITIES if m in dimensions}
    if variant == PAPER:
        return Network(ordered, classes, hidden, dropout)
    if variant == RELEASED:
        return Released(ordered, classes, hidden, dropout)
    raise ValueError(f"the variant is {PAPER} or {RELEASED}, not {variant!r}")
