"""Nothing that is sent makes the server fail: it is refused in the one shape of errors."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from tests.api.test_roles import TABLE
from tests.api.world import build, send, undone

OPEN = ["/api/session", "/api/token", "/api/password-reset", "/api/session/password"]
BODIES = {
    "nothing": b"",
    "not JSON": b"{",
    "a list": b"[]",
    "a number": b"1",
    "null": b"null",
    "not a number": b'{"username": NaN}',
    "not UTF-8": b'{"username": "\xff"}',
    "deeply nested": b"[" * 100_000,
    "a huge number": b'{"username": ' + b"9" * 10_000 + b"}",
}
VALUES = {
    "null": None,
    "a number": 7,
    "true": True,
    "a list": ["anna"],
    "an object": {"a": 1},
    "NUL": "an\x00na",
    "half a character": "\ud800",
    "huge": "x" * 1_000_000,
    "larger than a request may be": "x" * 3_000_000,
    "blank": " ",
    "odd": "﷽\u202e🏳️‍🌈\x1b[0m",
}


def fields_of(path):
    return {
        "/api/session": ("username", "password"),
        "/api/token": ("username", "password"),
        "/api/password-reset": ("uid", "token", "new_password"),
        "/api/session/password": ("old_password", "new_password"),
    }[path]


def assert_refused(answer):
    assert answer.status_code in (400, 413, 415), answer.content[:300]
    error = answer.json()["error"]
    assert error.keys() == {"code", "detail", "params", "fields", "reasons"}
    assert error["detail"]


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_is_no_form_is_refused(open_browser, person, path, name):
    assert_refused(open_browser(person("anna")).post(path, BODIES[name]))


@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("name", VALUES)
def test_a_value_that_makes_no_sense_is_refused(open_browser, person, path, name):
    opened = open_browser(person("anna"))
    good = dict.fromkeys(fields_of(path), "fine, as far as it goes")
    for field in fields_of(path):
        assert_refused(opened.post(path, json.dumps(good | {field: VALUES[name]})))
        assert_refused(opened.post(path, json.dumps({k: v for k, v in good.items() if k != field})))


@pytest.mark.parametrize("name", ["null", "a list", "an object", "NUL", "half a character", "huge"])
@pytest.mark.parametrize("field", ["display_name", "language"])
def test_a_name_or_language_that_makes_no_sense_is_refused(open_browser, person, field, name):
    opened = open_browser(person("anna"))
    assert_refused(opened.patch("/api/session", json.dumps({field: VALUES[name]})))


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=rot13",
        "application/json; charset=nonsense",
        "",
        "///",
    ],
)
def test_a_body_of_another_type_is_refused(open_browser, db, content_type):
    opened = open_browser()
    opened.get("/api/session")
    token = opened.client.cookies["csrftoken"].value
    answer = opened.client.generic(
        "POST", "/api/session", b'{"username": 1}', content_type, headers={"X-CSRFToken": token}
    )
    assert_refused(answer)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "get"])
def test_a_method_that_is_not_there_is_named(open_browser, method):
    opened = open_browser()
    answer = getattr(opened.client, method)("/api/token")
    assert answer.status_code == 405
    assert answer.json()["error"]["code"] == "method_not_allowed"


# The whole API, with everything in place for it to succeed

CHANGES = [row for row in TABLE if row.method != "GET"]
ODD_IDS: dict[str, list[Any]] = {
    "int": [0, 2**31, 2**63, 10**30],
    "str": ["%00", "%FF", "%F0%9F%92%A9", "..%2F..", "x" * 3000],
    "slug": ["x" * 3000],
}


@pytest.fixture
def world(db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    (tmp_path / "films").mkdir()
    return build(tmp_path / "films")


def who_may(row):
    """Somebody whom the address lets through to what they sent."""
    return "annotator" if "/desk" in row.route else "site administrator"


def always(value):
    return lambda world: value


def odd_versions(data):
    """The same data with one value of it replaced by an odd one, at any depth."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield {k: v for k, v in data.items() if k != key}
            yield from (data | {key: odd} for odd in odd_versions(value))
    elif isinstance(data, list):
        yield []
        yield from ([*data[:1], odd] for odd in odd_versions(data[0]))
        yield from ([odd] for odd in odd_versions(data[0]))
    if data is not None:
        yield from VALUES.values()
        yield from (-1, 0, 10**30, 1.5, 1e308, "\u0000", "9" * 40)


def test_no_body_makes_the_server_fail(world):
    for row in CHANGES:
        client = world.client(who_may(row))
        for name, body in BODIES.items():
            for content_type in ("application/json", "multipart/form-data; boundary=x", "text/x"):
                with undone():
                    answer = client.generic(row.method, row.path(world), body, content_type)
                assert answer.status_code < 500, (str(row), name, content_type, answer.content)


def test_no_value_makes_the_server_fail(world):
    for row in CHANGES:
        role = who_may(row)
        client = world.client(role)
        data = row.data(world, role) if callable(row.data) else row.data
        if isinstance(data, dict) and "file" not in data:
            for odd in odd_versions(data):
                with undone():
                    answer = send(client, row.method, row.path(world), odd)
                assert answer.status_code < 500, (str(row), str(odd)[:200], answer.content[:500])


def test_no_address_makes_the_server_fail(world):
    for row in TABLE:
        client = world.client(who_may(row))
        for kind, name in re.findall(r"<(\w+):(\w+)>", row.route):
            for odd in ODD_IDS[kind]:
                path = replace(row, ids={name: always(odd)}).path(world)
                with undone():
                    answer = client.generic(row.method, path, b"{}", "application/json")
                assert answer.status_code < 500, (str(row), odd, answer.content[:500])


ODD_QUERIES = [
    "",
    " ",
    "0",
    "-1",
    "1.5",
    "1e3",
    "NaN",
    "1000000",
    str(10**12),
    "9" * 400,
    "foo",
    "-foo",
    "--name",
    "%00",
    "%FF",
    "%25%5C_%27%22%3B--",
    "%F0%9F%92%A9",
    "%ED%A0%80",
    "0001-01-01",
    "9999-12-31",
    "10000-01-01",
    "x" * 3000,
]


def asked_by_query():
    """Every GET that takes parameters, and their names, as the API's own document lists them."""
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    for path, methods in paths.items():
        names = [p["name"] for p in methods.get("get", {}).get("parameters", [])
                 if p["in"] == "query"]  # fmt: skip
        if names:
            yield re.sub(r"\{(\w+)\}", r"<\1>", path), names


def test_no_query_makes_the_server_fail(world):
    rows = {f"/api/{re.sub(r'<[a-z]+:', '<', row.route)}": row for row in TABLE}
    asked = dict(asked_by_query())
    assert len(asked) >= 10
    for path, names in asked.items():
        client = world.client(who_may(rows[path]))
        address = replace(rows[path], method="GET").path(world)
        for name in names:
            for odd in ODD_QUERIES:
                answer = client.get(f"{address}?{name}={odd}")
                assert answer.status_code in (200, 400), (address, name, odd, answer.content)
                b"".join(answer.streaming_content) if answer.streaming else answer.content
