"""The layouts in which others keep features, told apart by what is there."""

import gzip
import io
import os
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from baseline.clip_names import listed
from baseline.errors import Fault
from baseline.importing import tables
from baseline.importing.archives import Archive, Bounded
from baseline.importing.arrays import (
    Rows,
    Unfit,
    Unfits,
    are_zero,
    array_of,
    averaged,
)
from baseline.importing.found import Found, Told
from baseline.store_files import Numbers

SUFFIXES = (".npz", ".zip", ".csv", ".csv.gz", ".tsv", ".parquet")
EVERY = 500  # clips between two words about progress


@dataclass
class Tree:
    """The authors' layout, wherever it lies: a file per clip, or a folder of frames per clip."""

    clips: list[tuple[str, list[Any]]] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def read(features: str, source: Path, *, name_column: str, columns: str, told: Told) -> Found:
    """What a folder, archive or table holds. Raises Fault."""
    if source.is_dir():
        return _of_tree(features, _folder(source), Path.read_bytes, told)
    suffix = next((s for s in SUFFIXES if source.name.lower().endswith(s)), "")
    if not source.is_file() or not suffix:
        raise Fault(
            "features_not_found",
            f"{source}: features come as a folder of .npy files or as a file "
            f"({', '.join(SUFFIXES)}), and there is no such thing here. Check the path.",
            file=source.name,
        )
    if source.stat().st_size == 0:
        raise Fault(
            "file_is_empty",
            f"{source.name}: the file is empty (0 bytes). Copy or make it again.",
            file=source.name,
        )
    if suffix == ".npz":
        return _of_npz(features, Archive(source), told)
    if suffix == ".zip":
        archive = Archive(source)
        tree = _zipped(archive)
        packed = [entry for _, entry in archive.entries if not entry.is_dir()]
        if tree.clips or len(packed) != 1:
            return _of_tree(features, tree, archive.read, told)
        name, stream = packed[0].filename, io.BytesIO(archive.read(packed[0]))
        return tables.read(name, stream, name_column, columns, told)
    with source.open("rb") as opened:
        if suffix == ".csv.gz":
            unpacked = io.BufferedReader(Bounded(gzip.GzipFile(fileobj=opened), source))
            return tables.read(source.name[:-3], unpacked, name_column, columns, told)
        return tables.read(source.name, opened, name_column, columns, told)


def _folder(folder: Path) -> Tree:
    """os.scandir, once: no search per clip, so that 78,000 files are read in their own time."""
    tree, folders = Tree(), []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            if entry.is_dir():
                folders.append(entry)
            elif _is_array(entry.name):
                tree.clips.append((entry.name[:-4], [Path(entry.path)]))
            else:
                tree.left_out.append(entry.name)
    if len(folders) == 1 and not tree.clips:  # as archives are unpacked
        return _folder(Path(folders[0].path))
    for one in folders:
        names = sorted(os.listdir(one.path))
        frames = [Path(one.path, name) for name in names if _is_array(name)]
        if frames or not names:
            tree.clips.append((one.name, frames))
        else:
            tree.left_out.append(f"{one.name}/")
    return tree


def _zipped(archive: Archive) -> Tree:
    """The same layout in an archive; folders around everything are gone into."""
    entries = archive.entries
    while len({parts[0] for parts, _ in entries}) == 1:
        inner = [(parts[1:], entry) for parts, entry in entries if len(parts) > 1]
        if not inner:  # a lone file, or an empty folder
            break
        entries = inner
    tree = Tree()
    frames: dict[str, list[zipfile.ZipInfo]] = {}
    for parts, entry in entries:
        if entry.is_dir() and len(parts) == 1:
            frames.setdefault(parts[0], [])
        elif len(parts) == 1 and _is_array(parts[0]):
            tree.clips.append((parts[0][:-4], [entry]))
        elif len(parts) == 2 and _is_array(parts[1]):
            frames.setdefault(parts[0], []).append(entry)
        elif not entry.is_dir():
            tree.left_out.append("/".join(parts))
    tree.clips += frames.items()
    return tree


def _of_tree(features: str, tree: Tree, read_bytes: Callable[[Any], bytes], told: Told) -> Found:
    if not tree.clips:
        other = f" It holds {listed(tree.left_out)}." if tree.left_out else ""
        raise Fault(
            "no_feature_files",
            f"feature set {features}: there must be one .npy file per clip (or a folder of them "
            f"per clip), and there is none.{other} Give the folder that holds them, or the table "
            "itself.",
            features=features,
            files=listed(tree.left_out),
        )
    unfits = Unfits(features)
    rows = Rows(features, [clip for clip, _ in tree.clips])
    for at, (clip, files) in enumerate(tree.clips):
        if at % EVERY == 0:
            told(at, len(tree.clips))
        try:
            rows.put(at, averaged(array_of(read_bytes(file)) for file in files))
        except Unfit as unfit:
            unfits.add(clip, unfit)
    unfits.refuse()
    return rows.found(tree.left_out)


def _of_npz(features: str, archive: Archive, told: Told) -> Found:
    """Arrays `names` (clips,) and `features` (clips, dimension), or one array per clip."""
    keys = {"/".join(parts).removesuffix(".npy"): entry for parts, entry in archive.entries}
    both = {"names", "features"} & keys.keys()
    if not both:
        clips: list[tuple[str, list[Any]]] = [(key, [entry]) for key, entry in keys.items()]
        return _of_tree(features, Tree(clips), archive.read, told)
    if len(both) == 1:
        raise Fault(
            "npz_half_a_table",
            f"{archive.file.name}: it must hold both arrays names and features, "
            f"or one array per clip, and it holds {listed(sorted(keys))}. Save it with "
            "numpy.savez(file, names=…, features=…).",
            file=archive.file.name,
            arrays=listed(sorted(keys)),
        )
    unfits = Unfits(features)
    arrays: dict[str, Numbers] = {}
    for key in sorted(both):
        try:
            arrays[key] = _plain(array_of(archive.read(keys[key])), key)
        except Unfit as unfit:
            unfits.add(key, unfit)
    unfits.refuse()
    names, matrix = _texts(arrays["names"]), arrays["features"]
    if len(names) != len(matrix):
        raise Fault(
            "names_and_rows_differ",
            f"{archive.file.name}: there must be a name for each row, and there are {len(names)} "
            f"names and {len(matrix)} rows. Save both anew.",
            file=archive.file.name,
            names=len(names),
            rows=len(matrix),
        )
    with np.errstate(over="ignore"):
        kept = np.array(matrix, dtype=np.float32)
    left_out = sorted(keys.keys() - both)
    return Found(names, kept, are_zero(kept), left_out=left_out)


def _plain(array: Numbers, key: str) -> Numbers:
    kinds, axes = ("US", 1) if key == "names" else ("biuf", 2)
    if array.ndim != axes or 0 in array.shape:
        raise Unfit("feature_file_shape", f"has the shape {array.shape}")
    if array.dtype.kind not in kinds:
        raise Unfit("feature_file_not_numbers", f"holds {array.dtype}")
    return array


def _texts(names: Iterable[Any]) -> list[str]:
    return [
        name.decode(errors="surrogateescape") if isinstance(name, bytes) else str(name)
        for name in names
    ]


def _is_array(name: str) -> bool:
    return name.lower().endswith(".npy")
