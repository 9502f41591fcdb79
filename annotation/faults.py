"""What is wrong with a file of votes: found cell by cell, told all at once."""

from dataclasses import dataclass

from jobs.errors import Refusal

LISTED = 100  # faults told one by one


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell: where it is, what it says, the rule that it breaks."""

    row: int
    column: str
    value: str
    rule: str

    def __str__(self) -> str:
        at = f"row {self.row}, column {self.column}" if self.column else f"row {self.row}"
        shown = self.value if len(self.value) <= 60 else self.value[:57] + "…"
        return _printable(f'{at}: "{shown}": {self.rule}' if self.column else f"{at}: {self.rule}")


def _printable(text: str) -> str:
    """Fit for one line of any terminal, page or database, whatever the file holds."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


class Faults:
    """What is wrong with a file: counted, and the first of it kept."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self.kept: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self.count += 1
        if len(self.kept) < LISTED:
            self.kept.append(fault)

    def refuse(self) -> None:
        """Raise one refusal that names every fault, the first hundred in words."""
        if not self.count:
            return
        listed = sorted(self.kept, key=lambda fault: fault.row)
        more = f"\nand {self.count - LISTED} more" if self.count > LISTED else ""
        raise Refusal(
            "votes_break_the_rules",
            f"{self.file}: {self.count} {'fault' if self.count == 1 else 'faults'}; nothing of "
            "the file was kept. Correct the cells and import it again.\n"
            + "\n".join(str(fault) for fault in listed)
            + more,
            status=400,
            file=self.file,
            count=self.count,
        )
