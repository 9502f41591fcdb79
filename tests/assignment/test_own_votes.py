"""What annotators see of their own votes: all of theirs, nothing of others'."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from accounts.models import Membership
from annotation import coordination, own_votes
from annotation.ballots import Manner
from jobs.pages import ROWS
from tests import factories
from tests.assignment.test_coordinating import void
from tests.factories import Annotator, Clock
from tests.tasks.test_votes_roundtrip import CLIPS, NUMBERS, People, exported

STATES = {"counted": "counts", "waiting": "waits", "voided": "voided", "earlier": "earlier"}


def history(a: Annotator, page: int = 1) -> list[dict[str, Any]]:
    return own_votes.page_of(a.membership, page)[1]


def test_they_are_listed_newest_first_with_what_was_said(clock: Clock) -> None:
    corpus = factories.opened(["clip-1", "clip-2"], emotion_votes=1, reliability_votes=1)
    a, b = factories.annotators(corpus, 2, clock)
    first = a.claim()[0]
    a.vote(first, ("anger", "worry"), manner=Manner(700, 2, "Two faces"))
    judged = b.says("reliable", "unreliable")
    a.says("sadness")
    newest, oldest = history(a)
    assert (newest["emotion"], newest["second_emotion"], newest["note"]) == ("sadness", None, "")
    assert oldest["at"] < newest["at"]
    assert {name: oldest[name] for name in ("clip_name", "stage", "round", "proposed")} == {
        "clip_name": first.clip_name,
        "stage": "emotion",
        "round": 1,
        "proposed": None,
    }
    assert (oldest["emotion"], oldest["second_emotion"]) == ("anger", "worry")
    assert (oldest["note"], oldest["response_ms"]) == ("Two faces", 700)
    said = {row["proposed"]: row["reliability"] for row in history(b)}
    assert said == {"anger": "reliable", "worry": "unreliable"}
    assert {row["seat"] for row in history(b)} == {seat.seat for seat in judged.seats}


def test_the_last_one_is_undone_from_there_and_then_gone(clock: Clock) -> None:
    corpus = factories.opened(["clip-1", "clip-2", "clip-3"])
    a = factories.annotator(corpus, clock)
    for label in ("anger", "worry"):
        screen = a.says(label)
    assert [(row["emotion"], row["undoable"]) for row in history(a)] == [
        ("worry", True),
        ("anger", False),
    ]
    a.undo(screen)
    assert [(row["emotion"], row["undoable"]) for row in history(a)] == [("anger", True)]


def test_both_votes_of_a_tied_screen_are_undoable_together(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=1, reliability_votes=2)
    a, b = factories.annotators(corpus, 2, clock)
    a.says(("anger", "worry"))
    b.says("reliable", "unreliable")
    assert [row["undoable"] for row in history(b)] == [True, True]
    assert [row["undoable"] for row in history(a)] == [False], "somebody has followed"


def test_a_vote_on_a_clip_that_is_set_aside_waits(clock: Clock) -> None:
    corpus = factories.opened()
    a = factories.annotator(corpus, clock)
    a.says("anger")
    clip, by = factories.clip_of(corpus), factories.coordinator(corpus)
    assert history(a)[0]["state"] == "counts"
    coordination.set_aside(clip=clip, reason="Two faces", by=by, at=clock.tick())
    assert (history(a)[0]["state"], history(a)[0]["undoable"]) == ("waits", False)
    coordination.restore(clip=clip, by=by, at=clock.tick())
    assert history(a)[0]["state"] == "counts"


def test_a_vote_waits_while_its_clip_is_back_in_an_earlier_stage(clock: Clock) -> None:
    corpus = factories.opened(emotion_votes=1, reliability_votes=2, valence_ratings=0)
    a, b = factories.annotators(corpus, 2, clock)
    screen = a.says("anger")
    b.says("reliable")
    void(a, screen, reason="Careless")
    assert [row["state"] for row in history(b)] == ["waits"]
    assert [(row["state"], row["void_reason"]) for row in history(a)] == [("voided", "Careless")]
    assert history(b)[0]["void_reason"] is None


@pytest.mark.parametrize("numbers", NUMBERS, ids=str)
@pytest.mark.parametrize("seed", [4, 7])
def test_their_states_are_those_of_the_export(
    db: None, numbers: dict[str, Any], seed: int, tmp_path: Path
) -> None:
    """The export draws the conclusions anew from all votes; the list looks at where the clip
    stands. After whatever people do, both say the same."""
    corpus = factories.opened(CLIPS, **numbers)
    people = People(corpus, seed)
    people.work(260)
    ended = corpus.labelings.filter(stage="unlabeled").exists()
    factories.open_again(corpus, CLIPS)
    people.work(40)
    if seed == 7:
        clip = factories.clip_of(corpus, Random(seed).choice(CLIPS))
        coordination.set_aside(clip=clip, reason="x", by=people.coordinator, at=people.clock.tick())
    aside = set(corpus.labelings.filter(stage="set_aside").values_list("clip__name", flat=True))
    rows = exported(corpus, "votes", tmp_path / "all.csv", all_votes=True)
    assert ("earlier" in {row["status"] for row in rows}) == ended
    for a in people.annotators:
        pseudonym = Membership.objects.get(pk=a.membership.pk).pseudonym
        expected = Counter(
            (row["clip"], row["stage"], row["cast_at"], of_export(row, aside))
            for row in rows
            if row["annotator"] == pseudonym and row["status"] != "superseded"
        )
        found = [row for page in (1, 2, 3) for row in history(a, page)]
        assert expected == Counter(
            (
                row["clip_name"],
                row["stage"],
                row["at"].strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
                row["state"],
            )
            for row in found
        )
        assert own_votes.page_of(a.membership, 1)[0] == len(found)


def of_export(row: dict[str, str], aside: set[str]) -> str:
    state = STATES[row["status"]]
    return "waits" if state == "counts" and row["clip"] in aside else state


def test_a_page_costs_the_same_however_much_one_has_voted(
    clock: Clock, django_assert_num_queries: Callable
) -> None:
    names = [f"clip-{n}" for n in range(ROWS + 5)]
    corpus = factories.opened(names, emotion_votes=1, reliability_votes=0, valence_ratings=0)
    a = factories.annotator(corpus, clock)
    with django_assert_num_queries(3):
        assert own_votes.page_of(a.membership, 1) == (0, [])
    for _ in names:
        a.says("anger")
    with django_assert_num_queries(3):
        count, rows = own_votes.page_of(a.membership, 1)
    assert (count, len(rows), len(history(a, 2)), history(a, 3)) == (ROWS + 5, ROWS, 5, [])
    seen = [row["clip_name"] for row in rows + history(a, 2)]
    assert sorted(seen) == sorted(names)
