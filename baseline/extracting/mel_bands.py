"""Acoustic features without any model: how loud 40 mel bands are, and how they move; 120-d.

For each band the mean of its level over the clip, the level's standard deviation, and the mean
of its change from one frame (10 ms) to the next: loudness, timbre, and liveliness of a voice, as
the functionals of openSMILE describe them, too.
"""

from functools import cache

import numpy as np

from baseline.extracting.options import finite, fixed
from baseline.extracting.waveform import RATE, at_least

KIND = "mel-bands"
BANDS, LOW, HIGH = 40, 50.0, 7600.0  # Hz
FRAME, HOP, FFT = RATE // 40, RATE // 100, 512  # 25 ms every 10 ms
QUIETEST = 1e-10  # of a power; digital silence has −100 dB
AT_ONCE = 2_000  # frames, 20 s: bounds the memory


class MelBands:
    dimension = 3 * BANDS

    def __init__(self) -> None:
        self.recipe = {
            "extractor": KIND,
            "model": f"{BANDS} bands, {LOW:.0f} to {HIGH:.0f} Hz, 25 ms every 10 ms",
            "pooling": "mean, sd, mean change",
        }

    def __call__(self, audio: np.ndarray) -> np.ndarray | None:
        """(samples,) → means, standard deviations, mean changes (120,); None without sound."""
        if not len(audio):
            return None
        frames = np.lib.stride_tricks.sliding_window_view(at_least(audio, FRAME + HOP), FRAME)
        frames = frames[::HOP]  # (frames, samples), a view
        levels = np.concatenate(
            [_levels(frames[first : first + AT_ONCE]) for first in range(0, len(frames), AT_ONCE)]
        )
        change = np.abs(np.diff(levels, axis=0)).mean(axis=0)
        return finite(KIND, np.concatenate([levels.mean(axis=0), levels.std(axis=0), change]))


def load(model: str = "", layers: str = "", pooling: str = "") -> MelBands:
    """Raises Fault option_not_taken."""
    fixed(KIND, "model", model)
    fixed(KIND, "layers", layers)
    fixed(KIND, "pooling", pooling)
    return MelBands()


def _levels(frames: np.ndarray) -> np.ndarray:
    """(frames, samples) → (frames, bands) in dB."""
    spectrum = np.fft.rfft(frames * np.hanning(FRAME), FFT)
    power = (np.abs(spectrum) ** 2) @ _filters()
    return 10 * np.log10(np.maximum(power, QUIETEST))


@cache
def _filters() -> np.ndarray:
    """(frequencies, bands): triangles whose corners are equally far apart on the mel scale,
    m = 2595 log10(1 + f / 700); each lets the same power of white noise through."""
    low, high = 2595 * np.log10(1 + np.array([LOW, HIGH]) / 700)
    corners = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    frequencies = np.fft.rfftfreq(FFT, 1 / RATE)[:, None]
    rising = (frequencies - corners[:-2]) / (corners[1:-1] - corners[:-2])
    falling = (corners[2:] - frequencies) / (corners[2:] - corners[1:-1])
    triangles = np.maximum(np.minimum(rising, falling), 0)
    return np.asarray(triangles / np.maximum(triangles.sum(axis=0), 1e-12))
