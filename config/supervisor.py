"""Keeps processes running: starts them, starts them again when they die, stops them in order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from config.embedded import server

SETTLED = 30  # s; who ran that long is started again at once
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # s
PR_SET_PDEATHSIG = 1


class Process:
    """One command in a session of its own, with its log."""

    def __init__(
        self,
        name: str,
        command: list[str],
        log: Path,
        *,
        ask: signal.Signals = signal.SIGTERM,
        patience: float = 10,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.name, self.command, self.log = name, command, log
        self.ask, self.patience = ask, patience
        self.environment = environment
        self.child: subprocess.Popen[bytes] | None = None
        self.started = self.again_at = 0.0
        self.pause = SHORTEST_PAUSE

    def start(self) -> None:
        with server.appended(self.log) as output:
            self.child = subprocess.Popen(
                self.command,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent if sys.platform == "linux" else None,
            )
        self.started = time.monotonic()

    def watch(self, tell: Callable[[str], None]) -> None:
        """Start it again if it has died, at growing intervals while it keeps dying."""
        now = time.monotonic()
        if self.child is None:
            if now >= self.again_at:
                self.start()
        elif self.child.poll() is not None:
            tell(f"{self.name} ended ({_told(self.child.returncode)}); starting it again")
            self._sweep()
            self.child = None
            settled = now - self.started > SETTLED
            self.pause = SHORTEST_PAUSE if settled else min(self.pause * 2, LONGEST_PAUSE)
            self.again_at = now if settled else now + self.pause

    def stop(self) -> None:
        """Ask it to end; after its time is up, end it and all it started."""
        if self.child is None:
            return
        self.child.send_signal(self.ask)
        try:
            self.child.wait(self.patience)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
        self._sweep()
        self.child = None

    def _sweep(self) -> None:
        """End what a dead process has left behind in its group, which would hold its port."""
        assert self.child is not None
        try:
            os.killpg(self.child.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def _end_with_parent() -> None:
    """In the child: should the supervisor be killed, be asked to end (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _told(status: int) -> str:
    return f"killed by {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"
