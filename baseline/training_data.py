"""What passes between the grid and the training of one network: D_l as arrays, and what came of it.

Imports no torch: the network's weights are only passed through.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class TrainingData:
    """D_l = {(x_i, e_i, v_i)} of §3.1, with x_i as the features f_i^m of the modalities given.

    All arrays have one row per clip, in the order of the labels. A row of an empty clip (no
    speech, no transcript, no face) is zeros.
    """

    features: dict[str, NDArray[np.float32]]  # modality: (clips, d_m), in the order of MODALITIES
    empty: dict[str, NDArray[np.bool_]]  # modality: (clips,)
    emotions: NDArray[np.int64]  # (clips,) e_i as an index into the classes
    valences: NDArray[np.float32]  # (clips,) v_i, NaN where a clip has none
    classes: int  # C


@dataclass(frozen=True)
class EpochRecord:
    """One epoch: the mean training loss (Eq. 8) and the validation's metrics after it."""

    epoch: int  # from 1
    loss: float
    discrete: float  # Eq. 10
    dimensional: float | None  # Eq. 11; None where no clip of the validation has a valence
    combined: float  # Eq. 12; Eq. 10 where there is no valence


@dataclass(frozen=True)
class Fitted:
    """The network of the best epoch by the validation's combined metric, and what it predicts."""

    best_epoch: int
    discrete: float
    dimensional: float | None
    combined: float
    accuracy: float
    state_dict: "dict[str, Tensor]"
    probabilities: NDArray[np.float32]  # (validation clips, classes)
    valence: NDArray[np.float32]  # (validation clips,)
