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
from django.db import InterfaceError, OperationalError

from config import state, versions
from config.environment import CHECKOUT, SettingError, env
from config.knocking import NoDatabase, one_line, reached
from jobs.errors import Refusal

LOCK = 7_203_146_512  # a number of our own among PostgreSQL's advisory locks


class NotWritable(Exception):
    """A folder belongs to somebody else; the message says which and what to do."""


WITH_A_WAY_OUT = (
    CommandError,
    ImproperlyConfigured,
    NoDatabase,
    NotWritable,
    Refusal,
    SettingError,
    versions.NewerTables,
)
GONE = (InterfaceError, OperationalError, psycopg.InterfaceError, psycopg.OperationalError)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        django.setup()
        folders()
        with alone() as connection:
            versions.check(connection)
            everything()
    except WITH_A_WAY_OUT as error:
        sys.exit(str(error))
    except GONE as error:
        sys.exit(
            f"The database has stopped answering: {one_line(error)}. When its PostgreSQL runs "
            "again, do the same once more: what was done before is kept."
        )
    except PermissionError as error:
        sys.exit(state.not_allowed(error))
    except KeyboardInterrupt:
        sys.exit(130)


def everything() -> None:
    call_command("migrate", interactive=False, verbosity=0)
    static_files()
    practice_clips()
    accounts()


def folders() -> None:
    """The folders that are written to now or by the worker later must be this user's to write."""
    from django.conf import settings

    named = {
        "MEDIA_ROOT": "" if settings.MEDIA_BUCKET else settings.MEDIA_ROOT,
        "TRAINING_ROOT": settings.TRAINING_ROOT,
        "PUBLISH_STATIC_TO": settings.PUBLISH_STATIC_TO,
    }
    for name, folder in named.items():
        if folder and not may_be_written(Path(folder)):
            owner = f"{os.geteuid()}:{os.getegid()}"
            raise NotWritable(
                f"{name} is {folder}, which this user ({owner}) cannot write. Give the folder to "
                f"them where it lies (chown -R {owner}), or name another one."
            )


@contextmanager
def alone() -> Iterator[psycopg.Connection]:
    """Wait for the database, then for whoever else prepares it.

    The lock falls with the connection. It is asked for again and again: a statement that waits
    for it would hold a snapshot, and an index that is made concurrently waits for all of those.
    """
    with reached() as connection:
        if not held(connection):
            print("Waiting for another one that prepares the database …", flush=True)
            while not held(connection):
                time.sleep(0.2)
        yield connection


def held(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    return bool(row and row[0])


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
