"""Where a benchmark runs: two cores, a throw-away state folder, the servers as bin/up runs them."""

import contextlib
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import embedded, prepare, state, up

CORES = 2


@contextmanager
def servers() -> Iterator[Path]:
    """Embedded servers with the settings of use, empty tables, Django ready; the state folder.

    Nothing of the developer's own environment or state is touched.
    """
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-CORES:])  # children inherit it
    example = (state.CHECKOUT / ".env.example").read_text()
    for name in re.findall(r"^#? ?([A-Z0-9_]+)=", example, re.MULTILINE):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)
    home = Path(tempfile.mkdtemp(prefix="concord-bench-"))
    home.chmod(0o711)
    os.environ |= {"CONCORD_HOME": str(home), "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ["LOGIN_RATE"] = "1000/min"  # all the annotators log in at once, from one address
    try:
        with embedded.held():
            with contextlib.redirect_stdout(io.StringIO()):
                prepare.main()  # no demo corpus: DEMO_ACCOUNTS is not set
            yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def site() -> Iterator[str]:
    """The web server, the worker and beat on these servers; the web server's address."""
    with servers():
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            address = up.Address("127.0.0.1", "localhost", probe.getsockname()[1])
        up.configure(address)
        processes = up.everything(address)
        try:
            for process in processes:
                process.start()
            up.wait_for(processes[0], address)
            yield f"http://127.0.0.1:{address.port}"
        finally:
            for process in processes:
                process.stop()


@dataclass(frozen=True)
class Cost:
    """What a command took: wall time and the most memory it held."""

    seconds: float
    megabytes: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s {self.megabytes:.0f} MB"


def manage(*arguments: str | int | Path) -> Cost:
    """Run one of manage.py's commands in a process of its own, Python's start included."""
    command = [sys.executable, "manage.py", *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as said:
        start = time.monotonic()
        child = subprocess.Popen(command, cwd=state.CHECKOUT, stdout=said, stderr=said)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode != 0:
            said.seek(0)
            raise SystemExit(f"manage.py {' '.join(command[2:])} failed:\n{said.read()[-3000:]}")
    return Cost(seconds, usage.ru_maxrss / 1024)


def cpu_seconds() -> float:
    """Processor time so far of all that this process has started, not its own."""
    parents, spent = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            pid = int(stat.parent.name)
            parents[pid] = int(fields[1])
            spent[pid] = sum(map(int, fields[11:15]))  # own and of children that ended
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    ticks = sum(spent[pid] for pid in ours - {os.getpid()})
    return ticks / os.sysconf("SC_CLK_TCK")
