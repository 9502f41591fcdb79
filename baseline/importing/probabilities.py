"""What somebody else's classifier says of clips: a table or an .npz with a column per class."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from baseline.clip_names import clip_name, counted, first_row, listed
from baseline.errors import Fault
from baseline.importing import tables
from baseline.importing.archives import Archive
from baseline.importing.arrays import Unfit, array_of
from baseline.importing.found import Told
from baseline.store_files import Numbers

ARRAYS = ("names", "classes", "probabilities")
MARK = "p_"  # before a class's code, as `predict` writes it
LONGEST_NAME = 255  # characters, as a clip's name may have
SHOWN = 40  # of a longer one


class Probabilities(NamedTuple):
    names: list[str]
    classes: list[str]  # codes, in the file's order
    matrix: Numbers  # float64 (clips, classes); not looked at yet


def read(source: Path, known: Sequence[str], told: Told) -> Probabilities:
    """`known`: the codes that a class may have.

    Confidences may differ by less than 32 bits tell apart, so nothing is rounded. Raises Fault:
    another ending, a file that cannot be read, no name column, a name longer than a clip's,
    classes that are not known, fewer than two, a clip twice.
    """
    if source.stat().st_size == 0:
        raise Fault(
            "file_is_empty",
            f"{source.name}: the file is empty (0 bytes). Copy or make it again.",
            file=source.name,
        )
    of_npz = source.suffix.lower() == ".npz"
    found = _of_npz(source) if of_npz else _of_table(source, set(known), told)
    names = [clip_name(name) for name in found.names]
    _check_lengths(source.name, names)
    _check_classes(source.name, found.classes, known)
    if twice := [name for name, times in Counter(names).items() if times > 1]:
        raise Fault(
            "probabilities_of_a_clip_twice",
            f"{source.name}: a clip must have one row, and {counted(len(twice), 'clip')} have "
            f"several: {listed(twice)}. Keep one row of each.",
            file=source.name,
            count=len(twice),
            clips=listed(twice),
        )
    return found._replace(names=names)


def _of_table(source: Path, known: set[str], told: Told) -> Probabilities:
    """Columns p_<code>; where there is none, those that are called as a class."""
    try:
        with source.open("rb") as opened:
            found = tables.read(source.name, opened, "name", "", told, np.float64)
    except Fault as fault:
        if fault.code != "table_no_number":
            raise
        cells = fault.params["cells"]
        raise Fault(
            "probability_no_number",
            f"{source.name}: a probability must be a number with a decimal point, and there is "
            f"something else: {cells}. Correct these cells.",
            file=source.name,
            cells=cells,
        ) from fault
    marked = {column: column.removeprefix(MARK) for column in found.columns if _is_marked(column)}
    taken = marked or {column: column for column in found.columns if column in known}
    at = [found.columns.index(column) for column in taken]
    return Probabilities(found.names, list(taken.values()), found.matrix[:, at])


def _is_marked(column: str) -> bool:
    return column.startswith(MARK) and column != MARK


def _of_npz(source: Path) -> Probabilities:
    """names (clips,), classes (classes,) and probabilities (clips, classes); others are not read.

    They are never unpickled.
    """
    archive = Archive(source)
    entries = {"/".join(parts).removesuffix(".npy"): entry for parts, entry in archive.entries}
    arrays = {}
    for key in ARRAYS:
        if key not in entries:
            raise _unfit(source.name, key, "is not there")
        try:
            arrays[key] = array_of(archive.read(entries[key]))
        except Unfit as unfit:
            raise _unfit(source.name, key, unfit.why) from unfit
    names, classes, matrix = (arrays[key] for key in ARRAYS)
    for key, kinds, axes in (("names", "U", 1), ("classes", "U", 1), ("probabilities", "f", 2)):
        array = arrays[key]
        if array.ndim != axes or array.dtype.kind not in kinds or 0 in array.shape:
            raise _unfit(source.name, key, f"is {array.dtype} of shape {array.shape}")
    if matrix.shape != (len(names), len(classes)):
        shapes = f"{len(names)} names and {len(classes)} classes"
        raise _unfit(source.name, "probabilities", f"has the shape {matrix.shape} for {shapes}")
    return Probabilities(names.tolist(), classes.tolist(), matrix.astype(np.float64))


def _unfit(file: str, array: str, why: str) -> Fault:
    return Fault(
        "probability_arrays_unfit",
        f"{file}: it must hold names (clips,) and classes (classes,) as text, and probabilities "
        f"(clips, classes) as floating-point numbers; {array} {why}. Save it anew with "
        "numpy.savez.",
        file=file,
        array=array,
        why=why,
    )


def _check_lengths(file: str, names: Sequence[str]) -> None:
    """An array of names takes as much room for each as for the longest."""
    for row, name in enumerate(names, start=first_row(file)):
        if len(name) > LONGEST_NAME:
            begins = f"{name[:SHOWN]}…"
            raise Fault(
                "probability_name_too_long",
                f"{file}, row {row}: a clip's name has at most {LONGEST_NAME} characters, and "
                f'"{begins}" has {len(name)}. Correct the name, or leave the row out.',
                file=file,
                row=row,
                clip=begins,
                count=len(name),
                most=LONGEST_NAME,
            )


def _check_classes(file: str, classes: Sequence[str], known: Sequence[str]) -> None:
    unknown = [code for code in classes if code not in known]
    if unknown:
        raise Fault(
            "probabilities_of_unknown_classes",
            f"{file}: a class must be a label of the corpus ({', '.join(known)}), and "
            f"{listed(unknown)} is none. Rename the columns to the labels' codes, or add labels.",
            file=file,
            classes=listed(unknown),
            known=", ".join(known),
        )
    if len(set(classes)) < max(2, len(classes)):
        raise Fault(
            "probabilities_of_too_few_classes",
            f"{file}: there must be a column p_<code> or <code> for each of two classes at least, "
            f"each once, and there is {listed(list(classes)) or 'none'}. The labels are "
            f"{', '.join(known)}.",
            file=file,
            classes=listed(list(classes)) or "–",
            known=", ".join(known),
        )
