"""Logging in and out, one's own name and language, passwords, tokens of scripts."""

from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.authtoken.models import Token

from accounts import departures, links
from accounts.actions import add_member
from accounts.models import LoginAttempt
from jobs.errors import Refusal
from tests import factories
from tests.api.conftest import PASSWORD

NEW = "another long secret"


def test_nobody_is_logged_in_at_first(open_browser):
    response = open_browser().get("/api/session")
    assert response.json() == {"user": None}
    assert "csrftoken" in response.cookies


def test_a_session_names_the_person_and_what_they_belong_to(open_browser, person, corpus):
    anna = person("anna", corpus, "annotator")
    opened = open_browser(anna)
    assert opened.get("/api/session").json() == {
        "user": {
            "id": anna.pk,
            "username": "anna",
            "display_name": "",
            "language": "en",
            "rest_reminder": True,
            "is_site_administrator": False,
            "memberships": [
                {
                    "corpus": "films",
                    "corpus_name": "Films",
                    "role": "annotator",
                    "paused": False,
                    "practiced": False,
                }
            ],
        }
    }


def test_the_case_of_a_username_does_not_matter(open_browser, person):
    person("Anna")
    assert open_browser().log_in("aNNa").json()["user"]["username"] == "Anna"


def test_two_usernames_that_differ_only_in_case_are_refused_by_the_database(person):
    from django.db import IntegrityError

    from accounts.models import User

    person("Anna")
    with pytest.raises(IntegrityError, match="usernames_differ_by_more_than_case"):
        User.objects.create(username="anna")


def test_logging_out_ends_the_session(open_browser, person):
    opened = open_browser(person("anna"))
    assert opened.delete("/api/session").status_code == 204
    assert opened.get("/api/session").json() == {"user": None}


def test_the_reminder_to_rest_is_switched_off_and_on(open_browser, person):
    opened = open_browser(person("anna"))
    for wanted in (False, True):
        answer = opened.patch("/api/session", {"rest_reminder": wanted})
        assert answer.json()["user"]["rest_reminder"] is wanted
        assert opened.get("/api/session").json() == answer.json()
    assert opened.patch("/api/session", {"rest_reminder": "often"}).status_code == 400


def test_one_changes_ones_own_name_and_language(open_browser, person):
    opened = open_browser(person("anna"))
    answer = opened.patch("/api/session", {"display_name": " 安娜 ", "language": "zh-hans"})
    assert answer.json()["user"]["display_name"] == "安娜"
    assert answer.json()["user"]["language"] == "zh-hans"
    assert opened.patch("/api/session", {}).json() == answer.json()


def test_a_changed_password_keeps_this_session_and_ends_the_others(open_browser, person):
    anna = person("anna")
    here, elsewhere = open_browser(anna), open_browser(anna)
    token = Token.objects.create(user=anna).key

    answer = here.post("/api/session/password", {"old_password": PASSWORD, "new_password": NEW})

    assert answer.status_code == 204
    assert here.get("/api/session").json()["user"]["username"] == "anna"
    assert elsewhere.get("/api/session").json() == {"user": None}
    assert here.get("/api/session", headers={"Authorization": f"Token {token}"}).status_code == 401
    assert open_browser().log_in("anna").status_code == 400
    assert open_browser().log_in("anna", NEW).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("not it", NEW, "wrong_password"),
        (PASSWORD, "short", "invalid"),
        (PASSWORD, "12345678", "invalid"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_a_weak_one(
    open_browser, person, old, new, code
):
    opened = open_browser(person("anna"))
    answer = opened.post("/api/session/password", {"old_password": old, "new_password": new})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == code
    assert open_browser().log_in("anna").status_code == 200


def reset_fields(user):
    url = links.reset_url(user)
    return dict(part.split("=") for part in url.partition("?")[2].split("&"))


def test_a_reset_link_sets_a_password_once_and_logs_in(open_browser, person):
    fields = reset_fields(person("anna")) | {"new_password": NEW}
    opened = open_browser()
    assert opened.post("/api/password-reset", fields).json()["user"]["username"] == "anna"
    assert opened.get("/api/session").json()["user"]["username"] == "anna"

    again = open_browser().post("/api/password-reset", fields)
    assert again.status_code == 400
    assert again.json()["error"]["code"] == "reset_link_not_valid"


def test_a_reset_link_expires(open_browser, person, settings, monkeypatch):
    from django.contrib.auth.tokens import PasswordResetTokenGenerator

    fields = reset_fields(person("anna")) | {"new_password": NEW}
    later = timezone.now().replace(tzinfo=None) + timedelta(days=4)
    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", lambda self: later)
    assert open_browser().post("/api/password-reset", fields).status_code == 400


@pytest.mark.parametrize(
    "uid", ["", "x", "MQ", "____", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OQ", "LTE"]
)
def test_a_reset_link_of_nobody_is_refused(open_browser, uid):
    fields = {"uid": uid, "token": "c1-5f", "new_password": NEW}
    assert open_browser().post("/api/password-reset", fields).status_code == 400


def test_a_reset_link_ends_when_its_person_may_do_more(open_browser, person):
    anna, ben = person("anna", factories.corpus("films")), person("ben")
    given = [reset_fields(user) | {"new_password": NEW} for user in (anna, ben)]
    add_member(corpus=factories.corpus("plays"), user=anna, role="annotator")
    ben.is_superuser = True
    ben.save()
    for fields in given:
        assert open_browser().post("/api/password-reset", fields).status_code == 400


def test_a_weak_password_leaves_the_reset_link_usable(open_browser, person):
    fields = reset_fields(person("anna"))
    refused = open_browser().post("/api/password-reset", fields | {"new_password": "anna"})
    assert list(refused.json()["error"]["fields"]) == ["new_password"]
    assert (
        open_browser().post("/api/password-reset", fields | {"new_password": NEW}).status_code
        == 200
    )


def test_a_script_logs_in_with_a_token(open_browser, person, client):
    person("anna")
    fields = {"username": "anna", "password": PASSWORD}
    answer = client.post("/api/token", fields, content_type="application/json")
    assert set(answer.json()) == {"token"}
    assert not answer.cookies
    header = {"Authorization": f"Token {answer.json()['token']}"}
    assert client.get("/api/session", headers=header).json()["user"]["username"] == "anna"
    again = client.post("/api/token", fields, content_type="application/json")
    assert again.json() == answer.json()


def test_a_deactivated_person_is_logged_out_and_cannot_come_back(open_browser, person):
    anna = person("anna")
    person("root", site_administrator=True)
    fields = reset_fields(anna) | {"new_password": NEW}
    opened = open_browser(anna)
    token = Token.objects.create(user=anna).key

    departures.deactivate(user_id=anna.pk)

    assert opened.get("/api/session").json() == {"user": None}
    assert open_browser().log_in("anna").json()["error"]["code"] == "wrong_credentials"
    assert open_browser().post("/api/password-reset", fields).status_code == 400
    header = {"Authorization": f"Token {token}"}
    assert open_browser().get("/api/session", headers=header).status_code == 401

    departures.reactivate(user_id=anna.pk)
    assert open_browser().log_in("anna").status_code == 200


def test_the_last_site_administrator_stays(person):
    root = person("root", site_administrator=True)
    with pytest.raises(Refusal, match="last active site administrator"):
        departures.deactivate(user_id=root.pk)
    other = person("other", site_administrator=True)
    departures.deactivate(user_id=root.pk)
    with pytest.raises(Refusal, match="last active site administrator"):
        departures.deactivate(user_id=other.pk)


def test_what_was_attempted_long_ago_is_forgotten(open_browser, person):
    person("anna")
    open_browser().log_in("anna", "wrong")
    assert LoginAttempt.objects.count() == 2
    LoginAttempt.objects.update(at=timezone.now() - timedelta(minutes=2))
    open_browser().log_in("anna")
    assert LoginAttempt.objects.count() == 0
