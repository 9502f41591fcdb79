"""How long work tells how far it is, whoever is listening: a job's row or a terminal."""

import sys
import time
from typing import Protocol, TextIO

from django.core.management.base import OutputWrapper

from jobs.sentences import Said

PRINT_EVERY = 1.0  # s


class Cancelled(Exception):
    """Somebody asked the work to stop."""


class Progress(Protocol):
    def report(self, done: int, total: int | None = None, message: Said | str = "") -> None:
        """Say how far the work is; cheap, to be called as often as it suits the work."""

    def check(self) -> None:
        """Raise where the work should stop: it was cancelled, or another run owns the job."""

    def kept(self) -> None:
        """Say that this run finished something which the next one need not do again: the deaths
        before it count no more."""


class PrintedProgress:
    """For commands: a line that is written over on a terminal, a line a second elsewhere."""

    def __init__(self, out: "TextIO | OutputWrapper | None" = None) -> None:
        self.out = out or sys.stderr
        self.printed_at = 0.0

    def report(self, done: int, total: int | None = None, message: Said | str = "") -> None:
        now = time.monotonic()
        if now - self.printed_at < PRINT_EVERY and done != total:
            return
        self.printed_at = now
        of = f" of {total}" if total is not None else ""
        line = str(message)
        if not line.startswith(f"{done}{of}"):  # some sentences begin with it
            line = f"{done}{of} {line}".rstrip()
        self.out.write(f"\r\x1b[K{line}" if self.out.isatty() else f"{line}\n")
        if done == total and self.out.isatty():
            self.out.write("\n")
        self.out.flush()

    def check(self) -> None:
        """Nobody else can stop a command; Ctrl-C does."""

    def kept(self) -> None:
        """Nobody counts how often a command is started."""


class Silent:
    """For callers who want no report."""

    def report(self, done: int, total: int | None = None, message: Said | str = "") -> None:
        pass

    def check(self) -> None:
        pass

    def kept(self) -> None:
        pass
