"""How a clip walks through §2.2, Figure 1: pure functions from counted votes to conclusions.

No Django, no clock, no randomness. A labeling is a mapping from round (1, 2, …) to the
`RoundVotes` cast in it; `standing` says where that leaves the clip and which seats it
needs next. Everything stored about a labeling's progress is a cache of this function.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import assert_never


class Stage(StrEnum):
    """Where a labeling stands. The first three have seats; a coordinator may set a clip aside."""

    EMOTION = "emotion"
    RELIABILITY = "reliability"
    VALENCE = "valence"
    LABELED = "labeled"
    UNLABELED = "unlabeled"
    SET_ASIDE = "set_aside"


SEAT_STAGES = (Stage.EMOTION, Stage.RELIABILITY, Stage.VALENCE)


class Side(StrEnum):
    """ "We select non-overlapping annotators for agreement and reliability checks" (§2.2)."""

    AGREEMENT = "agreement"
    RELIABILITY = "reliability"


class Reliability(StrEnum):
    """ "using three categories: reliable, unreliable, and unjudgeable" (§2.2)."""

    RELIABLE = "reliable"
    UNRELIABLE = "unreliable"
    UNJUDGEABLE = "unjudgeable"


NO_MAJORITY = "no_majority"
UNRELIABLE = "unreliable"
RELABEL_PREFIX = "relabel_"

# What one vote can do to a labeling's stage. A correction or a void may take a labeling
# back to any earlier stage of any round it has been through.
NEXT_STAGES: dict[Stage, frozenset[Stage]] = {
    Stage.EMOTION: frozenset(
        {
            Stage.EMOTION,  # one further seat while there is no majority
            Stage.RELIABILITY,
            Stage.VALENCE,  # where the corpus has no reliability check
            Stage.LABELED,  # where it has no valence annotation either
            Stage.UNLABELED,
        }
    ),
    Stage.RELIABILITY: frozenset(
        {Stage.RELIABILITY, Stage.EMOTION, Stage.VALENCE, Stage.LABELED, Stage.UNLABELED}
    ),
    Stage.VALENCE: frozenset({Stage.VALENCE, Stage.LABELED}),
    Stage.LABELED: frozenset(),
    Stage.UNLABELED: frozenset(),
    Stage.SET_ASIDE: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of a corpus's protocol; the defaults are the paper's (§2.2).

    `special` are the labels outside the categories (*other*, *unjudgeable*).
    `first_round_emotion_votes` replaces `emotion_votes` in round 1 of a labeling whose
    votes were cast elsewhere with another number of annotators.
    """

    emotion_votes: int = 3
    max_emotion_votes: int = 3
    labels_per_vote: int = 2
    reliability_votes: int = 2
    relabel_rounds: int = 1
    valence_ratings: int = 6
    valence_min: int = -5
    valence_max: int = 5
    special: frozenset[str] = frozenset({"other", "unjudgeable"})
    first_round_emotion_votes: int | None = None

    def required_emotion_votes(self, round: int) -> int:
        """ "Each video clip is labeled by at least three annotators." """
        if round == 1 and self.first_round_emotion_votes is not None:
            return self.first_round_emotion_votes
        return self.emotion_votes

    def most_emotion_votes(self, round: int) -> int:
        if round == 1 and self.first_round_emotion_votes is not None:
            return self.first_round_emotion_votes
        return self.max_emotion_votes

    @property
    def last_round(self) -> int:
        return 1 + self.relabel_rounds


@dataclass(slots=True)
class RoundVotes:
    """The unsuperseded, unvoided votes of one round of a labeling."""

    emotion: list[tuple[str, ...]] = field(default_factory=list)  # labels named, per annotator
    reliability: dict[str, list[Reliability]] = field(default_factory=dict)  # per label judged
    valence: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TrimmedMean:
    """A valence score kept exact: `sum / count`."""

    sum: int
    count: int

    @property
    def mean(self) -> float:
        return self.sum / self.count


# One place where votes are cast: round, stage, and for the reliability check the label judged.
Place = tuple[int, Stage, str | None]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where counted votes leave a labeling.

    `labels` are the labels of the (video, label) pairs of `round`, most votes first.
    `wanted` says how many seats each place of the current stage has in all, voted or not.
    `reached` are the places whose votes count: a vote elsewhere is kept and waits.
    """

    stage: Stage
    round: int
    labels: tuple[str, ...] = ()
    reason: str = ""
    valence: TrimmedMean | None = None
    wanted: Mapping[Place, int] = field(default_factory=dict)
    reached: frozenset[Place] = frozenset()


def named_by_more_than_half(votes: Sequence[tuple[str, ...]]) -> dict[str, int]:
    """Labels that more than half of the annotators named, with how many did, most first."""
    counts = Counter(label for vote in votes for label in set(vote))
    return {
        label: count
        for label, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        if 2 * count > len(votes)
    }


def major_emotions(votes: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """Agreement check: "we use a majority voting strategy over all annotations of a video
    clip to generate final labels" (§2.2).

    A label needs more than half of the annotators; of those that have it, the one with the
    most votes, or all that share the most. Empty: no major emotion.
    """
    majorities = named_by_more_than_half(votes)
    most = max(majorities.values(), default=0)
    return tuple(label for label, count in majorities.items() if count == most)


def trimmed_mean(ratings: Sequence[int]) -> TrimmedMean:
    """ "we exclude the lowest and highest values, and calculate the average of the remaining
    four annotations as the final valence score" (§2.2)."""
    if len(ratings) < 3:
        raise ValueError(f"a trimmed mean needs at least 3 ratings, not {len(ratings)}")
    return TrimmedMean(sum(ratings) - min(ratings) - max(ratings), len(ratings) - 2)


def passes_reliability_check(answers: Sequence[Reliability]) -> bool:
    """ "In order to pass the reliability check, all annotations of a video clip must be
    reliable" (§2.2)."""
    return all(answer == Reliability.RELIABLE for answer in answers)


def standing(rules: Rules, rounds: Mapping[int, RoundVotes]) -> Standing:
    """Where these votes leave a labeling (§2.2).

    ``rounds`` holds every unsuperseded, unvoided vote of the labeling; votes of places that
    the walk does not reach are left out of account.
    """
    reached: set[Place] = set()
    for round in range(1, rules.last_round + 1):
        found = _round_standing(rules, round, rounds.get(round, RoundVotes()), reached)
        if found is not None:
            return found
    raise AssertionError("the last round always ends in a standing")


def _round_standing(
    rules: Rules, round: int, votes: RoundVotes, reached: set[Place]
) -> Standing | None:
    """The standing within one round; None when its reliability check sends the clip on to a
    relabel: "For unpassed samples, we relabel them" (§2.2)."""

    def unlabeled(reason: str, labels: tuple[str, ...] = ()) -> Standing:
        prefix = RELABEL_PREFIX if round > 1 else ""
        return Standing(Stage.UNLABELED, round, labels, prefix + reason, reached=frozenset(reached))

    def waiting(stage: Stage, wanted: dict[Place, int], labels: tuple[str, ...] = ()) -> Standing:
        return Standing(stage, round, labels, wanted=wanted, reached=frozenset(reached))

    emotion_place: Place = (round, Stage.EMOTION, None)
    reached.add(emotion_place)
    cast = len(votes.emotion)
    if cast < rules.required_emotion_votes(round):
        return waiting(Stage.EMOTION, {emotion_place: rules.required_emotion_votes(round)})
    labels = major_emotions(votes.emotion)
    if not labels and cast < rules.most_emotion_votes(round):
        return waiting(Stage.EMOTION, {emotion_place: cast + 1})
    # "For samples without major emotions or with the major emotion belonging to other or
    # unjudgeable, we treat them as unlabeled samples" (§2.2)
    if not labels:
        return unlabeled(NO_MAJORITY)
    if labels[0] in rules.special:
        return unlabeled(labels[0], labels)

    if rules.reliability_votes:
        # "we annotate each (video, label) pair with two annotators" (§2.2)
        places: list[Place] = [(round, Stage.RELIABILITY, label) for label in labels]
        reached.update(places)
        answers = [votes.reliability.get(label, []) for label in labels]
        if any(len(judged) < rules.reliability_votes for judged in answers):
            wanted = dict.fromkeys(places, rules.reliability_votes)
            return waiting(Stage.RELIABILITY, wanted, labels)
        if not all(passes_reliability_check(judged) for judged in answers):
            if round < rules.last_round:
                return None
            # "If these samples still fail to pass these checks after relabeling, they are
            # treated as unlabeled data" (§2.2)
            return unlabeled(UNRELIABLE, labels)

    valence = None
    if rules.valence_ratings:
        valence_place: Place = (round, Stage.VALENCE, None)
        reached.add(valence_place)
        if len(votes.valence) < rules.valence_ratings:
            return waiting(Stage.VALENCE, {valence_place: rules.valence_ratings}, labels)
        valence = trimmed_mean(votes.valence)
    return Standing(Stage.LABELED, round, labels, valence=valence, reached=frozenset(reached))


def side_of(stage: Stage) -> Side | None:
    """The side of a clip that a seat of this stage puts its annotator on; valence is free."""
    match stage:
        case Stage.EMOTION:
            return Side.AGREEMENT
        case Stage.RELIABILITY:
            return Side.RELIABILITY
        case Stage.VALENCE:
            return None
        case Stage.LABELED | Stage.UNLABELED | Stage.SET_ASIDE:
            raise ValueError(f"stage {stage} has no seats")
        case _:
            assert_never(stage)
