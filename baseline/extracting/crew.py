"""The processes of an extraction: one for each core, with one thread each."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any

from baseline.child_process import cores
from baseline.errors import Fault
from baseline.extracting.worker import Asked, ClipSource, Numbers, work

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
A_PROCESS_PAYS_FROM = 8  # clips: starting one takes seconds
PATIENCE = 5.0  # s for a process to end

Outcome = tuple[ClipSource, Numbers | Fault | None]


@dataclass
class Member:
    """A process, and the clip that it is at."""

    process: BaseProcess
    connection: Connection
    ready: bool = False
    clip: ClipSource | None = None


class Crew:
    """A context: the first process is there and has loaded the extractor; all end with it."""

    def __init__(self, asked: Asked, processes: int | None = None) -> None:
        self.asked = asked
        self.processes = processes or cores()
        self.members: list[Member] = []
        self.dimension = 0
        self.recipe: Mapping[str, str] = {}

    def __enter__(self) -> "Crew":
        """Raises Fault: what keeps the extractor from being loaded."""
        try:
            self._start()
            first = self.members[0]
            self._answered(first, self._heard(first))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def outcomes(self, clips: Sequence[ClipSource]) -> Iterator[Outcome]:
        """Each clip with its row, None where it is empty, or why it failed; as they are done."""
        waiting = deque(clips)
        while waiting or any(member.clip for member in self.members):
            wanted = min(self.processes, -(-len(waiting) // A_PROCESS_PAYS_FROM))
            while waiting and len(self.members) < max(1, wanted):
                self._start()
            for member in self.members:
                if member.ready and not member.clip and waiting:
                    self._give(member, waiting.popleft())
            for connection in wait([member.connection for member in self.members]):
                member = next(each for each in self.members if each.connection is connection)
                clip = member.clip
                answer = self._answered(member, self._heard(member))
                if clip:
                    yield clip, answer

    def _give(self, member: Member, clip: ClipSource) -> None:
        member.clip = clip
        with suppress(BrokenPipeError):  # it died meanwhile; hearing from it tells so
            member.connection.send(clip)

    def _heard(self, member: Member) -> tuple[Any, ...]:
        """What a process says; where it died instead, that it did."""
        try:
            heard: tuple[Any, ...] = member.connection.recv()
            return heard
        except (EOFError, ConnectionResetError):
            member.process.join(PATIENCE)
            self.members.remove(member)
            return ("died", _end_of(member.process))

    def _answered(self, member: Member, message: tuple[Any, ...]) -> Numbers | Fault | None:
        """Raises Fault where the process could not begin."""
        clip, member.clip = member.clip, None
        match message:
            case ("ready", dimension, recipe):
                member.ready = True
                self.dimension, self.recipe = dimension, recipe
                return None
            case ("row", row):
                return row
            case ("fault", code, text, params):
                fault = Fault(code, text, **params)
            case ("died", how):
                fault = _died(self.asked.kind, how)
        if not clip:
            raise fault
        return fault

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # libraries with threads do not fork well
        ours, theirs = context.Pipe()
        given = (self.asked, os.getpid(), theirs)
        process = context.Process(target=work, args=given, daemon=True)
        with _one_thread_each():
            process.start()
        theirs.close()  # so that its end is heard
        self.members.append(Member(process, ours))

    def _end(self) -> None:
        for member in self.members:
            member.connection.close()
            member.process.terminate()
        for member in self.members:
            member.process.join(PATIENCE)
            if member.process.is_alive():
                member.process.kill()
                member.process.join()
        self.members = []


def _died(kind: str, how: str) -> Fault:
    return Fault(
        "extractor_died",
        f"{kind}: the process that extracts ended in the middle of its work ({how}): a damaged "
        "file can make a decoder crash, and where memory is short the system ends processes. "
        "Convert the clip's file, or extract with fewer processes.",
        kind=kind,
        why=how,
    )


def _end_of(process: BaseProcess) -> str:
    code = process.exitcode
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit status {code}"


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """For processes started meanwhile: their libraries read it when they are loaded."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
