"""Processes that train, fed one part of the grid at a time by this one, which does nothing else."""

import os
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from types import TracebackType
from typing import Any, Protocol, Self

from baseline.errors import Fault
from baseline.run_folder import Training
from baseline.training_process import Task, work

TICK_S = 0.5  # at most between two looks at the clock


class Heard(Protocol):
    """Who is told what the processes do."""

    def epoch(self, training: Training, epoch: int) -> None: ...
    def done(self, training: Training) -> None: ...
    def tick(self) -> None: ...


class Pool:
    """`size` processes for one task; leaving the `with` ends them, whatever they are at."""

    def __init__(self, context: BaseContext, task: Task, size: int) -> None:
        self.size = size
        self._context = context
        self._task = task
        self._processes: dict[Connection, Any] = {}

    def __enter__(self) -> Self:
        for _ in range(self.size):
            ours, theirs = self._context.Pipe()
            process = self._context.Process(  # type: ignore[attr-defined]
                target=work, args=(self._task, os.getpid(), theirs), daemon=True
            )
            process.start()
            theirs.close()  # before the next is forked, so that its end is heard
            self._processes[ours] = process
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self._processes.values():
            process.kill()  # what it has not finished is done again
        for connection, process in self._processes.items():
            process.join()
            connection.close()

    def do(self, parts: Sequence[list[Training]], heard: Heard) -> None:
        """Have all parts trained, in their order; `heard` is told, also when nothing happens.

        Raises Fault: a process met one, or died.
        """
        waiting = deque(parts)
        busy: set[Connection] = set()
        for connection in self._processes:
            if waiting:
                connection.send(waiting.popleft())
                busy.add(connection)
        while busy:
            ready = set(wait(list(busy), TICK_S))
            for connection in busy & ready:
                if self._hear(connection, heard):
                    if waiting:
                        connection.send(waiting.popleft())
                    else:
                        busy.remove(connection)
            heard.tick()

    def _hear(self, connection: Connection, heard: Heard) -> bool:
        """Take one message; True if its process asks for the next part."""
        try:
            said = connection.recv()
        except (EOFError, OSError):
            raise self._died(connection) from None
        match said:
            case ("epoch", training, epoch):
                heard.epoch(training, epoch)
            case ("done", training):
                heard.done(training)
            case ("asks",):
                return True
            case ("fault", code, text, params):
                raise Fault(code, text, **params)
            case ("broke", trace):
                raise RuntimeError(f"A training process broke:\n{trace}")
        return False

    def _died(self, connection: Connection) -> Fault:
        process = self._processes[connection]
        process.join(timeout=5)
        return Fault(
            "training_process_died",
            f"A training process was ended from outside (exit status {process.exitcode}), perhaps "
            "because memory ran out. Start again, with fewer processes: what was finished is kept.",
            exit_status=process.exitcode,
        )
