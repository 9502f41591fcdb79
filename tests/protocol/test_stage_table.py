"""Walks every edge of the stage table with real votes, and no vote leaves the table."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from annotation.protocol import NEXT_STAGES, SEAT_STAGES, Stage
from tests import factories
from tests.factories import Annotator, Clock

PAPER: dict[str, Any] = {"emotion_votes": 3, "reliability_votes": 2, "valence_ratings": 3}
NO_CHECK = PAPER | {"reliability_votes": 0}
NO_VALENCE = PAPER | {"valence_ratings": 0}
NEITHER = NO_VALENCE | {"reliability_votes": 0}
FOUR = PAPER | {"max_emotion_votes": 4}
FIVE = PAPER | {"max_emotion_votes": 5}
NO_RELABEL = PAPER | {"relabel_rounds": 0}

E, R, V = Stage.EMOTION, Stage.RELIABILITY, Stage.VALENCE
AGREED = ["anger", "anger", "worry"]
PASSED = ["reliable", "reliable"]

# (from, to): numbers, and what ten annotators in turn say on the one clip; the last vote is
# the edge's.
EDGES: dict[tuple[Stage, Stage], list[tuple[dict[str, Any], list[Any]]]] = {
    (E, E): [
        (PAPER, ["anger"]),
        (FOUR, ["anger", "worry", "sadness"]),
    ],
    (E, R): [(PAPER, AGREED), (FIVE, ["anger", "worry", "sadness", "anger", "anger"])],
    (E, V): [(NO_CHECK, AGREED)],
    (E, Stage.LABELED): [(NEITHER, AGREED)],
    (E, Stage.UNLABELED): [
        (PAPER, ["anger", "worry", "sadness"]),
        (PAPER, ["other", "other", "sadness"]),
        (FOUR, ["anger", "worry", "sadness", "happiness"]),
    ],
    (R, R): [(PAPER, [*AGREED, "unreliable"])],
    (R, E): [(PAPER, [*AGREED, "reliable", "unjudgeable"])],
    (R, V): [(PAPER, [*AGREED, *PASSED])],
    (R, Stage.LABELED): [(NO_VALENCE, [*AGREED, *PASSED])],
    (R, Stage.UNLABELED): [
        (NO_RELABEL, [*AGREED, "unreliable", "reliable"]),
        (PAPER, [*AGREED, "unreliable", "reliable", *AGREED, "reliable", "unreliable"]),
    ],
    (V, V): [(PAPER, [*AGREED, *PASSED, 1])],
    (V, Stage.LABELED): [(PAPER, [*AGREED, *PASSED, 1, 2, 3])],
}


def test_every_edge_of_the_table_is_walked_and_no_other() -> None:
    table = {(was, now) for was, all_next in NEXT_STAGES.items() for now in all_next}
    assert set(EDGES) == table


def test_only_stages_with_seats_have_edges() -> None:
    assert {was for was, all_next in NEXT_STAGES.items() if all_next} == set(SEAT_STAGES)


def say(annotators: Sequence[Annotator], said: Any) -> None:
    """The next annotator who can get the clip answers it."""
    for annotator in annotators:
        screens = annotator.claim()
        if screens:
            annotator.vote(screens[0], *[said] * len(screens[0].seats))
            return
    raise AssertionError(f"nobody could say {said}")


CASES = [
    pytest.param(edge, numbers, said, id=f"{edge[0]} to {edge[1]}: {', '.join(map(str, said))}")
    for edge, histories in EDGES.items()
    for numbers, said in histories
]


@pytest.mark.parametrize(("edge", "numbers", "said"), CASES)
@pytest.mark.django_db
def test_the_edge_is_walked_by_real_votes(
    edge: tuple[Stage, Stage], numbers: dict[str, Any], said: list[Any]
) -> None:
    clock = Clock()
    corpus = factories.opened(**numbers)
    annotators = factories.annotators(corpus, 10, clock)
    stages = [Stage(factories.labeling_of(corpus).stage)]
    for vote in said:
        say(annotators, vote)
        stages.append(Stage(factories.labeling_of(corpus).stage))
    assert (stages[-2], stages[-1]) == edge
    for was, now in pairwise(stages):
        assert now in NEXT_STAGES[was]
