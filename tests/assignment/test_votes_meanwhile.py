"""Votes on their way while their annotator leaves, or while their corpus is deleted."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Event

import pytest
from django.db import connections, transaction
from django.utils import timezone

from accounts.models import User
from annotation import deleting, leaving
from annotation.models import EmotionVote, Seat
from collection.models import Corpus
from jobs.progress import Silent
from tests import factories
from tests.factories import Annotator, Clock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def anna() -> Annotator:
    corpus = factories.opened(["clip-1", "clip-2"], emotion_votes=1)
    return factories.annotator(corpus, Clock(datetime.now(UTC)))


@contextmanager
def on_their_way(*votes: Callable[[], None]) -> Iterator[None]:
    """The first is written before the block, the others and the commit come a second later:
    the block has to wait for them."""
    written, go_on = Event(), Event()

    def cast() -> None:
        try:
            with transaction.atomic():
                for vote in votes:
                    vote()
                    written.set()
                    go_on.wait(1)  # s
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        casting = pool.submit(cast)
        assert written.wait(30)
        yield
        go_on.set()
        casting.result()


def test_they_are_kept_when_their_annotator_is_deactivated(anna: Annotator) -> None:
    """The deactivation waits for one clip's vote and finds the other clip voted on, too."""
    root = factories.person(site_administrator=True)
    first, second = sorted(anna.claim(), key=lambda screen: screen.seats[0].seat)
    with on_their_way(lambda: anna.vote(first, "anger"), lambda: anna.vote(second, "worry")):
        leaving.deactivate(user=anna.membership.user, by=root, at=timezone.now())
    assert not User.objects.get(pk=anna.id).is_active
    assert EmotionVote.objects.filter(seat__closed=None).count() == 2
    assert not Seat.objects.filter(annotator=anna.id, leased_until__isnull=False).exists()


def test_they_go_with_a_corpus_that_is_being_deleted(anna: Annotator) -> None:
    corpus, root = anna.membership.corpus, factories.person(site_administrator=True)
    screen = anna.claim()[0]
    with on_their_way(lambda: anna.vote(screen, "anger")):
        deletion = deleting.start_deletion(
            corpus=corpus, typed=corpus.slug, by=root, at=timezone.now()
        )
        deleting.run_deletion(deletion, Silent())
    assert not Corpus.objects.exists()
    assert not EmotionVote.objects.exists()
