"""Files of votes, one vote a row: CSV or JSON Lines by the ending.

What is a row is told here, what a cell says in `annotation.vote_cells`, what the votes mean
together in `annotation.replay`.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from annotation.faults import Fault, Faults
from annotation.replay import VoteRow
from annotation.vote_cells import SOME_CLIP, Ballots
from collection.manifest import BY_SEMICOLONS, is_by_semicolons
from jobs.errors import Refusal

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
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row, cells in (_csv_rows if ending == ".csv" else _json_rows)(lines, faults):
                reader.read(row, cells)
    except UnicodeDecodeError:
        row = _row_of_bad_byte(path.read_bytes())
        faults.add(Fault(row, "", "", "this is not UTF-8 text; save the file as UTF-8"))
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
        faults.add(Fault(1, "", "", "there is no vote in the file"))
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
                rule = f"it has {len(cells)} cells, the heading has {len(heading)}"
                faults.add(Fault(reader.line_num, "", "", rule))
                continue
            yield reader.line_num, dict(zip(heading, cells, strict=False))
    except csv.Error as error:
        faults.add(Fault(reader.line_num, "", "", f"this is not CSV ({error})"))


def _heading_fits(heading: list[str], faults: Faults) -> bool:
    known = f"the columns are {', '.join(COLUMNS)}"
    before = faults.count
    if is_by_semicolons(heading):
        faults.add(Fault(1, "", "", BY_SEMICOLONS))
        return False
    for column in heading:
        if column == "status":
            rule = "superseded, voided and waiting votes are not imported; export without them"
            faults.add(Fault(1, "status", "status", rule))
        elif column not in COLUMNS:
            faults.add(Fault(1, column or "(empty)", column, f"there is no such column; {known}"))
    for column in sorted({c for c in heading if heading.count(c) > 1}):
        faults.add(Fault(1, column, column, "the column stands there twice"))
    for column in ALWAYS_NEEDED:
        if column not in heading:
            faults.add(Fault(1, column, "", f"the column is missing; {known}"))
    return faults.count == before


def _json_rows(lines: Iterator[str], faults: Faults) -> Rows:
    for row, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            faults.add(Fault(row, "", "", f"this is not JSON ({error})"))
            continue
        if not isinstance(record, dict):
            faults.add(Fault(row, "", "", "a line holds one object, {…}"))
            continue
        cells = {}
        for column, value in record.items():
            if column not in COLUMNS:
                rule = f"there is no such column; the columns are {', '.join(COLUMNS)}"
                faults.add(Fault(row, column, str(value), rule))
            elif isinstance(value, str | int | float | None) and not isinstance(value, bool):
                cells[column] = "" if value is None else str(value)
            else:
                rule = "a text, a number or null is expected"
                faults.add(Fault(row, column, json.dumps(value), rule))
        yield row, cells


def _row_of_bad_byte(content: bytes) -> int:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 1
