"""The embedded servers: started, shared, killed, stopped."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest

from config import embedded, state
from config.embedded import postgres, server, valkey


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A state folder of its own, in a path with a space, where root's servers can enter it."""
    with_space = Path(os.environ["CONCORD_HOME"]) / f"of {tmp_path.name}"
    monkeypatch.setenv("CONCORD_HOME", str(with_space))
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("BROKER_URL")
    yield with_space
    for each in embedded.needed():
        each.stop()
    shutil.rmtree(state.sockets(), ignore_errors=True)


def run(statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(state.database_url()) as connection:
        done = connection.execute(statement)
        return done.fetchall() if done.description else []


def running() -> list[bool]:
    return [server.listens(each.socket) for each in embedded.needed()]


def test_servers_run_as_long_as_somebody_holds_them_and_keep_their_data(home: Path) -> None:
    with embedded.held():
        with embedded.held():
            run("CREATE TABLE votes AS SELECT 1 AS vote")
        assert running() == [True, True]
    assert running() == [False, False]
    with embedded.held():
        assert run("SELECT vote FROM votes") == [(1,)]
        assert run("SHOW fsync") == [("on",)]


def test_commands_that_overlap_share_the_servers(home: Path) -> None:
    program = (
        "from config import embedded, state; import psycopg, random, time\n"
        "time.sleep(random.random())\n"
        "with embedded.held():\n"
        "    psycopg.connect(state.database_url()).execute('SELECT 1')\n"
        "    time.sleep(random.random())\n"
        "    psycopg.connect(state.database_url()).execute('SELECT 1')\n"
    )
    commands = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=state.CHECKOUT, stderr=subprocess.PIPE
        )
        for _ in range(6)
    ]
    said = [command.communicate()[1].decode() for command in commands]
    assert [command.returncode for command in commands] == [0] * 6, said
    assert running() == [False, False]


def test_killed_servers_come_back_with_what_was_committed(home: Path) -> None:
    with embedded.held():
        run("CREATE TABLE votes AS SELECT 1 AS vote")
        for pid in (home / "postgres" / "postmaster.pid", home / "valkey" / "valkey.pid"):
            number = int(pid.read_text().split()[0])
            os.kill(number, signal.SIGKILL)
            assert server.wait_until(partial(server.gone, number), 10)
        assert running() == [False, False]
        embedded.restart_what_died()
        assert running() == [True, True]
        assert run("SELECT vote FROM votes") == [(1,)]


def test_messages_outlive_the_broker(home: Path) -> None:
    broker = valkey.embedded()

    def told(command: bytes) -> bytes:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(broker.socket))
            client.sendall(command + b"\r\n")
            return client.recv(100)

    with embedded.held():
        assert told(b"SET message kept") == b"+OK\r\n"
    with embedded.held():
        assert told(b"GET message").endswith(b"kept\r\n")


def test_nobody_else_can_open_the_sockets(home: Path) -> None:
    with embedded.held():
        assert state.sockets().stat().st_mode & 0o077 == 0
        assert (home / "postgres").stat().st_mode & 0o077 == 0


def test_data_of_another_version_are_left_alone(home: Path) -> None:
    data = state.made(home / "postgres")
    data.chmod(0o755)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(server.ServerError, match="written by PostgreSQL 9"):
        postgres.embedded().start()


def test_sockets_in_a_folder_of_somebody_else_are_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sockets = state.made(state.sockets())
    monkeypatch.setattr(os, "geteuid", lambda: sockets.stat().st_uid + 1)
    with pytest.raises(server.ServerError, match="belongs to another user"):
        server.own(sockets, {})


def test_root_copies_programs_that_its_servers_could_not_reach(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    private = tmp_path / "private"
    (private / "wheel" / "bin").mkdir(parents=True, mode=0o700)
    (private / "wheel" / "bin" / "program").touch(mode=0o700)
    (private / "wheel.libs").mkdir()
    private.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    state.made(home).chmod(0o711)
    copy = server.reachable(private, ("wheel", "wheel.libs", "no.libs"), "programs-1")
    assert copy == home / "programs" / "programs-1"
    assert sorted(each.name for each in copy.iterdir()) == ["wheel", "wheel.libs"]
    assert (copy / "wheel" / "bin" / "program").stat().st_mode & 0o777 == 0o755
    assert (copy / "wheel").stat().st_mode & 0o777 == 0o755
