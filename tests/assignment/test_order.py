"""Which clip comes next."""

from typing import Any

from annotation.models import Seat
from collection.models import Clip, Corpus
from tests import factories
from tests.factories import Clock

NAMES = [f"clip-{n:02}" for n in range(1, 13)]
ONE_OF_EACH: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 1, "valence_ratings": 3}


def in_order(corpus: Corpus) -> list[str]:
    return list(
        Clip.objects.filter(corpus=corpus).order_by("shuffle").values_list("name", flat=True)
    )


def test_clips_come_in_the_stored_random_order(clock: Clock) -> None:
    corpus = factories.opened(NAMES, emotion_votes=1)
    a = factories.annotator(corpus, clock)
    came = [a.says("anger").clip_name for _ in NAMES]
    assert came == in_order(corpus)
    assert came != sorted(came), "one time in 479,001,600 the random order is the alphabet's"


def test_everybody_gets_the_same_order(clock: Clock) -> None:
    corpus = factories.opened(NAMES)
    a, b = factories.annotators(corpus, 2, clock)
    assert [a.says("anger").clip_name for _ in NAMES] == [b.says("worry").clip_name for _ in NAMES]


def test_what_is_begun_is_finished_first_valence_before_reliability_before_emotion(
    clock: Clock,
) -> None:
    corpus = factories.opened(NAMES[:4], **ONE_OF_EACH)
    a, b, c = factories.annotators(corpus, 3, clock)
    rated, _ = a.says("anger"), a.says("anger")
    b.vote(b.screen_of(rated.clip_name), "reliable")
    b.release(b.screens()[0])
    stages = [screen.stage for screen in c.claim()]
    assert stages == ["valence", "reliability"]
    c.says(1)
    assert [screen.stage for screen in c.claim()] == ["reliability", "emotion"]


def test_clips_one_has_not_seen_come_first(clock: Clock) -> None:
    """In each stage: a rater gets the clips of others before those they voted on."""
    corpus = factories.opened(NAMES[:4], emotion_votes=1, reliability_votes=0, valence_ratings=3)
    a, b = factories.annotators(corpus, 2, clock)
    first, second = a.claim()
    third, fourth = b.claim()
    for annotator, screen in ((a, first), (a, second), (b, third), (b, fourth)):
        annotator.vote(screen, "anger")
    came = [a.says(0).clip_name for _ in range(4)]
    assert set(came[:2]) == {third.clip_name, fourth.clip_name}
    assert set(came[2:]) == {first.clip_name, second.clip_name}


def test_in_round_2_who_has_not_seen_the_clip_is_asked_first(clock: Clock) -> None:
    corpus = factories.opened(["seen"], emotion_votes=1, reliability_votes=1)
    a, b = factories.annotators(corpus, 2, clock)
    a.says("anger")
    b.says("unreliable")
    factories.clips(corpus, ["new"])
    factories.open_clips(corpus, at=clock.tick())
    assert [screen.clip_name for screen in a.claim()] == ["new", "seen"]


def test_not_two_clips_of_one_video_in_a_row_if_another_is_to_be_had(clock: Clock) -> None:
    corpus = factories.corpus(emotion_votes=1)
    factories.clips(corpus, NAMES)
    of = dict(zip(in_order(corpus), ["film-1"] * 6 + ["film-2"] * 6, strict=True))
    factories.clips(corpus, NAMES, videos=of)
    factories.open_clips(corpus, at=clock.tick())
    a = factories.annotator(corpus, clock)
    came = [of[a.says("anger").clip_name] for _ in NAMES]
    assert all(came[at] != came[at + 1] for at in range(len(came) - 1)), came


def test_another_video_is_found_behind_many_clips_of_one(clock: Clock) -> None:
    """Each clip has several seats; another film's clip still comes between."""
    corpus = factories.corpus(emotion_votes=3)
    factories.clips(corpus, NAMES)
    of = dict(zip(in_order(corpus), ["film-1"] * 10 + ["film-2"] * 2, strict=True))
    factories.clips(corpus, NAMES, videos=of)
    factories.open_clips(corpus, at=clock.tick())
    a = factories.annotator(corpus, clock)
    came = [of[a.says("anger").clip_name] for _ in range(4)]
    assert came == ["film-1", "film-2", "film-1", "film-2"]


def test_of_one_video_alone_all_clips_come(clock: Clock) -> None:
    corpus = factories.corpus(emotion_votes=1)
    factories.clips(corpus, NAMES[:4], videos=dict.fromkeys(NAMES, "film-1"))
    factories.open_clips(corpus, at=clock.tick())
    a = factories.annotator(corpus, clock)
    assert len({a.says("anger").clip_name for _ in range(4)}) == 4


def test_seats_are_numbered_and_made_in_advance(clock: Clock) -> None:
    corpus = factories.opened(NAMES[:2])
    seats = Seat.objects.filter(corpus=corpus).order_by("labeling", "number")
    assert list(seats.values_list("number", flat=True)) == [1, 2, 3, 1, 2, 3]
    assert not seats.exclude(annotator=None).exists()
