"""Many at once, with real threads and connections: what is last goes to one, and nothing locks."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from annotation import actions, coordination, opening
from annotation.models import EmotionVote, Labeling, Seat
from annotation.protocol import Stage
from collection.models import Clip
from jobs.errors import Refusal
from tests import factories
from tests.factories import Annotator, Clock
from tests.protocol.oracle import Numbers
from tests.protocol.snapshots import Snapshot, check

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(tasks: list[Callable[[], Any]]) -> list[Any]:
    """Run all at the same moment, each on a connection of its own; what each returned or raised."""
    ready = Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            ready.wait(60)
            return task()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return [found.result() for found in [pool.submit(run, task) for task in tasks]]


def people(corpus: Any, number: int) -> list[Annotator]:
    clock = Clock(datetime.now(UTC))
    return factories.annotators(corpus, number, clock)


def test_64_simultaneous_claims_for_the_last_seat_give_it_to_one() -> None:
    corpus = factories.opened(emotion_votes=1)
    annotators = people(corpus, 64)
    now = timezone.now()
    found = at_once([partial(actions.claim, membership=a.membership, at=now) for a in annotators])
    assert found == [None] * 64
    assert Seat.objects.exclude(annotator=None).count() == 1
    assert Seat.objects.count() == 1


def test_64_simultaneous_claims_fill_seats_of_24_clips_without_a_doubly_taken_one() -> None:
    corpus = factories.opened([f"clip-{n}" for n in range(24)], emotion_votes=3)
    annotators = people(corpus, 64)
    now = timezone.now()
    found = at_once([partial(actions.claim, membership=a.membership, at=now) for a in annotators])
    assert found == [None] * 64
    held = Counter(Seat.objects.exclude(annotator=None).values_list("annotator", flat=True))
    assert sum(held.values()) == 72, "every seat is taken, none is left while somebody has room"
    assert max(held.values()) <= 2


def test_a_lapsed_seat_is_taken_over_by_one() -> None:
    corpus = factories.opened(emotion_votes=1)
    first, *others = people(corpus, 17)
    first.claim()
    later = first.clock.tick(10_000)
    found = at_once([partial(actions.claim, membership=a.membership, at=later) for a in others])
    assert found == [None] * 16
    assert Seat.objects.filter(closed=None).exclude(annotator=first.id).count() == 1
    assert Seat.objects.filter(closed="lapsed").count() == 1


def test_two_tabs_get_the_same_seats_and_tokens() -> None:
    corpus = factories.opened([f"clip-{n}" for n in range(10)])
    (a,) = people(corpus, 1)
    now = timezone.now()

    def tab() -> list[tuple[int, str]]:
        actions.claim(membership=a.membership, at=now)
        return sorted((s.seat, s.token) for screen in a.screens() for s in screen.seats)

    for _ in range(5):
        tabs = at_once([tab] * 8)
        assert len(tabs[0]) == 2
        assert all(seen == tabs[0] for seen in tabs)
        a.vote(a.screens()[0], "anger")


def test_a_double_click_makes_one_vote() -> None:
    corpus = factories.opened()
    (a,) = people(corpus, 1)
    (screen,) = a.claim()
    answer = factories.answer(screen, screen.seats[0], "anger")
    now = timezone.now()
    clicks = at_once([lambda: actions.vote(membership=a.membership, answers=[answer], at=now)] * 8)
    assert clicks == [None] * 8
    assert EmotionVote.objects.count() == 1


def test_of_two_different_answers_at_once_one_counts() -> None:
    corpus = factories.opened()
    (a,) = people(corpus, 1)
    (screen,) = a.claim()
    now = timezone.now()
    said = [factories.answer(screen, screen.seats[0], label) for label in ("anger", "worry")]
    clicks = at_once(
        [partial(actions.vote, membership=a.membership, answers=[x], at=now) for x in said]
    )
    refused = [click for click in clicks if click is not None]
    assert [type(error) for error in refused] == [Refusal]
    assert refused[0].code == "already_voted"
    assert EmotionVote.objects.count() == 1


def test_a_vote_and_a_take_over_at_once_leave_one_holder() -> None:
    for _ in range(10):
        corpus = factories.opened(emotion_votes=1, reliability_votes=0, valence_ratings=0)
        a, b = people(corpus, 2)
        (screen,) = a.claim()
        later = a.clock.tick(10_000)
        answer = factories.answer(screen, screen.seats[0], "anger")
        voted, claimed = at_once(
            [
                partial(
                    actions.vote,
                    membership=a.membership,
                    answers=[answer],
                    at=later,
                ),
                partial(actions.claim, membership=b.membership, at=later),
            ]
        )
        assert claimed is None
        took_over = Seat.objects.filter(corpus=corpus, annotator=b.id).exists()
        assert took_over == isinstance(voted, Refusal), voted
        assert EmotionVote.objects.filter(seat__corpus=corpus).count() == (not took_over)


def test_two_coordinators_opening_the_same_clips_open_each_once() -> None:
    corpus = factories.corpus()
    names = [f"clip-{n}" for n in range(40)]
    factories.clips(corpus, names)
    chosen = [opening.choose_clips(corpus=corpus, by=None) for _ in range(6)]
    now = timezone.now()

    def open_all(one: Any) -> int:
        opened = 0
        while batch := opening.open_batch(one, most=7, at=now):
            opened += batch
        return opened

    found = at_once([partial(open_all, one) for one in chosen])
    assert sum(found) == 40, found
    assert Labeling.objects.count() == 40
    assert Seat.objects.count() == 120


def test_the_same_void_from_two_coordinators_voids_once() -> None:
    corpus = factories.opened()
    (a,) = people(corpus, 1)
    a.says("anger")
    by = factories.coordinator(corpus)
    vote = EmotionVote.objects.get()
    clip = factories.clip_of(corpus)
    now = timezone.now()
    at_once(
        [
            lambda: coordination.void_votes(
                clip=clip, votes=[(Stage.EMOTION, vote.pk)], reason="No", by=by, at=now
            )
        ]
        * 4
    )
    assert Seat.objects.filter(closed="voided").count() == 1
    assert Seat.objects.filter(closed=None).count() == 3


MIXED_SECONDS = 4
NUMBERS = Numbers(emotion_votes=2, max_emotion_votes=3, valence_ratings=3)


def test_16_people_and_a_coordinator_at_once_leave_everything_in_order() -> None:
    """Claims, votes, undos, releases, skips, voids and settings-aside on few clips, so that
    they meet; no error but refusals, and afterwards the tables are as the oracle says."""
    corpus = factories.opened(
        [f"clip-{n}" for n in range(12)],
        **{k: v for k, v in vars(NUMBERS).items() if k != "special"},
    )
    annotators = people(corpus, 16)
    by = factories.coordinator(corpus)
    until = time.monotonic() + MIXED_SECONDS
    found = at_once(
        [*(partial(label, a, n, until) for n, a in enumerate(annotators)),
         partial(coordinate, corpus, by, until)]
    )  # fmt: skip
    errors = [error for error in found if isinstance(error, Exception)]
    assert not errors, errors
    codes: Counter[str] = sum(found, Counter())
    assert codes["votes"] > 30, codes
    assert not set(codes) - EXPECTED, codes
    check(Snapshot.of(corpus), NUMBERS)


EXPECTED = {
    "clip_is_set_aside",
    "votes", "undone", "seat_withdrawn", "seat_taken_over", "vote_voided", "not_your_last_vote",
    "nothing_to_undo", "somebody_followed", "vote_waits", "already_set_aside", "not_set_aside",
    "vote_not_countable", "seat_released", "seat_skipped",
}  # fmt: skip


def label(a: Annotator, number: int, until: float) -> Counter[str]:
    """Work as fast as one can, with seldom a step back; what happened, counted."""
    happened: Counter[str] = Counter()
    step = number
    while time.monotonic() < until:
        step += 1
        now = timezone.now()
        try:
            actions.claim(membership=a.membership, at=now)
            for screen in a.screens()[:1]:
                said = SAYS[screen.stage][step % len(SAYS[screen.stage])]
                if step % 11 == 0:
                    a.release(screen)
                elif step % 37 == 0:
                    a.skip(screen)
                else:
                    a.clock.now = now
                    a.vote(screen, *[said] * len(screen.seats))
                    happened["votes"] += 1
                if step % 5 == 0:
                    a.undo(screen)
                    happened["undone"] += 1
        except Refusal as refusal:
            happened[refusal.code] += 1
    return happened


SAYS: dict[str, list[Any]] = {
    "emotion": ["anger", "anger", ("anger", "worry"), "worry", "other"],
    "reliability": ["reliable", "reliable", "reliable", "unreliable"],
    "valence": [-1, 0, 3],
}


def coordinate(corpus: Any, by: Any, until: float) -> Counter[str]:
    happened: Counter[str] = Counter()
    clips = list(Clip.objects.filter(corpus=corpus).select_related("corpus").order_by("pk"))
    step = 0
    while time.monotonic() < until:
        step += 1
        clip = clips[step % len(clips)]
        now = timezone.now()
        votes = EmotionVote.objects.filter(seat__clip=clip, void=None, superseded_at=None)
        try:
            for vote in votes[: step % 2]:
                coordination.void_votes(
                    clip=clip, votes=[(Stage.EMOTION, vote.pk)], reason="No", by=by, at=now
                )
            if step % 3 == 0:
                coordination.set_aside(clip=clip, reason="Look", by=by, at=now)
                coordination.restore(clip=clip, by=by, at=timezone.now())
        except Refusal as refusal:
            happened[refusal.code] += 1
        time.sleep(0.05)
    return happened
