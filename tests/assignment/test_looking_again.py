"""A desk remembers how far it has looked in vain, and forgets it when that may have changed."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from annotation import claiming, coordination
from annotation.models import Desk, Skip
from tests import factories
from tests.factories import Clock


@pytest.fixture(autouse=True)
def remembering() -> Iterator[None]:
    """Every look is remembered, not only one that went far."""
    with patch.object(claiming, "REMEMBER_EVERY", 0):
        yield


def test_looking_in_vain_is_remembered(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    a.says("anger")
    assert a.claim() == []
    assert Desk.objects.get(annotator=a.id).any_emotion == 3


def test_a_cleared_skip_is_looked_at_again(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    a.skip(a.claim()[0])
    assert a.claim() == []
    assert Desk.objects.get(annotator=a.id).any_emotion > 3
    skip = Skip.objects.get(corpus=corpus)
    coordination.clear_skip(skip=skip, by=factories.coordinator(corpus), at=clock.tick())
    assert len(a.claim()) == 1


def test_other_seats_of_the_clip_are_looked_at_again_after_a_release(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    (screen,) = a.claim()
    assert a.claim() == [screen], "the other two seats of the clip are not for one who has one"
    assert Desk.objects.get(annotator=a.id).any_emotion == 3
    a.release(screen)
    assert Desk.objects.get(annotator=a.id).any_emotion < 2


def test_a_lapsed_seats_holder_looks_again(clock: Clock) -> None:
    corpus = factories.opened()
    a, b = factories.annotators(corpus, 2, clock)
    a.claim()
    a.claim()
    clock.tick(10_000)
    b.claim()
    assert Desk.objects.get(annotator=a.id).any_emotion < 2
    assert len(a.claim()) == 1


def test_a_withdrawn_seats_holder_looks_again(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    by = factories.coordinator(corpus)
    a.claim()
    a.claim()
    clip = factories.clip_of(corpus)
    coordination.set_aside(clip=clip, reason="Look", by=by, at=clock.tick())
    coordination.restore(clip=clip, by=by, at=clock.tick())
    assert len(a.claim()) == 1
