"""What annotators do at their desk: vote, undo, skip, release, renew.

Each locks the labeling, checks, writes, and advances it, in one transaction.
Claiming the next seat is a transaction of its own (`claiming.fill_desk`): a vote is never
lost because of what comes after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Membership
from annotation import ballots, claiming
from annotation.ballots import UNKNOWN, Answer, Manner
from annotation.labelings import LockedLabeling, SeatRow, lock_labeling_of_seat
from annotation.last_vote import last_vote
from annotation.models import LEASE, Desk, Seat, Skip
from annotation.protocol import Stage
from annotation.seating import advance, close_seats
from jobs.errors import Refusal
from jobs.transactions import retried


@dataclass(frozen=True, slots=True)
class HeldSeat:
    """A seat as its holder names it."""

    seat: int
    token: str


@retried
def vote(
    *,
    membership: Membership,
    answers: Sequence[Answer],
    at: datetime,
    manner: Manner = UNKNOWN,
) -> None:
    """Cast the votes of one screen. Repeating a request changes nothing."""
    locked, own = _lock_own(membership, answers)
    fresh = []
    for answer in answers:
        seat = own[answer.seat]
        if not seat.answered:
            fresh.append((seat, answer))
        elif not ballots.says_the_same(seat, answer):
            raise Refusal(
                "already_voted",
                f"Clip {locked.clip}: this seat already has your vote; undo it first to change it.",
                clip=locked.clip,
            )
    if fresh:
        ballots.cast(locked, fresh, manner=manner, at=at)
        advance(locked, at=at)


@retried
def undo(*, membership: Membership, seat: int, at: datetime) -> None:
    """Take back one's own last vote, until somebody has claimed a seat that followed from it
    or the clip was opened again.

    Votes cast on one screen are taken back together.
    """
    locked, own = _lock_own(membership, [HeldSeat(seat, "")], by_token=False)
    chosen, clip = own[seat], locked.clip
    if not chosen.answered or chosen.void is not None:
        raise Refusal(
            "nothing_to_undo", f"Clip {clip}: this seat has no vote of yours to undo.", clip=clip
        )
    last = last_vote(membership)
    if last is None or last.answered_at != chosen.answered_at:
        raise Refusal(
            "not_your_last_vote",
            f"Clip {clip}: only your last vote can be undone; ask a coordinator to void this one.",
            clip=clip,
        )
    if last.over:
        raise Refusal(
            "clip_was_opened_again",
            f"Clip {clip} was opened again and is labeled anew; the earlier votes on it stay as "
            "they are. Go on with the next clip.",
            clip=clip,
        )
    if last.followed:
        raise Refusal(
            "somebody_followed",
            f"Clip {clip}: somebody has already claimed a seat that followed from this vote; "
            "ask a coordinator to void it.",
            clip=clip,
        )
    same_screen = [
        row
        for row in locked.seats
        if row.answered
        and row.annotator == membership.user_id
        and row.answered_at == chosen.answered_at
    ]
    Desk.objects.bulk_create(
        [Desk(corpus_id=membership.corpus_id, annotator_id=membership.user_id)],
        ignore_conflicts=True,
    )
    ballots.take_back(same_screen, lease_until=at + LEASE, at=at)
    advance(locked, at=at)
    # A seat that is not asked for now would be withdrawn, and its annotator could never vote
    # there again: such a vote stays.
    seats = [row.id for row in same_screen]
    if Seat.objects.filter(pk__in=seats, closed=None).count() < len(seats):
        raise Refusal(
            "vote_waits",
            f"Clip {clip} is set aside or back in an earlier stage, and your vote on it waits; "
            "it can be undone when the clip is there again.",
            clip=clip,
        )


@retried
def skip(
    *, membership: Membership, held: Sequence[HeldSeat], reason: str, note: str, at: datetime
) -> None:
    """Pass a clip over: the place is free again and the coordinator learns why."""
    locked, own = _lock_own(membership, held)
    leaving = _screen_of(locked, membership, own)
    if not leaving:
        return
    record = Skip(
        clip_id=locked.labeling.clip_id,
        corpus_id=membership.corpus_id,
        annotator_id=membership.user_id,
        stage=leaving[0].stage.value,
        reason=reason,
        note=note,
        at=at,
    )
    Skip.objects.bulk_create([record], ignore_conflicts=True)
    _leave(locked, leaving, Seat.Closed.SKIPPED, at)


@retried
def release(*, membership: Membership, held: Sequence[HeldSeat], at: datetime) -> None:
    """Give the held seats of one screen back, to be judged by whoever comes next."""
    locked, own = _lock_own(membership, held)
    leaving = _screen_of(locked, membership, own)
    if leaving:
        _leave(locked, leaving, Seat.Closed.RELEASED, at)


@retried
def renew(*, membership: Membership, held: Sequence[HeldSeat], at: datetime) -> set[int]:
    """Prolong the leases of held seats; returns those that are still one's own."""
    tokens = {named.seat: named.token for named in held}
    mine = Seat.objects.filter(
        pk__in=tokens, annotator_id=membership.user_id, closed=None, leased_until__isnull=False
    )
    locked = mine.select_for_update(no_key=True).order_by("pk")
    kept = {row.pk for row in locked if str(row.token) == tokens[row.pk]}
    Seat.objects.filter(pk__in=kept).update(leased_until=at + LEASE)
    return kept


def claim(*, membership: Membership, at: datetime) -> None:
    """Fill the annotator's desk, unless the corpus or the annotator is paused, or it is
    archived."""
    corpus = membership.corpus
    if membership.paused_at is None and corpus.paused_at is None and corpus.archived_at is None:
        claiming.fill_desk(membership=membership, at=at)


def _lock_own(
    membership: Membership, named: Sequence[HeldSeat | Answer], *, by_token: bool = True
) -> tuple[LockedLabeling, dict[int, SeatRow]]:
    """Lock the labeling of these seats and check that they are the annotator's to answer."""
    wanted = {held.seat: held.token for held in named}
    first = min(wanted)
    locked = lock_labeling_of_seat(membership.corpus, first)
    seats = locked.seats if locked else []
    own = {row.id: row for row in seats if row.id in wanted and row.annotator == membership.user_id}
    if locked is None or first not in own:
        raise Refusal(
            "seat_not_yours",
            f"Seat {first} is not one of yours in corpus {membership.corpus.slug}; "
            "ask for a clip first.",
            status=404,
            seat=first,
        )
    others = sorted(set(wanted) - set(own))
    if others:
        raise Refusal(
            "one_clip_at_a_time",
            f"Seat {others[0]} is not one of yours on clip {locked.clip}; "
            "send the seats of one screen.",
            status=400,
            seat=others[0],
        )
    for row in own.values():
        _check_own(locked, row, wanted[row.id] if by_token else None)
    return locked, own


LOST = {
    Seat.Closed.LAPSED: ("seat_taken_over", "its time ran out and somebody else has taken it over"),
    Seat.Closed.WITHDRAWN: ("seat_withdrawn", "it is no longer needed"),
    Seat.Closed.RELEASED: ("seat_released", "you gave it back"),
    Seat.Closed.SKIPPED: ("seat_skipped", "you skipped the clip"),
    Seat.Closed.VOIDED: ("vote_voided", "a coordinator voided the vote on it"),
}


def _check_own(locked: LockedLabeling, row: SeatRow, token: str | None) -> None:
    clip = locked.clip
    if row.closed == Seat.Closed.WITHDRAWN and locked.labeling.stage == Stage.SET_ASIDE:
        raise Refusal(
            "clip_is_set_aside", f"Clip {clip}: a coordinator set it aside. Go on with the next.",
            clip=clip,
        )  # fmt: skip
    if row.closed is not None:
        code, why = LOST[Seat.Closed(row.closed)]
        raise Refusal(
            code, f"Clip {clip}: this seat does not count any more: {why}. Go on with the next.",
            clip=clip,
        )  # fmt: skip
    if token is not None and str(row.token) != token:
        raise Refusal(
            "wrong_token", f"Clip {clip}: the token does not open this seat; ask for it again.",
            clip=clip,
        )  # fmt: skip


def _screen_of(
    locked: LockedLabeling, membership: Membership, named: dict[int, SeatRow]
) -> list[SeatRow]:
    """The annotator's unanswered seats on the clip, if one of those named is among them: both
    labels of a tied clip are left together."""
    if all(row.answered for row in named.values()):
        return []
    return [
        row
        for row in locked.seats
        if row.open and not row.answered and row.annotator == membership.user_id
    ]


def _leave(
    locked: LockedLabeling, leaving: Sequence[SeatRow], closed: Seat.Closed, at: datetime
) -> None:
    for row in leaving:
        row.closed = closed.value
    close_seats([row.id for row in leaving], closed)
    advance(locked, at=at)
