"""Undo: one's own last vote, until somebody has claimed a seat that followed from it."""

from annotation import desk
from annotation.desk import Screen
from annotation.models import LabelPair, Seat
from tests import factories
from tests.assignment.test_coordinating import SMALL, stage, void
from tests.assignment.test_holding import code
from tests.factories import Clock


def tokens(screen: Screen) -> list[tuple[int, str]]:
    return [(seat.seat, seat.token) for seat in screen.seats]


def test_the_last_vote_is_undone_and_its_screen_comes_first(clock: Clock) -> None:
    corpus = factories.opened(["clip-1", "clip-2", "clip-3"])
    a = factories.annotator(corpus, clock)
    screen = a.says("anger")
    a.claim()
    a.undo(screen)
    assert tokens(a.claim()[0]) == tokens(screen)
    a.vote(screen, "worry")
    kept = Seat.objects.get(pk=screen.seats[0].seat).emotion_votes.order_by("pk")
    assert [(v.emotion.code, v.superseded_at is not None) for v in kept] == [
        ("anger", True),
        ("worry", False),
    ]


def test_only_the_last_vote_is_undone(clock: Clock) -> None:
    corpus = factories.opened(["clip-1", "clip-2", "clip-3"])
    a = factories.annotator(corpus, clock)
    first, second = a.says("anger"), a.says("worry")
    assert code(a.undo, first) == "409 not_your_last_vote"
    a.undo(second)
    a.undo(first)
    assert code(a.undo, first) == "409 nothing_to_undo"


def test_a_vote_moves_the_clip_back_when_it_is_undone(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    a, b, c = factories.annotators(corpus, 3, clock)
    a.says("anger")
    screen = b.says("anger")
    assert stage(corpus) == ("reliability", 1)
    b.undo(screen)
    assert stage(corpus) == ("emotion", 1)
    assert not LabelPair.objects.filter(labeling__corpus=corpus, withdrawn_at=None).exists()
    assert not Seat.objects.filter(corpus=corpus, stage="reliability").exists()
    assert c.claim() == []


def test_undo_ends_when_somebody_has_claimed_what_followed(clock: Clock) -> None:
    corpus = factories.opened(**SMALL)
    a, b, c = factories.annotators(corpus, 3, clock)
    a.says("anger")
    screen = b.says("anger")
    (taken,) = c.claim()
    assert code(b.undo, screen) == "409 somebody_followed"
    assert desk.undoable(b.membership) is None
    c.release(taken)
    b.undo(screen)
    assert stage(corpus) == ("emotion", 1)


def test_undo_ends_when_the_further_seat_is_claimed(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=2, max_emotion_votes=3)
    a, b, c = factories.annotators(corpus, 3, clock)
    a.says("anger")
    screen = b.says("worry")
    c.claim()
    assert code(b.undo, screen) == "409 somebody_followed"


def test_a_correction_makes_the_unclaimed_further_seat_needless(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=2, max_emotion_votes=3)
    a, b, c = factories.annotators(corpus, 3, clock)
    a.says("anger")
    screen = b.says("worry")
    assert Seat.objects.filter(corpus=corpus, number=3, annotator=None).count() == 1
    b.undo(screen)
    b.vote(screen, "anger")
    assert not Seat.objects.filter(corpus=corpus, stage="emotion", number=3).exists()
    assert c.claim()[0].stage == "reliability"


def test_both_votes_of_a_tied_screen_are_undone_together(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=1, reliability_votes=2)
    a, b = factories.annotators(corpus, 2, clock)
    a.says(("anger", "worry"))
    screen = b.says("reliable", "unreliable")
    b.undo(screen)
    assert tokens(b.claim()[0]) == tokens(screen)


def test_ones_own_next_claim_does_not_end_undo(clock: Clock) -> None:
    """The answer to a vote brings the next seat: that may be on the very clip."""
    corpus = factories.opened(emotion_votes=1, reliability_votes=0, valence_ratings=3)
    a = factories.annotator(corpus, clock)
    screen = a.says("anger")
    assert a.claim()[0].stage == "valence"
    a.undo(screen)
    assert [s.stage for s in a.claim()] == ["emotion"]


def test_the_desk_says_what_can_be_undone(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    assert desk.undoable(a.membership) is None
    screen = a.says("anger")
    found = desk.undoable(a.membership)
    assert found and (found.seat, found.clip, found.stage) == (
        screen.seats[0].seat,
        "clip-1",
        "emotion",
    )
    a.undo(screen)
    assert desk.undoable(a.membership) is None


def test_a_vote_that_waits_is_not_undone(clock: Clock) -> None:
    """Its seat would be withdrawn, and the annotator could never vote there again."""
    corpus = factories.opened(**SMALL)
    a, b, c, *_ = factories.annotators(corpus, 6, clock)
    first = a.says("anger")
    b.says("anger")
    waiting = c.says("reliable")
    void(a, first)
    assert code(c.undo, waiting) == "409 vote_waits"
    assert desk.undoable(c.membership) is None
