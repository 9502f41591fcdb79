"""Who somebody is: a username and a password, guessed at no faster than LOGIN_RATE."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.contrib.auth import authenticate
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from accounts.models import LoginAttempt, User
from jobs.errors import Refusal


class TooManyAttempts(Throttled):
    default_code = "too_many_attempts"
    extra_detail_singular = "Try again in {wait} second."
    extra_detail_plural = "Try again in {wait} seconds."


def person_with(*, username: str, password: str, request: HttpRequest | Request) -> User:
    """The active person with this username and password.

    An unknown username, a wrong password and a deactivated person are answered alike,
    and equally slowly: Django hashes the password in each case.
    """
    name = User.normalize_username(username.strip())
    with counted_attempt(username=name, request=request):
        user = authenticate(username=name, password=password)
        if not isinstance(user, User):
            raise Refusal(
                "wrong_credentials",
                "No active person has this username and password. Check both, or ask the site "
                "administrator for a link that sets a new password.",
                status=400,
            )
        return user


@contextmanager
def counted_attempt(*, username: str, request: HttpRequest | Request) -> Iterator[None]:
    """Count an attempt against its username and its address; take it back if it succeeds.

    Failures are counted, not logins: a lab behind one address logs in all at once.
    It is counted before the password is looked at, so that many at once get no
    further than one after another. A body that raises leaves it counted. Raises
    TooManyAttempts, with the seconds to wait.
    """
    address = BaseThrottle().get_ident(cast(Request, request)) or "unknown"
    sources = [_digest("username", username.upper()), _digest("address", address)]
    attempts = _take(sources, at=timezone.now())
    yield
    LoginAttempt.objects.filter(pk__in=[attempt.pk for attempt in attempts]).delete()


def _digest(kind: str, value: str) -> str:
    keyed = f"{settings.SECRET_KEY} {kind} {value}"
    return hashlib.sha256(keyed.encode(errors="replace")).hexdigest()


@transaction.atomic
def _take(sources: list[str], *, at: datetime) -> list[LoginAttempt]:
    allowed, seconds = _rate()
    window = timedelta(seconds=seconds)
    for source in sorted(sources):  # one order for everyone, so that nobody deadlocks
        _lock(source)
    _forget(before=at - window)
    waits = [_wait(source, allowed, window, at) for source in sources]
    if max(waits) > 0:
        raise TooManyAttempts(
            wait=max(waits),
            detail="Too many failed logins with this username or from this address: "
            f"{allowed} are allowed in {seconds} seconds.",
        )
    return LoginAttempt.objects.bulk_create(
        [LoginAttempt(source=source, at=at) for source in sources]
    )


def _rate() -> tuple[int, int]:
    """The setting LOGIN_RATE, `10/min`, as (10, 60)."""
    allowed, period = str(api_settings.DEFAULT_THROTTLE_RATES["login"]).split("/")
    return int(allowed), {"s": 1, "m": 60, "h": 3600, "d": 86400}[period[0]]


def _wait(source: str, allowed: int, window: timedelta, at: datetime) -> float:
    """Seconds until this source may try again; 0 if it may now."""
    newest_first = LoginAttempt.objects.filter(source=source, at__gt=at - window).order_by("-at")
    last_that_counts = newest_first[allowed - 1 : allowed].first()
    return (last_that_counts.at + window - at).total_seconds() if last_that_counts else 0.0


def _lock(source: str) -> None:
    """One attempt of a source at a time, until the transaction ends."""
    number = int(source[:15], 16)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


def _forget(*, before: datetime) -> None:
    """Delete what counts no longer; what another request is deleting is left to it."""
    old = LoginAttempt.objects.select_for_update(skip_locked=True).filter(at__lte=before)
    LoginAttempt.objects.filter(pk__in=old.values("pk")).delete()
