"""Concord as bin/up runs it, on a state folder of its own, with the processes that one may kill.

Unlike the other tests' servers, PostgreSQL here waits for the disk.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from config import state
from tests import servers


@dataclass(frozen=True)
class Running:
    """One process of the machine."""

    pid: int
    parent: int
    command: str


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.05)


class Site:
    """The state folder, its address, and what runs there."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="concord-survival-"))
        self.home.chmod(0o711)  # root's PostgreSQL is another user, who must get through
        (self.home / "demo-made").touch()  # the test makes a corpus of its own
        self.port = servers.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        empty = dict.fromkeys(("DATABASE_URL", "BROKER_URL", "MEDIA_ROOT", "TRAINING_ROOT"), "")
        own = {"CONCORD_HOME": str(self.home), "PUBLIC_URL": self.url, "LOGIN_RATE": "1000/min"}
        self.environment = os.environ | empty | own | {"ALLOWED_HOSTS": "127.0.0.1"}
        self.said = self.home / "up.log"
        self.up: subprocess.Popen[bytes] | None = None
        where = "from config import state; print(state.database_url(), state.sockets())"
        self.database, self.sockets = self._python("-c", where).split()

    def start(self) -> None:
        """Start bin/up's own command; returns when it has said that it is ready."""
        command = [sys.executable, "-m", "config.up", "--port", str(self.port)]
        with self.said.open("wb") as output:
            up = subprocess.Popen(
                command, cwd=state.CHECKOUT, env=self.environment, stdout=output, stderr=output
            )
        self.up = up
        wait_until(lambda: up.poll() is not None or b"Ctrl-C stops it" in self._words(), "starting")
        assert up.poll() is None, self._words().decode()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal to bin/up and wait for its end; the exit status."""
        assert self.up is not None
        self.up.send_signal(number)
        status = self.up.wait(60)
        self.up = None
        return status

    def end(self) -> None:
        """Leave nothing behind, whatever has happened."""
        if self.up is not None:
            self.stop()
        for process in self.left():
            os.kill(process.pid, signal.SIGKILL)
        shutil.rmtree(self.sockets, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)

    def manage(self, *arguments: str | Path, given: str = "") -> str:
        return self._python("manage.py", *map(str, arguments), given=given)

    def rows(self, statement: str) -> Sequence[tuple[Any, ...]]:
        with psycopg.connect(self.database, connect_timeout=10) as connection:
            return connection.execute(statement.encode()).fetchall()

    def web(self) -> Running:
        return self._child_of_up("granian")

    def worker(self) -> Running:
        return self._child_of_up("--queues celery")

    def training_worker(self) -> Running:
        return self._child_of_up("--queues training")

    def beat(self) -> Running:
        return self._child_of_up("celery -A config beat")

    def broker(self) -> Running:
        return self._one(int((self.home / "valkey" / "valkey.pid").read_text()))

    def postmaster(self) -> Running:
        return self._one(int((self.home / "postgres" / "postmaster.pid").read_text().split()[0]))

    def children(self, of: Running, words: str = "") -> list[Running]:
        return [each for each in processes() if each.parent == of.pid and words in each.command]

    def left(self) -> list[Running]:
        """Every process that has to do with this site: by its folder, its port or its parents."""
        marks = (str(self.home), f"--port {self.port} ")
        every = processes()
        ours = {each.pid for each in every if any(mark in each.command for mark in marks)}
        while more := {each.pid for each in every if each.parent in ours} - ours:
            ours |= more
        return [each for each in every if each.pid in ours]

    def _child_of_up(self, words: str) -> Running:
        assert self.up is not None
        return next(
            each for each in processes() if each.parent == self.up.pid and words in each.command
        )

    def _one(self, pid: int) -> Running:
        return next(each for each in processes() if each.pid == pid)

    def _python(self, *arguments: str, given: str = "") -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=state.CHECKOUT,
            env=self.environment,
            input=given,
            text=True,
            capture_output=True,
        )
        assert done.returncode == 0, f"{arguments}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def _words(self) -> bytes:
        return self.said.read_bytes()


def processes() -> list[Running]:
    """What runs on this machine; what has ended and waits to be noticed does not."""
    columns = ["ps", "-A", "-ww", "-o", "pid=,ppid=,stat=,args="]
    shown = subprocess.run(columns, capture_output=True, text=True, check=True).stdout
    found = []
    for line in shown.splitlines():
        pid, parent, status, command = (*line.split(None, 3), "")[:4]
        if not status.startswith("Z"):
            found.append(Running(int(pid), int(parent), f"{command} "))
    return found
