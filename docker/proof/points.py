"""What the proof has found: one line a point, shown at once and again as a table at the end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Point:
    step: str
    what: str
    figure: str
    holds: bool

    def __str__(self) -> str:
        return f"{'ok  ' if self.holds else 'FAIL'}  {self.what}" + (
            f": {self.figure}" if self.figure else ""
        )


@dataclass
class Points:
    step: str = ""
    found: list[Point] = field(default_factory=list)

    def hold(self, what: str, holds: bool, figure: object = "") -> None:
        """A point that holds or does not; the proof goes on either way."""
        self.found.append(Point(self.step, what, str(figure), holds))
        print(f"  {self.found[-1]}", flush=True)

    def figure(self, what: str, figure: object) -> None:
        """Something to be known, which cannot fail."""
        self.hold(what, True, figure)

    @property
    def failed(self) -> int:
        return sum(not point.holds for point in self.found)

    def table(self) -> str:
        steps = dict.fromkeys(point.step for point in self.found)
        lines = []
        for step in steps:
            lines.append(f"\n{step}")
            lines += [f"  {point}" for point in self.found if point.step == step]
        lines.append(f"\n{len(self.found)} points, {self.failed} of them fail")
        return "\n".join(lines)


class Fault(Exception):
    """The proof cannot go on; the message says why."""


def wait_until(condition: Callable[[], bool], what: str, seconds: float) -> float:
    """How long it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() > began + seconds:
            raise Fault(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.1)
    return time.monotonic() - began
