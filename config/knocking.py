"""Connections of their own to the database, which wait for it only so long."""

import time
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections

PATIENCE = 60  # s until the database must have answered
# How PostgreSQL and its client say what waiting does not mend; they give no code for it. A server
# that says it in another language is waited for, and then quoted.
REFUSED = ("authentication failed", "no password supplied", "no pg_hba.conf entry")
MISSING = ('role "', 'database "'), "does not exist"


class NoDatabase(Exception):
    """The database cannot be used; the message says where, why and what to do."""


def connected(seconds: int) -> psycopg.Connection[Any]:
    """A connection that is neither Django's nor a pool's; a context manager.

    That it comes about is the sign that the database answers: logging in reads from it. Raises
    psycopg.OperationalError if an address does not answer within so many seconds (2 at least).
    """
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    parameters |= {"connect_timeout": max(seconds, 2), "autocommit": True}
    return psycopg.connect(**parameters)


def reached() -> psycopg.Connection[Any]:
    """A connection to the database, which may be only just starting."""
    ends_at = time.monotonic() + PATIENCE
    waiting = False
    while True:
        try:
            return connected(5)
        except psycopg.OperationalError as error:
            said = one_line(error)
            if refused(said):
                raise NoDatabase(
                    f"The database refuses: {said}. Mend DATABASE_URL or DATABASE_PASSWORD. A "
                    "database that is there already keeps its password, whatever a file says now."
                ) from error
            if time.monotonic() > ends_at:
                raise NoDatabase(
                    f"The database does not answer within {PATIENCE} s: {said}. Are DATABASE_URL "
                    "and DATABASE_PASSWORD right, and does its PostgreSQL run?"
                ) from error
        if not waiting:
            print("Waiting for the database …", flush=True)
            waiting = True
        time.sleep(1)


def refused(said: str) -> bool:
    """Whether the database is there and has said no."""
    named, missing = MISSING
    return any(words in said for words in REFUSED) or (
        missing in said and any(words in said for words in named)
    )


def one_line(error: Exception) -> str:
    return " ".join(str(error).split())
