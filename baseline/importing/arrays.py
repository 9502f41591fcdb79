"""Arrays in files: numpy's .npy format, read without ever unpickling, averaged over time."""

import io
import math
import struct
import tokenize
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib import format as npy

from baseline.clip_names import counted, listed
from baseline.errors import Fault
from baseline.importing.found import Found
from baseline.store_files import Numbers


class Unfit(Exception):
    """This file holds no feature, for the reason with this code."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


# What numpy raises of a heading that is none; it reads them as Python source, tokens and all.
NOT_AN_ARRAY = (
    *(ValueError, TypeError, SyntaxError, OverflowError, MemoryError),
    *(tokenize.TokenError, struct.error),
)
WAY_OUT = {
    "feature_file_damaged": "Save them again with numpy.save.",
    "feature_file_pickled": "Pickled files may run programs and are never opened: save plain "
    "numbers (and names as text, names.astype(str)).",
    "feature_file_not_numbers": "Save real numbers (float or int).",
    "feature_file_shape": "Save a vector (dimension,) or one row per moment (time, dimension).",
}
RULE = {
    "feature_file_damaged": "must be a whole .npy file",
    "feature_file_pickled": "must hold no Python objects",
    "feature_file_not_numbers": "must hold real numbers",
    "feature_file_shape": "must hold one or two axes",
}


def array_of(data: bytes) -> Numbers:
    """The array in a .npy file's bytes, of any type but objects. Raises Unfit.

    Faster than numpy.load, which parses each file's heading anew: those of a feature set are
    nearly all the same.
    """
    try:
        length = struct.unpack_from("<H", data, 8)[0] + 10
        if data[6:7] != b"\x01":
            length = struct.unpack_from("<I", data, 8)[0] + 12
        shape, fortran, dtype = _heading(data[:length])
        if dtype.hasobject:
            raise Unfit("feature_file_pickled", "holds Python objects")
        if math.prod(shape) == 0:
            return np.empty(shape, dtype)
        flat = np.frombuffer(data, dtype, count=math.prod(shape), offset=length)
    except NOT_AN_ARRAY as error:
        why = "is empty" if not data else "is no .npy file, or is cut off"
        raise Unfit("feature_file_damaged", why) from error
    return flat.reshape(shape, order="F" if fortran else "C")


@lru_cache(maxsize=4096)
def _heading(heading: bytes) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    file = io.BytesIO(heading)
    version = npy.read_magic(file)
    reads = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    if version not in reads:
        raise ValueError(f"version {version}")
    shape, fortran, dtype = reads[version](file)
    if any(length < 0 for length in shape):
        raise ValueError(f"shape {shape}")
    return shape, fortran, dtype


def averaged(arrays: Iterable[Numbers]) -> Numbers | None:
    """float32 (D,): "frame-level features, followed by average encoding" (§3.4).

    Each array is (D,) or (T, D); the mean is over all moments of all of them. None where there
    is no moment at all (no face, no word). Raises Unfit.
    """
    total, moments = None, 0
    for array in arrays:
        if array.dtype.kind not in "biuf":
            raise Unfit("feature_file_not_numbers", f"holds {array.dtype}")
        if array.ndim not in (1, 2):
            raise Unfit("feature_file_shape", f"has the shape {array.shape}")
        if array.size == 0:
            continue
        rows = np.atleast_2d(array)
        if total is not None and total.shape != rows.shape[1:]:
            why = f"holds {rows.shape[1]} numbers, another of the clip {len(total)}"
            raise Unfit("feature_file_shape", why)
        with np.errstate(invalid="ignore"):  # inf − inf: told later as not finite
            added = rows.sum(axis=0, dtype=np.float64)
        total = added if total is None else total + added
        moments += len(rows)
    if total is None:
        return None
    with np.errstate(over="ignore"):
        return np.asarray(total / moments, dtype=np.float32)


class Rows:
    """The matrix as it is filled: (clips, dimension), as wide as the first row that comes."""

    def __init__(self, features: str, names: list[str]) -> None:
        self.features = features
        self.names = names
        self.lengths = np.zeros(len(names), dtype=np.int64)  # 0 where nothing was there
        self.matrix = np.zeros((len(names), 0), dtype=np.float32)

    def put(self, at: int, row: Numbers | None) -> None:
        """A clip's row, or None where nothing was there."""
        if row is None:
            return
        self.lengths[at] = len(row)
        if not self.matrix.shape[1]:
            self.matrix = np.zeros((len(self.names), len(row)), dtype=np.float32)
        if self.matrix.shape[1] == len(row):
            self.matrix[at] = row

    def found(self, left_out: list[str]) -> Found:
        """Rows of nothing but zeros are how others write that nothing was there.

        Raises Fault: no row has a number, dimensions differ.
        """
        known, times = np.unique(self.lengths[self.lengths > 0], return_counts=True)
        if not len(known):
            raise all_empty(self.features)
        if len(known) > 1:
            raise self._differ(int(known[times.argmax()]))
        return Found(self.names, self.matrix, are_zero(self.matrix), left_out=left_out)

    def _differ(self, dimension: int) -> Fault:
        odd = np.flatnonzero((self.lengths > 0) & (self.lengths != dimension))
        shown = listed([f"{self.names[at]} ({self.lengths[at]})" for at in odd])
        return Fault(
            "dimensions_differ",
            f"feature set {self.features}: all clips must have the same dimension, and "
            f"{counted(len(odd), 'clip')} of {len(self.names)} do not have {dimension} like "
            f"most: {shown}. Extract these again, or leave them out.",
            features=self.features,
            dimension=dimension,
            count=len(odd),
            of=len(self.names),
            clips=shown,
        )


def are_zero(matrix: Numbers) -> Numbers:
    """bool (rows,)."""
    return np.asarray(~matrix.any(axis=1))


def all_empty(features: str) -> Fault:
    return Fault(
        "feature_set_all_empty",
        f"feature set {features}: at least one clip must have numbers, and all are empty. Look "
        "whether the extraction found its input.",
        features=features,
    )


class Unfits:
    """Files that hold no feature: counted, and told by the reason that came first."""

    def __init__(self, features: str) -> None:
        self.features = features
        self.found: list[tuple[str, Unfit]] = []

    def add(self, file: str, unfit: Unfit) -> None:
        self.found.append((file, unfit))

    def refuse(self) -> None:
        """Raise Fault if there were any."""
        if not self.found:
            return
        code = self.found[0][1].code
        alike = [f"{file} {unfit.why}" for file, unfit in self.found if unfit.code == code]
        raise Fault(
            code,
            f"feature set {self.features}: every file {RULE[code]}, and "
            f"{counted(len(alike), 'file')} break that: {listed(alike)}. {WAY_OUT[code]}",
            features=self.features,
            count=len(alike),
            files=listed([file for file, unfit in self.found if unfit.code == code]),
        )
