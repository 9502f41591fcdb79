"""Files of votes, one vote a row: CSV or JSON Lines by the ending.

What a cell says is checked here, what the votes mean together in `annotation.replay`.
Times without a time zone are taken as UTC. Cells are taken as they stand, without the
white space around them.
"""

import csv
import json
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from annotation.faults import Fault, Faults
from annotation.protocol import Reliability, Rules, Stage
from annotation.replay import VoteRow
from collection.manifest import name_fault
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
ANSWER_COLUMNS = ("emotion", "second_emotion", "reliability", "valence")
ASKED = {
    Stage.EMOTION: ("emotion", "second_emotion"),
    Stage.RELIABILITY: ("emotion", "reliability"),
    Stage.VALENCE: ("valence",),
}
NEEDED = {
    Stage.EMOTION: ("emotion",),
    Stage.RELIABILITY: ("emotion", "reliability"),
    Stage.VALENCE: ("valence",),
}
SOME_CLIP = ""
ENDINGS = (".csv", ".jsonl")
LONGEST_ANNOTATOR = 80
MOST_MS = 2**31 - 1
WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,9}\Z")


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


def read_votes(
    path: Path, *, name: str, rules: Rules, labels: Sequence[str], faults: Faults
) -> tuple[list[VoteRow], set[str]]:
    """The file's votes, and the clips of which a row could not be read (`SOME_CLIP` among them
    if it cannot be told of which)."""
    ending = check_ending(path)
    reader = _Reader(rules, labels, faults)
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


@dataclass(slots=True)
class _Reader:
    """Reads cell by cell what stands for itself."""

    rules: Rules
    labels: Sequence[str]
    faults: Faults
    votes: list[VoteRow] = field(default_factory=list)
    spoiled: set[str] = field(default_factory=set)
    row: int = 0
    clip: str = ""

    def read(self, row: int, cells: dict[str, str]) -> None:
        self.row = row
        before = self.faults.count
        self.clip = clip = _name(cells.get("clip", ""))
        if why := name_fault(clip):
            self.fault("clip", clip, why)
            self.spoiled.add(SOME_CLIP)
        stage = self.stage(cells.get("stage", "").strip())
        vote = VoteRow(
            row=row,
            clip=clip,
            stage=stage or Stage.EMOTION,
            round=self.number("round", cells, 1, 99) or 1,
            annotator=self.annotator(cells.get("annotator", "")),
            person="",
            cast_at=self.time(cells.get("cast_at", "").strip()),
            response_ms=self.number("response_ms", cells, 0, MOST_MS, needed=False),
        )
        if stage is not None:
            self.answer(vote, cells)
        if self.faults.count == before:
            self.votes.append(vote)
        else:
            self.spoiled.add(clip)

    def fault(self, column: str, value: str, rule: str) -> None:
        self.faults.add(Fault(self.row, column, value, f"clip {self.clip}: {rule}"))

    def stage(self, value: str) -> Stage | None:
        for stage in ASKED:
            if value == stage.value:
                return stage
        stages = ", ".join(stage.value for stage in ASKED)
        self.fault("stage", value, f"the stages that have votes are {stages}")
        return None

    def annotator(self, value: str) -> str:
        name = _name(value)
        if not name or len(name) > LONGEST_ANNOTATOR:
            rule = f"an annotator has a name of 1 to {LONGEST_ANNOTATOR} characters"
            self.fault("annotator", name, rule)
        elif any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
            self.fault("annotator", name, "the name holds characters that are no text")
        return name

    def number(
        self, column: str, cells: dict[str, str], least: int, most: int, needed: bool = True
    ) -> int | None:
        value = cells.get(column, "").strip()
        if not value and not needed:
            return None
        found = _whole_number(value)
        if found is None or not least <= found <= most:
            self.fault(column, value, f"this is not a whole number from {least} to {most}")
            return None
        return found

    def time(self, value: str) -> datetime:
        found = _time(value)
        if found is None:
            rule = "this is not a time such as 2023-01-31T14:05:00Z (without a zone it is UTC)"
            self.fault("cast_at", value, rule)
            return datetime.min.replace(tzinfo=UTC)
        return found

    def answer(self, vote: VoteRow, cells: dict[str, str]) -> None:
        given = {column: cells.get(column, "").strip() for column in ANSWER_COLUMNS}
        asked = ASKED[vote.stage]
        for column, value in given.items():
            if value and column not in asked:
                rule = f"a vote of the {vote.stage} stage has {' and '.join(asked)} only"
                self.fault(column, value, rule)
            elif not value and column in NEEDED[vote.stage]:
                self.fault(column, value, f"a vote of the {vote.stage} stage needs it")
        vote.emotion = self.label("emotion", given)
        vote.second_emotion = self.label("second_emotion", given)
        if vote.second_emotion is not None:
            self.second_label(vote)
        if vote.stage is Stage.RELIABILITY and given["reliability"]:
            vote.reliability = self.reliability(given["reliability"])
        if vote.stage is Stage.VALENCE and given["valence"]:
            low, high = self.rules.valence_min, self.rules.valence_max
            vote.valence = self.number("valence", given, low, high)

    def label(self, column: str, given: dict[str, str]) -> str | None:
        value = given[column]
        if not value:
            return None
        if value not in self.labels:
            rule = f"the emotion is not in this corpus's label set ({', '.join(self.labels)})"
            self.fault(column, value, rule)
        return value

    def second_label(self, vote: VoteRow) -> None:
        """ "Each annotator can provide up to two labels" (§2.2); a special label stands alone."""
        first, second = vote.emotion or "", vote.second_emotion or ""
        if self.rules.labels_per_vote < 2:
            self.fault("second_emotion", second, "this corpus takes one label a vote")
        elif first == second:
            self.fault("second_emotion", second, "the same label is given twice")
        elif special := next((v for v in (first, second) if v in self.rules.special), None):
            column = "emotion" if special == first else "second_emotion"
            self.fault(column, special, "a special label stands alone")

    def reliability(self, value: str) -> str:
        if value not in {answer.value for answer in Reliability}:
            answers = ", ".join(answer.value for answer in Reliability)
            self.fault("reliability", value, f"the answers are {answers}")
        return value


def _row_of_bad_byte(content: bytes) -> int:
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return content.count(b"\n", 0, error.start) + 1
    return 1


@lru_cache(maxsize=100_000)
def _name(value: str) -> str:
    return unicodedata.normalize("NFC", value).strip()


def _whole_number(value: str) -> int | None:
    return int(value) if WHOLE_NUMBER.match(value) else None


def _time(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
