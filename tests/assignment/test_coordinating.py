"""Void, set aside, hold to stages: what follows from it, and who is told."""

from typing import Any

import pytest

from accounts.actions import change_member
from accounts.models import Membership
from annotation import coordination, corpora
from annotation.models import Labeling, LabelPair, Seat
from annotation.progress import seats_held
from annotation.protocol import Stage
from collection.models import Corpus
from jobs.errors import Refusal
from tests import factories
from tests.assignment.test_holding import code
from tests.factories import Annotator, Clock, Screen

SMALL: dict[str, Any] = {"emotion_votes": 2, "reliability_votes": 1, "valence_ratings": 3}


def change(a: Annotator, **changes: Any) -> None:
    change_member(
        corpus=a.membership.corpus,
        membership_id=a.membership.pk,
        at=a.clock.tick(),
        count_seats=seats_held,
        **changes,
    )
    a.membership = Membership.objects.select_related("corpus").get(pk=a.membership.pk)


def stage(corpus: Corpus) -> tuple[str, int]:
    labeling = factories.labeling_of(corpus)
    return labeling.stage, labeling.round


def void(a: Annotator, *screens: Screen, reason: str = "Not careful") -> None:
    corpus = a.membership.corpus
    votes = []
    for screen in screens:
        for seat in Seat.objects.filter(pk__in=[s.seat for s in screen.seats]):
            of: Any = {
                "emotion": seat.emotion_votes,
                "reliability": seat.reliability_votes,
                "valence": seat.valence_ratings,
            }[seat.stage]
            votes.append((Stage(seat.stage), of.get(superseded_at=None).pk))
    coordination.void_votes(
        clip=factories.clip_of(corpus),
        votes=votes,
        reason=reason,
        by=factories.coordinator(corpus),
        at=a.clock.tick(),
    )


def set_aside(corpus: Corpus, clock: Clock) -> None:
    coordination.set_aside(
        clip=factories.clip_of(corpus),
        reason="Two faces",
        by=factories.coordinator(corpus),
        at=clock.tick(),
    )


# Void


def test_a_voided_vote_frees_its_place_for_somebody_else(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    a, b, c = factories.annotators(corpus, 3, clock)
    screen = a.says("anger")
    void(a, screen)
    assert a.claim() == [], "not for who was voided"
    b.says("anger")
    assert stage(corpus) == ("emotion", 1)
    c.says("anger")
    assert stage(corpus) == ("reliability", 1)
    assert code(a.vote, screen, "anger") == "409 vote_voided"


def test_later_votes_are_kept_and_count_again_after_a_void(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    a, b, c, d, e, f = factories.annotators(corpus, 6, clock)
    first = a.says("anger")
    b.says("anger")
    c.says("reliable")
    for rater, rating in zip((d, e, f), (1, 2, 4), strict=True):
        rater.says(rating)
    assert stage(corpus) == ("labeled", 1)
    void(a, first)
    assert stage(corpus) == ("emotion", 1)
    assert factories.labeling_of(corpus).valence_count is None
    assert not LabelPair.objects.filter(labeling__corpus=corpus, withdrawn_at=None).exists()
    d.says("anger")
    labeling = factories.labeling_of(corpus)
    assert (labeling.stage, labeling.valence_sum, labeling.valence_count) == ("labeled", 2, 1)


def test_judges_keep_their_side_when_the_clip_falls_back(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    a, b, c, d = factories.annotators(corpus, 4, clock)
    first = a.says("anger")
    b.says("anger")
    c.says("reliable")
    void(a, first)
    assert (c.claim(), c.nothing()) == ([], "other_side")
    assert d.claim()[0].stage == "emotion"


def test_with_another_label_the_judges_judge_again(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=1, reliability_votes=1, valence_ratings=0)
    a, b, c = factories.annotators(corpus, 3, clock)
    first = a.says("anger")
    b.says("reliable")
    void(a, first)
    c.says("worry")
    assert stage(corpus) == ("reliability", 1)
    (screen,) = b.claim()
    assert [s.emotion for s in screen.seats] == ["worry"]


def test_a_held_seat_that_a_void_makes_needless_is_withdrawn_with_the_reason(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    a, b, c = factories.annotators(corpus, 3, clock)
    first = a.says("anger")
    b.says("anger")
    (held,) = c.claim()
    void(a, first)
    assert c.screens() == []
    assert code(c.vote, held, "reliable") == "409 seat_withdrawn"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_void_needs_a_reason(clock: Clock, reason: str) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    screen = a.says("anger")
    with pytest.raises(Refusal, match="reason"):
        void(a, screen, reason=reason)


def test_a_vote_is_voided_once(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    screen = a.says("anger")
    void(a, screen)
    with pytest.raises(Refusal) as refused:
        void(a, screen)
    assert refused.value.code == "vote_not_countable"


# Set aside


def test_setting_aside_withdraws_held_seats_and_tells_their_holders(clock: Clock) -> None:
    corpus = factories.opened()
    a, b = factories.annotators(corpus, 2, clock)
    (held,) = a.claim()
    set_aside(corpus, clock)
    assert a.screens() == []
    assert code(a.vote, held, "anger") == "409 clip_is_set_aside"
    assert b.claim() == []
    assert Labeling.objects.get(clip__corpus=corpus).stage == "set_aside"


def test_restoring_puts_the_clip_where_its_votes_leave_it(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    a, b, c = factories.annotators(corpus, 3, clock)
    a.says("anger")
    b.says("anger")
    (held,) = c.claim()
    set_aside(corpus, clock)
    coordination.restore(
        clip=factories.clip_of(corpus), by=factories.coordinator(corpus), at=clock.tick()
    )
    assert stage(corpus) == ("reliability", 1)
    (again,) = c.claim()
    assert again.seats != held.seats


def test_a_vote_on_a_clip_set_aside_is_not_undone(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    screen = a.says("anger")
    set_aside(corpus, clock)
    assert code(a.undo, screen) == "409 vote_waits"


def test_setting_aside_twice_and_restoring_twice_are_refused(clock: Clock) -> None:
    corpus = factories.opened()
    by = factories.coordinator(corpus)
    set_aside(corpus, clock)
    assert code(set_aside, corpus, clock) == "409 already_set_aside"
    coordination.restore(clip=factories.clip_of(corpus), by=by, at=clock.tick())
    with pytest.raises(Refusal) as refused:
        coordination.restore(clip=factories.clip_of(corpus), by=by, at=clock.tick())
    assert refused.value.code == "not_set_aside"


# People and stages


def test_people_held_to_stages_get_no_others(clock: Clock) -> None:
    corpus = factories.opened(["clip-1", "clip-2"], **SMALL)
    a, b, c = factories.annotators(corpus, 3, clock)
    change(c, stages=["reliability"])
    assert c.claim() == []
    a.says("anger")
    b.says("anger")
    assert [screen.stage for screen in c.claim()] == ["reliability"]


def test_what_a_paused_annotator_holds_stays_theirs_until_it_lapses(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=1)
    a, b = factories.annotators(corpus, 2, clock)
    a.claim()
    change(a, paused=True)
    assert b.claim() == []
    clock.tick(1000)
    assert len(b.claim()) == 1


def test_a_paused_corpus_gives_no_seats_but_takes_the_votes_of_those_held(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    (screen,) = a.claim()
    corpora.change_corpus(corpus=corpus, changes={}, paused=True, at=clock.tick())
    a.vote(screen, "anger")
    assert Seat.objects.get(annotator=a.id).emotion_votes.count() == 1
