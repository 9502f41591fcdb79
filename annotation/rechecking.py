"""Every labeling recomputed from its votes and compared with what is stored.

One query, one pass: labelings with their pairs, seats and counted votes, as they were in one
moment. What differs is told as sentences.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from annotation.export_rows import streamed
from annotation.labelings import SeatRow, collect_votes, rules_of, seat_row
from annotation.protocol import Place, Rules, Stage, Standing, standing
from annotation.replay import proposed_labels
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Said, counted

REPORT_EVERY = 1000  # labelings
SAID_AT_MOST = 20

STORED = """
    SELECT l.id, c.name, l.number, l.stage, l.round, l.reason, l.valence_sum, l.valence_count,
        l.first_round_emotion_votes, p.pairs,
        s.id, s.round, s.stage, s.pair_id, pe.code, s.number, s.annotator_id, s.token,
        s.claimed_at, s.leased_until, s.answered_at, s.closed,
        e1.code, e2.code, rv.reliability, vr.valence,
        coalesce(ev.void_id, rv.void_id, vr.void_id)
    FROM annotation_labeling l
    JOIN collection_clip c ON c.id = l.clip_id
    LEFT JOIN (
        SELECT p.labeling_id, jsonb_agg(jsonb_build_array(p.round, e.code)
            ORDER BY p.round, p.rank)::text AS pairs
        FROM annotation_labelpair p JOIN annotation_emotion e ON e.id = p.emotion_id
        WHERE e.corpus_id = %(corpus)s AND p.withdrawn_at IS NULL
        GROUP BY p.labeling_id
    ) p ON p.labeling_id = l.id
    LEFT JOIN annotation_seat s ON s.labeling_id = l.id
    LEFT JOIN annotation_labelpair sp ON sp.id = s.pair_id
    LEFT JOIN annotation_emotion pe ON pe.id = sp.emotion_id
    LEFT JOIN annotation_emotionvote ev ON ev.seat_id = s.id AND ev.superseded_at IS NULL
    LEFT JOIN annotation_emotion e1 ON e1.id = ev.emotion_id
    LEFT JOIN annotation_emotion e2 ON e2.id = ev.second_emotion_id
    LEFT JOIN annotation_reliabilityvote rv ON rv.seat_id = s.id AND rv.superseded_at IS NULL
    LEFT JOIN annotation_valencerating vr ON vr.seat_id = s.id AND vr.superseded_at IS NULL
    WHERE l.corpus_id = %(corpus)s
    ORDER BY c.name, l.number, s.id"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A labeling's conclusions as the database has them."""

    id: int
    clip: str
    number: int
    stage: str
    round: int
    reason: str
    valence_sum: int | None
    valence_count: int | None
    first_round_emotion_votes: int | None
    pairs: str | None  # JSON: [[round, label], …]


def recheck(corpus: Corpus) -> Iterator[list[str]]:
    """For every labeling, what is stored about it otherwise than its votes say."""
    rules: dict[int | None, Rules] = {}
    before: Stored | None = None
    for stored_columns, rows in groupby(streamed(STORED, corpus), key=lambda row: row[:10]):
        stored = Stored(*stored_columns)
        if before is not None and before.clip != stored.clip:
            before = None
        first = stored.first_round_emotion_votes
        if first not in rules:
            rules[first] = rules_of(corpus, first)
        seats = [seat_row(row[10:]) for row in rows if row[10] is not None]
        where = f"clip {stored.clip}, labeling {stored.number}"
        found = [*_order(before, stored), *differences(stored, seats, rules[first])]
        yield [f"{where}: {one}" for one in found]
        before = stored


def summary(corpus: Corpus, progress: Progress) -> Said:
    """How many labelings there are and what differs; raises a Refusal if anything does."""
    found: list[str] = []
    labelings = 0
    for said in recheck(corpus):
        labelings += 1
        found += said
        if labelings % REPORT_EVERY == 0:
            progress.report(labelings)
            progress.check()
    if found:
        listed = " ".join(found[:SAID_AT_MOST])
        raise Refusal(
            "standings_differ",
            f"{len(found)} differences in {labelings} labelings of {corpus.slug}: {listed}",
            count=len(found),
        )
    return Said(
        "labelings_stand",
        f"{counted(labelings, 'labeling')} stand{'s' * (labelings == 1)} as the votes say.",
        count=labelings,
    )


def _order(before: Stored | None, stored: Stored) -> list[str]:
    """A clip's labelings are numbered without a gap, and each but the last ended unlabeled."""
    told = []
    number = 1 if before is None else before.number + 1
    if stored.number != number:
        told.append(f"its number is {stored.number}, it should be {number}")
    if before is not None and before.stage != Stage.UNLABELED:
        told.append(f"it follows a labeling that stands at {before.stage!r}, not at 'unlabeled'")
    return told


def differences(stored: Stored, seats: Sequence[SeatRow], rules: Rules) -> list[str]:
    rounds = collect_votes(seats)
    found = standing(rules, rounds)
    aside = stored.stage == Stage.SET_ASIDE
    told = [] if aside else _conclusions(stored, found)
    pairs = [tuple(pair) for pair in json.loads(stored.pairs or "[]")]
    proposed = [
        (round, label)
        for round, labels in proposed_labels(rules, rounds, found).items()
        for label in labels
    ]
    if pairs != proposed:
        told.append(f"its pairs are {_shown(pairs)}, its votes give {_shown(proposed)}")
    return told + _seats(seats, {} if aside else found.wanted) + _votes(seats)


def _conclusions(stored: Stored, found: Standing) -> list[str]:
    valence = found.valence
    compared: list[tuple[str, Any, Any]] = [
        ("stage", stored.stage, found.stage.value),
        ("round", stored.round, found.round),
        ("reason", stored.reason, found.reason),
        (
            "valence",
            (stored.valence_sum, stored.valence_count),
            (valence.sum, valence.count) if valence else (None, None),
        ),
    ]
    return [
        f"{name} is {was!r}, its votes give {should!r}"
        for name, was, should in compared
        if was != should
    ]


def _seats(seats: Sequence[SeatRow], wanted: Mapping[Place, int]) -> list[str]:
    """The open seats without a vote are those that are wanted beside the voted ones."""
    waiting = Counter(seat.place for seat in seats if seat.open and not seat.answered)
    voted = Counter(seat.place for seat in seats if seat.answered)
    told = []
    for place in sorted({*waiting, *wanted}, key=str):
        should = max(0, wanted.get(place, 0) - voted[place])
        if waiting[place] != should:
            round, stage, label = place
            of = f" on {label}" if label else ""
            told.append(
                f"{waiting[place]} seats wait for a vote in {stage} of round {round}{of}, "
                f"{should} should"
            )
    return told


def _votes(seats: Sequence[SeatRow]) -> list[str]:
    return [
        f"seat {seat.id} ({seat.stage}) is answered without a vote that counts"
        for seat in seats
        if seat.answered
        and (
            seat.void is not None
            or {
                Stage.EMOTION: seat.emotion,
                Stage.RELIABILITY: seat.reliability,
                Stage.VALENCE: seat.valence,
            }[seat.stage]
            is None
        )
    ]


def _shown(pairs: Sequence[tuple[Any, ...]]) -> str:
    return ", ".join(f"{label} (round {round})" for round, label in pairs) or "none"
