"""What bin/up runs: the servers, the web server, the workers and their beat, until Ctrl-C."""

import argparse
import fcntl
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from config import embedded, health, state
from config import processes as commands
from config.embedded import server
from config.environment import SettingError, env
from config.supervisor import Process

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PATIENCE = 60  # s until the web server must have answered
STRAGGLERS = 10  # s that the processes of a killed bin/up may take to end


class CannotStart(Exception):
    """bin/up cannot do its work; the message says why and what to do."""


@dataclass(frozen=True)
class Address:
    """Where the web server listens, and what people type to get there."""

    bind: str
    public: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.bind).is_loopback

    @property
    def url(self) -> str:
        name = f"[{self.public}]" if ":" in self.public else self.public
        return f"http://{name}:{self.port}"


def main() -> None:
    os.chdir(state.CHECKOUT)
    try:
        with interruptible(), alone() as was_killed:
            address = asked_for(sys.argv[1:])
            free(address, patience=STRAGGLERS if was_killed else 0)
            configure(address)
            env.str("SECRET_KEY") or state.secret("secret_key")  # told now if it cannot be had
            state.remember_address(os.environ["PUBLIC_URL"])
            with embedded.held():
                run(address)
    except KeyboardInterrupt:
        tell("Stopped.")
    except (CannotStart, SettingError, state.StateError, server.ServerError) as error:
        sys.exit(f"bin/up: {error}")


def run(address: Address) -> None:
    """Prepare the database, start everything, watch it until somebody stops us."""
    if subprocess.run([sys.executable, "-m", "config.prepare"]).returncode != 0:
        raise CannotStart("the database could not be prepared; the reason is above.")
    processes = everything(address)
    try:
        for process in processes:
            process.start()
        wait_for(processes[0], address)
        tell(f"\nConcord: {os.environ['PUBLIC_URL']}\nState and logs: {state.folder()}")
        tell("Ctrl-C stops it.\n")
        while True:
            time.sleep(0.5)
            for process in processes:
                process.watch(tell)
            try:
                embedded.restart_what_died()
            except server.ServerError as error:
                tell(str(error))
    finally:
        tell("\nStopping …")
        for process in processes:
            process.stop()


def everything(address: Address) -> list[Process]:
    """The processes in the order in which they start and stop: requests end before the work."""
    logs = state.made(state.folder() / "logs")
    web = commands.web(address.bind, address.port)
    beat = commands.beat(state.made(state.folder() / "beat") / "schedule")
    worker, training = commands.worker(), commands.training()
    return [
        Process("the web server", web, logs / "web.log"),
        Process("beat", beat, logs / "beat.log"),
        # SIGQUIT: finish what can be finished soon, give the rest back to the broker.
        Process("the worker", worker, logs / "worker.log", ask=signal.SIGQUIT, patience=15),
        Process(
            "the training worker", training, logs / "training.log", ask=signal.SIGQUIT, patience=15
        ),
    ]


def asked_for(arguments: list[str]) -> Address:
    """The address that the command line asks for."""
    parser = argparse.ArgumentParser(prog="bin/up", description="Start Concord; Ctrl-C stops it.")
    parser.add_argument(
        "--host",
        nargs="?",
        const="",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="serve the network too, under this address or name (default: this machine's own)",
    )
    parser.add_argument("--port", type=int, default=8000, help="8000 unless you say otherwise")
    given = parser.parse_args(arguments)
    if not 0 < given.port < 65536:
        parser.error(f"--port {given.port}: ports are numbers from 1 to 65535.")
    if given.host in LOOPBACK:
        return Address(given.host.replace("localhost", "127.0.0.1"), "localhost", given.port)
    if given.host in ("", "0.0.0.0", "::"):
        return Address(given.host or "0.0.0.0", own_address(), given.port)
    try:
        found = socket.getaddrinfo(given.host, given.port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise CannotStart(f"--host {given.host}: no such address ({error.strerror}).") from error
    return Address(str(found[0][4][0]), given.host, given.port)


def own_address() -> str:
    """This machine's address in its network: the one it would send from. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address reserved for examples
        except OSError as error:
            raise CannotStart(
                "this machine's own address cannot be told. Name it: bin/up --host ADDRESS"
            ) from error
        return str(probe.getsockname()[0])


def free(address: Address, *, patience: float = 0) -> None:
    """Refuse a port that somebody else listens on."""
    server.wait_until(lambda: taken(address) is None, patience, every=0.2)
    error = taken(address)
    if error is not None:
        raise CannotStart(
            f"cannot listen on {address.bind} port {address.port} ({error.strerror}). "
            f"Choose another port: bin/up --port {min(address.port + 1, 65535)}"
        ) from error


def taken(address: Address) -> OSError | None:
    """Why nobody could listen there now, if so."""
    family = socket.AF_INET6 if ":" in address.bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.bind, address.port))
        except OSError as error:
            return error
    return None


def configure(address: Address) -> None:
    """What the address means for the settings; variables that are set already win.

    The demo accounts' passwords are known to everybody: they work on this machine only.
    """
    hosts = [*LOOPBACK[:2], "[::1]", address.public, socket.gethostname()]
    os.environ.setdefault("PUBLIC_URL", address.url)
    os.environ.setdefault("ALLOWED_HOSTS", ",".join(dict.fromkeys(hosts)))
    os.environ["DEMO_ACCOUNTS"] = "true" if address.is_loopback else "false"


def wait_for(web: Process, address: Address) -> None:
    """Wait until the web server answers."""
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address.bind, address.bind)
    url = Address(name, name, address.port).url + health.PATH  # the one that TLS is not asked of
    assert web.child is not None

    def answers() -> bool:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False
        return True

    child = web.child
    up = server.wait_until(lambda: child.poll() is not None or answers(), PATIENCE)
    if not up or child.poll() is not None:
        raise CannotStart(f"the web server does not start:\n{server.tail(web.log)}")


@contextmanager
def alone() -> Iterator[bool]:
    """Refuse to start a second time from one state folder; tells whether the last run was killed.

    Whoever ends in order takes its number out of the lock.
    """
    path = state.made(state.folder() / "locks") / "up.lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise CannotStart(
                f"Concord runs already with the state in {state.folder()} "
                f"(process {lock.read().strip() or 'unknown'}). Stop it there with Ctrl-C, "
                "or set CONCORD_HOME to another folder for a second one."
            ) from error
        lock.seek(0)
        was_killed = bool(lock.read())
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        try:
            yield was_killed
        finally:
            lock.truncate(0)


@contextmanager
def interruptible() -> Iterator[None]:
    """SIGTERM and a closed terminal mean the same as Ctrl-C; once stopping, they change nothing."""
    asked = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if not asked:
            asked = True
            raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup
            signal.signal(number, stop)
    yield


def tell(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    main()
