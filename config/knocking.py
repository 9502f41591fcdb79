"""Connections of their own to the database, which wait for it only so long."""

from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


def connected(seconds: int) -> psycopg.Connection[Any]:
    """A connection that is neither Django's nor a pool's; a context manager.

    That it comes about is the sign that the database answers: logging in reads from it. Raises
    psycopg.OperationalError if an address does not answer within so many seconds (2 at least).
    """
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    parameters |= {"connect_timeout": max(seconds, 2), "autocommit": True}
    return psycopg.connect(**parameters)
