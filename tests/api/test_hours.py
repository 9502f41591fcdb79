"""Hours of work, as they are paid: a CSV per annotator, day and stage."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, User
from annotation.ballots import Manner
from collection.models import Corpus
from tests import factories
from tests.factories import Clock

HOURS = "/api/corpora/films/people/hours"
MINUTE = 60_000


@pytest.fixture
def films(db: None) -> Corpus:
    return factories.opened(
        [f"clip-{n}" for n in range(9)],
        slug="films", emotion_votes=3, reliability_votes=1, valence_ratings=0,
    )  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock(datetime(2026, 3, 1, 22, tzinfo=UTC))


def asked(films: Corpus, **period: str) -> Any:
    client = Client(raise_request_exception=False)
    client.force_login(factories.coordinator(films))
    return client.get(HOURS, period)


def rows(films: Corpus, **period: str) -> list[dict[str, str]]:
    text = b"".join(asked(films, **period)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def took(minutes: float | None) -> Manner:
    return Manner(response_ms=None if minutes is None else int(minutes * MINUTE))


def test_an_answer_is_paid_for_its_time_and_five_minutes_at_most(films, clock):
    anna = factories.annotator(films, clock)
    for minutes in (1, 3.5, 60, None):
        anna.vote(anna.claim()[0], "anger", manner=took(minutes))
    (row,) = rows(films)
    membership = Membership.objects.get(user=anna.id)
    assert row == {
        "annotator": membership.user.username,
        "pseudonym": membership.pseudonym,
        "day": "2026-03-01",
        "stage": "emotion",
        "votes": "4",
        "hours": f"{(1 + 3.5 + 5) / 60:.4f}",
    }


def test_an_answer_that_was_corrected_was_work_as_well(films, clock):
    anna = factories.annotator(films, clock)
    screen = anna.claim()[0]
    anna.vote(screen, "anger", manner=took(1))
    anna.undo(screen)
    anna.vote(screen, "worry", manner=took(2))
    (row,) = rows(films)
    assert (row["votes"], row["hours"]) == ("2", f"{3 / 60:.4f}")


def test_both_labels_of_a_tied_clip_are_judged_in_one_time(films, clock):
    a, b, c, d = factories.annotators(films, 4, clock)
    for annotator, said in ((a, ("anger", "worry")), (b, ("worry", "anger")), (c, "sadness")):
        annotator.vote(annotator.screen_of("clip-1"), said)
    screen = d.claim()[0]
    assert [screen.stage, len(screen.seats)] == ["reliability", 2]
    d.vote(screen, "reliable", "unreliable", manner=took(3))
    (row,) = [row for row in rows(films) if row["stage"] == "reliability"]
    assert (row["votes"], row["hours"]) == ("2", f"{3 / 60:.4f}")


def test_days_are_the_servers_and_the_period_includes_both_ends(films, clock, settings):
    settings.TIME_ZONE = "Asia/Shanghai"
    anna = factories.annotator(films, clock)
    for hour in (15, 16):  # 23:00 of the first and 00:00 of the second of March there
        clock.now = datetime(2026, 3, 1, hour, tzinfo=UTC)
        anna.vote(anna.claim()[0], "anger", manner=took(1))
    days = [row["day"] for row in rows(films)]
    assert days == ["2026-03-01", "2026-03-02"]
    assert [row["day"] for row in rows(films, **{"from": "2026-03-02"})] == days[1:]
    assert [row["day"] for row in rows(films, to="2026-03-01")] == days[:1]
    both = {"from": "2026-03-01", "to": "2026-03-02"}
    assert [row["day"] for row in rows(films, **both)] == days
    assert rows(films, **{"from": "2026-03-03", "to": "9999-12-31"}) == []


@pytest.mark.parametrize(
    "given", ["yesterday", "2026-02-30", "01.03.2026", "2026-3-1", "20260301", "2026-W09-1"]
)
def test_what_is_no_day_is_refused_by_name(films, given):
    answer = asked(films, **{"from": given})
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["params"]) == ("not_a_day", {"field": "from", "value": given})


def test_a_period_that_ends_before_it_begins_is_refused(films):
    answer = asked(films, **{"from": "2026-03-02", "to": "2026-03-01"})
    assert answer.json()["error"]["code"] == "period_ends_before_it_begins"


@pytest.mark.parametrize("name", ["@SUM(A1)", "+cmd", "-2", "=1+1", "李雷"])
def test_no_name_is_a_formula(films, clock, name):
    anna = factories.annotator(films, clock)
    anna.says("anger")
    User.objects.filter(pk=anna.id).update(username=name)
    anna.membership.pseudonym = name  # as a file of votes may have it
    anna.membership.save()
    (row,) = rows(films)
    assert row["annotator"] == row["pseudonym"] == (name if name == "李雷" else f"'{name}")


def test_the_file_is_named_after_corpus_and_period(films):
    answer = asked(films, **{"from": "2026-03-01"})
    assert answer["Content-Disposition"] == 'attachment; filename="hours-films-2026-03-01.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.streaming
