"""What is wrong with a table: found cell by cell, told all at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jobs.errors import Refusal
from jobs.sentences import Rule, counted

LISTED = 100  # faults told one by one
LONGEST_VALUE = 60  # characters of a cell that are shown


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell: where it is, what it says, the rule that it breaks."""

    row: int
    column: str
    value: str
    rule: Rule
    clip: str = ""  # where it is a clip's vote

    def __str__(self) -> str:
        at = f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"
        of = f"clip {self.clip}: " if self.clip else ""
        cell = f'"{self.shown}": ' if self.column else ""
        return printable(f"{at}: {cell}{of}{self.rule}")

    @property
    def shown(self) -> str:
        long = len(self.value) > LONGEST_VALUE
        return printable(self.value[: LONGEST_VALUE - 3] + "…" if long else self.value)

    def told(self) -> Mapping[str, Any]:
        """For a page that says it in another language."""
        return {
            "row": self.row,
            "column": printable(self.column),
            "value": self.shown,
            "clip": printable(self.clip),
            "code": self.rule.code,
            "params": self.rule.params,
        }


def printable(text: str) -> str:
    """Fit for one line of any terminal, page or database, whatever the file holds."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Faults:
    """What is wrong with a file: counted, and the first of it kept."""

    def __init__(self, file: str, *, listed: int = LISTED) -> None:
        self.file = file
        self.listed = listed
        self.count = 0
        self.kept: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.count += 1
        if len(self.kept) < self.listed:
            self.kept.append(fault)

    @property
    def more(self) -> int:
        return max(0, self.count - self.listed)

    def told(self) -> dict[str, Any]:
        """The params of a refusal that names every fault."""
        listed = sorted(self.kept, key=lambda fault: fault.row)
        return {
            "file": self.file,
            "count": self.count,
            "faults": [fault.told() for fault in listed],
            "more": self.more,
        }

    def refuse(self) -> None:
        """Raise one refusal that names every fault, the first hundred in words."""
        if not self.count:
            return
        listed = sorted(self.kept, key=lambda fault: fault.row)
        more = [f"and {self.more} more"] if self.more else []
        raise Refusal(
            "votes_break_the_rules",
            f"{self.file}: {counted(self.count, 'fault')}; nothing of the file was kept. Correct "
            "the cells and import it again.\n" + "\n".join([*map(str, listed), *more]),
            status=400,
            **self.told(),
        )
