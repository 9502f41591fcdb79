"""The four files of a feature set, each checked as it is read."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.format import write_array_header_1_0

from baseline.errors import Fault
from baseline.modalities import MODALITIES

FORMAT = 1
BLOCK = 4096  # rows at a time: 16 MB at 1024 dimensions
Numbers = np.ndarray[Any, np.dtype[Any]]


def about_of(folder: Path) -> dict[str, Any]:
    kinds = {"clips": int, "dimension": int, "name": str, "modality": str, "source": str}
    kinds |= {"recipe": dict, "digest": str, "made_at": str}
    try:
        about = json.loads((folder / "about.json").read_bytes())
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Fault(
            "feature_store_missing",
            f"{folder}: this is not a feature set: there is no about.json in it. Give the folder "
            "that import-features or extract wrote.",
            folder=folder.name,
        ) from error
    except ValueError as error:
        raise damaged(folder, f"about.json is not JSON ({error})") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        found = about.get("format") if isinstance(about, dict) else None
        raise Fault(
            "feature_store_unknown_format",
            f"{folder}: this program reads feature sets of format {FORMAT}, and this one's is "
            f"{found}. Import or extract it again, or take a newer program.",
            folder=folder.name,
            format=str(found),
        )
    wrong = [key for key, kind in kinds.items() if not isinstance(about.get(key), kind)]
    if wrong or about["modality"] not in MODALITIES:
        raise damaged(folder, f"about.json says nothing usable of {', '.join(wrong) or 'modality'}")
    return about


def names_of(folder: Path, clips: int) -> list[str]:
    try:
        text = (folder / "clips.txt").read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(folder, f"clips.txt cannot be read ({error})") from error
    names = text.removesuffix("\n").split("\n")
    if len(names) != clips or len(set(names)) != clips:
        raise damaged(folder, f"clips.txt does not name {clips} clips, each once")
    return names


def array_of(file: Path, dtype: np.dtype[Any], shape: tuple[int, ...], *, mapped: bool) -> Numbers:
    try:
        array = np.load(file, mmap_mode="r" if mapped else None, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise damaged(file.parent, f"{file.name} cannot be read ({error})") from error
    whole = isinstance(array, np.ndarray) and array.dtype == dtype and array.shape == shape
    if not whole or not array.flags.c_contiguous:
        raise damaged(file.parent, f"{file.name} is not {dtype} {shape}")
    if file.stat().st_size - array.nbytes not in range(64, 1024):  # what is not its heading
        raise damaged(file.parent, f"{file.name} has bytes too many")
    return np.asanyarray(array)


def lines(names: Sequence[str]) -> bytes:
    return "".join(f"{name}\n" for name in names).encode()


def begun_digest(shape: tuple[int, int], names: Sequence[str]) -> "hashlib._Hash":
    return hashlib.sha256(f"{shape[0]} {shape[1]}\n".encode() + lines(names))


def digest_of(folder: Path, matrix: Numbers) -> str:
    names = names_of(folder, len(matrix))
    digest = begun_digest((matrix.shape[0], matrix.shape[1]), names)
    for at in range(0, len(matrix), BLOCK):
        digest.update(np.ascontiguousarray(matrix[at : at + BLOCK]).data)
    empty = array_of(folder / "empty.npy", np.dtype(bool), (len(matrix),), mapped=False)
    digest.update(np.ascontiguousarray(empty).data)
    return digest.hexdigest()


def write_heading(file: Any, dtype: str, shape: tuple[int, ...]) -> None:
    write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})


def damaged(folder: Path, why: str) -> Fault:
    return Fault(
        "feature_store_damaged",
        f"{folder}: the feature set is damaged: {why}. Import or extract it again.",
        folder=folder.name,
        why=why,
    )
