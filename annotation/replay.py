"""Votes cast elsewhere, replayed in memory by the same rules as votes cast here.

No Django. `replay` plays the votes of one clip in the order of §2.2 (round, stage; within a
stage as they were cast) and says where they leave the clip, or what is wrong with them.
Between stages the order of `cast_at` means nothing: after a void or a correction an earlier
stage's vote is the younger one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from annotation.protocol import (
    Place,
    Reliability,
    RoundVotes,
    Rules,
    Side,
    Stage,
    Standing,
    major_emotions,
    side_of,
    standing,
)
from collection.faults import Fault
from jobs.sentences import Rule, counted

STAGE_ORDER = {Stage.EMOTION: 0, Stage.RELIABILITY: 1, Stage.VALENCE: 2}


@dataclass(slots=True)
class VoteRow:
    """One vote as a file has it. `emotion` is the label judged in the reliability check.

    `annotator` is the name in the file; `person` says who that is, so that two names of one
    person are one.
    """

    row: int
    clip: str
    stage: Stage
    round: int
    annotator: str
    person: str
    cast_at: datetime
    response_ms: int | None = None
    emotion: str | None = None
    second_emotion: str | None = None
    reliability: str | None = None
    valence: int | None = None
    plays: int | None = None
    note: str = ""

    @property
    def place(self) -> Place:
        return (self.round, self.stage, self.emotion if self.stage is Stage.RELIABILITY else None)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label for label in (self.emotion, self.second_emotion) if label is not None)


@dataclass(slots=True)
class Replay:
    """A clip's votes on numbered seats, and where they leave it."""

    clip: str
    standing: Standing
    pairs: Mapping[int, tuple[str, ...]] = field(default_factory=dict)  # labels by round
    seated: list[tuple[int, VoteRow]] = field(default_factory=list)  # seat number, vote
    first_round_emotion_votes: int | None = None
    faults: list[Fault] = field(default_factory=list)


def proposed_labels(
    rules: Rules, rounds: Mapping[int, RoundVotes], found: Standing
) -> dict[int, tuple[str, ...]]:
    """The labels of the (video, label) pairs of every round that `found` has been through,
    most votes first. A special label makes no pair."""
    proposed: dict[int, tuple[str, ...]] = {}
    for round in range(1, found.round + 1):
        last = round == found.round
        labels = found.labels if last else major_emotions(rounds[round].emotion)
        labels = tuple(label for label in labels if label not in rules.special)
        if labels:
            proposed[round] = labels
    return proposed


def count_vote(rounds: dict[int, RoundVotes], row: VoteRow) -> None:
    votes = rounds.setdefault(row.round, RoundVotes())
    if row.stage is Stage.EMOTION:
        votes.emotion.append(row.labels)
    elif row.stage is Stage.RELIABILITY:
        assert row.emotion is not None and row.reliability is not None
        votes.reliability.setdefault(row.emotion, []).append(Reliability(row.reliability))
    else:
        assert row.valence is not None
        votes.valence.append(row.valence)


def in_order(rows: Iterable[VoteRow]) -> list[VoteRow]:
    """Rows as a clip goes through them: by round, stage, `cast_at`, then as in the file."""
    return sorted(rows, key=lambda row: (row.round, STAGE_ORDER[row.stage], row.cast_at, row.row))


def replay(rules: Rules, clip: str, rows: Sequence[VoteRow]) -> Replay:
    """Play the votes of one clip.

    `rules` are those of its labeling (with `first_round_emotion_votes` where that differs).
    Emotion votes count up to the largest number allowed, whatever their order: voids and
    corrections can leave votes of which fewer had a majority already. The first step that
    breaks a rule ends the replay, with a fault for each of its rows that does.
    """
    rounds: dict[int, RoundVotes] = {}
    found = standing(rules, rounds)
    played = Replay(clip, found, first_round_emotion_votes=rules.first_round_emotion_votes)
    seats: dict[Place, list[VoteRow]] = {}
    sides: dict[str, Side] = {}
    for _, step in groupby(in_order(rows), key=lambda row: (row.round, row.stage)):
        for row in step:
            fault = _why_not(rules, found, seats.get(row.place, []), sides, row)
            if fault is not None:
                column, value, rule = fault
                played.faults.append(Fault(row.row, column, value, rule, clip))
                continue
            seats.setdefault(row.place, []).append(row)
            played.seated.append((len(seats[row.place]), row))
            if (side := side_of(row.stage)) is not None:
                sides.setdefault(row.person, side)
            count_vote(rounds, row)
        if played.faults:
            return played
        found = standing(rules, rounds)
    played.standing = found
    played.pairs = proposed_labels(rules, rounds, found)
    return played


def _why_not(
    rules: Rules,
    found: Standing,
    taken: Sequence[VoteRow],
    sides: Mapping[str, Side],
    row: VoteRow,
) -> tuple[str, str, Rule] | None:
    """Why the protocol has no seat for this vote: column, value, rule. None if it has."""
    late = _why_not_now(rules, found, row)
    if late is not None:
        return late
    if any(other.person == row.person for other in taken):
        return (
            "annotator",
            row.annotator,
            Rule(
                "annotator_votes_once",
                f"an annotator votes once in a place; there is a vote in {_in(row.place)} already",
                stage=row.stage.value,
                round=row.round,
            ),
        )
    asked = _seats_in(rules, row)
    if len(taken) >= asked:
        return (
            "annotator",
            row.annotator,
            Rule(
                "more_votes_than_asked",
                f"this is vote {len(taken) + 1} in {_in(row.place)}, where {asked} "
                f"{'is' if asked == 1 else 'are'} asked",
                stage=row.stage.value,
                round=row.round,
                vote=len(taken) + 1,
                asked=asked,
            ),
        )
    side = side_of(row.stage)
    if side is not None and sides.get(row.person, side) != side:
        return (
            "annotator",
            row.annotator,
            Rule(
                "annotators_overlap",
                "annotators of agreement and reliability checks do not overlap; this one is on the "
                f"{sides[row.person]} side of the clip already",
                side=str(sides[row.person]),
            ),
        )
    return None


def _why_not_now(rules: Rules, found: Standing, row: VoteRow) -> tuple[str, str, Rule] | None:
    """Why the votes before do not lead to where this one was cast."""
    if row.round > rules.last_round:
        return (
            "round",
            str(row.round),
            Rule(
                "round_is_past_the_last",
                f"the last round is {rules.last_round}: a clip is relabeled "
                f"{counted(rules.relabel_rounds, 'time')} at most",
                last=rules.last_round,
            ),
        )
    if (row.round, Stage.EMOTION, None) not in found.reached:
        return (
            "round",
            str(row.round),
            Rule(
                "round_has_not_begun",
                "a round begins when the reliability check of the one before has failed; "
                f"{_at(found)}",
                **_where(found),
            ),
        )
    if row.place in found.reached:
        return None
    if row.stage is Stage.RELIABILITY and not rules.reliability_votes:
        rule = Rule("no_reliability_check", "this corpus has no reliability check")
        return "stage", row.stage.value, rule
    if row.stage is Stage.VALENCE and not rules.valence_ratings:
        rule = Rule("no_valence_annotation", "this corpus has no valence annotation")
        return "stage", row.stage.value, rule
    proposed = [label for round, _, label in found.reached if round == row.round and label]
    if row.stage is Stage.RELIABILITY and proposed:
        return (
            "emotion",
            str(row.emotion),
            Rule(
                "label_is_not_proposed",
                f"the label is not proposed in round {row.round}; "
                f"{' and '.join(sorted(proposed))} is",
                round=row.round,
                proposed=", ".join(sorted(proposed)),
            ),
        )
    rule = Rule(
        "clip_is_not_there",
        f"the clip is not there in round {row.round}; {_at(found)}",
        round=row.round,
        **_where(found),
    )
    return "stage", row.stage.value, rule


def _seats_in(rules: Rules, row: VoteRow) -> int:
    if row.stage is Stage.EMOTION:
        return rules.most_emotion_votes(row.round)
    return rules.reliability_votes if row.stage is Stage.RELIABILITY else rules.valence_ratings


def _in(place: Place) -> str:
    round, stage, label = place
    return f"{stage} of round {round}" + (f" on {label}" if label else "")


STANDS = {
    Stage.EMOTION: "in emotion annotation",
    Stage.RELIABILITY: "in the reliability check",
    Stage.VALENCE: "in valence annotation",
}


def _where(found: Standing) -> dict[str, str | int]:
    return {"at": found.stage.value, "at_round": found.round}


def _at(found: Standing) -> str:
    stands = STANDS.get(found.stage, found.stage.value)
    reason = f" ({found.reason})" if found.reason else ""
    return f"the votes before leave it {stands}{reason} of round {found.round}"
