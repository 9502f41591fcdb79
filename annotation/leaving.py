"""Somebody leaves the site: their votes stay, the places they hold are free again at once."""

from datetime import datetime

from accounts import departures
from accounts.models import User
from annotation.labelings import lock_labeling
from annotation.models import Seat
from annotation.seating import advance, close_seats
from jobs.transactions import retried


@retried
def deactivate(*, user: User, by: User, at: datetime) -> None:
    """End the person's account and give back what they hold, in every corpus."""
    departures.deactivate(user_id=user.pk, by=by)
    held = Seat.objects.filter(annotator=user, closed=None, leased_until__isnull=False)
    labelings = held.order_by("labeling_id").values_list("labeling_id", flat=True).distinct()
    for labeling_id in labelings:
        _give_back(held.filter(labeling=labeling_id).select_related("corpus")[0], at)


def _give_back(seat: Seat, at: datetime) -> None:
    locked = lock_labeling(seat.corpus, seat.labeling_id)
    assert locked is not None
    leaving = [
        row
        for row in locked.seats
        if row.open and not row.answered and row.annotator == seat.annotator_id
    ]
    for row in leaving:
        row.closed = Seat.Closed.RELEASED.value
    close_seats([row.id for row in leaving], Seat.Closed.RELEASED)
    advance(locked, at=at)
