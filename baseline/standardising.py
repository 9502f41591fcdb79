"""What a network does to features before Eq. 1: zero mean and unit variance, by the training fold.

The numbers are buffers of the network, so that they travel with its weights and a prediction
prepares its features as the training did. §3 does not speak of it; it can be left out, and then
`Standardising` changes nothing.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


class Standardising(nn.Module):
    """(f − mean) / sd for each column of each modality.

    An empty row (no speech, no transcript, no face) stays zero: the mean of what there is to
    see says nothing about a clip where there is nothing.
    """

    def __init__(self, dimensions: Mapping[str, int]) -> None:
        super().__init__()
        self.modalities = tuple(dimensions)
        for modality, dimension in dimensions.items():
            self.register_buffer(f"mean_{modality}", torch.zeros(dimension))
            self.register_buffer(f"sd_{modality}", torch.ones(dimension))

    def learn(
        self,
        features: Sequence[NDArray[np.float32]],
        empty: Sequence[NDArray[np.bool_]],
    ) -> None:
        """Take mean and standard deviation from the clips of a training fold, empty rows left out.

        `features`: (clips, d_m) per modality, `empty`: (clips,). A column of one value only is
        not scaled, and becomes zero.
        """
        for modality, matrix, nothing in zip(self.modalities, features, empty, strict=True):
            there = matrix[~nothing]
            if not len(there):
                continue
            mean, sd = there.mean(0, np.float64), there.std(0, np.float64)
            # Rounding may leave some sd even where all values are one.
            sd[there.min(0) == there.max(0)] = 1
            getattr(self, f"mean_{modality}").copy_(torch.from_numpy(mean))
            getattr(self, f"sd_{modality}").copy_(torch.from_numpy(sd))

    def forward(self, features: Sequence[Tensor], empty: Sequence[Tensor]) -> list[Tensor]:
        """`features`: (clips, d_m) per modality, `empty`: bool (clips,); of the same shapes."""
        prepared = []
        for modality, matrix, nothing in zip(self.modalities, features, empty, strict=True):
            mean, sd = getattr(self, f"mean_{modality}"), getattr(self, f"sd_{modality}")
            prepared.append(((matrix - mean) / sd).masked_fill(nothing.unsqueeze(1), 0))
        return prepared
