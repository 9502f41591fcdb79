"""The network of the authors' released program, for comparison: it is not that of Eq. 1–5.

In place of Eq. 1 each modality has two layers, in place of Eq. 5 the modalities' weights come
from two layers and a third over all of them together, without a softmax, so that they may be
negative and sum to anything. Eq. 2 and 3 are as printed.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from baseline.standardising import Standardising


class Released(nn.Module):
    """Arguments, results and methods as those of `network.Network`.

    Their layers are of 256 and 128, which are 2h and h for h = 128.

    They gave one modality, or the second of two, again in the slots of those that were missing;
    here the network has as many slots as there are modalities. A masked modality is zero in
    every sum, so that nothing depends on its features.
    """

    def __init__(
        self, dimensions: Mapping[str, int], classes: int, hidden: int, dropout: float
    ) -> None:
        super().__init__()
        self.prepare = Standardising(dimensions)
        self.embedding = nn.ModuleList(layers(d, hidden, dropout) for d in dimensions.values())
        if (modalities := len(dimensions)) > 1:
            self.attention = layers(modalities * hidden, hidden, dropout)
            self.weights = nn.Linear(hidden, modalities)
        self.valence = nn.Linear(hidden, 1)
        self.emotion = nn.Linear(hidden, classes)

    def forward(
        self, features: Sequence[Tensor], mask: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Logits (batch, C) and valence (batch,); raises ValueError as `Network` does."""
        h = self.represent(features, mask)  # (batch, M, h)
        alpha = self.attend(h, mask)  # (batch, M)
        z = (alpha.unsqueeze(2) * h).sum(dim=1)  # (batch, h)
        return self.emotion(z), self.valence(z).squeeze(1)

    def alpha(self, features: Sequence[Tensor], mask: Tensor | None = None) -> Tensor:
        """The modalities' weights (batch, M), of any sign and sum."""
        return self.attend(self.represent(features, mask), mask)

    def represent(self, features: Sequence[Tensor], mask: Tensor | None) -> Tensor:
        """(batch, M, h), zero where masked."""
        if mask is not None and not mask.any(dim=1).all():
            raise ValueError("a clip has none of the modalities to attend to")
        each = [embed(f) for embed, f in zip(self.embedding, features, strict=True)]
        h = torch.stack(each, dim=1)
        return h if mask is None else h.masked_fill(~mask.unsqueeze(2), 0)

    def attend(self, h: Tensor, mask: Tensor | None) -> Tensor:
        if len(self.embedding) == 1:
            return h.new_ones(h.shape[:2])
        alpha = self.weights(self.attention(h.flatten(1)))
        return alpha if mask is None else alpha.masked_fill(~mask, 0)


def layers(width: int, hidden: int, dropout: float) -> nn.Sequential:
    """Two fully connected layers, each with ReLU and dropout: (batch, width) → (batch, h)."""
    return nn.Sequential(
        nn.Linear(width, 2 * hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(2 * hidden, hidden),
        nn.ReLU(),
        nn.Dropout(dropout),
    )
