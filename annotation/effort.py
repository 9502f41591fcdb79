"""How many votes a clip takes: the straight way through §2.2, and the longest. Pure, like the
protocol.

The straight way is that of a clip that is labeled at the first go: one label, judged reliable.
A clip that turns out unlabeled takes fewer votes; which ones will, nobody knows beforehand.
"""

from dataclasses import dataclass

from annotation.protocol import Rules, Stage


@dataclass(frozen=True, slots=True)
class Votes:
    """Numbers of votes by stage."""

    emotion: int
    reliability: int
    valence: int

    @property
    def all(self) -> int:
        return self.emotion + self.reliability + self.valence


def most_pairs(rules: Rules, categories: int) -> int:
    """How many labels can tie at the top, each "named by more than half" of the annotators.

    n annotators name at most n · labels_per_vote labels, and each of the tied ones takes
    n // 2 + 1 of those: of three annotators with two labels each, three labels may tie.
    """
    ties = (
        rules.labels_per_vote * votes // (votes // 2 + 1)
        for votes in range(rules.emotion_votes, rules.max_emotion_votes + 1)
    )
    return min(max(ties), categories)


def straight_way(rules: Rules) -> Votes:
    return Votes(rules.emotion_votes, rules.reliability_votes, rules.valence_ratings)


def longest_way(rules: Rules, categories: int) -> Votes:
    """Every further emotion vote, every tie and every relabel round, and labeled at last."""
    rounds = rules.last_round if rules.reliability_votes else 1
    judged = most_pairs(rules, categories) * rules.reliability_votes
    return Votes(rounds * rules.max_emotion_votes, rounds * judged, rules.valence_ratings)


def left_straight(rules: Rules, stage: Stage) -> int:
    """Votes a clip still takes beyond the seats it has now, on the straight way."""
    match stage:
        case Stage.EMOTION:
            return rules.reliability_votes + rules.valence_ratings
        case Stage.RELIABILITY:
            return rules.valence_ratings
        case _:
            return 0


def left_at_most(rules: Rules, categories: int, stage: Stage, round: int) -> int:
    """The same on the longest way: `max_emotion_votes` and all pairs in this round, and the
    rounds that an unreliable label may bring."""
    judged = most_pairs(rules, categories) * rules.reliability_votes
    rounds = rules.last_round - round if rules.reliability_votes else 0
    later = rounds * (rules.max_emotion_votes + judged) + rules.valence_ratings
    match stage:
        case Stage.EMOTION:
            return rules.max_emotion_votes - rules.emotion_votes + judged + later
        case Stage.RELIABILITY:
            return later
        case _:
            return 0


def taken(rules: Rules, stage: Stage, round: int, reason: str) -> int:
    """Votes that a finished clip took, by where it ended: one pair, no further emotion votes."""
    full_rounds = round * (rules.emotion_votes + rules.reliability_votes)
    if stage == Stage.LABELED:
        return full_rounds + rules.valence_ratings
    return full_rounds if reason.endswith("unreliable") else full_rounds - rules.reliability_votes
