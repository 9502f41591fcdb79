"""What training makes small: Eq. 6–8 of §3.5."""

import torch
from torch import Tensor
from torch.nn import functional

NO_EMOTION = -100  # of what is no clip: padding of a batch


def emotion_loss(logits: Tensor, emotions: Tensor) -> Tensor:
    """Eq. 6: L_e = −1/N Σ e_i log(ê_i), with ê_i = softmax(logits_i) of Eq. 3.

    `logits`: (clips, C); `emotions`: int64 (clips,), places in the label order. The logarithm of
    the softmax is taken in one step, which neither overflows nor loses small probabilities.
    Rows with NO_EMOTION are none of the N clips.
    """
    return functional.cross_entropy(logits, emotions, ignore_index=NO_EMOTION)


def valence_loss(predicted: Tensor, valences: Tensor) -> Tensor:
    """Eq. 7: L_v = 1/N Σ (v_i − v̂_i)², over the clips that have a valence; 0 if none has.

    Both (clips,); `valences` is NaN where a clip has none.
    """
    known = ~valences.isnan()
    # A clip without a valence is measured by its own prediction: neither it nor NaN adds anything.
    valences = torch.where(known, valences, predicted.detach())
    return functional.mse_loss(predicted, valences, reduction="sum") / known.sum().clamp(min=1)


def joint_loss(logits: Tensor, predicted: Tensor, emotions: Tensor, valences: Tensor) -> Tensor:
    """Eq. 8: L = L_e + L_v."""
    return emotion_loss(logits, emotions) + valence_loss(predicted, valences)
