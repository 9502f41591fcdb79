"""What `config.serve` and `config.prepare` end with, in a sentence, instead of going on."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from accounts.models import User
from collection.models import Corpus
from config import knocking, prepare, state
from tests import servers

Ran = subprocess.CompletedProcess[str]
PATIENCE = 180.0  # s; a slow machine is no failure


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    """Of somebody who has none of their own, as in a container."""
    names = ("MEDIA_ROOT", "TRAINING_ROOT", "STATIC_ROOT")
    return {"CONCORD_HOME": "/dev/null"} | {name: str(tmp_path / name) for name in names}


def run(*command: str, **variables: str) -> Ran:
    return subprocess.run(
        [sys.executable, *command],
        cwd=state.CHECKOUT,
        env=servers.environment(**variables),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def sentence(done: Ran) -> str:
    """The one line that it ended with."""
    assert done.returncode == 1, done.stdout
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


@pytest.fixture
def newer_tables(transactional_db: None) -> Iterator[None]:
    """As a newer version leaves the database; the row outlives no test."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('annotation', '0999_of_tomorrow', now())"
        )
        yield
        cursor.execute("DELETE FROM django_migrations WHERE name = '0999_of_tomorrow'")


@pytest.mark.usefixtures("newer_tables")
@pytest.mark.parametrize("process", ["prepare", "worker", "training"])
def test_older_code_keeps_its_hands_off_newer_tables(
    process: str, folders: dict[str, str], tmp_path: Path
) -> None:
    sign = str(tmp_path / "sign")
    said = sentence(run("-m", "config.serve", process, SIGN_OF_LIFE=sign, **folders))
    assert "does not know annotation.0999_of_tomorrow." in said
    assert "restore a backup" in said


@pytest.mark.django_db(transaction=True)
def test_a_wrong_password_is_told_at_once(
    folders: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests' PostgreSQL asks nobody for one, so somebody unknown to it stands for that."""
    url = servers.environment()["DATABASE_URL"].replace("//concord@", "//stranger:hidden@")
    begun = time.monotonic()
    said = sentence(run("-m", "config.serve", "prepare", DATABASE_URL=url, **folders))
    assert time.monotonic() - begun < knocking.PATIENCE, "it was not waited for"
    assert said.startswith("The database refuses: ") and "stranger" in said
    assert "DATABASE_PASSWORD" in said and "hidden" not in said


@pytest.mark.django_db(transaction=True)
def test_a_database_that_goes_away_in_the_middle_is_one_sentence(folders: dict[str, str]) -> None:
    """While it waits for another one at the same work, its connection is ended."""
    variables = servers.environment(**folders)
    variables["DATABASE_URL"] += "&application_name=preparing"
    ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
    with psycopg.connect(servers.environment()["DATABASE_URL"], autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [prepare.LOCK])
        running = subprocess.Popen(
            [sys.executable, "-m", "config.serve", "prepare"],
            cwd=state.CHECKOUT,
            env=variables,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert running.stdout is not None
            assert any(line.startswith("Waiting for another one") for line in running.stdout)
            assert other.execute(ended, ["preparing"]).fetchone() == (True,)
            _, said = running.communicate(timeout=PATIENCE)
        finally:
            running.kill()
    assert running.returncode == 1
    assert said.startswith("The database has stopped answering: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("name", ["MEDIA_ROOT", "TRAINING_ROOT", "PUBLISH_STATIC_TO"])
def test_a_folder_that_cannot_be_written_is_named_with_the_way_out(
    django_db_setup: None, folders: dict[str, str], name: str
) -> None:
    said = sentence(run("-m", "config.prepare", **folders | {name: "/dev/null/there"}))
    assert said.startswith(f"{name} is /dev/null/there, ")
    assert f"chown -R {os.geteuid()}:{os.getegid()}" in said


@pytest.mark.django_db(transaction=True)
def test_the_demo_is_not_begun_where_its_password_cannot_be_kept(folders: dict[str, str]) -> None:
    said = sentence(run("manage.py", "demo", **folders | {"CONCORD_HOME": "/sys/concord"}))
    assert said.startswith("The state folder /sys/concord cannot be written by this user")
    assert "CONCORD_HOME" in said
    assert not Corpus.objects.exists()


def test_what_may_not_be_written_is_named_with_its_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(OSError) as met:
        Path("/sys/concord").mkdir()
    assert state.not_allowed(met.value).startswith("/sys/concord: ")
    assert "chown" in state.not_allowed(met.value)
    monkeypatch.setenv("CONCORD_HOME", "/sys")
    assert state.not_allowed(met.value).startswith("The state folder /sys cannot be written")


@pytest.mark.django_db(transaction=True)
def test_a_command_that_signs_says_where_the_secret_is(
    folders: dict[str, str], coordinator: User
) -> None:
    said = sentence(run("manage.py", "reset_link", coordinator.username, **folders))
    assert "SECRET_KEY" in said and "web server's" in said
