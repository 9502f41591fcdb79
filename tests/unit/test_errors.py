"""One shape for every way the API says no."""

import json
from typing import Any

import pytest
from django.core import exceptions as django
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404
from django.test import Client, RequestFactory
from rest_framework import exceptions as framework

from config import errors
from jobs.errors import Refusal


class Diagnosis(Exception):
    class diag:
        constraint_name = "one_role_per_membership"


def broken_constraint() -> IntegrityError:
    error = IntegrityError()
    error.__cause__ = Diagnosis()
    return error


CASES: list[tuple[Exception, int, str]] = [
    (Refusal("already_voted", "Seat 3 has a vote.", seat=3), 409, "already_voted"),
    (Refusal("not_here", "No.", status=404), 404, "not_here"),
    (broken_constraint(), 409, "one_role_per_membership"),
    (IntegrityError("unknown"), 409, "conflict"),
    (Http404("There is no corpus x."), 404, "not_found"),
    (django.ObjectDoesNotExist(), 404, "not_found"),
    (django.PermissionDenied("Not yours."), 403, "not_allowed"),
    (django.ValidationError({"name": ["Taken."]}), 400, "invalid"),
    (django.ValidationError("Wrong."), 400, "invalid"),
    (django.RequestDataTooBig(), 413, "too_large"),
    (django.SuspiciousOperation(), 400, "bad_request"),
    (DataError(), 400, "value_out_of_range"),
    (OperationalError(), 503, "database_busy"),
    (InterfaceError(), 503, "database_busy"),
    (ValueError("PostgreSQL text fields cannot contain NUL (0x00) bytes"), 400, "unreadable_text"),
    (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates"), 400, "unreadable_text"),
    (RecursionError(), 400, "unreadable_json"),
    (framework.ParseError(), 400, "parse_error"),
    (framework.NotAuthenticated(), 401, "not_authenticated"),
    (framework.PermissionDenied(), 403, "permission_denied"),
    (framework.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
    (framework.UnsupportedMediaType("text/plain"), 415, "unsupported_media_type"),
    (framework.Throttled(wait=7), 429, "too_many_attempts"),
    (framework.ValidationError({"name": ["Taken."]}), 400, "invalid"),
]


@pytest.mark.parametrize(("error", "status", "code"), CASES, ids=lambda case: repr(case)[:40])
def test_every_exception_is_answered_in_the_one_shape(
    error: Exception, status: int, code: str
) -> None:
    response = errors.answer(error, {})
    assert response is not None
    if status != 401:  # without a request REST framework cannot know how one would log in
        assert response.status_code == status
    said = response.data["error"]
    assert said["code"] == code
    assert set(said) == {"code", "detail", "params", "fields", "reasons"}
    assert said["detail"]


def test_a_refusal_keeps_its_sentence_and_its_parameters() -> None:
    response = errors.answer(Refusal("already_voted", "Seat 3 has a vote.", seat=3), {})
    assert response is not None
    assert response.data["error"]["detail"] == "Seat 3 has a vote."
    assert response.data["error"]["params"] == {"seat": 3}


def test_a_broken_constraint_is_told_by_its_name() -> None:
    response = errors.answer(broken_constraint(), {})
    assert response is not None
    assert "One role per membership" in response.data["error"]["detail"]


def test_form_input_is_told_field_by_field() -> None:
    nested = framework.ValidationError(
        {"seats": [{}, {"token": ["Not a token."]}], "non_field_errors": ["Too few."]}
    )
    response = errors.answer(nested, {})
    assert response is not None
    said = response.data["error"]
    assert said["fields"] == {"seats.1.token": ["Not a token."]}
    assert "seats.1.token: Not a token." in said["detail"]
    assert "Too few." in said["detail"]


def test_our_own_fault_of_a_field_has_its_code_and_params() -> None:
    taken = django.ValidationError(
        'The username "%(username)s" is taken.',
        code="username_is_taken",
        params={"username": "anna"},
    )
    response = errors.answer(django.ValidationError({"username": taken}), {})
    assert response is not None
    said = response.data["error"]
    assert said["fields"] == {"username": ['The username "anna" is taken.']}
    reason = {"code": "username_is_taken", "params": {"username": "anna"}}
    assert said["reasons"] == {"username": [reason]}


def test_what_nobody_foresaw_is_logged_under_the_reference_that_is_answered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert errors.answer(RuntimeError("secret"), {}) is None
    try:
        raise RuntimeError("secret")
    except RuntimeError:
        response = errors.server_error(RequestFactory().get("/api/session"))
    said = json.loads(response.content)["error"]  # type: ignore[attr-defined]
    assert response.status_code == 500
    assert said["code"] == "server_error"
    assert said["params"]["reference"] in caplog.text
    assert "secret" in caplog.text
    assert "secret" not in said["detail"]


@pytest.mark.parametrize("path", ["/api/session", "/admin/login/"])
def test_a_database_that_goes_away_outside_of_a_view_asks_for_patience(path: str) -> None:
    try:
        raise OperationalError("server closed the connection unexpectedly")
    except OperationalError:
        response = errors.server_error(RequestFactory().get(path))
    assert response.status_code == 503
    assert b"Try again shortly" in response.content  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/api/nothing", "/api/%00", "/api/"])
def test_unknown_addresses_of_the_api_answer_in_the_one_shape(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_found"


def body_of(response: Any) -> dict[str, Any]:
    return dict(response.json()["error"])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b'{"username": "a\\u0000", "password": "b"}', "application/json", 400),
        (b'{"username": "\\ud800", "password": "b"}', "application/json", 400),
        (b'{"username": {}, "password": []}', "application/json", 400),
        (b"[]", "application/json", 400),
    ],
)
def test_what_cannot_be_read_is_refused_in_the_one_shape(
    client: Client, sent: bytes, kind: str, status: int
) -> None:
    response = client.post("/api/session", sent, content_type=kind)
    assert response.status_code == status
    assert body_of(response)["detail"]
