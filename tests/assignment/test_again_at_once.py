"""Opening a clip again while somebody changes the labeling before: one comes after the other."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import pytest
from django.db import connections, transaction

from annotation import coordination, opening
from annotation.models import EmotionVote, Labeling
from annotation.protocol import Stage
from collection.models import Corpus
from jobs import transactions
from jobs.errors import Refusal
from jobs.progress import Silent
from tests import factories
from tests.factories import Annotator, Clock

pytestmark = pytest.mark.django_db(transaction=True)

# Two votes are a tie and leave the clip unlabeled; without one of them it is open again.
TIE: dict[str, Any] = {
    "emotion_votes": 2,
    "max_emotion_votes": 2,
    "reliability_votes": 0,
    "valence_ratings": 0,
}
WAITS = 0.6  # s, longer than the opening waits before it looks again


@pytest.fixture(autouse=True)
def no_deadlock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is a deadlock's victim would be tried again; here they fail."""
    monkeypatch.setattr(transactions, "ATTEMPTS", 1)


class Clip:
    """One that ended unlabeled, and what may be done to its labeling."""

    def __init__(self) -> None:
        clock = Clock()
        self.corpus: Corpus = factories.opened(**TIE)
        people: list[Annotator] = factories.annotators(self.corpus, 2, clock)
        people[0].says("anger")
        self.last = people[1]
        self.screen = self.last.says("worry")
        self.by, self.at = factories.coordinator(self.corpus), clock.tick()
        self.first = factories.labeling_of(self.corpus)
        assert self.first.stage == Stage.UNLABELED
        names = ["clip-1"]
        self.chosen = opening.choose_clips(corpus=self.corpus, by=None, names=names, again=True)

    def void(self) -> None:
        clip, vote = factories.clip_of(self.corpus), EmotionVote.objects.latest("pk")
        votes = [(Stage.EMOTION, vote.pk)]
        coordination.void_votes(clip=clip, votes=votes, reason="No", by=self.by, at=self.at)

    def undo(self) -> None:
        self.last.undo(self.screen)

    def set_aside(self) -> None:
        clip = factories.clip_of(self.corpus)
        coordination.set_aside(clip=clip, reason="Two faces", by=self.by, at=self.at)

    def open_again(self) -> None:
        assert opening.open_batch(self.chosen, most=1, at=self.at) == 1

    def labelings(self) -> list[tuple[int, str]]:
        found = Labeling.objects.filter(corpus=self.corpus).order_by("number")
        return list(found.values_list("number", "stage"))


@contextmanager
def meanwhile(act: Callable[[], None], *, before: Labeling | None = None) -> Iterator[Future[None]]:
    """Somebody else does it in a transaction that goes on for a while: done already, or, with
    `before`, still holding no more than this labeling."""
    began = Event()

    def work() -> None:
        try:
            with transaction.atomic():
                if before is not None:
                    Labeling.objects.select_for_update(no_key=True).get(pk=before.pk)
                else:
                    act()
                began.set()
                Event().wait(WAITS)
                if before is not None:
                    act()
        finally:
            began.set()
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(work)
        assert began.wait(30)
        yield working
        working.result()


ENDS = {"void": "emotion", "undo": "emotion", "set_aside": "set_aside"}


@pytest.mark.parametrize("holds", ["everything", "the labeling"])
@pytest.mark.parametrize("what", ENDS)
def test_whose_labeling_is_just_taken_up_again_is_not_opened_again(what: str, holds: str) -> None:
    clip = Clip()
    before = clip.first if holds == "the labeling" else None
    with meanwhile(getattr(clip, what), before=before):
        assert opening.run_opening(clip.chosen, Silent()) == 0
    assert clip.labelings() == [(1, ENDS[what])]


def test_what_is_given_up_holds_no_opening_up_for_ever() -> None:
    clip = Clip()

    def give_up() -> None:
        clip.void()
        raise InterruptedError

    with pytest.raises(InterruptedError), meanwhile(give_up, before=clip.first):
        assert opening.run_opening(clip.chosen, Silent()) == 1
    assert clip.labelings() == [(1, "unlabeled"), (2, "emotion")]


def test_who_sets_aside_waits_for_the_opening_and_sets_the_new_labeling_aside() -> None:
    clip = Clip()
    with meanwhile(clip.open_again):
        clip.set_aside()
    assert clip.labelings() == [(1, "unlabeled"), (2, "set_aside")]


@pytest.mark.parametrize(
    ("what", "code"), [("void", "vote_not_countable"), ("undo", "clip_was_opened_again")]
)
def test_who_comes_too_late_is_told_so(what: str, code: str) -> None:
    clip = Clip()
    with meanwhile(clip.open_again), pytest.raises(Refusal) as caught:
        getattr(clip, what)()
    assert caught.value.code == code
    assert clip.labelings() == [(1, "unlabeled"), (2, "emotion")]
