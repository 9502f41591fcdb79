"""An earlier labeling of a clip stays as it ended, whatever is asked of its votes and wherever the
labeling after it stands."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from annotation import clips_actions, coordination, desk, own_votes, tasks
from annotation.models import Labeling, Seat, SettingAside, Void
from annotation.protocol import Stage
from annotation.rechecking import recheck
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.progress import Silent
from tests import factories
from tests.assignment.test_coordinating import set_aside, void
from tests.assignment.test_holding import code
from tests.factories import Annotator, Clock, Screen

# One vote finishes a clip: "other" leaves it unlabeled, an emotion labels it.
ONE_VOTE: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 0, "valence_ratings": 0}
STATES = ["emotion", "labeled", "unlabeled", "set_aside"]


@dataclass
class Again:
    """A clip that `first` left unlabeled and that was opened again."""

    corpus: Corpus
    clock: Clock
    first: Annotator
    screen: Screen
    other: Annotator

    @property
    def votes(self) -> list[coordination.VoteKey]:
        """Those of the earlier labeling."""
        seat = Seat.objects.get(pk=self.screen.seats[0].seat)
        return [(Stage.EMOTION, pk) for pk in seat.emotion_votes.values_list("pk", flat=True)]

    def stands(self) -> list[tuple[int, str, str]]:
        found = Labeling.objects.filter(corpus=self.corpus).order_by("clip__name", "number")
        return list(found.values_list("number", "stage", "reason"))

    def counts(self) -> bool:
        return not Seat.objects.filter(pk=self.screen.seats[0].seat).exclude(closed=None).exists()


def finished(clock: Clock) -> Again:
    corpus = factories.opened(**ONE_VOTE)
    a, b = factories.annotators(corpus, 2, clock)
    return Again(corpus, clock, a, a.says("other"), b)


def opened_again(clock: Clock, state: str = "emotion") -> Again:
    """The second labeling stands at this stage."""
    made = finished(clock)
    factories.open_again(made.corpus)
    if state == "set_aside":
        set_aside(made.corpus, clock)
    elif state != "emotion":
        made.other.says({"labeled": "anger", "unlabeled": "other"}[state])
    assert factories.labeling_of(made.corpus).stage == state
    return made


@pytest.fixture(params=STATES)
def again(clock: Clock, request: pytest.FixtureRequest) -> Again:
    return opened_again(clock, request.param)


# Undo


def test_the_last_vote_is_not_undone_once_the_clip_is_opened_again(again: Again) -> None:
    before = again.stands()
    assert code(again.first.undo, again.screen) == "409 clip_was_opened_again"
    assert desk.undoable(again.first.membership) is None
    (row,) = own_votes.page_of(again.first.membership, 1)[1]
    assert (row["state"], row["undoable"]) == ("earlier", False)
    assert again.stands() == before and again.counts()


def test_until_then_it_is_offered_and_taken_back(clock: Clock) -> None:
    made = finished(clock)
    assert desk.undoable(made.first.membership) is not None
    (row,) = own_votes.page_of(made.first.membership, 1)[1]
    assert (row["state"], row["undoable"]) == ("counts", True)
    made.first.undo(made.screen)
    assert made.stands() == [(1, "emotion", "")]


def test_a_voided_vote_of_an_earlier_labeling_is_told_as_voided(clock: Clock) -> None:
    corpus = factories.opened(**ONE_VOTE)
    a, b = factories.annotators(corpus, 2, clock)
    void(a, a.says("other"), reason="Careless")
    b.says("other")
    factories.open_again(corpus)
    assert [row["state"] for row in own_votes.page_of(a.membership, 1)[1]] == ["voided"]
    assert [row["state"] for row in own_votes.page_of(b.membership, 1)[1]] == ["earlier"]


def test_a_vote_on_the_labeling_that_goes_on_is_undone_as_ever(clock: Clock) -> None:
    made = opened_again(clock, "labeled")
    (row,) = own_votes.page_of(made.other.membership, 1)[1]
    assert (row["state"], row["undoable"]) == ("counts", True)
    made.other.undo(made.other.shown[-1])
    assert made.stands() == [(1, "unlabeled", "other"), (2, "emotion", "")]


# Void


def test_a_vote_of_an_earlier_labeling_is_not_voided(again: Again) -> None:
    before, clip = again.stands(), factories.clip_of(again.corpus)
    with pytest.raises(Refusal) as refused:
        void(again.first, again.screen)
    assert (refused.value.status, refused.value.code) == (409, "vote_not_countable")
    assert refused.value.said.params == {"clip": "clip-1", "vote": again.votes[0][1]}
    assert not set(coordination.votes_of_clip(clip)) & set(again.votes)
    assert again.stands() == before and again.counts()
    assert not Void.objects.exists(), "all or nothing"


def test_one_of_both_labelings_named_voids_neither(clock: Clock) -> None:
    made = opened_again(clock, "labeled")
    clip = factories.clip_of(made.corpus)
    later = coordination.votes_of_clip(clip)
    assert len(later) == 1
    with pytest.raises(Refusal, match="opened again"):
        coordination.void_votes(
            clip=clip,
            votes=[*made.votes, *later],
            reason="Careless",
            by=factories.coordinator(made.corpus),
            at=clock.tick(),
        )
    assert coordination.votes_of_clip(clip) == later


def test_voiding_all_votes_of_a_person_leaves_the_earlier_ones_and_ends(again: Again) -> None:
    factories.clips(again.corpus, ["clip-2"])
    factories.open_clips(again.corpus, at=again.clock.now, names=["clip-2"])
    again.first.vote(again.first.screen_of("clip-2"), "anger")
    before = again.stands()[:2]
    started = coordination.start_void_of_annotator(
        membership=again.first.membership,
        reason="Careless",
        by=factories.coordinator(again.corpus),
        at=again.clock.tick(),
    )
    assert started.job is not None
    tasks.void_of_annotator(started.job.pk)
    started.job.refresh_from_db()
    assert (started.job.state, started.job.message) == ("done", "Votes on 1 clip voided.")
    assert again.stands() == [*before, (1, "emotion", "")]
    assert again.counts()
    assert not any(recheck(again.corpus))


def test_a_void_of_a_person_passes_a_clip_that_is_opened_again_meanwhile(clock: Clock) -> None:
    made = finished(clock)
    started = coordination.start_void_of_annotator(
        membership=made.first.membership,
        reason="Careless",
        by=factories.coordinator(made.corpus),
        at=clock.tick(),
    )
    ((labeling, votes),) = coordination.labelings_to_void(started).items()
    factories.open_again(made.corpus)
    assert not coordination.void_in_labeling(
        void=started, labeling=labeling, votes=votes, at=clock.tick()
    )
    assert made.counts() and coordination.labelings_to_void(started) == {}
    assert made.stands() == [(1, "unlabeled", "other"), (2, "emotion", "")]


def test_voiding_the_votes_of_many_clips_passes_the_earlier_ones_and_goes_on(again: Again) -> None:
    names = ["clip-1", "clip-2"]
    factories.clips(again.corpus, ["clip-2"])
    factories.open_clips(again.corpus, at=again.clock.now, names=["clip-2"])
    again.first.vote(again.first.screen_of("clip-2"), "anger")
    had_votes = factories.labeling_of(again.corpus).stage in ("labeled", "unlabeled")
    action = clips_actions.start(
        corpus=again.corpus,
        what="void_votes",
        reason="Wrong sound",
        by=factories.coordinator(again.corpus),
        names=names,
    )
    clips_actions.carry_out(action, Silent())
    refused = {row.clip.name: row.code for row in clips_actions.refused_clips(action)}
    assert refused == ({} if had_votes else {"clip-1": "clip_has_no_votes"})
    assert again.stands()[0] == (1, "unlabeled", "other") and again.counts()
    assert again.stands()[2] == (1, "emotion", "")
    assert not any(recheck(again.corpus))


# At once


@dataclass
class Opener:
    """Opens the clip again in a thread of its own, and holds the transaction for a while."""

    corpus: Corpus

    def __post_init__(self) -> None:
        self.written, self.commit = Event(), Event()

    def __call__(self) -> None:
        try:
            with transaction.atomic():
                factories.open_again(self.corpus)
                self.written.set()
                self.commit.wait(1)  # s; the other is tried meanwhile and has to wait
        finally:
            connections.close_all()


def while_it_is_opened_again(corpus: Corpus, attempt: Callable[[], None]) -> None:
    opener = Opener(corpus)
    with ThreadPoolExecutor(1) as pool:
        opening: Future[None] = pool.submit(opener)
        assert opener.written.wait(30)
        attempt()
        opener.commit.set()
        opening.result()


def void_first(made: Again) -> None:
    with pytest.raises(Refusal) as refused:
        void(made.first, made.screen)
    assert refused.value.code == "vote_not_countable"


def void_all_of_first(made: Again) -> None:
    started = coordination.start_void_of_annotator(
        membership=made.first.membership,
        reason="Careless",
        by=factories.coordinator(made.corpus),
        at=made.clock.tick(),
    )
    assert started.job is not None
    tasks.void_of_annotator(started.job.pk)
    started.job.refresh_from_db()
    assert (started.job.state, started.job.message) == ("done", "Votes on 0 clips voided.")


def undo_first(made: Again) -> None:
    assert code(made.first.undo, made.screen) == "409 clip_was_opened_again"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attempt", [void_first, void_all_of_first, undo_first])
def test_who_comes_while_a_clip_is_opened_again_waits_and_finds_it_so(
    attempt: Callable[[Again], None],
) -> None:
    made = finished(Clock())
    while_it_is_opened_again(made.corpus, lambda: attempt(made))
    assert made.stands() == [(1, "unlabeled", "other"), (2, "emotion", "")]
    assert made.counts()


@pytest.mark.django_db(transaction=True)
def test_setting_aside_a_clip_that_is_just_opened_again_takes_its_new_labeling() -> None:
    made = finished(Clock())
    while_it_is_opened_again(made.corpus, lambda: set_aside(made.corpus, made.clock))
    assert made.stands() == [(1, "unlabeled", "other"), (2, "set_aside", "")]
    assert SettingAside.objects.get().labeling.number == 2


# Queries


def queries(task: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        task()
    return len(captured)


def test_the_desk_and_own_votes_cost_the_same_however_many_are_opened_again(clock: Clock) -> None:
    names = [f"clip-{n}" for n in range(12)]
    corpus = factories.opened(names, **ONE_VOTE)
    a = factories.annotator(corpus, clock)
    for _ in names:
        a.says("other")

    def cost() -> tuple[int, int]:
        return (
            queries(lambda: desk.undoable(a.membership)),
            queries(lambda: own_votes.page_of(a.membership, 1)),
        )

    assert cost() == (1, 3)
    factories.open_again(corpus, names)
    assert cost() == (1, 3)
    assert {row["state"] for row in own_votes.page_of(a.membership, 1)[1]} == {"earlier"}


def test_voiding_many_votes_of_a_clip_costs_no_more_than_voiding_one(clock: Clock) -> None:
    costs = []
    for number in (1, 8):
        corpus = factories.opened(emotion_votes=9, max_emotion_votes=9)
        people = factories.annotators(corpus, number, clock)
        screens = [a.says("anger") for a in people]
        clip, by = factories.clip_of(corpus), factories.coordinator(corpus)
        votes = coordination.votes_of_clip(clip)
        assert len(votes) == len(screens) == number
        costs.append(
            queries(
                lambda clip=clip, by=by, votes=votes: coordination.void_votes(  # type: ignore[misc]
                    clip=clip, votes=votes, reason="Careless", by=by, at=clock.tick()
                )
            )
        )
    assert costs[1] == costs[0]
