"""Sound as every extractor takes it: mono, 16 kHz, float32 in −1…1, (samples,)."""

import numpy as np

from baseline.errors import Fault

RATE = 16_000  # Hz


def at_least(audio: np.ndarray, samples: int) -> np.ndarray:
    """The clip, if its sound is whole. One that is shorter is repeated: silence after it would
    weigh more than what it says. Raises Fault sound_not_finite."""
    bad = int(len(audio) - np.isfinite(audio).sum())
    if bad:
        raise Fault(
            "sound_not_finite",
            f"{bad} of {len(audio)} values of the clip's sound are no finite numbers: its file is "
            "damaged. Import it anew, or leave the clip out.",
            bad=bad,
            values=len(audio),
        )
    return audio if len(audio) >= samples else np.resize(audio, samples)


def pieces(audio: np.ndarray, samples: int) -> list[np.ndarray]:
    """Equal parts, one after the other, none longer than `samples`.

    Equal, so that there is no last part of a few milliseconds without any context.
    """
    return np.array_split(audio, -(-len(audio) // samples))
