"""Which seat an annotator gets next.

First what they hold already; then stages from the end (valence, reliability, emotion), so
that what is begun gets finished; then tickets in order, clips they have not seen first, not
two clips of one video in a row if another is to be had. A claim's time does not grow with
the corpus nor with what one has voted on: the `Desk` remembers up to which ticket nothing
is left for its annotator, and tickets become visible in order (`SeatQueue`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection

from accounts.models import Membership
from annotation.free_seats import (
    ALLOWED,
    LOOK_AHEAD,
    NEAR,
    OF_ANOTHER_VIDEO,
    UNSEEN,
    Candidate,
    free_seats,
    free_seats_far_away,
)
from annotation.models import LEASE, Desk, Seat
from annotation.protocol import Stage
from annotation.seating import look_again
from jobs.transactions import retried

SCREENS_HELD = 2  # so that the next clip loads while the first is judged
STAGES_FROM_THE_END = (Stage.VALENCE, Stage.RELIABILITY, Stage.EMOTION)
RENEW_BELOW = LEASE * 2 / 3
REMEMBER_EVERY = 64  # tickets; looking at a few again is cheaper than writing the desk each time


@dataclass(slots=True)
class Sitting:
    """An annotator's locked desk while it is being filled.

    `looked` is the ticket, by stage and kind of look, up to which there is nothing for this
    annotator; `last_tickets` what had been drawn when the desk was locked, so that every
    smaller number is visible from now on.
    """

    membership: Membership
    at: datetime
    desk: int
    last_video: int | None
    looked: dict[str, int]
    last_tickets: dict[str, int]
    held: set[int]  # labelings; both labels of a tied clip are one screen
    soonest: datetime | None  # when the first of their leases ends
    lapsed: bool  # whether somebody else's lease ran out


LOOKS = [f"{kind}_{stage}" for kind in ("unseen", "any") for stage in STAGES_FROM_THE_END]
LOCK_DESK = f"""
    SELECT d.id, d.last_video_id, {", ".join(f"d.{look}" for look in LOOKS)},
        ARRAY(SELECT q.stage || ' ' || q.last_ticket FROM annotation_seatqueue q
            WHERE q.corpus_id = d.corpus_id)
    FROM annotation_desk d WHERE d.corpus_id = %s AND d.annotator_id = %s
    FOR NO KEY UPDATE OF d
"""
HELD = """
    SELECT array_agg(DISTINCT s.labeling_id), min(s.leased_until),
        EXISTS (SELECT FROM annotation_seat o WHERE o.corpus_id = %(corpus)s
            AND o.closed IS NULL AND o.leased_until < %(at)s AND o.annotator_id <> %(annotator)s)
    FROM annotation_seat s WHERE s.annotator_id = %(annotator)s AND s.corpus_id = %(corpus)s
        AND s.closed IS NULL AND s.leased_until IS NOT NULL
"""


@retried
def fill_desk(*, membership: Membership, at: datetime) -> None:
    """Give the annotator seats until their desk is full or nothing can be given."""
    sitting = _lock_desk(membership, at)
    _renew_held(sitting)
    looked, last_video = dict(sitting.looked), sitting.last_video
    stages = [s for s in STAGES_FROM_THE_END if not membership.stages or s in membership.stages]
    while len(sitting.held) < SCREENS_HELD and (taken := _take_one(sitting, stages)):
        sitting.held.add(taken.labeling)
        sitting.at += timedelta(microseconds=1)  # the desk shows screens in the order taken
    far = any(sitting.looked[look] - looked[look] > REMEMBER_EVERY for look in LOOKS)
    if far or sitting.last_video != last_video:
        Desk.objects.filter(pk=sitting.desk).update(
            **sitting.looked, last_video_id=sitting.last_video
        )


@retried
def look_ahead(*, membership: Membership, at: datetime) -> None:
    """Remember what is none of this annotator's, without taking anything: after votes came in
    bulk, the first claim need not look through all of them."""
    sitting = _lock_desk(membership, at)
    for stage in STAGES_FROM_THE_END:
        for look, allowed in ((f"unseen_{stage}", UNSEEN), (f"any_{stage}", ALLOWED)):
            found = _look(sitting, allowed, stage, sitting.looked[look])
            _pass_by(sitting, look, stage, found)
    Desk.objects.filter(pk=sitting.desk).update(**sitting.looked)


def _look(sitting: Sitting, allowed: str, stage: Stage, after: int) -> list[Candidate]:
    """The next free seats after a ticket that the annotator may have."""
    last_ticket = sitting.last_tickets.get(stage, 0)
    if after >= last_ticket:
        return []
    found = free_seats(sitting.membership, stage, allowed + NEAR, after)
    if not found and after + LOOK_AHEAD < last_ticket:
        found = free_seats_far_away(sitting.membership, stage, allowed, after + LOOK_AHEAD)
    return found


def _lock_desk(membership: Membership, at: datetime) -> Sitting:
    """Lock the annotator's desk: a second tab waits here."""
    key = {"corpus_id": membership.corpus_id, "annotator_id": membership.user_id}
    with connection.cursor() as cursor:
        cursor.execute(LOCK_DESK, list(key.values()))
        row = cursor.fetchone()
        if row is None:
            Desk.objects.bulk_create([Desk(**key)], ignore_conflicts=True)
            cursor.execute(LOCK_DESK, list(key.values()))
            row = cursor.fetchone()
        desk, last_video, *looked, queues = row
        mine = {"corpus": membership.corpus_id, "annotator": membership.user_id}
        cursor.execute(HELD, {**mine, "at": at})
        held, soonest, lapsed = cursor.fetchone()
    drawn = (queue.split() for queue in queues)
    last_tickets = {stage: int(ticket) for stage, ticket in drawn}
    looked_at = dict(zip(LOOKS, looked, strict=True))
    return Sitting(
        membership, at, desk, last_video, looked_at, last_tickets, set(held or ()), soonest, lapsed
    )


def _renew_held(sitting: Sitting) -> None:
    """Who asks is there: leases of theirs that run low are renewed."""
    membership, soonest = sitting.membership, sitting.soonest
    if soonest is not None and soonest < sitting.at + RENEW_BELOW:
        Seat.objects.filter(
            corpus_id=membership.corpus_id,
            annotator_id=membership.user_id,
            closed=None,
            leased_until__isnull=False,
        ).update(leased_until=sitting.at + LEASE)


def _take_one(sitting: Sitting, stages: list[Stage]) -> Candidate | None:
    lapsed = _lapsed(sitting.membership, sitting.at) if sitting.lapsed else {}
    for stage in stages:
        for seat in lapsed.get(stage, []):
            taken = _take_over(seat, sitting.membership, sitting.at)
            if taken is not None:
                _take_other_pairs(taken, sitting.membership, sitting.at)
                return taken
        for look, allowed in ((f"unseen_{stage}", UNSEEN), (f"any_{stage}", ALLOWED)):
            candidate = _take_free(sitting, look, allowed, stage)
            if candidate is not None:
                _take_other_pairs(candidate, sitting.membership, sitting.at)
                sitting.last_video = candidate.video
                return candidate
    return None


def _take_free(sitting: Sitting, look: str, allowed: str, stage: Stage) -> Candidate | None:
    """The first free seat after the desk's place in the queue that nobody else is taking."""
    membership, after = sitting.membership, sitting.looked[look]
    found = _look(sitting, allowed, stage, after)
    _pass_by(sitting, look, stage, found)
    while found:
        preferred = [c for c in found if c.video is None or c.video != sitting.last_video]
        if not preferred:
            other = allowed + NEAR + OF_ANOTHER_VIDEO
            preferred = free_seats(membership, stage, other, after, last_video=sitting.last_video)
        preferred += [candidate for candidate in found if candidate not in preferred]
        taken = _sit_down([c.seat for c in preferred], membership, sitting.at)
        if taken is not None:
            return next(candidate for candidate in preferred if candidate.seat == taken)
        after = found[-1].ticket
        found = _look(sitting, allowed, stage, after)
    return None


def _pass_by(sitting: Sitting, look: str, stage: Stage, found: list[Candidate]) -> None:
    """All before the first that fits is passed for good; one that somebody else is just taking
    stays ahead, since they may yet let go."""
    passed = found[0].ticket - 1 if found else sitting.last_tickets.get(stage, 0)
    sitting.looked[look] = max(sitting.looked[look], passed)


def _sit_down(seats: list[int], membership: Membership, at: datetime) -> int | None:
    """Take the first of these seats that is still free and not being taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE annotation_seat SET annotator_id = %(annotator)s, token = %(token)s,
                claimed_at = %(at)s, leased_until = %(until)s
            WHERE id = (SELECT id FROM annotation_seat
                WHERE id = ANY(%(seats)s) AND annotator_id IS NULL AND closed IS NULL
                ORDER BY array_position(%(seats)s, id) LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING id""",
            {
                "seats": seats,
                "annotator": membership.user_id,
                "token": uuid4(),
                "at": at,
                "until": at + LEASE,
            },
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _take_other_pairs(taken: Candidate, membership: Membership, at: datetime) -> None:
    """ "One annotator may judge both pairs, on one screen": a seat of each other pair too."""
    if taken.pair is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.id, s.pair_id FROM annotation_seat s
            JOIN annotation_labelpair p ON p.id = s.pair_id AND p.withdrawn_at IS NULL
            WHERE s.labeling_id = %(labeling)s AND s.pair_id <> %(pair)s
                AND s.round = (SELECT round FROM annotation_labelpair WHERE id = %(pair)s)
                AND s.annotator_id IS NULL AND s.closed IS NULL
                AND NOT EXISTS (SELECT FROM annotation_seat m WHERE m.pair_id = s.pair_id
                    AND m.annotator_id = %(annotator)s AND (m.closed IS NULL OR m.voted))
            ORDER BY s.number""",
            {
                "labeling": taken.labeling,
                "pair": taken.pair,
                "annotator": membership.user_id,
            },
        )
        others: dict[int, list[int]] = {}
        for seat, pair in cursor.fetchall():
            others.setdefault(pair, []).append(seat)
    for seats in others.values():
        _sit_down(seats, membership, at)


def _lapsed(membership: Membership, at: datetime) -> dict[Stage, list[Candidate]]:
    """Seats whose lease ran out, that this annotator may have instead of their holder."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.stage, s.id, 0, s.labeling_id, s.pair_id, c.video_id
            FROM annotation_seat s JOIN collection_clip c ON c.id = s.clip_id
            WHERE s.corpus_id = %(corpus)s AND s.closed IS NULL AND s.leased_until < %(at)s
                AND s.annotator_id <> %(annotator)s"""
            + ALLOWED
            + " ORDER BY s.leased_until LIMIT 64",
            {"corpus": membership.corpus_id, "annotator": membership.user_id, "at": at},
        )
        lapsed: dict[Stage, list[Candidate]] = {}
        for stage, *candidate in cursor.fetchall():
            lapsed.setdefault(Stage(stage), []).append(Candidate(*candidate))
    return lapsed


def _take_over(lapsed: Candidate, membership: Membership, at: datetime) -> Candidate | None:
    """Close the lapsed seat and sit on a fresh one with its number. Nothing here waits for a
    lock: whoever holds one is busy with the seat, and then it is not ours to take."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.annotator_id FROM annotation_seat s
            JOIN annotation_labeling l ON l.id = s.labeling_id
            JOIN annotation_desk d
                ON d.annotator_id = s.annotator_id AND d.corpus_id = s.corpus_id
            WHERE s.id = %s AND s.closed IS NULL AND s.leased_until < %s
            FOR NO KEY UPDATE SKIP LOCKED""",
            [lapsed.seat, at],
        )
        row = cursor.fetchone()
        if row is None:
            return None
        Seat.objects.filter(pk=lapsed.seat).update(closed=Seat.Closed.LAPSED, leased_until=None)
        look_again(row[0], lapsed.labeling)
        cursor.execute(
            """INSERT INTO annotation_seat (labeling_id, clip_id, corpus_id, round, stage,
                pair_id, number, annotator_id, token, claimed_at, leased_until, voted)
            SELECT labeling_id, clip_id, corpus_id, round, stage, pair_id, number,
                %s, %s, %s, %s, false FROM annotation_seat WHERE id = %s RETURNING id""",
            [membership.user_id, uuid4(), at, at + LEASE, lapsed.seat],
        )
        (seat,) = cursor.fetchone()
    return Candidate(seat, lapsed.ticket, lapsed.labeling, lapsed.pair, lapsed.video)
