"""Becomes one of Concord's processes; what the container images start.

    python -m config.serve web|worker|training|beat|prepare

All of them are ended by SIGTERM, in order: the process becomes the command itself, so that the
signal reaches it. `bin/up` runs the same commands (`config.processes`).
"""

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path

import django

from config import health, processes, public_address, state
from config.environment import CHECKOUT, SettingError, env

PROCESSES = ("web", "worker", "training", "beat", "prepare")


def main() -> None:
    parser = argparse.ArgumentParser(prog="config.serve", description="Run one process of Concord.")
    parser.add_argument("process", choices=PROCESSES)
    process = parser.parse_args().process
    try:
        command = command_of(process)
        environment = os.environ | environment_of(process)
        if process in ("worker", "training"):
            known_tables()
    except (state.StateError, SettingError) as error:
        sys.exit(f"config.serve {process}: {error}")
    os.chdir(CHECKOUT)
    os.execve(command[0], command, environment)


def command_of(process: str) -> list[str]:
    """The command line. What the process cannot do without is asked for here, in words."""
    match process:
        case "web":
            if not state.secret_key():
                raise state.StateError(
                    "SECRET_KEY is not set, and there is no folder to keep one in. Set SECRET_KEY "
                    "to a long random text, or SECRET_KEY_FILE to the file that holds it."
                )
            public_address.check()
            return processes.web("0.0.0.0", env.int("PORT", default=8000))
        case "worker":
            return processes.worker()
        case "training":
            return processes.training()
        case "beat":
            # A new folder: nobody else can have put anything there, which beat would unpickle.
            return processes.beat(Path(tempfile.mkdtemp(prefix="concord-beat-")) / "schedule")
    return [*processes.PYTHON, "config.prepare"]


def environment_of(process: str) -> dict[str, str]:
    """What the process has to be told besides."""
    if process in ("web", "prepare"):
        return {}
    sign = health.sign_of_life(process)
    sign.unlink(missing_ok=True)
    # Celery's word for: on SIGTERM finish what can be finished soon, as settings say, and give
    # the rest back to the broker, instead of waiting for everything, however long it takes.
    return {"SIGN_OF_LIFE": str(sign), "REMAP_SIGTERM": "SIGQUIT"}


def known_tables() -> None:
    """End here unless the database answers and its tables are not a newer version's.

    A worker on a second machine is started whatever the first one has been upgraded to.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the first process has no default
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from config import knocking, versions

    try:
        with knocking.reached() as connection:
            versions.check(connection)
    except (knocking.NoDatabase, versions.NewerTables) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
