"""Acoustic features of openSMILE: IS09 (384-d), IS10 (1582-d), eGeMAPS (88-d).

Functionals over the whole clip by the configurations that the authors used; of a clip longer than
a minute the average over equal parts, since IS10 keeps 5 MB of every second until the end.
openSMILE's licence allows research only, nothing commercial, which is why it is an extra.
"""

import warnings

import numpy as np
import opensmile

from baseline.extracting.options import finite, fixed
from baseline.extracting.waveform import RATE, at_least, pieces

SETS = {"is09": "IS09", "is10": "IS10", "egemaps": "eGeMAPSv01a"}
SHORTEST = RATE // 10  # samples; from less some functionals cannot be computed
PIECE = 60 * RATE  # samples


class OpensmileSet:
    def __init__(self, kind: str) -> None:
        self._kind = kind
        with warnings.catch_warnings():  # v01a is old, and it is the authors'
            warnings.simplefilter("ignore", UserWarning)
            self._smile = opensmile.Smile(
                feature_set=opensmile.FeatureSet[SETS[kind]],
                feature_level=opensmile.FeatureLevel.Functionals,
            )
        self.dimension = len(self._smile.feature_names)
        self.recipe = {
            "extractor": kind,
            "model": f"openSMILE {opensmile.__version__}, {SETS[kind]}",
            "pooling": "functionals",
        }

    def __call__(self, audio: np.ndarray) -> np.ndarray | None:
        """(samples,) → functionals (D,); None without sound."""
        if not len(audio):
            return None
        # openSMILE makes 16-bit integers of it, in which 1.0 would become −1.
        audio = at_least(audio, SHORTEST).clip(-1, 1 - 2**-15)
        rows = [
            self._smile.process_signal(piece, RATE).to_numpy()[0] for piece in pieces(audio, PIECE)
        ]
        return finite(self._kind, np.mean(rows, axis=0))


def is09(model: str = "", layers: str = "", pooling: str = "") -> OpensmileSet:
    return _load("is09", model, layers, pooling)


def is10(model: str = "", layers: str = "", pooling: str = "") -> OpensmileSet:
    return _load("is10", model, layers, pooling)


def egemaps(model: str = "", layers: str = "", pooling: str = "") -> OpensmileSet:
    return _load("egemaps", model, layers, pooling)


def _load(kind: str, model: str, layers: str, pooling: str) -> OpensmileSet:
    """Raises Fault option_not_taken."""
    fixed(kind, "model", model)
    fixed(kind, "layers", layers)
    fixed(kind, "pooling", pooling)
    return OpensmileSet(kind)
