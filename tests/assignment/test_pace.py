"""Votes per day in the server's time zone, what is left, and when it may be done."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation import coordination, effort, pace, progress
from annotation.clip_list import Where, clips_page
from annotation.labelings import collect_votes, label_set_of, lock_labeling, rules_of
from annotation.models import Labeling
from annotation.protocol import SEAT_STAGES, Rules, Stage, standing
from annotation.simulation import simulate
from collection.models import Corpus
from jobs.progress import Silent
from tests import factories
from tests.factories import NOON, Clock

SMALL: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 0, "valence_ratings": 0}


def of(corpus: Corpus, at: datetime = NOON + timedelta(hours=1)) -> dict[str, Any]:
    return progress.of_corpus(corpus, at=at)


def votes_by_day(found: dict[str, Any]) -> dict[date, int]:
    sums = {row["day"]: sum(row[stage.value] for stage in SEAT_STAGES) for row in found["per_day"]}
    return {day: votes for day, votes in sums.items() if votes}


def test_the_last_thirty_days_are_told_with_zeros(clock: Clock) -> None:
    found = of(factories.opened())
    days = [row["day"] for row in found["per_day"]]
    assert days == [date(2025, 12, 7) + timedelta(days=n) for n in range(30)]
    assert all(
        row["emotion"] == row["reliability"] == row["valence"] == 0 for row in found["per_day"]
    )
    assert found["votes_today"] == 0


def test_votes_are_told_on_the_day_they_stand_on_where_the_server_is(clock: Clock) -> None:
    corpus = factories.opened(["a", "b", "c", "d"], **SMALL)
    ann = factories.annotator(corpus, clock)
    with timezone.override(ZoneInfo("Asia/Shanghai")):
        for at in (
            datetime(2025, 11, 1, tzinfo=UTC),  # before the thirty days
            datetime(2026, 1, 3, 15, 59, tzinfo=UTC),  # 23:59 there
            datetime(2026, 1, 3, 16, 1, tzinfo=UTC),  # 0:01 of the 4th there
        ):
            clock.now = at
            screen = ann.says("anger")
        found = of(corpus, at=datetime(2026, 1, 4, 20, tzinfo=UTC))  # the 5th there
        assert votes_by_day(found) == {date(2026, 1, 3): 1, date(2026, 1, 4): 1}
        assert found["votes"] == {"emotion": 3, "reliability": 0, "valence": 0}
        ann.undo(screen)
        assert votes_by_day(of(corpus, at=datetime(2026, 1, 4, 20, tzinfo=UTC))) == {
            date(2026, 1, 3): 1
        }


def days_of_voting(corpus: Corpus, clock: Clock, days: dict[int, int]) -> None:
    """So many votes on the days of January."""
    ann = factories.annotator(corpus, clock)
    for day, votes in days.items():
        clock.now = datetime(2026, 1, day, 9, tzinfo=UTC)
        for _ in range(votes):
            ann.says("anger")


def test_the_pace_is_that_of_the_last_seven_days_with_votes_their_weekends_included(
    clock: Clock,
) -> None:
    corpus = factories.opened([f"clip-{n:02}" for n in range(40)], **SMALL)
    voted = {1: 9, 5: 2, 6: 2, 7: 2, 8: 2, 9: 2, 12: 2, 13: 2, 14: 5}
    days_of_voting(corpus, clock, voted)
    found = of(corpus, at=datetime(2026, 1, 14, 18, tzinfo=UTC))["forecast"]
    # From the 5th to the 13th: 14 votes in nine days; the 14th is not over, the 1st is the eighth.
    assert found["days_looked_at"] == 9
    assert found["per_day"] == pytest.approx(14 / 9)
    assert found["votes_left_least"] == found["votes_left_most"] == 40 - 28
    assert found["finish"] == date(2026, 1, 14) + timedelta(days=8)  # 12 / (14 / 9) = 7.7


def test_on_the_first_day_the_pace_is_todays(clock: Clock) -> None:
    corpus = factories.opened(["a", "b", "c", "d", "e"], **SMALL)
    days_of_voting(corpus, clock, {5: 2})
    found = of(corpus)["forecast"]
    assert (found["per_day"], found["days_looked_at"]) == (2, 1)
    assert found["finish"] == date(2026, 1, 7)


def test_without_votes_there_is_no_pace_and_no_finish(clock: Clock) -> None:
    corpus = factories.opened(["a", "b"])
    found = of(corpus)["forecast"]
    assert (found["per_day"], found["finish"], found["days_looked_at"]) == (None, None, 0)
    assert found["votes_left_least"] == 2 * (3 + 2 + 6)
    assert found["votes_left_most"] == 2 * (2 * (3 + 3 * 2) + 6)


def left_by_hand(corpus: Corpus) -> tuple[int, int]:
    """Labeling by labeling from its own votes, not from counts."""
    labels = label_set_of(corpus)
    least = most = 0
    for pk in Labeling.objects.filter(corpus=corpus).values_list("pk", flat=True):
        locked = lock_labeling(corpus, pk)
        assert locked is not None
        rules = rules_of(corpus, locked.labeling.first_round_emotion_votes)
        found = standing(rules, collect_votes(locked.seats))
        here = sum(found.wanted.values()) - sum(
            seat.answered and seat.place in found.wanted for seat in locked.seats
        )
        least += here + effort.left_straight(rules, found.stage)
        most += here + effort.left_at_most(rules, len(labels.categories), found.stage, found.round)
    return least, most


@pytest.mark.parametrize(
    "numbers",
    [{}, {"max_emotion_votes": 5, "relabel_rounds": 2}, {"reliability_votes": 0}],
    ids=["the paper's", "more votes", "no check"],
)
def test_what_is_left_is_the_sum_over_the_clips_and_the_finish_lies_between(
    clock: Clock, numbers: dict[str, Any]
) -> None:
    corpus = factories.corpus(**numbers)
    simulate(
        corpus=corpus, annotators=9, seed=5, clips=120, at=NOON, open_share=0.5, progress=Silent()
    )
    found = of(corpus, at=NOON)["forecast"]
    least, most = left_by_hand(corpus)
    assert (found["votes_left_least"], found["votes_left_most"]) == (least, most)
    assert least <= most
    pace_of_all = found["per_day"]
    days = (found["finish"] - NOON.date()).days
    assert least / pace_of_all <= days <= most / pace_of_all + 1


def test_what_finished_clips_took_tells_what_others_will_take() -> None:
    """Half of the clips were labeled at the first go, half only after a relabel."""
    finished = {("labeled", 1, ""): 10, ("labeled", 2, ""): 10}
    usual = {
        stage: pace._usually_left(Rules(), finished, Stage(stage), 1)
        for stage in ("emotion", "reliability", "valence")
    }
    assert usual == {"emotion": 2 + 6 + 5 / 2, "reliability": 6 + 5 / 2, "valence": 0}


def test_the_overview_is_a_fixed_number_of_queries(clock: Clock) -> None:
    counts = []
    for clips in (4, 60):
        corpus = factories.opened([f"clip-{n:02}" for n in range(clips)])
        simulate(corpus=corpus, annotators=9, seed=1, at=NOON, open_share=0.5, progress=Silent())
        with CaptureQueriesContext(connection) as captured:
            of(corpus, at=clock.now)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 25


def opened_again(clock: Clock) -> Corpus:
    """Clips whose first labeling ended unlabeled, the second of each but "first" at the stage
    it is named for."""
    names = ["emotion", "labeled", "unlabeled", "set_aside", "first"]
    corpus = factories.opened(names, **SMALL)
    factories.clips(corpus, ["unopened"])
    first, second = factories.annotators(corpus, 2, clock)
    for _ in names:
        first.says("other")
    factories.open_again(corpus, names[:4])
    second.vote(second.screen_of("labeled"), "anger")
    second.vote(second.screen_of("unlabeled"), "unjudgeable")
    coordination.set_aside(
        clip=factories.clip_of(corpus, "set_aside"),
        reason="Two faces",
        by=factories.coordinator(corpus),
        at=clock.tick(),
    )
    return corpus


def test_a_clip_that_was_opened_again_is_counted_once_where_it_stands_now(clock: Clock) -> None:
    corpus = opened_again(clock)
    found = of(corpus)
    assert found["stages"] == [
        {"stage": "emotion", "round": 1, "count": 1},
        {"stage": "labeled", "round": 1, "count": 1},
        {"stage": "set_aside", "round": 1, "count": 1},
        {"stage": "unlabeled", "round": 1, "count": 2},
    ]
    assert (found["clips"], found["unopened"]) == (6, 1)
    assert {row["reason"]: row["count"] for row in found["reasons"]} == {
        "other": 1,
        "unjudgeable": 1,
    }
    for row in found["stages"]:
        where = Where(stage=row["stage"], round=row["round"])
        assert clips_page(corpus, where)[0] == row["count"], "its link leads to as many"
    assert found["votes"]["emotion"] == 7, "the votes on earlier labelings were cast, too"


def test_what_is_expected_rests_on_every_labeling_that_has_ended(clock: Clock) -> None:
    """Nine clips failed their check twice and were opened again; another passed at once. Of the
    latest labelings alone one would expect that all do."""
    names = [f"clip-{n:02}" for n in range(10)]
    clock.now = datetime(2026, 1, 1, 9, tzinfo=UTC)
    corpus = factories.opened(names, emotion_votes=1, reliability_votes=1, valence_ratings=0)
    labeler, judge = factories.annotators(corpus, 2, clock)
    for checked in (["reliable", *["unreliable"] * 9], ["unreliable"] * 9):
        for _ in checked:
            labeler.says("anger")
        for said in checked:
            judge.says(said)
    factories.open_again(corpus, names)
    found = of(corpus, at=datetime(2026, 1, 13, 9, tzinfo=UTC))["forecast"]
    assert (found["votes_left_least"], found["votes_left_most"]) == left_by_hand(corpus)
    assert (found["votes_left_least"], found["votes_left_most"]) == (
        9 * 2,
        9 * 6,
    )  # two labels may tie
    # After its next vote a clip took three more nine times and one more once: 9 + 9 * 2.8 votes
    # are left, and 38 were cast in twelve days.
    assert found["per_day"] == pytest.approx(38 / 12)
    assert found["finish"] == date(2026, 1, 13) + timedelta(days=11)  # 34.2 / (38 / 12) = 10.8


def test_opening_again_adds_no_query_to_the_overview(clock: Clock) -> None:
    counts = []
    for make in (lambda: factories.opened(["emotion"], **SMALL), lambda: opened_again(clock)):
        corpus = make()
        with CaptureQueriesContext(connection) as captured:
            of(corpus, at=clock.now)
        counts.append(len(captured))
    assert counts[1] <= counts[0] + 1, "something is set aside there, which is one more look"
