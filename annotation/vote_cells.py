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

from annotation.protocol import Reliability, Rules, Stage
from annotation.replay import VoteRow
from collection.faults import Fault, Faults
from collection.manifest_rows import name_fault
from jobs.sentences import Rule

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
MOST_PLAYS = 32767
LONGEST_NOTE = 2000
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
            plays=self.number("plays", cells, 0, MOST_PLAYS, needed=False),
            note=self.note(cells.get("note", "").strip()),
        )
        if stage is not None:
            self.answer(vote, cells)
        if self.faults.count == before:
            self.votes.append(vote)
        else:
            self.spoiled.add(clip)

    def fault(self, column: str, value: str, rule: Rule) -> None:
        self.faults.add(Fault(self.row, column, value, rule, self.clip))

    def stage(self, value: str) -> Stage | None:
        for stage in ASKED:
            if value == stage.value:
                return stage
        stages = ", ".join(stage.value for stage in ASKED)
        rule = Rule("stage_has_no_votes", f"the stages that have votes are {stages}", stages=stages)
        self.fault("stage", value, rule)
        return None

    def annotator(self, value: str) -> str:
        name = _name(value)
        if not name or len(name) > LONGEST_ANNOTATOR:
            rule = Rule(
                "annotators_name_length",
                f"an annotator has a name of 1 to {LONGEST_ANNOTATOR} characters",
                most=LONGEST_ANNOTATOR,
            )
            self.fault("annotator", name, rule)
        elif any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
            rule = Rule("name_is_no_text", "the name holds characters that are no text")
            self.fault("annotator", name, rule)
        return name

    def number(
        self, column: str, cells: Mapping[str, str], least: int, most: int, needed: bool = True
    ) -> int | None:
        value = cells.get(column, "").strip()
        if not value and not needed:
            return None
        found = _whole_number(value)
        if found is None or not least <= found <= most:
            rule = Rule(
                "not_a_whole_number",
                f"this is not a whole number from {least} to {most}",
                least=least,
                most=most,
            )
            self.fault(column, value, rule)
            return None
        return found

    def time(self, value: str) -> datetime:
        found = _time(value)
        if found is None:
            rule = Rule(
                "not_a_time",
                "this is not a time such as 2023-01-31T14:05:00Z (without a zone it is UTC)",
            )
            self.fault("cast_at", value, rule)
            return datetime.min.replace(tzinfo=UTC)
        if found > self.latest:
            rule = Rule(
                "time_is_in_the_future",
                "the time is in the future; votes are cast before they are imported",
            )
            self.fault("cast_at", value, rule)
        return found

    def note(self, value: str) -> str:
        if len(value) > LONGEST_NOTE:
            rule = Rule(
                "note_is_too_long",
                f"a note has at most {LONGEST_NOTE} characters",
                most=LONGEST_NOTE,
            )
            self.fault("note", value, rule)
        elif any(letter == "\x00" or "\ud800" <= letter <= "\udfff" for letter in value):
            rule = Rule("note_is_no_text", "the note holds characters that are no text")
            self.fault("note", value, rule)
        return value

    def answer(self, vote: VoteRow, cells: Mapping[str, str]) -> None:
        given = {column: cells.get(column, "").strip() for column in ANSWER_COLUMNS}
        asked = ASKED[vote.stage]
        for column, value in given.items():
            if value and column not in asked:
                rule = Rule(
                    "stage_does_not_have_it",
                    f"a vote of the {vote.stage} stage has {' and '.join(asked)} only",
                    stage=vote.stage.value,
                    columns=", ".join(asked),
                )
                self.fault(column, value, rule)
            elif not value and column in NEEDED[vote.stage]:
                rule = Rule(
                    "stage_needs_it",
                    f"a vote of the {vote.stage} stage needs it",
                    stage=vote.stage.value,
                )
                self.fault(column, value, rule)
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
            rule = Rule(
                "not_in_label_set",
                f"the emotion is not in this corpus's label set ({', '.join(self.labels)})",
                labels=", ".join(self.labels),
            )
            self.fault(column, value, rule)
        return value

    def second_label(self, vote: VoteRow) -> None:
        """ "Each annotator can provide up to two labels" (§2.2); a special label stands alone."""
        first, second = vote.emotion or "", vote.second_emotion or ""
        if self.rules.labels_per_vote < 2:
            rule = Rule("one_label_a_vote", "this corpus takes one label a vote")
            self.fault("second_emotion", second, rule)
        elif first == second:
            rule = Rule("label_is_given_twice", "the same label is given twice")
            self.fault("second_emotion", second, rule)
        elif special := next((v for v in (first, second) if v in self.rules.special), None):
            column = "emotion" if special == first else "second_emotion"
            rule = Rule("special_label_is_alone", "a special label stands alone")
            self.fault(column, special, rule)

    def reliability(self, value: str) -> str:
        if value not in {answer.value for answer in Reliability}:
            answers = ", ".join(answer.value for answer in Reliability)
            rule = Rule("unknown_reliability", f"the answers are {answers}", answers=answers)
            self.fault("reliability", value, rule)
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
