"""Links by which people join a corpus."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts import invitations, links
from accounts.actions import NewPerson
from accounts.models import Invitation, Membership, User
from jobs.errors import Refusal
from tests.api.conftest import PASSWORD

NEWCOMER = {"username": "ben", "display_name": "Ben", "password": PASSWORD, "language": "zh-hans"}


@pytest.fixture
def cora(person, corpus):
    return person("cora", corpus, "coordinator")


@pytest.fixture
def token(corpus, cora):
    return invite(corpus, cora)


def invite(corpus, by, role="annotator", at=None):
    _, url = invitations.invite(
        corpus=corpus, role=role, note="", invited_by=by, at=at or timezone.now()
    )
    return url.rpartition("/")[2]


def accept(opened, token, data=None):
    return opened.post(f"/api/invitations/{token}/accept", data or {})


def test_a_coordinator_makes_a_link_that_is_shown_once(open_browser, corpus, cora, settings):
    settings.PUBLIC_URL = "http://lab:8000"
    desk = open_browser(cora)
    made = desk.post("/api/corpora/films/invitations", {"role": "annotator", "note": "for Ben"})
    assert made.status_code == 201
    assert made.json()["url"].startswith("http://lab:8000/join/")
    token = made.json()["url"].rpartition("/")[2]
    assert not Invitation.objects.filter(token_digest=token).exists()

    (listed,) = desk.get("/api/corpora/films/invitations").json()["results"]
    assert listed["state"] == "open"
    assert listed["note"] == "for Ben"
    assert listed["accepted_by"] is None
    assert token not in str(listed)


def test_the_link_says_what_it_offers(open_browser, token):
    offer = open_browser().get(f"/api/invitations/{token}").json()
    assert offer.keys() == {"corpus_name", "role", "expires_at"}
    assert offer["corpus_name"] == "Films"
    assert offer["role"] == "annotator"


def test_somebody_new_joins_and_is_logged_in(open_browser, corpus, cora, token):
    opened = open_browser()
    joined = accept(opened, token, NEWCOMER).json()["user"]
    assert joined["username"] == "ben"
    assert joined["language"] == "zh-hans"
    assert [m["role"] for m in joined["memberships"]] == ["annotator"]
    assert opened.get("/api/session").json()["user"] == joined
    assert open_browser().log_in("ben").status_code == 200
    (listed,) = open_browser(cora).get("/api/corpora/films/invitations").json()["results"]
    assert listed["state"] == "accepted"
    assert listed["accepted_by"] == "Ben"


def test_somebody_known_joins_as_who_they_are(open_browser, person, corpus, token):
    anna = person("anna")
    opened = open_browser(anna)
    assert accept(opened, token).json()["user"]["memberships"][0]["corpus"] == "films"
    assert anna.role_in(corpus) == "annotator"
    assert accept(opened, token).status_code == 200  # a double click changes nothing
    assert Membership.objects.filter(user=anna).count() == 1


def test_a_used_link_is_worth_nothing_to_others(open_browser, token):
    accept(open_browser(), token, NEWCOMER)
    for answer in (
        open_browser().get(f"/api/invitations/{token}"),
        accept(open_browser(), token, NEWCOMER | {"username": "third"}),
    ):
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "invitation_accepted"
    assert not User.objects.filter(username="third").exists()


def test_a_link_expires_after_fourteen_days(open_browser, corpus, cora):
    day = timedelta(days=1)
    fresh = invite(corpus, cora, at=timezone.now() - 14 * day + timedelta(minutes=1))
    stale = invite(corpus, cora, at=timezone.now() - 14 * day)
    assert open_browser().get(f"/api/invitations/{fresh}").status_code == 200
    refused = accept(open_browser(), stale, NEWCOMER)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "invitation_expired"
    assert "expires_at" in refused.json()["error"]["params"]


def test_a_revoked_link_is_worth_nothing(open_browser, corpus, cora, token):
    desk = open_browser(cora)
    address = f"/api/corpora/films/invitations/{Invitation.objects.get().pk}"
    assert desk.delete(address).status_code == 204
    assert desk.delete(address).status_code == 204
    assert accept(open_browser(), token, NEWCOMER).json()["error"]["code"] == "invitation_revoked"
    assert desk.get("/api/corpora/films/invitations").json()["results"][0]["state"] == "revoked"


def test_an_accepted_invitation_cannot_be_revoked(open_browser, corpus, cora, token):
    accept(open_browser(), token, NEWCOMER)
    address = f"/api/corpora/films/invitations/{Invitation.objects.get().pk}"
    refused = open_browser(cora).delete(address)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "invitation_accepted"


def test_an_invitation_of_another_corpus_is_not_found(open_browser, person, corpus, cora, token):
    from collection.models import Corpus

    person("dora", Corpus.objects.create(slug="other", name="Other"), "coordinator")
    address = f"/api/corpora/other/invitations/{Invitation.objects.get().pk}"
    opened = open_browser()
    opened.log_in("dora")
    assert opened.delete(address).status_code == 404
    assert open_browser().get(f"/api/invitations/{token}").status_code == 200


def test_a_member_is_told_so_and_the_link_stays_open(open_browser, person, corpus, token):
    opened = open_browser(person("anna", corpus))
    refused = accept(opened, token)
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "already_a_member"
    assert accept(open_browser(), token, NEWCOMER).status_code == 200


def test_a_site_administrator_does_not_join_as_annotator(open_browser, person, token):
    opened = open_browser(person("root", site_administrator=True))
    refused = accept(opened, token)
    assert refused.json()["error"]["code"] == "a_site_administrator_holds_no_seats"


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({}, {"username", "password"}),
        ({"username": "ben"}, {"password"}),
        (NEWCOMER | {"password": "ben"}, {"password"}),
        (NEWCOMER | {"username": "CORA"}, {"username"}),
        (NEWCOMER | {"username": "with space"}, {"username"}),
        (NEWCOMER | {"language": "fr"}, {"language"}),
        (NEWCOMER | {"username": "a/b", "password": "1"}, {"username", "password"}),
    ],
)
def test_what_is_wrong_with_a_newcomer_is_said_by_field(open_browser, token, data, fields):
    refused = accept(open_browser(), token, data)
    assert refused.status_code == 400
    assert refused.json()["error"]["fields"].keys() == fields
    assert open_browser().get(f"/api/invitations/{token}").status_code == 200


def test_who_is_logged_in_does_not_join_under_another_name(open_browser, person, token):
    refused = accept(open_browser(person("anna")), token, {"username": "ben", "password": PASSWORD})
    assert refused.json()["error"]["fields"].keys() == {"username", "password"}
    assert not User.objects.filter(username="ben").exists()


@pytest.mark.parametrize("token", ["x", "%00", "%F0%9F%92%A9", "x" * 3000, "%FF"])
def test_an_unknown_link_is_not_found(open_browser, db, token):
    assert open_browser().get(f"/api/invitations/{token}").status_code == 404


def at_once(*calls):
    """Each call in a thread and on a database connection of its own, all let go together."""
    gate = threading.Barrier(len(calls))
    outcomes: list[Any] = [None] * len(calls)

    def run(number, call):
        gate.wait()
        try:
            outcomes[number] = call()
        except Exception as error:
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def refused_with(outcomes):
    return sorted(error.code for error in outcomes if isinstance(error, Refusal))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    def test_of_eight_people_with_one_link_one_joins(self, corpus, token):
        def joining(number):
            newcomer = NewPerson(username=f"person{number}", password=PASSWORD)
            return lambda: invitations.accept(token=token, by=newcomer, at=timezone.now())

        outcomes = at_once(*map(joining, range(8)))

        assert refused_with(outcomes) == ["invitation_accepted"] * 7
        assert Membership.objects.annotators().count() == 1
        assert User.objects.filter(username__startswith="person").count() == 1

    def test_one_person_with_four_links_has_one_membership(self, person, corpus, cora):
        anna = person("anna")
        tokens = [invite(corpus, cora) for _ in range(4)]
        outcomes = at_once(
            *[lambda t=t: invitations.accept(token=t, by=anna, at=timezone.now()) for t in tokens]
        )
        assert refused_with(outcomes) == ["already_a_member"] * 3
        assert Membership.objects.filter(user=anna).count() == 1
        assert sum(i.accepted_by_id == anna.pk for i in Invitation.objects.all()) == 1

    def test_a_double_click_of_one_person_is_no_error(self, person, corpus, token):
        anna = person("anna")
        accepting = lambda: invitations.accept(token=token, by=anna, at=timezone.now())  # noqa: E731
        assert at_once(accepting, accepting) == [anna, anna]

    def test_a_link_is_either_accepted_or_revoked(self, person, corpus, token):
        anna = person("anna")
        invitation = Invitation.objects.get(token_digest=links.digest(token))
        outcomes = at_once(
            lambda: invitations.accept(token=token, by=anna, at=timezone.now()),
            lambda: invitations.revoke(
                corpus=corpus, invitation_id=invitation.pk, at=timezone.now()
            ),
        )
        assert len(refused_with(outcomes)) == 1
        invitation.refresh_from_db()
        assert bool(invitation.accepted_at) != bool(invitation.revoked_at)
        assert (anna.role_in(corpus) == "annotator") == bool(invitation.accepted_at)

    def test_one_username_is_taken_once(self, open_browser, corpus, cora):
        tokens = [invite(corpus, cora) for _ in range(4)]
        answers = at_once(*[lambda t=t: accept(open_browser(), t, NEWCOMER) for t in tokens])
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses[0] == 200
        assert set(statuses[1:]) <= {400, 409}
        assert Membership.objects.annotators().count() == 1


def test_invitations_come_fifty_a_page_at_the_same_cost(
    open_browser, corpus, cora, django_assert_num_queries
):
    desk = open_browser(cora)
    for _ in range(53):
        invite(corpus, cora)
    with django_assert_num_queries(6):  # session, person, corpus, role, how many, rows
        first = desk.get("/api/corpora/films/invitations").json()
    second = desk.get("/api/corpora/films/invitations?page=2").json()
    assert [len(page["results"]) for page in (first, second)] == [50, 3]
    assert first["count"] == second["count"] == 53
