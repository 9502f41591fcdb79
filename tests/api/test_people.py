"""People of a corpus as its coordinators see them, and who may see to whose account."""

import statistics
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from rest_framework.authtoken.models import Token

from accounts.actions import add_member
from accounts.models import User
from annotation import people_statistics
from annotation.ballots import Manner
from annotation.models import EmotionVote, Seat
from collection.models import Clip, Corpus
from tests import factories
from tests.factories import Annotator, Clock

PEOPLE = "/api/corpora/films/people"
SMALL: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 0, "valence_ratings": 0}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def films(db: None) -> Corpus:
    corpus = factories.opened([f"clip-{n}" for n in range(12)], slug="films", **SMALL)
    Clip.objects.filter(corpus=corpus).update(duration=2.0)
    return corpus


@pytest.fixture
def cora(films: Corpus) -> User:
    return factories.coordinator(films)


@pytest.fixture
def sends(cora: User) -> Callable[..., Any]:
    """What an address below the people's answers the coordinator, or `by`."""

    def send(path: str = "", method: str = "post", by: User | None = None, **data: Any) -> Any:
        client = Client(raise_request_exception=False)
        client.force_login(by or cora)
        how = {"data": data, "content_type": "application/json"} if method != "get" else {}
        return getattr(client, method)(f"{PEOPLE}{path}", **how)

    return send


def row_of(answer: Any, annotator: Annotator) -> dict[str, Any]:
    return next(row for row in answer.json() if row["user_id"] == annotator.id)


def took(milliseconds: int | None) -> Manner:
    return Manner(response_ms=milliseconds)


def test_statistics_are_those_of_the_votes_that_count(films, clock, sends):
    anna, ben = factories.annotators(films, 2, clock)
    times = [900, 5000, 1999, 2000, 2500]
    for ms in times:
        anna.vote(anna.claim()[0], "anger", manner=took(ms))
    taken_back = anna.claim()[0]
    anna.vote(taken_back, "anger", manner=took(60_000))
    anna.undo(taken_back)
    skipped = anna.claim()[0]
    anna.skip(skipped)

    row = row_of(sends(method="get"), anna)
    assert row["votes"] == {"emotion": 5, "reliability": 0, "valence": 0}
    found = row["statistics"]
    assert found["median_ms"] == {
        "emotion": statistics.median_low(times),
        "reliability": None,
        "valence": None,
    }
    assert found["faster_than_clip"] == 2 / 5
    assert found["skips"] == 1
    assert found["last_vote_at"] is not None
    assert (row["active"], row["practiced"]) == (True, False)
    nothing = row_of(sends(method="get"), ben)["statistics"]
    assert nothing["faster_than_clip"] is None and nothing["last_vote_at"] is None


def test_an_unknown_time_or_length_is_no_fast_vote(films, clock, sends):
    Clip.objects.filter(corpus=films, name__lt="clip-5").update(duration=None)
    anna = factories.annotator(films, clock)
    for ms in (None, 100):
        anna.vote(anna.screen_of("clip-2" if ms else "clip-7"), "anger", manner=took(ms))
    row = row_of(sends(method="get"), anna)
    assert row["votes"]["emotion"] == 2
    assert row["statistics"]["faster_than_clip"] is None
    assert row["statistics"]["median_ms"]["emotion"] == 100


def test_people_and_votes_cost_no_further_queries(films, clock, cora, django_assert_num_queries):
    client = Client()
    client.force_login(cora)
    for number in (1, 5):
        for annotator in factories.annotators(films, number, clock):
            annotator.says("anger")
        with django_assert_num_queries(
            8
        ):  # session, person, corpus, role, people, votes, speeds, skips
            assert len(client.get(PEOPLE).json()) == 1 + number + (number > 1)


def test_a_changed_persons_row_has_their_votes_and_theirs_alone(films, clock, sends):
    anna, ben = factories.annotators(films, 2, clock)
    anna.says("anger")
    ben.says("anger")
    ben.says("anger")
    changed = sends(f"/{ben.membership.pk}", "patch", paused=True).json()
    assert (changed["votes"]["emotion"], changed["paused"]) == (2, True)
    assert row_of(sends(method="get"), ben) == changed


# Leaving and coming back


def test_who_is_deactivated_gives_back_what_they_hold_and_keeps_their_votes(films, clock, sends):
    anna, ben = factories.annotators(films, 2, clock)
    anna.says("anger")
    held = {screen.clip_name for screen in anna.claim()}
    assert len(held) == 2
    user = User.objects.get(pk=anna.id)
    browser = Client()
    browser.force_login(user)
    Token.objects.create(user=user)
    sessions = Session.objects.count()

    answer = sends(f"/{anna.membership.pk}/deactivate")

    assert answer.status_code == 200 and answer.json()["active"] is False
    assert answer.json()["votes"]["emotion"] == 1
    assert Seat.objects.filter(annotator=user, closed="released").count() == 2
    assert not Seat.objects.filter(annotator=user, leased_until__isnull=False).exists()
    assert EmotionVote.objects.filter(seat__annotator=user, void=None).count() == 1
    assert Session.objects.count() == sessions, "the coordinator's own came, anna's went"
    assert not Token.objects.exists()
    assert browser.get("/api/session").json() == {"user": None}
    offered = set()
    for _ in range(11):
        offered |= {screen.clip_name for screen in ben.claim()}
        if not ben.screens():
            break
        ben.vote(ben.screens()[0], "anger")
    assert held <= offered

    assert sends(f"/{anna.membership.pk}/reactivate").json()["active"] is True
    assert browser.get("/api/session").json() == {"user": None}, "the old session stays ended"


def test_deactivating_and_reactivating_twice_changes_nothing(films, clock, sends):
    anna = factories.annotator(films, clock)
    for what, active in (("deactivate", False), ("reactivate", True)):
        for _ in range(2):
            assert sends(f"/{anna.membership.pk}/{what}").json()["active"] is active


def other_corpus(**people: User) -> Corpus:
    corpus = factories.corpus("other")
    for role, user in people.items():
        add_member(corpus=corpus, user=user, role=role)
    return corpus


@pytest.mark.parametrize("what", ["deactivate", "reactivate", "reset-link"])
def test_a_coordinator_sees_to_annotators_who_work_nowhere_else(films, clock, sends, cora, what):
    anna = factories.annotator(films, clock)
    here_only = sends(f"/{anna.membership.pk}/{what}")
    assert here_only.status_code < 300
    User.objects.filter(pk=anna.id).update(is_active=True)

    other = other_corpus(annotator=User.objects.get(pk=anna.id))
    refused = sends(f"/{anna.membership.pk}/{what}")
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "account_is_not_yours_to_manage"
    root = factories.person(site_administrator=True)
    assert sends(f"/{anna.membership.pk}/{what}", by=root).status_code < 300
    User.objects.filter(pk=anna.id).update(is_active=True)

    add_member(corpus=other, user=cora, role="coordinator")
    assert sends(f"/{anna.membership.pk}/{what}").status_code < 300


@pytest.mark.parametrize("what", ["deactivate", "reactivate", "reset-link"])
def test_no_coordinator_sees_to_a_coordinator_or_a_site_administrator(films, sends, cora, what):
    second = factories.coordinator(films)
    root = factories.person(site_administrator=True)
    add_member(corpus=films, user=root, role="coordinator")
    for user in (second, root, cora):
        membership = user.memberships.get(corpus=films)
        assert sends(f"/{membership.pk}/{what}").status_code == 403, user
    assert User.objects.filter(is_active=False).count() == 0


def test_nobody_deactivates_themselves_and_the_last_administrator_stays(films, sends):
    root = factories.person(site_administrator=True)
    second = factories.person(site_administrator=True)
    mine = add_member(corpus=films, user=root, role="coordinator")
    refused = sends(f"/{mine.pk}/deactivate", by=root)
    assert refused.json()["error"]["code"] == "nobody_deactivates_themselves"
    assert sends(f"/{mine.pk}/deactivate", by=second).status_code == 200
    assert User.objects.filter(is_superuser=True, is_active=True).count() == 1


def test_a_reset_link_sets_a_new_password_once(films, clock, sends):
    anna = factories.annotator(films, clock)
    answer = sends(f"/{anna.membership.pk}/reset-link")
    assert answer.status_code == 201
    assert answer.json().keys() == {"url", "expires_at"}
    query = answer.json()["url"].partition("?")[2]
    fields = dict(part.split("=") for part in query.split("&"))
    new = fields | {"new_password": "another long secret"}
    reset = [
        Client().post("/api/password-reset", new, content_type="application/json").status_code
        for _ in range(2)
    ]
    assert reset == [200, 400]


def test_there_is_no_reset_link_for_somebody_deactivated(films, clock, sends):
    anna = factories.annotator(films, clock)
    sends(f"/{anna.membership.pk}/deactivate")
    answer = sends(f"/{anna.membership.pk}/reset-link")
    assert answer.json()["error"]["code"] == "person_is_deactivated"


def test_only_the_newest_votes_are_timed_and_all_are_counted(films, clock, sends, monkeypatch):
    monkeypatch.setattr(people_statistics, "NEWEST", 3)
    anna = factories.annotator(films, clock)
    for ms in (100, 200, 7000, 8000, 9000):
        anna.vote(anna.claim()[0], "anger", manner=took(ms))
    row = row_of(sends(method="get"), anna)
    assert row["votes"]["emotion"] == 5
    assert row["statistics"]["median_ms"]["emotion"] == 8000
    assert row["statistics"]["faster_than_clip"] == 0
