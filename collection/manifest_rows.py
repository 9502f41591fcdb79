"""The rows of a manifest: what each cell says for itself."""

import math
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from collection.faults import Fault, Faults
from jobs.sentences import Rule

COLUMNS = ("name", "file", "transcript", "video", "start", "end", "speaker", "content_warning")
LONGEST_NAME = 255
LONGEST_TRANSCRIPT = 20_000
LONGEST_WARNING = 500
LONGEST_FILE_NAME = 300


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
    content_warning: str = ""
    row: int = 0  # of the manifest, counted from 1 with the heading; 0 without a manifest


Locate = Callable[[str], Path | None]


def name_fault(name: str) -> Rule | None:
    """Why this cannot be a clip's name, if so."""
    if not name:
        return Rule("name_is_empty", "the name is empty")
    if len(name) > LONGEST_NAME:
        return Rule(
            "name_is_too_long",
            f"the name has {len(name)} characters, at most {LONGEST_NAME} are allowed",
            length=len(name),
            most=LONGEST_NAME,
        )
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        return Rule(
            "name_is_no_text",
            "the name holds characters that are no text (control characters or broken bytes)",
        )
    if "/" in name or "\\" in name:
        return Rule("name_holds_a_slash", "the name holds a slash")
    return None


def no_such_column(known: str) -> Rule:
    return Rule(
        "no_such_column", f"there is no such column; the columns are {known}", columns=known
    )


class OutsideFolder(ValueError):
    """A row names a file that does not lie below the manifest's own folder."""


class Rows:
    """Reads row after row, and remembers what may stand there only once."""

    def __init__(self, locate: Locate, faults: Faults) -> None:
        self.locate = locate
        self.faults = faults
        self.row = 0
        self.name_rows: dict[str, int] = {}
        self.file_rows: dict[Path, int] = {}

    def fault(self, column: str, value: str, rule: Rule) -> None:
        self.faults.add(Fault(self.row, column, value, rule))

    def read(self, cells: dict[str, str | None], line: int) -> Entry | None:
        self.row = line
        before = self.faults.count
        if None in cells:
            rule = Rule("more_cells", "it has more cells than the heading has columns")
            self.faults.add(Fault(line, "", "", rule))
            return None
        text = {column: (cells.get(column) or "").strip() for column in COLUMNS}
        name = self._name(unicodedata.normalize("NFC", text["name"]))
        path = self._path(text["file"])
        for column, longest in (
            ("transcript", LONGEST_TRANSCRIPT),
            ("video", LONGEST_NAME),
            ("speaker", LONGEST_NAME),
            ("content_warning", LONGEST_WARNING),
        ):
            self._check_text(column, text[column], longest)
        start, end = self._seconds("start", text["start"]), self._seconds("end", text["end"])
        if start is not None and end is not None and end <= start:
            rule = Rule(
                "ends_before_it_starts",
                f"a clip ends after it starts ({text['start']})",
                start=text["start"],
            )
            self.fault("end", text["end"], rule)
        if self.faults.count > before:
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
            content_warning=text["content_warning"],
            row=line,
        )

    def _name(self, name: str) -> str:
        if fault := name_fault(name):
            self.fault("name", name, fault)
        elif first := self.name_rows.get(name):
            rule = Rule(
                "name_stands_twice",
                f"a clip's name stands once; row {first} has it already",
                row=first,
            )
            self.fault("name", name, rule)
        self.name_rows.setdefault(name, self.row)
        return name

    def _path(self, file: str) -> Path | None:
        if not file:
            return None
        if len(file) > LONGEST_FILE_NAME or "\x00" in file:
            rule = Rule(
                "file_name_length",
                f"a file name has at most {LONGEST_FILE_NAME} characters",
                most=LONGEST_FILE_NAME,
            )
            self.fault("file", file, rule)
            return None
        try:
            path = self.locate(file)
        except OutsideFolder:
            rule = Rule("file_is_outside", "it lies outside the manifest's folder")
            self.fault("file", file, rule)
            return None
        except OSError as error:
            why = error.strerror or str(error)
            self.fault("file", file, Rule("file_cannot_be_read", f"{why}", why=why))
            return None
        if path is None:
            self.fault(
                "file", file, Rule("no_such_file", "there is no such file beside the manifest")
            )
        elif first := self.file_rows.get(path):
            rule = Rule(
                "file_stands_twice", f"a file is one clip; row {first} has it already", row=first
            )
            self.fault("file", file, rule)
        else:
            self.file_rows[path] = self.row
        return path

    def _check_text(self, column: str, value: str, longest: int) -> None:
        if len(value) > longest:
            rule = Rule(
                "text_is_too_long", f"at most {longest} characters are allowed", most=longest
            )
            self.fault(column, value, rule)
        elif any(ord(letter) < 32 and letter not in "\t\r\n" for letter in value):
            rule = Rule("text_holds_control_characters", "it holds control characters")
            self.fault(column, value, rule)

    def _seconds(self, column: str, value: str) -> float | None:
        if not value:
            return None
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not math.isfinite(seconds) or seconds < 0:
            rule = Rule("not_seconds", "this must be a number of seconds, 0 or more, such as 12.5")
            self.fault(column, value, rule)
            return None
        return seconds
