"""Settings from variables and from the files that variables name."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg.conninfo
import pytest

from config import database, processes, serve, state, up
from config.environment import SettingError, env

AWKWARD = "p@s/s%w$:#?+ ö"


@pytest.mark.parametrize("content", ["a secret", "a secret\n", "a secret\r\n"])
def test_a_secret_may_be_in_a_file_which_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    (tmp_path / "secret").write_bytes(content.encode())
    monkeypatch.setenv("SECRET_KEY", "another")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret"))
    assert env.str("SECRET_KEY") == state.secret_key() == "a secret"
    monkeypatch.setenv("SECRET_KEY_FILE", "")
    assert env.str("SECRET_KEY") == "another"


def test_a_file_that_is_not_there_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY_FILE", "/nowhere/secret")
    with pytest.raises(SettingError, match=r"^SECRET_KEY_FILE names /nowhere/secret, which cannot"):
        env.str("SECRET_KEY")


def test_numbers_and_switches_may_be_in_files_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "given").write_text("5\n")
    monkeypatch.setenv("WEB_THREADS_FILE", str(tmp_path / "given"))
    assert env.int("WEB_THREADS", default=8) == 5
    (tmp_path / "given").write_text("true\n")
    monkeypatch.setenv("MEDIA_SENT_BY_PROXY_FILE", str(tmp_path / "given"))
    assert env.bool("MEDIA_SENT_BY_PROXY", default=False) is True


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("WEB_THREADS", "ALLOWED_HOSTS", "DEBUG"):
        monkeypatch.setenv(name, "")
    assert env.int("WEB_THREADS", default=8) == 8
    assert env.list("ALLOWED_HOSTS", default=["localhost"]) == ["localhost"]
    assert env.bool("DEBUG", default=False) is False


def test_what_is_no_number_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_THREADS", "many")
    with pytest.raises(SettingError, match=r"^WEB_THREADS is many, and must be a whole number"):
        env.int("WEB_THREADS", default=8)


def test_what_is_no_switch_is_told_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_SENT_BY_PROXY", "ture")
    with pytest.raises(SettingError, match=r"^MEDIA_SENT_BY_PROXY is ture, and must be true or"):
        env.bool("MEDIA_SENT_BY_PROXY", default=False)


def test_spaces_between_names_mean_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", "a.example.org, b.example.org,")
    assert env.list("ALLOWED_HOSTS", default=["localhost"]) == ["a.example.org", "b.example.org"]


def test_passwords_are_filled_in_where_addresses_have_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_PASSWORD", AWKWARD)
    monkeypatch.setenv("BROKER_PASSWORD", AWKWARD)
    monkeypatch.setenv("DATABASE_URL", "postgresql://concord@db:5432/concord?sslmode=require")
    monkeypatch.setenv("BROKER_URL", "redis://broker:6379/0")
    assert psycopg.conninfo.conninfo_to_dict(state.database_url()) == {
        "user": "concord",
        "password": AWKWARD,
        "host": "db",
        "port": "5432",
        "dbname": "concord",
        "sslmode": "require",
    }
    said = database.settings(state.database_url())
    assert (said["USER"], said["PASSWORD"], said["HOST"]) == ("concord", AWKWARD, "db")
    broker = urlsplit(state.broker_url())
    assert (broker.username, unquote(broker.password or "")) == ("", AWKWARD)
    assert (broker.hostname, broker.port, broker.path) == ("broker", 6379, "/0")
    monkeypatch.setenv("DATABASE_URL", "postgresql://concord:own@db/concord")
    assert state.database_url() == "postgresql://concord:own@db/concord"


def test_only_a_postgresql_will_do() -> None:
    with pytest.raises(SettingError, match=r"^DATABASE_URL begins with mysql:"):
        database.settings("mysql://root@db/concord")


def test_a_thread_keeps_its_connection_and_a_pool_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = database.settings("postgresql://concord@db/concord")
    assert alone["CONN_MAX_AGE"] == 600 and "pool" not in alone["OPTIONS"]
    monkeypatch.setenv("DATABASE_POOL", "6")
    shared = database.settings("postgresql://concord@db/concord")
    assert shared["CONN_MAX_AGE"] == 0 and shared["OPTIONS"]["pool"]["max_size"] == 6
    monkeypatch.setenv("DATABASE_POOL", "1")  # a job and its heartbeat have one each
    least = database.settings("postgresql://concord@db/concord")
    assert least["OPTIONS"]["pool"]["max_size"] == 2


def test_containers_run_the_commands_that_bin_up_supervises(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path))
    monkeypatch.setenv("PORT", "8765")
    supervised = up.everything(up.Address("0.0.0.0", "lab.example.org", 8765))
    web, beat, worker, training = (each.command for each in supervised)
    assert [serve.command_of(name) for name in ("web", "worker", "training")] == [
        web,
        worker,
        training,
    ]
    assert serve.command_of("beat")[:-1] == beat[:-1]
    assert serve.command_of("prepare") == [*processes.PYTHON, "config.prepare"]


def test_a_web_server_without_a_secret_does_not_start(tmp_path: Path) -> None:
    """A folder of the state that is a file stands for one that cannot be written."""
    (tmp_path / "home").touch()
    for process, starts in (("web", False), ("worker", True)):
        program = f"from config import serve; serve.command_of({process!r})"
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=state.CHECKOUT,
            env={"CONCORD_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
        )
        assert (done.returncode == 0) is starts, done.stderr
        assert ("SECRET_KEY_FILE" in done.stderr) is not starts
