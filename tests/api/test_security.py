"""What protects people from each other and from strangers."""

import threading
import time
from statistics import median

import pytest
from django.db import connection
from django.test import Client

from accounts.models import LoginAttempt
from tests.api.conftest import PASSWORD


def post(client, path, data, **options):
    return client.post(path, data, content_type="application/json", **options)


# Cookies and headers


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(open_browser, person):
    answer = open_browser().log_in(person("anna").username)
    session, csrf = answer.cookies["sessionid"], answer.cookies["csrftoken"]
    assert session["httponly"]
    assert session["samesite"] == csrf["samesite"] == "Lax"
    assert not csrf["httponly"]  # the page sends it back in a header


def test_logging_in_changes_the_session_and_the_csrf_token(open_browser, person):
    opened = open_browser()
    opened.get("/api/session")
    before = opened.client.cookies["csrftoken"].value
    opened.client.cookies["sessionid"] = "planted"
    opened.log_in(person("anna").username)
    assert opened.client.cookies["csrftoken"].value != before
    assert opened.client.cookies["sessionid"].value != "planted"


@pytest.mark.parametrize("path", ["/", "/api/session", "/api/nothing-here", "/admin/login/"])
def test_every_page_carries_the_security_headers(open_browser, path):
    headers = open_browser().get(path).headers
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert "unsafe" not in policy


# Requests that another site makes


FORGED = [
    ("post", "/api/session", {"username": "anna", "password": PASSWORD}),
    ("delete", "/api/session", {}),
    ("patch", "/api/session", {"language": "zh-hans"}),
    ("post", "/api/session/password", {"old_password": PASSWORD, "new_password": "x" * 20}),
    ("post", "/api/password-reset", {"uid": "MQ", "token": "x", "new_password": "x" * 20}),
    ("post", "/api/invitations/x/accept", {}),
]


NEED_A_PERSON = [("patch", "/api/session"), ("post", "/api/session/password")]


@pytest.mark.parametrize("logged_in", [False, True])
@pytest.mark.parametrize(("method", "path", "data"), FORGED)
def test_a_request_without_the_csrf_token_changes_nothing(
    open_browser, person, method, path, data, logged_in
):
    opened = open_browser(person("anna")) if logged_in else open_browser()
    forged = getattr(opened.client, method)(path, data, content_type="application/json")
    if logged_in or (method, path) not in NEED_A_PERSON:
        assert (forged.status_code, forged.json()["error"]["code"]) == (403, "csrf_failed")
    else:
        assert forged.status_code == 401
    session = opened.get("/api/session").json()["user"]
    assert bool(session) == logged_in


# Guessing passwords


def wrong(client, username, path="/api/session", **options):
    return client.post(path, {"username": username, "password": "wrong"}, **options)


def test_an_unknown_name_a_wrong_password_and_a_deactivated_person_are_answered_alike(
    open_browser, person
):
    person("anna")
    gone = person("gone")
    gone.is_active = False
    gone.save()
    answers = [
        open_browser().log_in("nobody"),
        open_browser().log_in("anna", "wrong"),
        open_browser().log_in("gone", "wrong"),
        open_browser().log_in("gone", PASSWORD),
    ]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1


def test_an_unknown_name_takes_as_long_as_a_wrong_password(open_browser, person, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
        "DEFAULT_THROTTLE_RATES": {"login": "1000/min"}
    }
    person("anna")
    opened = open_browser()

    def seconds(username):
        began = time.perf_counter()
        opened.log_in(username, "wrong")
        return time.perf_counter() - began

    ratios = [seconds("nobody") / seconds("anna") for _ in range(5)]
    assert 0.5 < median(ratios) < 2


@pytest.mark.parametrize("path", ["/api/session", "/api/token"])
def test_ten_failures_a_minute_close_a_username_from_every_address(open_browser, person, path):
    person("anna")
    opened = open_browser()
    for number in range(10):
        answer = wrong(opened, "Anna", path, REMOTE_ADDR=f"10.0.0.{number}")
        assert answer.status_code == 400
    for password in ("wrong", PASSWORD):
        data = {"username": "anna", "password": password}
        answer = opened.post(path, data, REMOTE_ADDR="10.0.1.1")
        assert answer.status_code == 429
        assert answer.json()["error"]["code"] == "too_many_attempts"
        assert 0 < answer.json()["error"]["params"]["seconds"] <= 60
        assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_ten_failures_a_minute_close_an_address_for_every_username(open_browser, person):
    person("anna")
    opened = open_browser()
    for number in range(10):
        assert wrong(opened, f"guess{number}").status_code == 400
    assert opened.log_in("anna").status_code == 429
    data = {"username": "anna", "password": PASSWORD}
    assert opened.post("/api/session", data, REMOTE_ADDR="10.0.0.2").status_code == 200


def test_a_made_up_forwarding_header_does_not_help(open_browser, db):
    opened = open_browser()
    statuses = [
        wrong(opened, f"guess{n}", headers={"X-Forwarded-For": f"10.9.8.{n}"}).status_code
        for n in range(11)
    ]
    assert statuses == [400] * 10 + [429]


def test_a_lab_behind_one_address_logs_in_all_at_once(open_browser, person):
    for number in range(15):
        assert open_browser().log_in(person(f"person{number}").username).status_code == 200


def test_the_old_password_cannot_be_guessed_either(open_browser, person):
    opened = open_browser(person("anna"))
    data = {"old_password": "wrong", "new_password": "another long secret"}
    statuses = [opened.post("/api/session/password", data).status_code for _ in range(11)]
    assert statuses == [400] * 10 + [429]


def test_the_admins_own_login_is_throttled_too(open_browser, person, client):
    person("root", site_administrator=True)
    data = {"username": "root", "password": "wrong"}
    for _ in range(10):
        assert b"No active person" in client.post("/admin/login/", data).content
    data["password"] = PASSWORD
    assert b"Try again in" in client.post("/admin/login/", data).content
    LoginAttempt.objects.all().delete()
    assert client.post("/admin/login/", data).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_only_site_administrators_enter_the_admin(open_browser, person, corpus, client):
    person("cora", corpus, "coordinator")
    data = {"username": "cora", "password": PASSWORD}
    assert client.post("/admin/login/", data).status_code == 200
    assert client.get("/admin/").status_code == 302


def test_what_was_typed_as_a_username_is_not_kept(open_browser, db):
    open_browser().log_in("my secret, typed one field too early", "x")
    assert "secret" not in str(list(LoginAttempt.objects.values()))


@pytest.mark.django_db(transaction=True)
def test_thirty_guesses_at_once_get_no_further_than_one_after_another(person):
    person("anna")
    gate = threading.Barrier(30)
    statuses = []

    def guess():
        gate.wait()
        answer = Client().post(
            "/api/token", {"username": "anna", "password": "wrong"}, "application/json"
        )
        statuses.append(answer.status_code)
        connection.close()

    threads = [threading.Thread(target=guess) for _ in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [400] * 10 + [429] * 20
