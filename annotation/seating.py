"""Votes of a labeling in, its conclusions and the seats it needs out.

Whoever calls `advance` holds the labeling's row (`lock_labeling`) until commit. Locks are
always taken in the order labeling, seats, desks, queue.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import connection

from annotation.labelings import LockedLabeling, SeatRow, collect_votes
from annotation.models import Labeling, LabelPair, Seat
from annotation.protocol import Place, Stage, Standing, standing
from annotation.replay import proposed_labels


def advance(locked: LockedLabeling, *, at: datetime) -> Standing:
    """Draw the conclusions from the votes on the locked seats, write them, and make the
    labeling's seats fit them."""
    labeling = locked.labeling
    rounds = collect_votes(locked.seats)
    found = standing(locked.rules, rounds)
    aside = labeling.stage == Stage.SET_ASIDE
    no_pairs_yet = labeling.stage == found.stage == Stage.EMOTION and (
        found.round == labeling.round == 1
    )
    if not aside:
        _write_conclusions(labeling, found, at)
    proposed = proposed_labels(locked.rules, rounds, found)
    pairs = {} if no_pairs_yet else _fit_pairs(locked, proposed, at).get(found.round, {})
    _fit_seats(locked, {} if aside else found.wanted, pairs)
    return found


def _write_conclusions(labeling: Labeling, found: Standing, at: datetime) -> None:
    valence = found.valence
    conclusions = {
        "stage": found.stage.value,
        "round": found.round,
        "reason": found.reason,
        "valence_sum": valence.sum if valence else None,
        "valence_count": valence.count if valence else None,
    }
    if all(getattr(labeling, name) == value for name, value in conclusions.items()):
        return
    for name, value in conclusions.items():
        setattr(labeling, name, value)
    labeling.moved_at = at
    labeling.save(update_fields=[*conclusions, "moved_at"])


def _fit_pairs(
    locked: LockedLabeling, proposed: Mapping[int, tuple[str, ...]], at: datetime
) -> dict[int, dict[str, int]]:
    """The (video, label) pairs of every round the standing has been through; all others are
    taken back. A void in an early round can change its pairs without leaving a later one.
    Returns the pairs' ids by round and label."""
    labeling, emotions = locked.labeling, locked.labels.categories
    existing = {
        (pair.round, pair.emotion_id): pair for pair in LabelPair.objects.filter(labeling=labeling)
    }
    ids: dict[int, dict[str, int]] = {}
    for round, labels in proposed.items():
        for rank, label in enumerate(labels):
            pair = existing.pop((round, emotions[label]), None)
            if pair is None:
                pair = LabelPair.objects.create(
                    labeling=labeling, round=round, emotion_id=emotions[label], rank=rank
                )
            elif pair.withdrawn_at is not None or pair.rank != rank:
                pair.withdrawn_at, pair.rank = None, rank
                pair.save(update_fields=["withdrawn_at", "rank"])
            ids.setdefault(round, {})[label] = pair.pk
    gone = [pair.pk for pair in existing.values() if pair.withdrawn_at is None]
    if gone:
        LabelPair.objects.filter(pk__in=gone).update(withdrawn_at=at)
    return ids


def _fit_seats(locked: LockedLabeling, wanted: Mapping[Place, int], pairs: dict[str, int]) -> None:
    """Take back the seats nobody needs any more, free ones before held ones, and make those
    that are missing."""
    labeling = locked.labeling
    needless: list[SeatRow] = []
    missing: list[Seat] = []
    by_place: dict[Place, list[SeatRow]] = {place: [] for place in wanted}
    for seat in locked.seats:
        if not seat.open:
            continue
        if seat.place in wanted:
            by_place[seat.place].append(seat)
        elif not seat.answered:
            needless.append(seat)
    for (round, stage, label), present in by_place.items():
        target = wanted[(round, stage, label)]
        unanswered = [seat for seat in present if not seat.answered]
        unanswered.sort(key=lambda seat: (seat.annotator is not None, -seat.number))
        surplus = max(0, len(present) - target)
        needless += unanswered[:surplus]
        taken = {seat.number for seat in present}
        numbers = (number for number in range(1, target + 1) if number not in taken)
        missing += [
            Seat(
                labeling=labeling,
                clip_id=labeling.clip_id,
                corpus_id=labeling.corpus_id,
                round=round,
                stage=stage.value,
                pair_id=pairs[label] if label is not None else None,
                number=number,
            )
            for number in list(numbers)[: max(0, target - len(present))]
        ]
    withdraw(needless)
    queue_seats(labeling.corpus_id, missing)


def withdraw(seats: Iterable[SeatRow]) -> None:
    """Free seats leave no trace; held ones are closed, so that their holder is told why."""
    free = [seat.id for seat in seats if seat.annotator is None]
    held = [seat.id for seat in seats if seat.annotator is not None]
    if free:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM annotation_seat WHERE id = ANY(%s)", [free])
    if held:
        close_seats(held, Seat.Closed.WITHDRAWN)


def close_seats(ids: list[int], closed: Seat.Closed) -> None:
    """Close seats that never got a vote that counts; their holders' desks look again."""
    Seat.objects.filter(pk__in=ids).update(closed=closed, leased_until=None)
    left = Seat.objects.filter(pk__in=ids).values_list("annotator_id", "labeling_id")
    for annotator, labeling in sorted(set(left)):
        look_again(annotator, labeling)


def look_again(annotator: int | None, labeling: int) -> None:
    """The annotator may now get seats of this labeling that they could not have when their desk
    looked past them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE annotation_desk d SET
                any_emotion = LEAST(d.any_emotion, f.emotion - 1),
                any_reliability = LEAST(d.any_reliability, f.reliability - 1),
                any_valence = LEAST(d.any_valence, f.valence - 1)
            FROM (SELECT corpus_id, min(ticket) FILTER (WHERE stage = 'emotion') AS emotion,
                    min(ticket) FILTER (WHERE stage = 'reliability') AS reliability,
                    min(ticket) FILTER (WHERE stage = 'valence') AS valence
                FROM annotation_seat
                WHERE labeling_id = %s AND annotator_id IS NULL AND closed IS NULL
                GROUP BY corpus_id) f
            WHERE d.corpus_id = f.corpus_id AND d.annotator_id = %s""",
            [labeling, annotator],
        )


def queue_seats(corpus_id: int, seats: list[Seat]) -> None:
    """Make free seats, at the end of their stages' queues."""
    for stage in sorted({seat.stage for seat in seats}):
        of_stage = [seat for seat in seats if seat.stage == stage]
        first = draw_tickets(corpus_id, stage, len(of_stage))
        for offset, seat in enumerate(of_stage):
            seat.ticket = first + offset
        Seat.objects.bulk_create(of_stage)


def draw_tickets(corpus_id: int, stage: str, count: int) -> int:
    """The first of `count` new tickets; the queue stays locked until commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO annotation_seatqueue AS q (corpus_id, stage, last_ticket)
            VALUES (%s, %s, %s) ON CONFLICT (corpus_id, stage)
            DO UPDATE SET last_ticket = q.last_ticket + EXCLUDED.last_ticket
            RETURNING last_ticket""",
            [corpus_id, stage, count],
        )
        (last,) = cursor.fetchone()
    return int(last) - count + 1
