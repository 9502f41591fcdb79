"""Somebody leaves the site: their votes stay, the places they hold are free again at once."""

from datetime import datetime

from accounts import departures
from accounts.models import User
from annotation.labelings import lock_labeling
from annotation.models import Labeling, Seat
from annotation.seating import advance, close_seats
from jobs.transactions import retried


@retried
def deactivate(*, user: User, by: User, at: datetime) -> None:
    """End the person's account and give back what they hold, in every corpus."""
    departures.deactivate(user_id=user.pk, by=by)
    held = Seat.objects.filter(annotator=user, closed=None, leased_until__isnull=False)
    labelings = Labeling.objects.filter(seats__in=held).select_related("corpus").distinct()
    for labeling in labelings.order_by("pk"):
        _give_back(labeling, user, at)


def _give_back(labeling: Labeling, user: User, at: datetime) -> None:
    """Whatever of it is still held once it is locked: a vote may just have come."""
    locked = lock_labeling(labeling.corpus, labeling.pk)
    if locked is None:
        return  # its corpus is being deleted
    leaving = [
        row for row in locked.seats if row.open and not row.answered and row.annotator == user.pk
    ]
    for row in leaving:
        row.closed = Seat.Closed.RELEASED.value
    close_seats([row.id for row in leaving], Seat.Closed.RELEASED)
    advance(locked, at=at)
