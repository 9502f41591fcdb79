"""Where things are kept."""

import os
import stat
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from config import state


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("BROKER_URL")
    return tmp_path / "home"


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(home: Path) -> None:
    first = state.secret("secret_key")
    assert state.secret("secret_key") == first
    assert len(first) >= 50
    assert state.secret("another") != first
    file = home / "secrets" / "secret_key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_processes_that_make_a_secret_at_once_agree_on_it(home: Path) -> None:
    program = "from config import state; print(state.secret('shared'))"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program], cwd=state.CHECKOUT, stdout=subprocess.PIPE
        )
        for _ in range(6)
    ]
    assert len({process.communicate()[0] for process in running}) == 1


def test_urls_are_known_before_anything_is_started(home: Path) -> None:
    host = parse_qs(urlsplit(state.database_url()).query)["host"]
    assert host == [str(state.sockets())]
    assert state.broker_url() == f"redis+socket://{state.sockets()}/valkey.sock"
    assert not home.exists()


@pytest.mark.parametrize("name", ["a folder with spaces", "语料", "x" * 100])
def test_sockets_of_a_long_or_unusual_path_go_to_a_short_plain_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / name))
    sockets = str(state.sockets())
    assert sockets == str(state.sockets())
    assert sockets.startswith("/tmp/concord-")
    assert len(os.fsencode(f"{sockets}/.s.PGSQL.5432.lock")) < 107


def test_variables_win_over_the_embedded_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example.org/concord")
    monkeypatch.setenv("BROKER_URL", "redis://broker.example.org")
    assert state.database_url() == "postgresql://db.example.org/concord"
    assert state.broker_url() == "redis://broker.example.org"


def test_state_of_root_below_a_private_folder_goes_where_its_servers_can_enter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CONCORD_HOME")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(state, "everyone_may_enter", lambda path: False)
    assert state.folder().parent == Path("/var/lib/concord")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert state.folder() == state.CHECKOUT / "var"


def test_a_private_folder_lets_nobody_else_enter(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    (private / "inner").mkdir(mode=0o755)
    assert not state.everyone_may_enter(private / "inner")
    assert state.everyone_may_enter(Path("/usr/bin"))


def test_commands_know_under_which_address_bin_up_serves(home: Path) -> None:
    assert state.address() == "http://localhost:8000"
    state.remember_address("http://192.0.2.7:8123")
    assert state.address() == "http://192.0.2.7:8123"
