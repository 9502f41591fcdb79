"""Made-up annotators: each sees a clip's hidden truth through a confusion matrix.

No Django; all chance comes from the `rng` given. The numbers are ours, chosen so that with the
paper's protocol about 60 % of the clips become reliable and each way out of it occurs; the
shares of the emotions and their valences are the aggregates of the paper's Train&Val set
(Table 1, Figure 4), so a simulated corpus looks like the real one from afar.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from annotation.protocol import (
    Place,
    Reliability,
    RoundVotes,
    Rules,
    Side,
    Stage,
    side_of,
    standing,
)
from annotation.replay import VoteRow, count_vote, in_order

# How often a clip is really of an emotion; labels that are not listed: UNLISTED_SHARE.
SHARES = {
    "neutral": 0.26,
    "anger": 0.24,
    "happiness": 0.20,
    "worry": 0.14,
    "sadness": 0.11,
    "surprise": 0.05,
}
UNLISTED_SHARE = 0.15

# What is seen instead of the truth, as weights; pairs that are not listed: 1.
CONFUSED: dict[str, dict[str, float]] = {
    "neutral": {"worry": 3, "sadness": 3, "happiness": 2, "anger": 1, "surprise": 1},
    "anger": {"worry": 3, "neutral": 2, "sadness": 2, "surprise": 2, "happiness": 0.3},
    "happiness": {"neutral": 4, "surprise": 3, "worry": 0.5, "sadness": 0.3, "anger": 0.3},
    "sadness": {"worry": 4, "neutral": 3, "anger": 2, "surprise": 0.5, "happiness": 0.3},
    "worry": {"sadness": 4, "neutral": 3, "surprise": 2, "anger": 2, "happiness": 0.3},
    "surprise": {"worry": 3, "happiness": 3, "neutral": 2, "anger": 2, "sadness": 0.5},
}

# Mean valence of an emotion's clips and their spread, on -5…5.
VALENCES = {
    "neutral": (-0.1, 0.7),
    "anger": (-2.5, 0.95),
    "happiness": (1.8, 0.9),
    "sadness": (-2.4, 0.95),
    "worry": (-1.0, 0.9),
    "surprise": (-0.4, 1.3),
}
UNLISTED_VALENCE = (0.0, 1.5)
RATING_SPREAD = 1.0  # of one annotator's rating around the clip's valence

CLARITY = (4.0, 2.8)  # beta distribution of how often a clip's truth is seen
SPECIAL = 0.06  # how often a special label is chosen
SECOND_LABEL = 0.2  # how often a second label is given
TRUE_LABEL_IS_RELIABLE = 0.92
FALSE_LABEL_IS_RELIABLE = 0.35
UNJUDGEABLE = 0.02

OVER = timedelta(days=20)  # in which the clips are begun
BETWEEN_VOTES = 1200.0  # s, on average
TYPICAL_RESPONSE = 8000.0  # ms


@dataclass(frozen=True, slots=True)
class Truth:
    """What a clip is really like: its emotions, how easily they are seen, its valence."""

    emotions: tuple[str, ...]
    clarity: float
    valence: float


@dataclass(slots=True)
class _Walk:
    """One clip on its way, and who has judged it."""

    rounds: dict[int, RoundVotes] = field(default_factory=dict)
    taken: dict[Place, set[str]] = field(default_factory=dict)
    sides: dict[str, Side] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


class Simulation:
    """Annotators of one corpus. `labels` are its codes, special ones included; `start` is when
    the first clip is begun; `clarity` is how often a clip's truth is seen, drawn if not given."""

    def __init__(
        self,
        rules: Rules,
        labels: Sequence[str],
        annotators: Sequence[str],
        rng: Random,
        start: datetime,
        clarity: float | None = None,
    ) -> None:
        self.rules = rules
        self.categories = [label for label in labels if label not in rules.special]
        self.special = [label for label in labels if label in rules.special]
        self.annotators = list(annotators)
        self.rng = rng
        self.start = start
        self.clarity = clarity

    def truth(self, emotions: Sequence[str] = ()) -> Truth:
        """The truth of a clip of these emotions, or of one drawn at random."""
        rng = self.rng
        shares = [SHARES.get(label, UNLISTED_SHARE) for label in self.categories]
        chosen = tuple(emotions) or tuple(rng.choices(self.categories, shares))
        mean, spread = VALENCES.get(chosen[0], UNLISTED_VALENCE)
        clarity = rng.betavariate(*CLARITY) if self.clarity is None else self.clarity
        return Truth(chosen, clarity, rng.gauss(mean, spread))

    def votes(self, clip: str, truth: Truth) -> list[VoteRow]:
        """Every vote until the clip is labeled or unlabeled."""
        order = self.rng.sample(self.annotators, len(self.annotators))
        at = self.start + OVER * self.rng.random()
        walk = _Walk()
        rows: list[VoteRow] = []
        while wanted := standing(self.rules, walk.rounds).wanted:
            place = next(p for p, seats in wanted.items() if len(walk.taken.get(p, ())) < seats)
            at += timedelta(seconds=self.rng.expovariate(1 / BETWEEN_VOTES))
            annotator = self._annotator(place, order, walk)
            row = self._vote(place, annotator, clip, truth, at, len(rows) + 1)
            count_vote(walk.rounds, row)
            rows.append(row)
        return rows

    def left_open(self, rows: Sequence[VoteRow]) -> list[VoteRow]:
        """A beginning of a clip's votes that leaves it in any of its stages, equally often."""
        ordered = in_order(rows)
        steps = list(dict.fromkeys((row.round, row.stage) for row in ordered))
        step = self.rng.choice(steps)
        positions = [n for n, row in enumerate(ordered) if (row.round, row.stage) == step]
        return ordered[: self.rng.choice(positions)]

    def _annotator(self, place: Place, order: Sequence[str], walk: _Walk) -> str:
        """Somebody on the right side of the clip, who has not seen it if there is one."""
        taken, side = walk.taken.setdefault(place, set()), side_of(place[1])
        allowed = [
            name
            for name in order
            if name not in taken and (side is None or walk.sides.get(name, side) == side)
        ]
        chosen = next((name for name in allowed if name not in walk.seen), allowed[0])
        taken.add(chosen)
        walk.seen.add(chosen)
        if side is not None:
            walk.sides[chosen] = side
        return chosen

    def _vote(
        self, place: Place, annotator: str, clip: str, truth: Truth, at: datetime, row: int
    ) -> VoteRow:
        round, stage, label = place
        vote = VoteRow(
            row=row,
            clip=clip,
            stage=stage,
            round=round,
            annotator=annotator,
            person=annotator,
            cast_at=at.replace(microsecond=at.microsecond // 1000 * 1000),
            response_ms=int(TYPICAL_RESPONSE * self.rng.lognormvariate(0, 0.4)),
        )
        if stage is Stage.EMOTION:
            vote.emotion, vote.second_emotion = self._see(truth)
        elif stage is Stage.RELIABILITY:
            vote.emotion = label
            vote.reliability = self._judge(label in truth.emotions).value
        else:
            vote.valence = self._rate(truth)
        return vote

    def _see(self, truth: Truth) -> tuple[str, str | None]:
        """ "Each annotator can provide up to two labels" (§2.2)."""
        rng = self.rng
        if self.special and rng.random() < SPECIAL:
            return rng.choice(self.special), None
        first = self._one_label(truth)
        if first in self.special or self.rules.labels_per_vote < 2:
            return first, None
        if rng.random() >= SECOND_LABEL:
            return first, None
        second = self._one_label(truth)
        return first, None if second == first or second in self.special else second

    def _one_label(self, truth: Truth) -> str:
        emotion = self.rng.choice(truth.emotions)
        if self.rng.random() < truth.clarity:
            return emotion
        others = [label for label in self.categories if label != emotion]
        weights: Mapping[str, float] = CONFUSED.get(emotion, {})
        return self.rng.choices(others, [weights.get(label, 1.0) for label in others])[0]

    def _judge(self, true: bool) -> Reliability:
        chance = self.rng.random()
        if chance < UNJUDGEABLE:
            return Reliability.UNJUDGEABLE
        reliable = TRUE_LABEL_IS_RELIABLE if true else FALSE_LABEL_IS_RELIABLE
        return Reliability.RELIABLE if self.rng.random() < reliable else Reliability.UNRELIABLE

    def _rate(self, truth: Truth) -> int:
        low, high = self.rules.valence_min, self.rules.valence_max
        felt = self.rng.gauss(truth.valence, RATING_SPREAD)
        return min(high, max(low, round(low + (felt + 5) / 10 * (high - low))))
