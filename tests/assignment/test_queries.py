"""A claim and a vote cost the same, however large the corpus and however much one has done."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation import actions, desk
from tests import factories
from tests.factories import Annotator, Clock

SMALL: dict[str, Any] = {"emotion_votes": 1, "reliability_votes": 0, "valence_ratings": 0}


def queries(task: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        task()
    return len(captured)


def of_claim_and_vote(a: Annotator) -> tuple[int, int]:
    """Queries of a claim that brings a seat, and of a vote."""
    a.vote(a.claim()[0], "anger")
    claim = queries(lambda: actions.claim(membership=a.membership, at=a.clock.tick()))
    screen = a.screens()[0]
    vote = queries(lambda: a.vote(screen, "anger"))
    return claim, vote


@pytest.fixture
def first(clock: Clock) -> tuple[int, int]:
    """What it costs in a corpus of four clips."""
    corpus = factories.opened([f"clip-{n}" for n in range(4)], **SMALL)
    return of_claim_and_vote(factories.annotator(corpus, clock))


def test_queries_do_not_grow_with_the_corpus(clock: Clock, first: tuple[int, int]) -> None:
    corpus = factories.opened([f"clip-{n}" for n in range(400)], **SMALL)
    assert of_claim_and_vote(factories.annotator(corpus, clock)) == first


def test_queries_do_not_grow_with_what_one_has_done(clock: Clock, first: tuple[int, int]) -> None:
    corpus = factories.opened([f"clip-{n}" for n in range(120)], **SMALL)
    a = factories.annotator(corpus, clock)
    for _ in range(80):
        a.says("anger")
    claim, vote = of_claim_and_vote(a)
    assert vote == first[1]
    assert claim <= first[0] + 1, "now and then the desk writes down how far it has looked"


def test_a_claim_that_finds_nothing_costs_no_more(clock: Clock) -> None:
    counts = []
    for size in (2, 60):
        corpus = factories.opened([f"clip-{n}" for n in range(size)])
        a = factories.annotator(corpus, clock)
        for _ in range(size):
            a.says("anger")
        a.claim()
        counts.append(queries(partial(actions.claim, membership=a.membership, at=clock.tick())))
    assert counts[1] <= counts[0]


def test_a_claim_and_a_vote_are_few_queries(first: tuple[int, int]) -> None:
    claim, vote = first
    assert claim <= 12, claim
    assert vote <= 12, vote


def test_showing_the_desk_is_few_queries(
    clock: Clock, django_assert_max_num_queries: Callable
) -> None:
    corpus = factories.opened([f"clip-{n}" for n in range(9)])
    a = factories.annotator(corpus, clock)
    a.says("anger")
    a.claim()
    with django_assert_max_num_queries(3):
        desk.screens_of(a.membership)
        desk.undoable(a.membership)
        desk.votes_today(a.membership)
