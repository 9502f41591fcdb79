"""The commands of Concord's processes: bin/up keeps them running, `config.serve` becomes one."""

import sys
from pathlib import Path

from config.environment import env

PYTHON = [sys.executable, "-m"]
CELERY = [*PYTHON, "celery", "-A", "config"]
# Nothing here listens to what workers tell each other.
WORKER = [*CELERY, "worker", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]


def web(host: str, port: int) -> list[str]:
    """The web server. On SIGTERM it ends the requests that it has begun, in at most 5 s."""
    command = [*PYTHON, "granian", "--interface", "wsgi", "--no-ws"]
    command += ["--host", host, "--port", str(port)]
    command += ["--workers", str(env.int("WEB_PROCESSES", default=2))]
    command += ["--blocking-threads", str(env.int("WEB_THREADS", default=8))]
    return [
        *command,
        *("--respawn-failed-workers", "--workers-kill-timeout", "5", "config.wsgi:application"),
    ]


def beat(schedule: Path) -> list[str]:
    """What has the others do their regular work; `schedule` is a file of its own."""
    return [
        *CELERY,
        *("beat", "--loglevel", "WARNING", "--pidfile=", "--schedule", str(schedule)),
    ]


def worker() -> list[str]:
    """The worker of everything but training."""
    processes = env.int("WORKER_PROCESSES", default=2)
    return [*WORKER, "--queues", "celery", "--concurrency", str(processes)]


def training() -> list[str]:
    """The worker of extraction, training and scoring, one at a time: each takes all cores."""
    return [*WORKER, "--queues", "training", "--hostname", "training@%h", "--concurrency", "1"]
