"""Workers, beat and the web server as containers run them: told to end, asked how they are."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from accounts.models import User
from collection import actions, practice
from collection.models import ClipImport, Corpus
from config import celery_app, prepare, state
from config.supervisor import Process
from jobs.models import Job
from tests import servers
from tests.films import film
from tests.tasks.test_worker import SLOW, encoders_in, group_of, job_of, wait_until

# Nor a place for one: only the web server needs it.
WITHOUT_SECRET = {"SECRET_KEY": "", "CONCORD_HOME": "/dev/null"}
PATIENCE = 120.0  # s; a slow machine is no failure


def asked_to_end(process: Process) -> None:
    """As `docker stop` asks; it is not killed."""
    assert process.child is not None
    assert process.child.poll() is None, "it has ended before it was told to"
    process.child.terminate()
    process.child.wait(PATIENCE)


@pytest.fixture
def begun(corpus: Corpus, coordinator: User, tmp_path: Path) -> ClipImport:
    """A started import of a film that needs a copy for browsers."""
    celery_app.control.purge()
    clip_import = actions.create_import(corpus=corpus, created_by=coordinator)
    path = film(tmp_path / "a.mkv", codecs=SLOW, size="1920x1080", seconds=14)
    actions.add_file(clip_import=clip_import, name=path.name, chunks=[path.read_bytes()], size=None)
    return actions.start_import(clip_import=clip_import, started_by=coordinator)


def held_up(group: int) -> bool:
    """Whether the worker waits for an encoder that gets no further."""
    encoders = encoders_in(group)
    for pid in encoders:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    return any(state.startswith("T") for state in encoders.values())


def test_a_worker_told_to_end_gives_back_what_it_cannot_finish(
    begun: ClipImport, media_root: Path, tmp_path: Path
) -> None:
    """With a pool of connections, which the processes of a worker must not have in common."""
    variables = {"MEDIA_ROOT": str(media_root), "DATABASE_POOL": "2", **WITHOUT_SECRET}
    variables["SIGN_OF_LIFE"] = str(tmp_path / "sign")
    with servers.served("worker", **variables) as process:
        group = group_of(process)
        wait_until(lambda: held_up(group))
        assert servers.health("worker", **variables) == ""
        asked_to_end(process)
        wait_until(lambda: not encoders_in(group))
    assert job_of(begun).state == Job.State.QUEUED
    with servers.served("worker", **variables):  # the broker has it for the next one: no sweep
        wait_until(lambda: job_of(begun).ended_at is not None)
    assert (job_of(begun).message, job_of(begun).attempts) == ("1 imported", 1)
    old = time.time() - 90
    os.utime(tmp_path / "sign", (old, old))
    assert "has last touched" in servers.health("worker", **variables)


def test_a_worker_shows_the_broker_the_password_of_a_file(
    django_db_setup: None, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("se$ame\n")
    with socket.socket() as broker:
        broker.bind(("127.0.0.1", 0))
        broker.listen()
        broker.settimeout(PATIENCE)
        variables = {
            "BROKER_URL": f"redis://127.0.0.1:{broker.getsockname()[1]}/0",
            "BROKER_PASSWORD_FILE": str(tmp_path / "password"),
        }
        with servers.served("worker", **variables):
            connection, _ = broker.accept()
            with connection:
                connection.settimeout(PATIENCE)
                said = connection.recv(1000)
    assert b"AUTH" in said and b"\r\nse$ame\r\n" in said


def test_beat_shows_that_it_hands_out_work_and_ends_when_told(
    django_db_setup: None, tmp_path: Path
) -> None:
    variables = WITHOUT_SECRET | {"SIGN_OF_LIFE": str(tmp_path / "sign")}
    assert "has not touched" in servers.health("beat", **variables)
    with servers.served("beat", **variables) as process:
        wait_until(lambda: (tmp_path / "sign").exists())
        assert servers.health("beat", **variables) == ""
        asked_to_end(process)
    celery_app.control.purge()  # nobody was there for it


def test_a_web_server_says_when_the_database_is_silent(django_db_setup: None) -> None:
    """As behind a proxy that terminates TLS: the question itself comes without."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        variables = {
            "PORT": str(servers.free_port()),
            "DATABASE_URL": f"postgresql://concord@127.0.0.1:{silent.getsockname()[1]}/concord",
            "PUBLIC_URL": "https://concord.example.org",
            "ALLOWED_HOSTS": ".example.org",
            "WEB_PROCESSES": "1",
            "CONCORD_VERSION": "1.2.3",
        }
        with servers.served("web", **variables) as process:
            port = variables["PORT"]
            wait_until(lambda: "answers 503" in servers.health("web", **variables))
            asked = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/health", headers={"Host": "concord.example.org"}
            )
            with pytest.raises(urllib.error.HTTPError) as answer:
                urllib.request.urlopen(asked, timeout=PATIENCE)
            assert answer.value.code == 503
            assert json.load(answer.value) == {"version": "1.2.3", "database": False}
            asked_to_end(process)
        assert "no answer from port" in servers.health("web", **variables)


@pytest.mark.django_db(transaction=True)
def test_threads_of_the_web_server_share_the_connections_of_a_pool() -> None:
    url = servers.environment()["DATABASE_URL"]
    variables = {
        "PORT": str(servers.free_port()),
        "DATABASE_URL": f"{url}&application_name=pooled",
        "DATABASE_POOL": "3",
        "WEB_PROCESSES": "1",
        "WEB_THREADS": "8",
    }

    def ask(number: int) -> int:
        """As a stranger, who is refused once the database was asked about the token."""
        asked = urllib.request.Request(
            f"http://127.0.0.1:{variables['PORT']}/api/corpora",
            headers={"Authorization": f"Token {number:040}"},
        )
        try:
            urllib.request.urlopen(asked, timeout=PATIENCE).close()
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    with servers.served("web", **variables), psycopg.connect(url, autocommit=True) as watching:

        def connections() -> int:
            counted = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pooled'"
            row = watching.execute(counted).fetchone()
            return int(row[0]) if row else 0

        wait_until(lambda: servers.health("web", **variables) == "")
        wait_until(lambda: connections() <= 1)  # the one of the health check is no pool's
        with ThreadPoolExecutor(8) as people:
            asked = [people.submit(ask, number) for number in range(200)]
            most = 0
            while not all(each.done() for each in asked):
                most = max(most, connections())
                time.sleep(0.005)
        assert {each.result() for each in asked} == {401}
        assert 1 < max(most, connections()) <= 3


@pytest.mark.django_db(transaction=True)
def test_who_prepares_the_database_waits_for_whoever_is_at_it(tmp_path: Path) -> None:
    published, said = tmp_path / "published", tmp_path / "said"
    command = [sys.executable, "-m", "config.serve", "prepare"]
    folders = {"STATIC_ROOT": str(tmp_path / "static"), "PUBLISH_STATIC_TO": str(published)}
    folders |= {"MEDIA_ROOT": str(tmp_path), "TRAINING_ROOT": str(tmp_path)}
    for mood in practice.SEEDS:  # drawn before
        path = tmp_path / practice.relative_path_of(mood)
        path.parent.mkdir(exist_ok=True)
        path.touch()
    variables = servers.environment(**folders, **WITHOUT_SECRET)
    with psycopg.connect(variables["DATABASE_URL"], autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [prepare.LOCK])
        with said.open("w") as output:
            running = subprocess.Popen(command, cwd=state.CHECKOUT, env=variables, stdout=output)
        try:
            wait_until(lambda: "Waiting for another one" in said.read_text())
            assert not published.exists()
            other.close()
            assert running.wait(PATIENCE) == 0, said.read_text()
        finally:
            running.kill()
            running.wait()
    assert (published / "static" / "admin" / "css" / "base.css").exists()


def test_who_prepares_says_which_database_does_not_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nowhere")
    program = "from config import knocking, prepare; knocking.PATIENCE = 0; prepare.main()"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=state.CHECKOUT, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The database does not answer within 0 s: ")
    assert "port 9" in done.stderr and "DATABASE_PASSWORD" in done.stderr
