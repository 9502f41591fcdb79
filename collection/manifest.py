"""What an import is about: the rows of a manifest, or the files of a folder."""

import csv
import io
import math
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from jobs.errors import Refusal

COLUMNS = ("name", "file", "transcript", "video", "start", "end", "speaker")
LONGEST_NAME = 255
LONGEST_TRANSCRIPT = 20_000
LONGEST_FILE_NAME = 300
ERRORS_SHOWN = 10
BY_SEMICOLONS = "the cells are separated by semicolons; save it with commas"


@dataclass(frozen=True)
class Entry:
    """A clip to be: its name and what is known of it."""

    name: str
    file: str = ""  # relative, as it is reported; "" for a clip known by its name alone
    path: Path | None = None
    transcript: str = ""
    video: str = ""
    start: float | None = None
    end: float | None = None
    speaker: str = ""
    row: int = 0  # of the manifest, counted from 1 with the heading; 0 without a manifest


Locate = Callable[[str], Path | None]


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


def name_fault(name: str) -> str:
    """Why this cannot be a clip's name, or ""."""
    if not name:
        return "the name is empty"
    if len(name) > LONGEST_NAME:
        return f"the name has {len(name)} characters, at most {LONGEST_NAME} are allowed"
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        return "the name holds characters that are no text (control characters or broken bytes)"
    if "/" in name or "\\" in name:
        return "the name holds a slash"
    return ""


def locate_below(folder: Path) -> Locate:
    """Files of a manifest on this machine: they must lie below the manifest's own folder."""
    home = folder.resolve()

    def locate(file: str) -> Path | None:
        path = (home / file).resolve()
        if not path.is_relative_to(home):
            raise ValueError("it lies outside the manifest's folder")
        return path if path.is_file() else None

    return locate


def read_manifest(content: bytes, *, name: str, locate: Locate) -> list[Entry]:
    """The manifest's rows, or one refusal that names every bad cell (the first ten of them)."""
    reader = csv.DictReader(io.StringIO(_text(content, name), newline=""), strict=True)
    errors: list[str] = []
    entries: list[Entry] = []
    try:
        reader.fieldnames = [column.strip() for column in reader.fieldnames or []]
        _check_heading(reader.fieldnames, name)
        rows = _Rows(locate, errors)
        for row in reader:
            if entry := rows.read(row, reader.line_num):
                entries.append(entry)
    except csv.Error as error:
        errors.append(f"row {reader.line_num}: this is not CSV ({error})")
    if errors:
        raise _refusal(name, errors)
    if not entries:
        raise _refusal(name, ["there is no row below the heading"])
    return entries


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise _refusal(
            name, [f"row {row}: this is not UTF-8 text; save the table as CSV UTF-8"]
        ) from error


def _check_heading(heading: Sequence[str] | None, name: str) -> None:
    columns = list(heading or [])
    if is_by_semicolons(columns):
        raise _refusal(name, [f"row 1: {BY_SEMICOLONS}"])
    known = ", ".join(COLUMNS)
    errors = [
        f'row 1: there is no column "{column}"; the columns are {known}'
        for column in columns
        if column not in COLUMNS
    ]
    errors += [
        f'row 1: the column "{column}" stands there twice'
        for column in sorted({c for c in columns if columns.count(c) > 1})
    ]
    if "name" not in columns:
        errors.append(f'row 1: the column "name" is missing; the columns are {known}')
    if errors:
        raise _refusal(name, errors)


class _Rows:
    """Reads row after row, and remembers what may stand there only once."""

    def __init__(self, locate: Locate, errors: list[str]) -> None:
        self.locate = locate
        self.errors = errors
        self.row = 0
        self.name_rows: dict[str, int] = {}
        self.file_rows: dict[Path, int] = {}

    def fault(self, column: str, value: str, rule: str) -> None:
        shown = value if len(value) <= 60 else value[:57] + "…"
        self.errors.append(f'row {self.row}, column {column}: "{shown}": {rule}')

    def read(self, cells: dict[str, str | None], line: int) -> Entry | None:
        self.row = line
        before = len(self.errors)
        if None in cells:
            self.errors.append(f"row {line}: it has more cells than the heading has columns")
            return None
        text = {column: (cells.get(column) or "").strip() for column in COLUMNS}
        name = self._name(unicodedata.normalize("NFC", text["name"]))
        path = self._path(text["file"])
        for column, longest in (
            ("transcript", LONGEST_TRANSCRIPT),
            ("video", LONGEST_NAME),
            ("speaker", LONGEST_NAME),
        ):
            self._check_text(column, text[column], longest)
        start, end = self._seconds("start", text["start"]), self._seconds("end", text["end"])
        if start is not None and end is not None and end <= start:
            self.fault("end", text["end"], f"a clip ends after it starts ({text['start']})")
        if len(self.errors) > before:
            return None
        return Entry(
            name=name,
            file=text["file"],
            path=path,
            transcript=text["transcript"],
            video=text["video"],
            start=start,
            end=end,
            speaker=text["speaker"],
            row=line,
        )

    def _name(self, name: str) -> str:
        if fault := name_fault(name):
            self.fault("name", name, fault)
        elif first := self.name_rows.get(name):
            self.fault("name", name, f"a clip's name stands once; row {first} has it already")
        self.name_rows.setdefault(name, self.row)
        return name

    def _path(self, file: str) -> Path | None:
        if not file:
            return None
        if len(file) > LONGEST_FILE_NAME or "\x00" in file:
            self.fault("file", file, f"a file name has at most {LONGEST_FILE_NAME} characters")
            return None
        try:
            path = self.locate(file)
        except (ValueError, OSError) as error:
            self.fault("file", file, str(error))
            return None
        if path is None:
            self.fault("file", file, "there is no such file beside the manifest")
        elif first := self.file_rows.get(path):
            self.fault("file", file, f"a file is one clip; row {first} has it already")
        else:
            self.file_rows[path] = self.row
        return path

    def _check_text(self, column: str, value: str, longest: int) -> None:
        if len(value) > longest:
            self.fault(column, value, f"at most {longest} characters are allowed")
        elif any(ord(letter) < 32 and letter not in "\t\r\n" for letter in value):
            self.fault(column, value, "it holds control characters")

    def _seconds(self, column: str, value: str) -> float | None:
        if not value:
            return None
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not math.isfinite(seconds) or seconds < 0:
            self.fault(column, value, "this must be a number of seconds, 0 or more, such as 12.5")
            return None
        return seconds


def _refusal(name: str, errors: list[str]) -> Refusal:
    shown = "; ".join(errors[:ERRORS_SHOWN])
    more = f"; and {len(errors) - ERRORS_SHOWN} more" if len(errors) > ERRORS_SHOWN else ""
    return Refusal(
        "bad_manifest",
        f"{name}: {shown}{more}. Nothing of it was imported; correct the table and send it again.",
        status=400,
        file=name,
        errors=len(errors),
    )
