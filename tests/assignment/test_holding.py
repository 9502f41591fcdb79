"""Claim, lease, token, renew, release, skip: what one holds and for how long."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from annotation import actions, coordination, inbox
from annotation.actions import HeldSeat
from annotation.models import LEASE, Seat, Skip
from jobs.errors import Refusal
from tests import factories
from tests.factories import Annotator, Clock, held_seats

NAMES = [f"clip-{n}" for n in range(1, 6)]


def code(attempt: object, *args: object) -> str:
    with pytest.raises(Refusal) as refused:
        attempt(*args)  # type: ignore[operator]
    assert refused.value.detail.endswith(".")
    return f"{refused.value.status} {refused.value.code}"


def pair(clock: Clock, names: list[str] = NAMES[:1], **numbers: Any) -> list[Annotator]:
    corpus = factories.opened(names, **numbers)
    return factories.annotators(corpus, 4, clock)


# Claiming


def test_two_screens_are_held_and_no_third(clock: Clock) -> None:
    a, *_ = pair(clock, NAMES)
    assert len(a.claim()) == 2
    assert len(a.claim()) == 2


def test_asking_again_returns_the_same_seats_and_tokens(clock: Clock) -> None:
    a, *_ = pair(clock, NAMES)
    first = [(seat.seat, seat.token) for screen in a.claim() for seat in screen.seats]
    clock.tick(LEASE.total_seconds() * 0.9)
    again = a.claim()
    assert [(seat.seat, seat.token) for screen in again for seat in screen.seats] == first


def test_asking_again_prolongs_a_lease_that_runs_low(clock: Clock) -> None:
    a, *_ = pair(clock)
    a.claim()
    clock.tick(LEASE.total_seconds() * 0.9)
    assert a.claim()[0].leased_until == clock.now + LEASE


def test_a_votes_screen_makes_room_for_the_next(clock: Clock) -> None:
    a, *_ = pair(clock, NAMES)
    first, second = a.claim()
    a.vote(first, "anger")
    assert a.claim()[0] == second
    assert len(a.screens()) == 2


def test_both_tied_labels_are_on_one_screen(clock: Clock) -> None:
    a, b, c, d = pair(clock)
    for annotator in (a, b, c):
        annotator.says(("anger", "worry"))
    (screen,) = d.claim()
    assert [seat.emotion for seat in screen.seats] == ["anger", "worry"]
    d.vote(screen, "reliable", "unreliable")
    votes = Seat.objects.filter(annotator=d.id, voted=True)
    assert sorted(votes.values_list("reliability_votes__reliability", flat=True)) == [
        "reliable",
        "unreliable",
    ]


def test_no_label_is_shown_but_in_the_reliability_check(clock: Clock) -> None:
    a, b, c, d = pair(clock, reliability_votes=1, valence_ratings=3)
    assert [s.emotion for s in a.claim()[0].seats] == [None]
    for annotator in (a, b, c):
        annotator.says("anger")
    assert [s.emotion for s in d.claim()[0].seats] == ["anger"]
    d.says("reliable")
    assert [s.emotion for s in a.claim()[0].seats] == [None]


def test_the_other_side_of_the_clip_is_never_offered(clock: Clock) -> None:
    a, b, c, d = pair(clock)
    for annotator in (a, b, c):
        annotator.says("anger")
    assert [one.claim() for one in (a, b, c)] == [[], [], []]
    assert len(d.claim()) == 1


# Leases


def test_a_lapsed_seat_goes_to_whoever_asks(clock: Clock) -> None:
    a, b, *_ = pair(clock, emotion_votes=1)
    (lost,) = a.claim()
    assert b.claim() == []
    clock.tick(LEASE.total_seconds() + 1)
    (taken,) = b.claim()
    seats = Seat.objects.in_bulk([lost.seats[0].seat, taken.seats[0].seat])
    old, new = seats[lost.seats[0].seat], seats[taken.seats[0].seat]
    assert (old.closed, old.annotator_id, new.annotator_id) == ("lapsed", a.id, b.id)
    assert (old.number, old.round, old.stage) == (new.number, new.round, new.stage)
    assert old.token != new.token


def test_the_old_token_counts_until_somebody_has_taken_over(clock: Clock) -> None:
    a, b, *_ = pair(clock, emotion_votes=1)
    (screen,) = a.claim()
    clock.tick(100 * LEASE.total_seconds())
    a.vote(screen, "anger")
    assert b.claim() != [], "the reliability check"


def test_once_taken_over_the_vote_is_refused_and_says_why(clock: Clock) -> None:
    a, b, *_ = pair(clock, emotion_votes=1)
    (screen,) = a.claim()
    clock.tick(LEASE.total_seconds() + 1)
    b.claim()
    assert code(a.vote, screen, "anger") == "409 seat_taken_over"
    assert b.screens() != []


def test_who_lost_a_seat_may_get_one_of_the_clip_again(clock: Clock) -> None:
    a, b, *_ = pair(clock, emotion_votes=1)
    a.claim()
    clock.tick(LEASE.total_seconds() + 1)
    (screen,) = b.claim()
    assert a.claim() == []
    b.release(screen)
    assert len(a.claim()) == 1


def test_renewing_keeps_a_seat(clock: Clock) -> None:
    a, b, *_ = pair(clock, emotion_votes=1)
    (screen,) = a.claim()
    for _ in range(3):
        clock.tick(LEASE.total_seconds() * 0.9)
        held = held_seats(screen)
        assert actions.renew(membership=a.membership, held=held, at=clock.now) == {held[0].seat}
    clock.tick(LEASE.total_seconds() * 0.9)
    assert b.claim() == []


def test_renewing_says_which_seats_are_lost(clock: Clock) -> None:
    a, b, *_ = pair(clock, emotion_votes=1)
    (screen,) = a.claim()
    clock.tick(LEASE.total_seconds() + 1)
    b.claim()
    named = [*held_seats(screen), HeldSeat(screen.seats[0].seat, str(uuid4()))]
    assert actions.renew(membership=a.membership, held=named, at=clock.now) == set()


def test_a_wrong_token_opens_no_seat(clock: Clock) -> None:
    a, *_ = pair(clock)
    (screen,) = a.claim()
    screen.seats[0].token = str(uuid4())
    assert code(a.vote, screen, "anger") == "409 wrong_token"


def test_somebody_elses_seat_is_not_there_for_me(clock: Clock) -> None:
    a, b, *_ = pair(clock)
    (screen,) = a.claim()
    assert code(b.vote, screen, "anger") == "404 seat_not_yours"
    assert code(b.release, screen) == "404 seat_not_yours"
    assert code(b.undo, screen) == "404 seat_not_yours"


def test_seats_of_two_clips_are_not_one_screen(clock: Clock) -> None:
    a, *_ = pair(clock, NAMES)
    first, second = a.claim()
    first.seats += second.seats
    assert code(a.vote, first, "anger", "anger") == "400 one_clip_at_a_time"


def test_repeating_a_vote_changes_nothing(clock: Clock) -> None:
    a, *_ = pair(clock)
    (screen,) = a.claim()
    a.vote(screen, ("anger", "worry"))
    a.vote(screen, ("anger", "worry"))
    assert Seat.objects.get(annotator=a.id).emotion_votes.count() == 1


def test_another_vote_on_the_same_seat_is_refused(clock: Clock) -> None:
    a, *_ = pair(clock)
    (screen,) = a.claim()
    a.vote(screen, "anger")
    assert code(a.vote, screen, "worry") == "409 already_voted"


# Release and skip


def test_a_released_seat_is_free_at_once(clock: Clock) -> None:
    a, b, *_ = pair(clock, emotion_votes=1)
    (screen,) = a.claim()
    a.release(screen)
    assert len(b.claim()) == 1
    assert code(a.vote, screen, "anger") == "409 seat_released"


def test_a_released_clip_comes_again(clock: Clock) -> None:
    a, *_ = pair(clock)
    a.release(a.claim()[0])
    assert len(a.claim()) == 1


def test_who_was_shown_a_label_stays_on_the_reliability_side(clock: Clock) -> None:
    a, b, c, d = pair(clock, reliability_votes=1)
    for annotator in (a, b, c):
        annotator.says("anger")
    d.release(d.claim()[0])
    e = factories.annotator(d.membership.corpus, clock)
    e.says("unreliable")
    assert d.claim() == [], "round 2 begins, and it is for those of the agreement side"
    assert d.nothing() == "other_side"
    assert len(a.claim()) == 1


def test_who_only_held_an_emotion_seat_may_judge(clock: Clock) -> None:
    a, b, c, d = pair(clock)
    d.release(d.claim()[0])
    for annotator in (a, b, c):
        annotator.says("anger")
    assert d.claim()[0].stage == "reliability"


def test_a_skipped_clip_is_free_for_others_and_never_offered_again(clock: Clock) -> None:
    a, b, *_ = pair(clock, emotion_votes=1, reliability_votes=0, valence_ratings=3)
    (screen,) = a.claim()
    a.skip(screen, "know_people", "my cousin")
    assert a.claim() == []
    b.says("anger")
    assert a.claim() == [], "nor in a later stage"
    assert a.nothing() == "skipped"
    assert code(a.vote, screen, "anger") == "409 seat_skipped"


def test_skips_are_listed_until_the_coordinator_clears_them(clock: Clock) -> None:
    a, *_ = pair(clock)
    corpus = a.membership.corpus
    a.skip(a.claim()[0], "cannot_play", "black picture")
    skip = Skip.objects.get(corpus=corpus, cleared_at=None)
    assert (skip.reason, skip.note, skip.stage) == ("cannot_play", "black picture", "emotion")
    coordination.clear_skip(skip=skip, by=factories.coordinator(corpus), at=clock.tick())
    assert len(a.claim()) == 1
    assert not Skip.objects.filter(corpus=corpus, cleared_at=None).exists()


def test_a_skip_that_is_let_be_waits_for_nobody_and_still_holds(clock: Clock) -> None:
    a, *_ = pair(clock)
    corpus = a.membership.corpus
    a.skip(a.claim()[0], "know_people")
    (skip,) = inbox.waiting_skips(corpus)
    inbox.leave_skip(skip=skip, by=factories.coordinator(corpus), at=clock.tick())
    assert not inbox.waiting_skips(corpus)
    assert (a.claim(), a.nothing()) == ([], "skipped")


def test_a_skip_waits_for_nobody_while_its_clip_is_set_aside(clock: Clock) -> None:
    a, *_ = pair(clock)
    corpus = a.membership.corpus
    a.skip(a.claim()[0], "cannot_play")
    clip, cora = factories.clip_of(corpus), factories.coordinator(corpus)
    coordination.set_aside(clip=clip, reason="black picture", by=cora, at=clock.tick())
    assert not inbox.waiting_skips(corpus)
    coordination.restore(clip=clip, by=cora, at=clock.tick())
    assert inbox.waiting_skips(corpus).count() == 1


def test_skipping_twice_is_one_skip(clock: Clock) -> None:
    a, *_ = pair(clock)
    (screen,) = a.claim()
    a.skip(screen)
    assert code(a.skip, screen) == "409 seat_skipped"
    assert Skip.objects.count() == 1


def test_a_skip_of_one_keeps_the_clip_from_nobody_else(clock: Clock) -> None:
    a, b, c, d = pair(clock)
    a.skip(a.claim()[0])
    for annotator in (b, c, d):
        annotator.says("anger")
    assert factories.labeling_of(a.membership.corpus).stage == "reliability"


# What does not fit


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ("joy", "400 emotion_not_in_label_set"),
        (("anger", "joy"), "400 emotion_not_in_label_set"),
        (("anger", "anger"), "400 same_label_twice"),
        (("other", "anger"), "400 special_label_stands_alone"),
        (("anger", "unjudgeable"), "400 special_label_stands_alone"),
    ],
)
def test_an_answer_that_breaks_a_rule_names_it(clock: Clock, said: object, refused: str) -> None:
    a, *_ = pair(clock)
    (screen,) = a.claim()
    assert code(a.vote, screen, said) == refused
    assert a.claim() == [screen], "the seat is kept"


def test_one_label_where_one_is_asked(clock: Clock) -> None:
    a, *_ = pair(clock, labels_per_vote=1)
    assert code(a.vote, a.claim()[0], ("anger", "worry")) == "400 too_many_labels"


@pytest.mark.parametrize("valence", [-1, 10, 6])
def test_a_rating_out_of_range_is_refused(clock: Clock, valence: int) -> None:
    numbers: dict[str, Any] = {
        "reliability_votes": 0,
        "emotion_votes": 1,
        "valence_min": 1,
        "valence_max": 5,
    }
    a, b, *_ = pair(clock, valence_ratings=3, **numbers)
    a.says("anger")
    assert code(b.vote, b.claim()[0], valence) == "400 valence_out_of_range"


def test_leases_are_fifteen_minutes() -> None:
    assert timedelta(minutes=15) == LEASE
