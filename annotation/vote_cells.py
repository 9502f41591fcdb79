"""The cells of a vote: what each says for itself.

Cells are taken as they stand, without the white space around them; times without a time
zone are UTC.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from annotation.faults import Fault, Faults
from annotation.protocol import Reliability, Rules, Stage
from annotation.replay import VoteRow
from collection.manifest import name_fault

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
SOME_CLIP = ""  # stands for a clip whose name could not be read
LONGEST_ANNOTATOR = 80
MOST_MS = 2**31 - 1
CLOCKS_DIFFER = timedelta(days=1)  # and zones are left out: a vote may be this far ahead
WHOLE_NUMBER = re.compile(r"([+-]?[0-9]{1,9})(\.0+)?\Z")  # tables like to write 3 as 3.0


@dataclass(slots=True)
class Ballots:
    """Reads vote after vote, none cast after `latest`. `spoiled` are the clips that have a vote
    with a fault."""

    rules: Rules
    labels: Sequence[str]
    faults: Faults
    latest: datetime
    votes: list[VoteRow] = field(default_factory=list)
    spoiled: set[str] = field(default_factory=set)
    row: int = 0
    clip: str = ""

    def read(self, row: int, cells: Mapping[str, str]) -> None:
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
        self, column: str, cells: Mapping[str, str], least: int, most: int, needed: bool = True
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
        if found > self.latest:
            self.fault(
                "cast_at",
                value,
                "the time is in the future; votes are cast before they are imported",
            )
        return found

    def answer(self, vote: VoteRow, cells: Mapping[str, str]) -> None:
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

    def label(self, column: str, given: Mapping[str, str]) -> str | None:
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


@lru_cache(maxsize=100_000)
def _name(value: str) -> str:
    return unicodedata.normalize("NFC", value).strip()


def _whole_number(value: str) -> int | None:
    found = WHOLE_NUMBER.match(value)
    return int(found[1]) if found else None


def _time(value: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(value)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
