"""One feature set on disk: the vectors of §3.1, f_i^m ∈ R^{d_m}, one row a clip, with their names.

    matrix.npy   float32 (clips, dimension), memory-mapped when read
    clips.txt    the clips' names, one a line, in the matrix's order
    empty.npy    bool (clips,): nothing was there to extract from (no face, no word): a zero row
    about.json   name, modality, dimension, source, recipe, digest of the three files above

A store is written beside its place and renamed, so a half-written one is never there.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from baseline import places, store_files
from baseline.clip_names import check_names, counted, listed
from baseline.errors import Fault
from baseline.modalities import MODALITIES
from baseline.store_files import BLOCK, FORMAT, Numbers


@dataclass(frozen=True, eq=False)
class FeatureStore:
    """A feature set that is on disk and whole."""

    folder: Path
    name: str
    modality: str  # one of MODALITIES
    names: list[str]
    matrix: Numbers = field(repr=False)  # float32 (clips, dimension), read from disk when used
    empty: Numbers = field(repr=False)  # bool (clips,)
    source: str  # where it came from, in words
    recipe: dict[str, str]  # how it was made: extractor, model, layers …
    digest: str  # SHA-256 of names, matrix and empty flags
    made_at: str

    @classmethod
    def open(cls, folder: Path | str, *, verify: bool = False) -> "FeatureStore":
        """The store in this folder; `verify` reads every byte and compares the digest.

        Raises Fault: there is none, it is of an unknown format, it is damaged.
        """
        folder = Path(folder)
        about = store_files.about_of(folder)
        shape = (about["clips"], about["dimension"])
        names = store_files.names_of(folder, about["clips"])
        matrix = store_files.array_of(folder / "matrix.npy", np.dtype("<f4"), shape, mapped=True)
        empty = store_files.array_of(folder / "empty.npy", np.dtype(bool), shape[:1], mapped=False)
        if verify and store_files.digest_of(folder, matrix) != about["digest"]:
            raise store_files.damaged(folder, "it was changed after it was written")
        told = {key: about[key] for key in ("name", "modality", "source", "recipe", "digest")}
        return cls(
            folder=folder,
            names=names,
            matrix=matrix,
            empty=empty,
            made_at=about["made_at"],
            **told,
        )

    @property
    def dimension(self) -> int:
        """d_m."""
        return int(self.matrix.shape[1])

    @property
    def recipe_id(self) -> str:
        """SHA-256 of the recipe: two stores with the same one may serve the same model."""
        return recipe_id(self.recipe)

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {name: row for row, name in enumerate(self.names)}

    def rows(self, names: Iterable[str]) -> Numbers:
        """int64 (names,): the row of each clip, −1 where there is none."""
        row_of = self._row_of
        return np.array([row_of.get(name, -1) for name in names], dtype=np.int64)

    def take(self, names: Sequence[str]) -> Numbers:
        """float32 (names, dimension), in their order. Raises Fault: clips without features."""
        rows = self.rows(names)
        if (rows < 0).any():
            lacking = [name for name, row in zip(names, rows, strict=True) if row < 0]
            raise Fault(
                "clips_without_features",
                f"feature set {self.name}: every clip needs a row, and "
                f"{counted(len(lacking), 'clip')} of {len(rows)} have none: {listed(lacking)}. "
                "Extract or import their features, or leave these clips out.",
                features=self.name,
                count=len(lacking),
                of=len(rows),
                clips=listed(lacking),
            )
        return np.asarray(self.matrix)[rows]


def write_store(
    folder: Path | str,
    *,
    name: str,
    modality: str,
    names: Sequence[str],
    matrix: Numbers,
    empty: Numbers,
    recipe: Mapping[str, str],
    source: str,
    replace: bool = False,
) -> FeatureStore:
    """Write a whole store: `matrix` (clips, dimension) of any number type, `empty` bool (clips,).

    Rows flagged empty must be zero. Raises Fault: no clips, a name twice or not fit for one, a
    value that is no finite float32, a folder that exists (unless it is to be replaced).
    """
    blocks = (matrix[at : at + BLOCK] for at in range(0, len(names), BLOCK))
    about = {"name": name, "modality": modality, "source": source, "recipe": dict(recipe)}
    dimension = int(matrix.shape[1])
    if matrix.shape != (len(names), dimension):
        raise ValueError(f"{len(names)} names for a matrix of {matrix.shape}")
    return write_blocks(folder, about, names, dimension, blocks, empty, replace=replace)


def write_blocks(
    folder: Path | str,
    about: Mapping[str, Any],
    names: Sequence[str],
    dimension: int,
    blocks: Iterable[Numbers],
    empty: Numbers,
    *,
    replace: bool = False,
) -> FeatureStore:
    """As write_store, for matrices that come in blocks of rows: no more than one is in memory."""
    folder = Path(folder)
    if about["modality"] not in MODALITIES:
        raise ValueError(f"{about['modality']} is no modality")
    check_names(names, about["name"])
    flags = np.ascontiguousarray(empty, dtype=bool)
    if flags.shape != (len(names),):
        raise ValueError(f"{len(names)} names, {flags.shape} flags")
    with places.written_beside(folder, replace=replace) as beside:
        digest = store_files.begun_digest((len(names), dimension), names)
        with places.durable(beside / "matrix.npy") as file:
            store_files.write_heading(file, "<f4", (len(names), dimension))
            for block in _checked(blocks, names, flags, dimension, about["name"]):
                file.write(block.data)
                digest.update(block.data)
        with places.durable(beside / "empty.npy") as file:
            store_files.write_heading(file, "|b1", flags.shape)
            file.write(flags.data)
        digest.update(flags.data)
        with places.durable(beside / "clips.txt") as file:
            file.write(store_files.lines(names))
        with places.durable(beside / "about.json") as file:
            told = {
                "format": FORMAT,
                **about,
                "dimension": dimension,
                "clips": len(names),
                "empty": int(flags.sum()),
                "digest": digest.hexdigest(),
                "software": {"python": platform.python_version(), "numpy": np.__version__},
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            file.write(json.dumps(told, ensure_ascii=False, indent=2).encode())
    return FeatureStore.open(folder)


def recipe_id(recipe: Mapping[str, str]) -> str:
    """SHA-256 of a recipe, whatever the order of its keys."""
    text = json.dumps(dict(recipe), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _checked(
    blocks: Iterable[Numbers], names: Sequence[str], empty: Numbers, dimension: int, features: str
) -> Iterator[Numbers]:
    """The blocks as contiguous little-endian float32, each (rows, dimension) and finite."""
    at = 0
    for given in blocks:
        with np.errstate(over="ignore"):  # too large for float32: told below as not finite
            block = np.ascontiguousarray(given, dtype="<f4")
        if block.ndim != 2 or block.shape[1] != dimension or at + len(block) > len(names):
            raise ValueError(f"a block {block.shape} of rows of {dimension}, from row {at}")
        if not np.isfinite(block).all():
            row, column = (int(index) for index in np.argwhere(~np.isfinite(block))[0])
            raise not_finite(features, [names[at + row]], column, given[row][column])
        if block[empty[at : at + len(block)]].any():
            raise ValueError("a row flagged empty is not zero")
        at += len(block)
        yield block
    if at != len(names):
        raise ValueError(f"{at} rows for {len(names)} names")


def not_finite(
    features: str, clips: Sequence[str], column: int, value: object, title: str = ""
) -> Fault:
    """`column` and `value` are the first clip's; `title` is what a table calls the column."""
    return Fault(
        "feature_not_finite",
        f"feature set {features}: every value must be a finite 32-bit number, and "
        f"{title or f'number {column}'} of clip {clips[0]} is {value} (columns are counted from "
        f"0); {counted(len(clips), 'clip')} with such a value: {listed(clips)}. Correct them or "
        "leave them out.",
        features=features,
        clip=clips[0],
        index=column,
        value=str(value),
        count=len(clips),
        clips=listed(clips),
    )
