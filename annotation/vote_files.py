"""Files of votes, one vote a row: CSV or JSON Lines by the ending.

What is a row is told here, what a cell says in `annotation.vote_cells`, what the votes mean
together in `annotation.replay`.
"""

import csv
import json
from codecs import getincrementaldecoder
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from annotation.replay import VoteRow
from annotation.vote_cells import SOME_CLIP, Ballots
from collection import storage
from collection.faults import Fault, Faults
from collection.manifest import BY_SEMICOLONS, is_by_semicolons
from collection.manifest_rows import no_such_column
from jobs import sheets
from jobs.errors import Refusal
from jobs.sentences import Rule

COLUMNS = (
    "clip",
    "stage",
    "round",
    "annotator",
    "emotion",
    "second_emotion",
    "reliability",
    "valence",
    "response_ms",
    "cast_at",
    "plays",
    "note",
)
ALWAYS_NEEDED = ("clip", "stage", "round", "annotator", "cast_at")
ENDINGS = (".csv", ".jsonl")


def check_ending(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise Refusal(
            "unknown_file_ending",
            f'{path.name}: the ending says what a file is, and "{ending}" is neither .csv nor '
            ".jsonl (JSON Lines). Rename it.",
            status=400,
            file=path.name,
        )
    return ending


def read_votes(path: Path, *, name: str, reader: Ballots) -> tuple[list[VoteRow], set[str]]:
    """The file's votes, and the clips of which a row could not be read (`SOME_CLIP` among them
    if it cannot be told of which)."""
    ending = check_ending(path)
    faults = reader.faults
    try:
        if path.stat().st_size > settings.MAX_TABLE_BYTES:
            raise storage.table_too_large(name, settings.MAX_TABLE_BYTES)
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row, cells in (_csv_rows if ending == ".csv" else _json_rows)(lines, faults):
                reader.read(row, cells)
    except UnicodeDecodeError:
        rule = Rule("is_not_utf8", "this is not UTF-8 text; save the file as UTF-8")
        faults.add(Fault(_row_of_bad_byte(path), "", "", rule))
    except OSError as error:
        raise Refusal(
            "file_not_readable",
            f"{name}: the file cannot be read ({error.strerror}). Give the path of a file.",
            status=400,
            file=name,
        ) from error
    if any(not fault.column for fault in faults.kept):
        reader.spoiled.add(SOME_CLIP)
    if not reader.votes and not faults.count:
        faults.add(Fault(1, "", "", Rule("there_is_no_vote", "there is no vote in the file")))
    return reader.votes, reader.spoiled


Rows = Iterator[tuple[int, dict[str, str]]]


def _csv_rows(lines: Iterator[str], faults: Faults) -> Rows:
    reader = csv.reader(lines, strict=True)
    try:
        heading = [column.strip() for column in next(reader, [])]
        if not _heading_fits(heading, faults):
            return
        for cells in reader:
            if not cells:
                continue
            if len(cells) > len(heading):
                rule = Rule(
                    "more_cells_than_columns",
                    f"it has {len(cells)} cells, the heading has {len(heading)}",
                    cells=len(cells),
                    columns=len(heading),
                )
                faults.add(Fault(reader.line_num, "", "", rule))
                continue
            named = dict(zip(heading, cells, strict=False))
            if "note" in named:
                named["note"] = sheets.as_written(named["note"])
            yield reader.line_num, named
    except csv.Error as error:
        rule = Rule("is_not_csv", f"this is not CSV ({error})", why=str(error))
        faults.add(Fault(reader.line_num, "", "", rule))


def _heading_fits(heading: list[str], faults: Faults) -> bool:
    known = ", ".join(COLUMNS)
    before = faults.count
    if is_by_semicolons(heading):
        faults.add(Fault(1, "", "", BY_SEMICOLONS))
        return False
    for column in heading:
        if column in ("labeling", "status"):
            rule = Rule(
                "status_is_not_imported",
                "superseded, voided, waiting and earlier votes are not imported; export without "
                "them",
            )
            faults.add(Fault(1, column, column, rule))
        elif column not in COLUMNS:
            faults.add(Fault(1, column or "(empty)", column, no_such_column(known)))
    for column in sorted({c for c in heading if heading.count(c) > 1}):
        rule = Rule("column_stands_twice", "the column stands there twice")
        faults.add(Fault(1, column, column, rule))
    for column in ALWAYS_NEEDED:
        if column not in heading:
            rule = Rule(
                "column_is_missing",
                f"the column is missing; the columns are {known}",
                columns=known,
            )
            faults.add(Fault(1, column, "", rule))
    return faults.count == before


def _json_rows(lines: Iterator[str], faults: Faults) -> Rows:
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            rule = Rule("is_not_json", f"this is not JSON ({error})", why=str(error))
            faults.add(Fault(row, "", "", rule))
            continue
        if not isinstance(record, dict):
            rule = Rule("line_is_no_object", "a line holds one object, {…}")
            faults.add(Fault(row, "", "", rule))
            continue
        cells = {}
        for column, value in record.items():
            if column not in COLUMNS:
                faults.add(Fault(row, column, str(value), no_such_column(", ".join(COLUMNS))))
            elif isinstance(value, str | int | float | None) and not isinstance(value, bool):
                cells[column] = "" if value is None else str(value)
            else:
                rule = Rule("text_number_or_null", "a text, a number or null is expected")
                faults.add(Fault(row, column, json.dumps(value), rule))
        yield row, cells


def _row_of_bad_byte(path: Path) -> int:
    """Line by line: a file may be large."""
    decoder = getincrementaldecoder("utf-8-sig")()
    row = 1
    with path.open("rb") as lines:
        for row, line in enumerate(lines, start=1):
            try:
                decoder.decode(line)
            except UnicodeDecodeError:
                return row
    return row
