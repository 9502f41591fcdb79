"""What a clip may take at most and on the straight way, against clips played out at random."""

from collections.abc import Iterable, Mapping
from itertools import combinations, product
from random import Random

import pytest

from annotation import effort
from annotation.protocol import (
    Place,
    Reliability,
    RoundVotes,
    Rules,
    Stage,
    major_emotions,
    standing,
)

Rounds = dict[int, RoundVotes]
Wanted = Mapping[Place, int]
LABELS = ("anger", "happiness", "sadness", "worry")
CORPORA = [
    Rules(),
    Rules(labels_per_vote=1),
    Rules(emotion_votes=2, max_emotion_votes=5),
    Rules(emotion_votes=1, max_emotion_votes=1, reliability_votes=1, relabel_rounds=3),
    Rules(reliability_votes=0),
    Rules(valence_ratings=0, relabel_rounds=0),
    Rules(emotion_votes=5, max_emotion_votes=8, valence_ratings=3),
]


def test_three_annotators_with_two_labels_each_may_tie_three_labels() -> None:
    assert effort.most_pairs(Rules(), categories=6) == 3
    assert effort.most_pairs(Rules(labels_per_vote=1), categories=6) == 1
    assert effort.most_pairs(Rules(), categories=2) == 2


@pytest.mark.parametrize("votes", [1, 2, 3, 4])
def test_no_votes_that_can_be_cast_tie_more_labels_than_that(votes: int) -> None:
    choices = [(label,) for label in LABELS] + list(combinations(LABELS, 2))
    most = max(len(major_emotions(cast)) for cast in product(choices, repeat=votes))
    rules = Rules(emotion_votes=votes, max_emotion_votes=votes)
    assert effort.most_pairs(rules, len(LABELS)) == most


def test_the_papers_numbers() -> None:
    assert effort.straight_way(Rules()) == effort.Votes(3, 2, 6)
    assert effort.longest_way(Rules(), 6) == effort.Votes(6, 12, 6)


@pytest.mark.parametrize("rules", CORPORA, ids=range(len(CORPORA)))
def test_what_is_left_is_never_more_than_the_most_nor_less_than_the_straight_way(
    rules: Rules,
) -> None:
    for seed in range(150):
        play(rules, Random(seed), contrary=seed % 3)


def play(rules: Rules, rng: Random, *, contrary: int) -> None:
    """One clip from its first vote to its end, with what was foretold at every stage."""
    rounds: Rounds = {}
    foretold: list[tuple[int, int, int]] = []  # votes cast by then, least and most left
    cast = 0
    found = standing(rules, rounds)
    while found.wanted:
        waiting = sum(found.wanted.values()) - already(found.wanted, rounds)
        foretold.append(
            (
                cast,
                waiting + effort.left_straight(rules, found.stage),
                waiting + effort.left_at_most(rules, len(LABELS), found.stage, found.round),
            )
        )
        vote(rules, found.wanted, rounds, rng, contrary)
        cast += 1
        found = standing(rules, rounds)
    assert cast <= effort.longest_way(rules, len(LABELS)).all
    for by_then, least, most in foretold:
        assert cast - by_then <= most
        if found.stage == Stage.LABELED:
            assert cast - by_then >= least
            assert cast >= effort.straight_way(rules).all
    if found.stage == Stage.LABELED and found.round == 1 and len(found.labels) == 1:
        exactly = effort.taken(rules, found.stage, found.round, found.reason)
        assert cast >= exactly
        assert cast == exactly or rules.max_emotion_votes > rules.emotion_votes


def already(wanted: Iterable[Place], rounds: Rounds) -> int:
    count = 0
    for round, stage, label in wanted:
        votes = rounds.get(round, RoundVotes())
        if stage == Stage.EMOTION:
            count += len(votes.emotion)
        elif stage == Stage.RELIABILITY:
            count += len(votes.reliability.get(label or "", []))
        else:
            count += len(votes.valence)
    return count


def vote(rules: Rules, wanted: Wanted, rounds: Rounds, rng: Random, contrary: int) -> None:
    """One more vote at a place that still lacks one; `contrary` people disagree more."""
    places = [place for place in wanted if already([place], rounds) < wanted[place]]
    round, stage, label = rng.choice(places)
    votes = rounds.setdefault(round, RoundVotes())
    if stage == Stage.EMOTION:
        kinds = LABELS if contrary else LABELS[:2]
        votes.emotion.append(tuple(rng.sample(kinds, rng.randint(1, rules.labels_per_vote))))
    elif stage == Stage.RELIABILITY:
        weights = (1, contrary, 0)
        (said,) = rng.choices(list(Reliability), weights)
        votes.reliability.setdefault(label or "", []).append(said)
    else:
        votes.valence.append(rng.randint(-5, 5))
