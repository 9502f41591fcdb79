"""What is done before Concord serves: tables, static files, practice clips, the demo's accounts.

bin/up runs it at each start, and so do containers, where the web server and the workers wait for
its end. It may run any number of times, and several times at once: one waits for the other.
"""

import io
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from config import state
from config.environment import CHECKOUT, SettingError, env
from config.knocking import connected
from jobs.errors import Refusal

PATIENCE = 60  # s until the database must have answered
LOCK = 7_203_146_512  # a number of our own among PostgreSQL's advisory locks


class NoDatabase(Exception):
    """The database cannot be reached; the message says where and what to do."""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        django.setup()
        with alone():
            everything()
    except (CommandError, ImproperlyConfigured, NoDatabase, Refusal, SettingError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def everything() -> None:
    call_command("migrate", interactive=False, verbosity=0)
    static_files()
    practice_clips()
    accounts()


@contextmanager
def alone() -> Iterator[None]:
    """Wait for the database, then for whoever else prepares it.

    The lock falls with the connection. It is asked for again and again: a statement that waits
    for it would hold a snapshot, and an index that is made concurrently waits for all of those.
    """
    with reached() as connection:
        if not held(connection):
            print("Waiting for another one that prepares the database …", flush=True)
            while not held(connection):
                time.sleep(0.2)
        yield


def held(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    return bool(row and row[0])


def reached() -> psycopg.Connection:
    """A connection to the database, which may be only just starting."""
    ends_at = time.monotonic() + PATIENCE
    waiting = False
    while True:
        try:
            return connected(5)
        except psycopg.OperationalError as error:
            if time.monotonic() > ends_at:
                said = " ".join(str(error).split())
                raise NoDatabase(
                    f"The database does not answer within {PATIENCE} s: {said}. Are DATABASE_URL "
                    "and DATABASE_PASSWORD right, and does its PostgreSQL run?"
                ) from error
        if not waiting:
            print("Waiting for the database …", flush=True)
            waiting = True
        time.sleep(1)


def static_files() -> None:
    """Gather the admin's and the API documentation's; images bring them along, read-only."""
    from django.conf import settings

    from config.publishing import publish

    if may_be_written(Path(settings.STATIC_ROOT)):
        call_command("collectstatic", interactive=False, verbosity=0)
    if settings.PUBLISH_STATIC_TO:
        publish(Path(settings.PUBLISH_STATIC_TO))


def may_be_written(folder: Path) -> bool:
    """Whether this user can write there, or make the folder."""
    there = next(step for step in (folder, *folder.parents) if step.exists())
    return os.access(there, os.W_OK | os.X_OK)


def practice_clips() -> None:
    """Draw the cartoons that newcomers practice on: seconds on the first start, nothing later."""
    from collection.practice import missing

    if missing():
        from collection.cartoon.practice import draw_missing

        print("Drawing the practice clips …", flush=True)
        for _ in draw_missing():
            pass


def accounts() -> None:
    """Make the demo corpus on the first start, and say who can log in."""
    from django.conf import settings

    made = state.folder() / "demo-made"
    if not settings.DEMO_ACCOUNTS:
        call_command("demo", close=True, stdout=io.StringIO())
        print("Demo accounts do not work in a network. An administrator of your own is made by")
        print(f"    {python()} manage.py create_admin NAME")
    elif made.exists():
        call_command("demo", accounts=True)
    elif not env.str("DATABASE_URL"):
        print("Making the demo corpus …", flush=True)
        call_command("demo")
        made.touch()


def python() -> str:
    """How this Python is called from the checkout's folder."""
    inside = Path(sys.executable).is_relative_to(CHECKOUT)
    return str(Path(sys.executable).relative_to(CHECKOUT)) if inside else "python"


if __name__ == "__main__":
    main()
