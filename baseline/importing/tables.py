"""Tables of features: one row per clip, its name in one column, numbers in others."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import chain
from typing import IO

import numpy as np

from baseline.clip_names import counted, listed
from baseline.errors import Fault
from baseline.importing import columns as of_table
from baseline.importing import parquet
from baseline.importing.found import Found, Told
from baseline.store_files import Numbers

EVERY = 500  # rows between two words about progress
MISSING = frozenset(("", "nan", "na", "n/a", "null", "none", "-nan", "#n/a"))
LOOKS_LIKE_A_NUMBER = re.compile(
    r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE
)
BLANK = frozenset(("\n", "\r\n", "\r"))


def read(
    file: str,
    stream: IO[bytes],
    name_column: str,
    columns: str,
    told: Told,
    kind: parquet.Kind = np.float32,
) -> Found:
    """A table, by the suffix of its name; `kind`: of its numbers. Raises Fault."""
    suffix = file.lower().rpartition(".")[2]
    if suffix == "parquet":
        found = parquet.read(file, stream, name_column, columns, told, kind)
        return of_rows(*found)
    if suffix in ("csv", "tsv"):
        return Table(file, name_column, columns, kind).read(stream, told)
    raise Fault(
        "features_not_found",
        f"{file}: features come as .npy files or as one table (.csv, .parquet), and this is "
        "neither. Save it as one of these.",
        file=file,
    )


class Table:
    """CSV as it comes: with commas, semicolons or tabs, with or without a byte order mark.

    A column is numeric if the first value in it is a number; from then on a text is a Fault.
    """

    def __init__(
        self, file: str, name_column: str, columns: str, kind: parquet.Kind = np.float32
    ) -> None:
        self.file = file
        self.kind = kind
        self.name_column = name_column
        self.wanted = columns
        self.heading: list[str] = []
        self.named_in = -1  # the column of names
        self.taken: list[int] = []  # columns that are features, in order
        self.unproven: list[int] = []  # those in which there was no value yet
        self.left_out: set[int] = set()
        self.names: list[str] = []
        self.rows: list[Numbers] = []  # each (taken,), NaN where a value is missing
        self.odd: list[tuple[int, str, str]] = []  # row, column and text where numbers must be

    def read(self, stream: IO[bytes], told: Told) -> Found:
        rows = _rows_in(stream)
        for line, cells in self._lines(stream):
            if not self.heading:
                self.heading = [cell.strip() for cell in cells]
                continue
            if len(cells) != len(self.heading):
                raise _other_length(self.file, line, len(cells), len(self.heading))
            if not self.names:
                self._begin(cells)
            self._settle(cells)
            self.names.append(cells[self.named_in].strip())
            self.rows.append(self._numbers(line, cells))
            if len(self.names) % EVERY == 0:
                told(len(self.names), max(rows, len(self.names)))
        return self._found()

    def _lines(self, stream: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
        """Rows that are not blank, with the number of their first line."""
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        line = 1
        try:
            before = [text.readline()]
            while before[-1] in BLANK:
                before.append(text.readline())
            delimiter = max(",;\t", key=before[-1].count)
            reader = csv.reader(chain(before, text), delimiter=delimiter, strict=True)
            for cells in reader:
                if any(cells):
                    yield line, cells
                line = reader.line_num + 1
        except UnicodeDecodeError as error:
            raise Fault(
                "table_not_utf8",
                f"{self.file}: the table must be UTF-8 text, and from about row {line} on it is "
                "not. Save it as CSV UTF-8.",
                file=self.file,
                row=line,
            ) from error
        except csv.Error as error:
            raise Fault(
                "table_not_csv",
                f"{self.file}, row {line}: this is not CSV ({error}). Save the table anew.",
                file=self.file,
                row=line,
                why=str(error),
            ) from error

    def _begin(self, cells: list[str]) -> None:
        """Name column and candidates, now that there is a first row to look at."""
        self.named_in = self._names_at(cells)
        columns = range(len(self.heading))
        if self.wanted:
            taken = of_table.asked_for(self.file, self.heading, self.wanted)
        else:
            taken = [at for at in columns if not of_table.is_about_the_clip(self.heading[at])]
        self.taken = [at for at in taken if at != self.named_in]
        self.unproven = [] if self.wanted else list(self.taken)
        self.left_out = set(columns) - {*self.taken, self.named_in}
        of_table.check_heading(self.file, self.heading, [*self.taken, self.named_in])

    def _names_at(self, cells: list[str]) -> int:
        heading = self.heading
        if self.name_column:
            if self.name_column not in heading:
                raise of_table.no_such_column(self.file, self.name_column, heading)
            return heading.index(self.name_column)
        if of_table.NAME in heading:
            return heading.index(of_table.NAME)
        for at, cell in enumerate(cells):
            if not _is_missing(cell) and not _is_number(cell):
                return at
        raise of_table.no_name_column(self.file, heading)

    def _settle(self, cells: list[str]) -> None:
        """A column's first value says whether it is one of features or of texts."""
        for at in [at for at in self.unproven if not _is_missing(cells[at])]:
            self.unproven.remove(at)
            if not _is_number(cells[at]):
                self._leave_out(at)

    def _leave_out(self, at: int) -> None:
        place = self.taken.index(at)
        self.taken.pop(place)
        self.left_out.add(at)
        self.rows = [np.delete(row, place) for row in self.rows]

    def _numbers(self, line: int, cells: list[str]) -> Numbers:
        try:
            numbers = [float(cells[at] or "nan") for at in self.taken]
        except ValueError:
            numbers = [self._number(line, at, cells[at]) for at in self.taken]
        with np.errstate(over="ignore"):
            return np.array(numbers).astype(self.kind)

    def _number(self, line: int, at: int, cell: str) -> float:
        if _is_missing(cell):
            return np.nan
        try:
            return float(cell)
        except ValueError:
            self.odd.append((line, self.heading[at], cell if len(cell) < 40 else f"{cell[:39]}…"))
            return np.nan

    def _found(self) -> Found:
        if not self.names:
            raise Fault(
                "table_without_rows",
                f"{self.file}: there must be a heading and a row per clip, and there is no row. "
                "Look whether it is the right file.",
                file=self.file,
            )
        for at in self.unproven:  # nothing in them at all
            self._leave_out(at)
        if self.odd:
            raise _no_number(self.file, self.odd)
        if not self.taken:
            raise of_table.no_numbers(self.file, self.heading)
        taken = [self.heading[at] for at in self.taken]
        left_out = [] if self.wanted else [self.heading[at] for at in sorted(self.left_out)]
        return of_rows(self.names, np.stack(self.rows), taken, left_out)


def of_rows(names: list[str], matrix: Numbers, taken: list[str], left_out: list[str]) -> Found:
    """A table as Found: a clip without any value is one in which nothing was there."""
    empty = np.asarray(np.isnan(matrix).all(axis=1))
    matrix[empty] = 0
    return Found(names, matrix, empty, taken, left_out)


def _rows_in(stream: IO[bytes]) -> int:
    """About how many rows there are, the heading left out; 0 where nobody can look ahead."""
    if not stream.seekable():
        return 0
    lines = sum(block.count(b"\n") for block in iter(lambda: stream.read(1 << 20), b""))
    stream.seek(0)
    return lines - 1


def _is_missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def _is_number(cell: str) -> bool:
    """Also one with a decimal comma, which is then refused rather than taken for a text."""
    return LOOKS_LIKE_A_NUMBER.fullmatch(cell.strip()) is not None


def _other_length(file: str, line: int, cells: int, columns: int) -> Fault:
    return Fault(
        "table_row_length",
        f"{file}, row {line}: every row must have a cell per column, {columns}, and this one has "
        f"{cells}. Correct the row.",
        file=file,
        row=line,
        cells=cells,
        columns=columns,
    )


def _no_number(file: str, odd: list[tuple[int, str, str]]) -> Fault:
    cells = listed([f'row {row}, column {column}: "{text}"' for row, column, text in odd])
    return Fault(
        "table_no_number",
        f"{file}: a feature must be a number with a decimal point, and "
        f"{counted(len(odd), 'cell')} hold something else: {cells}. Correct them, or leave the "
        "columns out with --columns.",
        file=file,
        count=len(odd),
        cells=cells,
    )
