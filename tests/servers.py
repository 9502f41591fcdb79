"""The web server and the Celery worker as processes of their own, on the tests' database."""

import itertools
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection

from config import celery_app, state
from config.embedded import server
from config.supervisor import Process

PATIENCE = 120.0  # s; a slow machine is no failure


def numbers() -> Iterator[int]:
    """Ports that nobody takes before the server that is told of one: outgoing connections get
    higher ones, and each process of pytest-xdist has its own."""
    process = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for number in itertools.count(os.getpid()):
        yield 12_000 + process % 10 * 2_000 + number % 2_000


NUMBERS = numbers()


def free_port() -> int:
    """Never the same one for two servers: some would share it without a word."""
    while True:
        port = next(NUMBERS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def environment(**more: str) -> dict[str, str]:
    """For a process that shares the tests' database; nobody is told to wait between logins."""
    name = connection.settings_dict["NAME"]
    url = os.environ["DATABASE_URL"].replace("/concord?", f"/{name}?")
    return os.environ | {"DATABASE_URL": url, "LOGIN_RATE": "1000/min"} | more


def log(name: str) -> Path:
    return state.folder() / "logs" / f"{name}-{os.getpid()}.log"


@contextmanager
def web(**variables: str) -> Iterator[str]:
    """The web server as bin/up runs it; its address."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "8", "config.wsgi:application"]
    process = Process("web", command, log("web"), environment=environment(**variables))
    url = f"http://127.0.0.1:{port}"
    with running(process):
        if not server.wait_until(lambda: answers(f"{url}/api/session"), PATIENCE):
            raise AssertionError(f"the web server does not answer:\n{server.tail(process.log)}")
        yield url


@contextmanager
def worker(**variables: str) -> Iterator[Process]:
    """A Celery worker with one process, without beat: nothing sweeps unless a test does."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "--concurrency", "1"]
    command += ["--queues", "celery,training"]
    command += ["--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    process = Process("worker", command, log("worker"), environment=environment(**variables))
    with running(process):
        if not server.wait_until(lambda: bool(celery_app.control.ping(timeout=0.5)), PATIENCE):
            raise AssertionError(f"the worker does not answer:\n{server.tail(process.log)}")
        yield process


@contextmanager
def served(process: str, **variables: str) -> Iterator[Process]:
    """A process as a container runs it."""
    command = [sys.executable, "-m", "config.serve", process]
    told = environment(**variables)
    with running(Process(process, command, log(f"served-{process}"), environment=told)) as it:
        yield it


def health(process: str, **variables: str) -> str:
    """What the container's health check says is wrong; nothing if all is well."""
    command = [sys.executable, "-m", "config.health", process]
    done = subprocess.run(
        command, cwd=state.CHECKOUT, env=environment(**variables), capture_output=True, text=True
    )
    assert done.returncode in (0, 1) and bool(done.stderr) == bool(done.returncode)
    return done.stderr


@contextmanager
def running(process: Process) -> Iterator[Process]:
    process.start()
    try:
        yield process
    finally:
        process.stop()


def answers(url: str) -> bool:
    try:
        # A server behind TLS would send us to an address of its proxy.
        through = urllib.request.Request(url, headers={"X-Forwarded-Proto": "https"})
        urllib.request.urlopen(through, timeout=5).close()
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False
    return True
