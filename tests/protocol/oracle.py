"""The protocol a second time, from the paper's §2.2 and the readings in PROTOCOL.md: slowly,
by enumeration and in fractions, sharing nothing with the code under test.

A vote is a tuple: ("emotion", round, labels), ("reliability", round, label judged, answer) or
("valence", round, number). What is superseded or voided is not among them.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

Vote = tuple[Any, ...]
Place = tuple[int, str, str | None]


@dataclass(frozen=True)
class Numbers:
    """A corpus's numbers."""

    emotion_votes: int = 3
    max_emotion_votes: int = 3
    reliability_votes: int = 2
    relabel_rounds: int = 1
    valence_ratings: int = 6
    special: frozenset[str] = frozenset({"other", "unjudgeable"})


@dataclass
class Where:
    """Where a clip stands; `seats` says how many there are in each place where votes are cast
    now, answered ones included; `pairs` the labels proposed in each round."""

    stage: str
    round: int
    labels: set[str] = field(default_factory=set)
    reason: str = ""
    valence: Fraction | None = None
    seats: dict[Place, int] = field(default_factory=dict)
    pairs: dict[int, set[str]] = field(default_factory=dict)


def final_labels(votes: list[tuple[str, ...]]) -> set[str]:
    """ "majority voting": more than half of the annotators, of those the one named most."""
    everything = {label for vote in votes for label in vote}
    share = {
        label: Fraction(sum(label in vote for vote in votes), len(votes)) for label in everything
    }
    major = {label for label in everything if share[label] > Fraction(1, 2)}
    return {label for label in major if all(share[label] >= share[other] for other in major)}


def valence_score(ratings: list[int]) -> Fraction:
    """ "we exclude the lowest and highest values, and calculate the average" of the others."""
    remaining = sorted(ratings)[1:-1]
    return sum((Fraction(rating) for rating in remaining), Fraction(0)) / len(remaining)


def where(numbers: Numbers, votes: list[Vote]) -> Where:
    pairs: dict[int, set[str]] = {}
    for round in range(1, numbers.relabel_rounds + 2):
        found = _in_round(numbers, votes, round, pairs)
        if found != "relabel":
            assert isinstance(found, Where)
            found.pairs = pairs
            return found
        if round == numbers.relabel_rounds + 1:
            return Where("unlabeled", round, pairs[round], _named("unreliable", round), pairs=pairs)
    raise AssertionError("every clip stands somewhere")


def _named(reason: str, round: int) -> str:
    return reason if round == 1 else "relabel_" + reason


def _in_round(
    numbers: Numbers, votes: list[Vote], round: int, pairs: dict[int, set[str]]
) -> Where | str:
    said = [vote[2] for vote in votes if vote[:2] == ("emotion", round)]
    place = (round, "emotion", None)
    if len(said) < numbers.emotion_votes:
        return Where("emotion", round, seats={place: numbers.emotion_votes})
    labels = final_labels(said)
    if not labels:
        if len(said) < numbers.max_emotion_votes:
            return Where("emotion", round, seats={place: len(said) + 1})
        return Where("unlabeled", round, reason=_named("no_majority", round))
    if labels & numbers.special:
        (label,) = labels
        return Where("unlabeled", round, labels, _named(label, round))
    pairs[round] = labels
    judged = {
        label: [vote[3] for vote in votes if vote[:3] == ("reliability", round, label)]
        for label in labels
    }
    if any(len(answers) < numbers.reliability_votes for answers in judged.values()):
        seats: dict[Place, int] = {
            (round, "reliability", label): numbers.reliability_votes for label in labels
        }
        return Where("reliability", round, labels, seats=seats)
    if any(answer != "reliable" for answers in judged.values() for answer in answers):
        return "relabel"
    ratings = [vote[2] for vote in votes if vote[:2] == ("valence", round)]
    if len(ratings) < numbers.valence_ratings:
        seats = {(round, "valence", None): numbers.valence_ratings}
        return Where("valence", round, labels, seats=seats)
    score = valence_score(ratings) if numbers.valence_ratings else None
    return Where("labeled", round, labels, valence=score)
