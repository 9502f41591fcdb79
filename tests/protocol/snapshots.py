"""What the tables say about a corpus, read row by row, and what must be true of it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

from django.db import connection

from collection.models import Corpus
from tests.protocol import oracle

SIDES = {"emotion": "agreement", "reliability": "reliability"}
Place = tuple[int, str, str | None]


class LabelingRow(NamedTuple):
    id: int
    clip: str
    number: int
    stage: str
    round: int
    reason: str
    valence_sum: int | None
    valence_count: int | None


class PairRow(NamedTuple):
    id: int
    labeling: int
    round: int
    label: str
    current: bool


class SeatRow(NamedTuple):
    id: int
    labeling: int
    round: int
    stage: str
    label: str | None
    number: int
    annotator: int | None
    leased_until: datetime | None
    answered_at: datetime | None
    voted: bool
    closed: str | None

    @property
    def place(self) -> Place:
        return (self.round, self.stage, self.label)

    @property
    def free(self) -> bool:
        return self.annotator is None

    @property
    def held(self) -> bool:
        return self.annotator is not None and self.closed is None and self.answered_at is None


class VoteRow(NamedTuple):
    kind: str
    id: int
    seat: int
    said: tuple[Any, ...]
    superseded: bool
    voided: bool

    @property
    def counts(self) -> bool:
        return not self.superseded and not self.voided


LABELINGS = """SELECT l.id, c.name, l.number, l.stage, l.round, l.reason, l.valence_sum,
        l.valence_count
    FROM annotation_labeling l JOIN collection_clip c ON c.id = l.clip_id
    WHERE l.corpus_id = %s"""
PAIRS = """SELECT p.id, p.labeling_id, p.round, e.code, p.withdrawn_at IS NULL
    FROM annotation_labelpair p JOIN annotation_emotion e ON e.id = p.emotion_id
    WHERE e.corpus_id = %s"""
SEATS = """SELECT s.id, s.labeling_id, s.round, s.stage, e.code, s.number, s.annotator_id,
        s.leased_until, s.answered_at, s.voted, s.closed
    FROM annotation_seat s LEFT JOIN annotation_labelpair p ON p.id = s.pair_id
    LEFT JOIN annotation_emotion e ON e.id = p.emotion_id WHERE s.corpus_id = %s"""
VOTES = """
    SELECT 'emotion', v.id, v.seat_id, e.code, f.code, NULL::int, v.superseded_at IS NOT NULL,
        v.void_id IS NOT NULL
    FROM annotation_emotionvote v JOIN annotation_seat s ON s.id = v.seat_id
    JOIN annotation_emotion e ON e.id = v.emotion_id
    LEFT JOIN annotation_emotion f ON f.id = v.second_emotion_id WHERE s.corpus_id = %(corpus)s
    UNION ALL
    SELECT 'reliability', v.id, v.seat_id, v.reliability, NULL, NULL,
        v.superseded_at IS NOT NULL, v.void_id IS NOT NULL
    FROM annotation_reliabilityvote v JOIN annotation_seat s ON s.id = v.seat_id
    WHERE s.corpus_id = %(corpus)s
    UNION ALL
    SELECT 'valence', v.id, v.seat_id, NULL, NULL, v.valence, v.superseded_at IS NOT NULL,
        v.void_id IS NOT NULL
    FROM annotation_valencerating v JOIN annotation_seat s ON s.id = v.seat_id
    WHERE s.corpus_id = %(corpus)s"""


@dataclass
class Snapshot:
    """A corpus's labelings, pairs, seats and votes at one moment."""

    labelings: dict[int, LabelingRow]
    pairs: list[PairRow]
    seats: dict[int, SeatRow]
    votes: list[VoteRow]

    @classmethod
    def of(cls, corpus: Corpus) -> "Snapshot":
        with connection.cursor() as cursor:
            labelings = [LabelingRow(*r) for r in cursor.execute(LABELINGS, [corpus.pk])]
            pairs = [PairRow(*r) for r in cursor.execute(PAIRS, [corpus.pk])]
            seats = [SeatRow(*r) for r in cursor.execute(SEATS, [corpus.pk])]
            votes = [
                VoteRow(r[0], r[1], r[2], tuple(x for x in r[3:6] if x is not None), r[6], r[7])
                for r in cursor.execute(VOTES, {"corpus": corpus.pk})
            ]
        return cls({row.id: row for row in labelings}, pairs, {row.id: row for row in seats}, votes)

    def stages(self) -> dict[int, tuple[str, int, str]]:
        return {row.id: (row.stage, row.round, row.reason) for row in self.labelings.values()}

    def latest(self) -> list[LabelingRow]:
        """The labelings that no later one of the same clip has taken the place of."""
        in_order = sorted(self.labelings.values(), key=lambda row: row.number)
        return list({row.clip: row for row in in_order}.values())

    def over(self) -> dict[int, tuple[Any, ...]]:
        """All there is about each of the labelings before."""
        ids = set(self.labelings) - {row.id for row in self.latest()}
        return {
            id: (
                self.labelings[id],
                {pair for pair in self.pairs if pair.labeling == id},
                {seat for seat in self.seats.values() if seat.labeling == id},
                {vote for vote in self.votes if self.seats[vote.seat].labeling == id},
            )
            for id in ids
        }

    def voidable(self) -> list[VoteRow]:
        """Votes that count: of a clip's latest labeling."""
        latest = {row.id for row in self.latest()}
        return [v for v in self.votes if v.counts and self.seats[v.seat].labeling in latest]

    def clip(self, seat: SeatRow) -> str:
        return self.labelings[seat.labeling].clip

    def standing(self, numbers: oracle.Numbers, labeling: int) -> oracle.Where:
        """Where the counted votes leave a labeling, by the slow oracle."""
        counted: list[oracle.Vote] = []
        for vote in self.votes:
            seat = self.seats[vote.seat]
            if seat.labeling != labeling or not vote.counts:
                continue
            match vote.kind:
                case "emotion":
                    counted.append(("emotion", seat.round, vote.said))
                case "reliability":
                    counted.append(("reliability", seat.round, seat.label, vote.said[0]))
                case _:
                    counted.append(("valence", seat.round, vote.said[0]))
        return oracle.where(numbers, counted)


def check(snapshot: Snapshot, numbers: oracle.Numbers) -> None:
    """Everything that must hold of the tables at any moment."""
    for labeling in snapshot.labelings.values():
        expected = snapshot.standing(numbers, labeling.id)
        if labeling.stage != "set_aside":
            _check_conclusions(labeling, expected)
        _check_pairs(snapshot, labeling, expected)
        _check_seats(snapshot, labeling, expected)
    _check_places(snapshot, numbers)
    _check_votes(snapshot)
    _check_sides(snapshot)


def _check_conclusions(labeling: LabelingRow, expected: oracle.Where) -> None:
    stored = (labeling.stage, labeling.round, labeling.reason)
    assert stored == (expected.stage, expected.round, expected.reason), (
        f"{labeling.clip}: stored {stored}, but the votes leave it {expected}"
    )
    valence = None
    if labeling.valence_count is not None:
        valence = Fraction(labeling.valence_sum or 0, labeling.valence_count)
    assert valence == expected.valence, f"{labeling.clip}: valence {valence}, not {expected}"


def _check_pairs(snapshot: Snapshot, labeling: LabelingRow, expected: oracle.Where) -> None:
    current = {
        (p.round, p.label) for p in snapshot.pairs if p.labeling == labeling.id and p.current
    }
    proposed = {(round, label) for round, labels in expected.pairs.items() for label in labels}
    assert current == proposed, f"{labeling.clip}: pairs {current}, not {proposed}"


def _check_seats(snapshot: Snapshot, labeling: LabelingRow, expected: oracle.Where) -> None:
    """As many open seats as the place needs, and none elsewhere that waits for a vote."""
    wanted = {} if labeling.stage == "set_aside" else expected.seats
    there: dict[Place, int] = defaultdict(int)
    for seat in snapshot.seats.values():
        if seat.labeling != labeling.id or seat.closed is not None:
            continue
        there[seat.place] += 1
        waits = seat.answered_at is None
        assert not waits or seat.place in wanted, f"{labeling.clip}: needless {seat}"
    for place, number in wanted.items():
        assert there[place] == number, f"{labeling.clip}: {there[place]} seats in {place}, {wanted}"


def _check_places(snapshot: Snapshot, numbers: oracle.Numbers) -> None:
    """Never more than n counted votes in a place, nor two of one annotator."""
    most = {
        "emotion": numbers.max_emotion_votes,
        "reliability": numbers.reliability_votes,
        "valence": numbers.valence_ratings,
    }
    people: dict[tuple[int, Place], list[int | None]] = defaultdict(list)
    for vote in snapshot.votes:
        seat = snapshot.seats[vote.seat]
        if vote.counts:
            people[seat.labeling, seat.place].append(seat.annotator)
    for (_, place), voted in people.items():
        assert len(voted) <= most[place[1]], f"{len(voted)} votes counted in {place}"
        assert len(voted) == len(set(voted)), f"an annotator counts twice in {place}"
    for seat in snapshot.seats.values():
        assert 1 <= seat.number <= most[seat.stage], f"number out of range: {seat}"


def _check_votes(snapshot: Snapshot) -> None:
    """An answered seat has exactly one vote that counts, any other open seat none."""
    counting: dict[int, int] = defaultdict(int)
    kinds = {vote.seat: vote.kind for vote in snapshot.votes}
    for vote in snapshot.votes:
        counting[vote.seat] += vote.counts
    for seat in snapshot.seats.values():
        answered = seat.closed is None and seat.answered_at is not None
        assert counting[seat.id] == answered, f"{counting[seat.id]} votes count on {seat}"
        assert seat.voted == (seat.id in kinds), f"voted is wrong: {seat}"
        assert kinds.get(seat.id, seat.stage) == seat.stage, f"a vote of another stage: {seat}"


def _check_sides(snapshot: Snapshot) -> None:
    """ "Non-overlapping annotators for agreement and reliability checks": for ever."""
    sides: dict[tuple[str, int], set[str]] = defaultdict(set)
    for seat in snapshot.seats.values():
        if seat.annotator is None or seat.stage == "valence":
            continue
        if seat.stage == "reliability" or seat.voted or seat.closed is None:
            sides[snapshot.clip(seat), seat.annotator].add(SIDES[seat.stage])
    for (clip, annotator), of in sides.items():
        assert len(of) == 1, f"{annotator} is on both sides of {clip}"
