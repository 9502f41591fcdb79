"""A labeling with its seats and the votes on them, read and locked, and the rules that hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from annotation.models import Labeling
from annotation.protocol import Place, Reliability, RoundVotes, Rules, Stage
from collection.models import Corpus


@dataclass(slots=True)
class SeatRow:
    """A seat of a labeling with the vote that counts on it, if any."""

    id: int
    round: int
    stage: Stage
    pair: int | None
    label: str | None  # of the pair
    number: int
    annotator: int | None
    token: str | None
    claimed_at: datetime | None
    leased_until: datetime | None
    answered_at: datetime | None
    closed: str | None
    emotion: str | None = None
    second_emotion: str | None = None
    reliability: str | None = None
    valence: int | None = None
    void: int | None = None

    @property
    def place(self) -> Place:
        return (self.round, self.stage, self.label)

    @property
    def open(self) -> bool:
        return self.closed is None

    @property
    def answered(self) -> bool:
        return self.closed is None and self.answered_at is not None


SEAT_ROWS = """
    SELECT s.id, s.round, s.stage, s.pair_id, pe.code, s.number, s.annotator_id, s.token,
        s.claimed_at, s.leased_until, s.answered_at, s.closed,
        e1.code, e2.code, rv.reliability, vr.valence,
        coalesce(ev.void_id, rv.void_id, vr.void_id), s.labeling_id
    FROM annotation_seat s
    LEFT JOIN annotation_labelpair p ON p.id = s.pair_id
    LEFT JOIN annotation_emotion pe ON pe.id = p.emotion_id
    LEFT JOIN annotation_emotionvote ev ON ev.seat_id = s.id AND ev.superseded_at IS NULL
    LEFT JOIN annotation_emotion e1 ON e1.id = ev.emotion_id
    LEFT JOIN annotation_emotion e2 ON e2.id = ev.second_emotion_id
    LEFT JOIN annotation_reliabilityvote rv ON rv.seat_id = s.id AND rv.superseded_at IS NULL
    LEFT JOIN annotation_valencerating vr ON vr.seat_id = s.id AND vr.superseded_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class LabelSet:
    """The label set of a corpus as the protocol needs it: ids and special labels by code."""

    ids: dict[str, int]
    special: frozenset[str]

    @property
    def categories(self) -> dict[str, int]:
        return {code: pk for code, pk in self.ids.items() if code not in self.special}


def label_set_of(corpus: Corpus) -> LabelSet:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT code, id, special FROM annotation_emotion
            WHERE corpus_id = %s ORDER BY position""",
            [corpus.pk],
        )
        rows = cursor.fetchall()
    special = frozenset(code for code, _, is_special in rows if is_special)
    return LabelSet({code: pk for code, pk, _ in rows}, special)


def rules_of(
    corpus: Corpus,
    first_round_emotion_votes: int | None = None,
    *,
    labels: LabelSet | None = None,
) -> Rules:
    """The rules of a corpus, or of one labeling of it, as the protocol's functions take them."""
    labels = labels or label_set_of(corpus)
    return Rules(
        emotion_votes=corpus.emotion_votes,
        max_emotion_votes=corpus.max_emotion_votes,
        labels_per_vote=corpus.labels_per_vote,
        reliability_votes=corpus.reliability_votes,
        relabel_rounds=corpus.relabel_rounds,
        valence_ratings=corpus.valence_ratings,
        valence_min=corpus.valence_min,
        valence_max=corpus.valence_max,
        special=labels.special,
        first_round_emotion_votes=first_round_emotion_votes,
    )


@dataclass(slots=True)
class LockedLabeling:
    """A labeling whose row and seats are locked, with the rules that hold for it."""

    labeling: Labeling
    corpus: Corpus
    clip: str
    labels: LabelSet
    rules: Rules
    seats: list["SeatRow"]


LOCK = """
    SELECT l.id, l.clip_id, l.corpus_id, l.number, l.stage, l.round, l.reason, l.valence_sum,
        l.valence_count, l.first_round_emotion_votes, l.opened_at, l.moved_at, c.name
    FROM annotation_labeling l JOIN collection_clip c ON c.id = l.clip_id
"""
LOCKED_FIELDS = (
    "id", "clip_id", "corpus_id", "number", "stage", "round", "reason", "valence_sum",
    "valence_count", "first_round_emotion_votes", "opened_at", "moved_at",
)  # fmt: skip


def lock_labeling(corpus: Corpus, labeling_id: int) -> LockedLabeling | None:
    """Lock a labeling of the corpus and its seats."""
    return _lock(corpus, "WHERE l.corpus_id = %s AND l.id = %s", labeling_id)


def lock_labeling_of_seat(corpus: Corpus, seat_id: int) -> LockedLabeling | None:
    """Lock the labeling that this seat of the corpus belongs to, and all its seats."""
    of_the_seat = "(SELECT labeling_id FROM annotation_seat WHERE id = %s)"
    return _lock(corpus, f"WHERE l.corpus_id = %s AND l.id = {of_the_seat}", seat_id)


def _lock(corpus: Corpus, where: str, key: int) -> LockedLabeling | None:
    with connection.cursor() as cursor:
        # Claims insert seats that refer to the labeling's key; they are not held up.
        cursor.execute(f"{LOCK} {where} FOR NO KEY UPDATE OF l", [corpus.pk, key])
        row = cursor.fetchone()
        if row is None:
            return None
        labeling = Labeling(**dict(zip(LOCKED_FIELDS, row, strict=False)))
        labeling._state.adding = False
        cursor.execute(
            SEAT_ROWS + " WHERE s.labeling_id = %s ORDER BY s.id FOR UPDATE OF s", [labeling.pk]
        )
        seats = [seat_row(seat) for seat in cursor.fetchall()]
    labels = label_set_of(corpus)
    rules = rules_of(corpus, labeling.first_round_emotion_votes, labels=labels)
    return LockedLabeling(labeling, corpus, row[-1], labels, rules, seats)


def seat_row(row: tuple) -> SeatRow:
    seat = SeatRow(*row[:17])
    seat.stage = Stage(seat.stage)
    return seat


def collect_votes(seats: Iterable[SeatRow]) -> dict[int, RoundVotes]:
    """The counted votes by round, as `protocol.standing` wants them."""
    rounds: dict[int, RoundVotes] = {}
    for seat in seats:
        if not seat.answered or seat.void is not None:
            continue
        votes = rounds.setdefault(seat.round, RoundVotes())
        if seat.emotion is not None:
            labels = (seat.emotion, seat.second_emotion)
            votes.emotion.append(tuple(label for label in labels if label is not None))
        elif seat.reliability is not None and seat.label is not None:
            votes.reliability.setdefault(seat.label, []).append(Reliability(seat.reliability))
        elif seat.valence is not None:
            votes.valence.append(seat.valence)
    return rounds
