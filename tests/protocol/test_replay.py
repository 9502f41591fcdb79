"""Replaying votes in memory: any set of counted votes leads again to where it led."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.protocol import RoundVotes, Rules, Stage, standing
from annotation.replay import VoteRow, count_vote, in_order, replay
from annotation.simulating import Simulation

LABELS = ["anger", "worry", "sadness", "other", "unjudgeable"]
PEOPLE = [f"a{number}" for number in range(12)]
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)

rules = st.builds(
    lambda least, more, labels, reliability, rounds, ratings: Rules(
        emotion_votes=least,
        max_emotion_votes=least + more,
        labels_per_vote=labels,
        reliability_votes=reliability,
        relabel_rounds=rounds,
        valence_ratings=ratings,
    ),
    least=st.integers(1, 4),
    more=st.integers(0, 2),
    labels=st.integers(1, 2),
    reliability=st.integers(0, 3),
    rounds=st.integers(0, 2),
    ratings=st.sampled_from([0, 3, 6]),
)


def walked(rules: Rules, rng: Random) -> list[VoteRow]:
    """The votes of a clip that went all its way."""
    people = Simulation(rules, LABELS, PEOPLE, rng, NOON)
    return people.votes("c", people.truth())


def counted(rows: list[VoteRow]) -> dict[int, RoundVotes]:
    rounds: dict[int, RoundVotes] = {}
    for row in rows:
        count_vote(rounds, row)
    return rounds


@settings(max_examples=400, deadline=None)
@given(rules=rules, seed=st.integers(0, 2**32))
def test_a_whole_way_in_any_order_of_rows_is_the_same_way(rules: Rules, seed: int) -> None:
    rng = Random(seed)
    rows = walked(rules, rng)
    shuffled = rng.sample(rows, len(rows))
    played = replay(rules, "c", shuffled)
    assert played.faults == []
    assert played.standing == standing(rules, counted(rows))
    assert played.standing.stage in (Stage.LABELED, Stage.UNLABELED)
    assert [row for _, row in played.seated] == in_order(rows)


@settings(max_examples=400, deadline=None)
@given(rules=rules, seed=st.integers(0, 2**32), lost=st.floats(0, 0.5))
def test_votes_that_count_after_voids_lead_to_the_same_standing(
    rules: Rules, seed: int, lost: float
) -> None:
    rng = Random(seed)
    left = [row for row in walked(rules, rng) if rng.random() >= lost]
    found = standing(rules, counted(left))
    exported = [row for row in left if row.place in found.reached]
    played = replay(rules, "c", exported)
    assert played.faults == []
    assert played.standing == found
    assert len(played.seated) == len(exported)


@settings(max_examples=100, deadline=None)
@given(rules=rules, seed=st.integers(0, 2**32))
def test_every_beginning_that_is_left_open_has_a_seat_to_take(rules: Rules, seed: int) -> None:
    rng = Random(seed)
    people = Simulation(rules, LABELS, PEOPLE, rng, NOON)
    begun = people.left_open(people.votes("c", people.truth()))
    played = replay(rules, "c", begun)
    assert played.faults == []
    for place, wanted in played.standing.wanted.items():
        assert sum(row.place == place for row in begun) <= wanted
    assert sum(played.standing.wanted.values()) > sum(
        row.place in played.standing.wanted for row in begun
    )


def vote(row: int, stage: Stage, who: str, **answer: object) -> VoteRow:
    at = NOON + timedelta(minutes=row)
    made = VoteRow(row, "c", stage, 1, who, who, at)
    return replace(made, **answer)  # type: ignore[arg-type]


def test_a_younger_vote_of_an_earlier_stage_is_no_fault() -> None:
    """After a void the emotion stage's last vote is younger than the reliability votes."""
    rows = [
        vote(2, Stage.EMOTION, "A", emotion="anger"),
        vote(3, Stage.EMOTION, "B", emotion="anger"),
        vote(4, Stage.RELIABILITY, "D", emotion="anger", reliability="reliable"),
        vote(5, Stage.EMOTION, "C", emotion="worry"),
    ]
    played = replay(Rules(), "c", rows)
    assert played.faults == []
    assert played.standing.stage is Stage.RELIABILITY
    assert [number for number, _ in played.seated] == [1, 2, 3, 1]


def test_emotion_votes_count_up_to_the_largest_number_though_fewer_had_a_majority() -> None:
    rows = [vote(n, Stage.EMOTION, f"A{n}", emotion="anger") for n in range(2, 7)]
    assert replay(Rules(max_emotion_votes=5), "c", rows).faults == []
    too_many = replay(Rules(max_emotion_votes=4), "c", rows)
    assert [fault.row for fault in too_many.faults] == [6]


def test_the_younger_vote_is_the_one_too_many_wherever_it_stands() -> None:
    rows = [vote(n, Stage.EMOTION, f"A{n}", emotion="anger") for n in range(2, 6)]
    rows[0].cast_at = NOON + timedelta(days=1)
    assert [fault.row for fault in replay(Rules(), "c", rows).faults] == [2]


def test_what_follows_a_fault_is_not_told_as_its_consequence() -> None:
    rows = [
        vote(2, Stage.EMOTION, "A", emotion="anger"),
        vote(3, Stage.EMOTION, "A", emotion="anger"),
        vote(4, Stage.EMOTION, "B", emotion="anger"),
        vote(5, Stage.RELIABILITY, "C", emotion="anger", reliability="reliable"),
    ]
    assert [fault.row for fault in replay(Rules(), "c", rows).faults] == [3]
