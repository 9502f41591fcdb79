"""What an import is about: the rows of a manifest, or the files of a folder."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from collection.faults import Fault, Faults
from collection.manifest_rows import COLUMNS, Entry, Locate, OutsideFolder, Rows, no_such_column
from jobs.errors import Refusal
from jobs.sentences import Rule

ERRORS_SHOWN = 10
BY_SEMICOLONS = Rule(
    "cells_by_semicolons", "the cells are separated by semicolons; save it with commas"
)


def entries_of_folder(folder: Path) -> list[Entry]:
    """Every file below the folder, hidden ones left out; a clip is named after its file."""
    found = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            found.append(Entry(name=clip_name_of(path.name), file=str(relative), path=path))
    if not found:
        raise Refusal(
            "folder_is_empty",
            f"{folder}: there is no file in this folder. Give the folder that holds the videos, "
            "or a manifest (CSV with a column name).",
            status=400,
        )
    return found


def clip_name_of(file_name: str) -> str:
    return unicodedata.normalize("NFC", PurePosixPath(file_name).stem).strip()


def is_by_semicolons(heading: Sequence[str]) -> bool:
    """Whether a table's heading is as spreadsheets write it where 1.5 is written 1,5."""
    return len(heading) == 1 and ";" in heading[0]


def locate_below(folder: Path) -> Locate:
    """Files of a manifest on this machine: they must lie below the manifest's own folder."""
    home = folder.resolve()

    def locate(file: str) -> Path | None:
        path = (home / file).resolve()
        if not path.is_relative_to(home):
            raise OutsideFolder
        return path if path.is_file() else None

    return locate


def read_manifest(content: bytes, *, name: str, locate: Locate) -> list[Entry]:
    """The manifest's rows, or one refusal that names every bad cell (the first ten of them)."""
    reader = csv.DictReader(io.StringIO(_text(content, name), newline=""), strict=True)
    faults = Faults(name, listed=ERRORS_SHOWN)
    entries: list[Entry] = []
    try:
        reader.fieldnames = [column.strip() for column in reader.fieldnames or []]
        _check_heading(reader.fieldnames, name)
        rows = Rows(locate, faults)
        for row in reader:
            if entry := rows.read(row, reader.line_num):
                entries.append(entry)
    except csv.Error as error:
        rule = Rule("is_not_csv", f"this is not CSV ({error})", why=str(error))
        faults.add(Fault(reader.line_num, "", "", rule))
    if not entries and not faults.count:
        rule = Rule("there_is_no_row", "there is no row below the heading")
        faults.add(Fault(1, "", "", rule))
    _refuse(faults)
    return entries


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        faults = Faults(name)
        rule = Rule("is_not_utf8", "this is not UTF-8 text; save the table as CSV UTF-8")
        faults.add(Fault(row, "", "", rule))
        raise _refusal(faults) from error


def _check_heading(heading: Sequence[str] | None, name: str) -> None:
    columns = list(heading or [])
    known = ", ".join(COLUMNS)
    faults = Faults(name, listed=ERRORS_SHOWN)
    if is_by_semicolons(columns):
        faults.add(Fault(1, "", "", BY_SEMICOLONS))
        raise _refusal(faults)
    for column in columns:
        if column not in COLUMNS:
            faults.add(Fault(1, column or "(empty)", column, no_such_column(known)))
    for column in sorted({c for c in columns if columns.count(c) > 1}):
        twice = Rule("column_stands_twice", "the column stands there twice")
        faults.add(Fault(1, column or "(empty)", column, twice))
    if "name" not in columns:
        rule = Rule(
            "column_is_missing", f"the column is missing; the columns are {known}", columns=known
        )
        faults.add(Fault(1, "name", "", rule))
    _refuse(faults)


def _refuse(faults: Faults) -> None:
    if faults.count:
        raise _refusal(faults)


def _refusal(faults: Faults) -> Refusal:
    shown = "; ".join(map(str, faults.kept))
    more = f"; and {faults.more} more" if faults.more else ""
    return Refusal(
        "bad_manifest",
        f"{faults.file}: {shown}{more}. Nothing of it was imported; correct the table and send "
        "it again.",
        status=400,
        **faults.told(),
    )
