"""Transactions that PostgreSQL may ask to be tried again."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection, transaction

ATTEMPTS = 4
TRY_AGAIN = {"40P01", "40001"}  # deadlock detected, serialization failure

P = ParamSpec("P")
R = TypeVar("R")


def sqlstate(error: Exception) -> str:
    """PostgreSQL's code of an error as Django raises it; "" if the server said none."""
    return getattr(error.__cause__, "sqlstate", None) or ""


def retried(action: Callable[P, R]) -> Callable[P, R]:
    """Run an action as one transaction; when PostgreSQL chose it as a deadlock's victim, again.

    Inside a transaction of somebody else's it runs once: only the outermost can be tried
    again.
    """

    @wraps(action)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        for attempt in range(1, ATTEMPTS + 1):
            nested = connection.in_atomic_block
            try:
                with transaction.atomic():
                    return action(*args, **kwargs)
            except OperationalError as error:
                if nested or sqlstate(error) not in TRY_AGAIN or attempt == ATTEMPTS:
                    raise
        raise AssertionError("the last attempt returns or raises")

    return run
