"""A selection run has the rows that it counts, also when some come at the moment it gets ready."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import timezone

from selection.models import RunClip, SelectionRun
from tests import factories, selected
from tests.constraints.selection_scene import unlabeled

Change = Callable[[SelectionRun, int], object]


def another_row(run: SelectionRun, clip: int) -> None:
    RunClip.objects.create(run=run, clip_id=clip, position=0, confidence=0.9, chosen=False)


def becomes_ready(run: SelectionRun, clip: int) -> None:
    SelectionRun.objects.filter(pk=run.pk).update(ready_at=timezone.now())


ORDERS = {
    "the row comes first": (another_row, becomes_ready, "a_ready_selection_run_is_whole"),
    "the run is ready first": (becomes_ready, another_row, "the_rows_of_a_selection_run_stay"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("first", "second", "rule"), ORDERS.values(), ids=ORDERS.keys())
def test_the_second_waits_for_the_first_and_is_refused(
    first: Change, second: Change, rule: str
) -> None:
    corpus, pool = unlabeled()
    more = factories.clip_of(corpus, "more").pk
    run = selected.begun(selected.scored(corpus), pool, eta=0.8)
    done, commit = Event(), Event()

    def change() -> None:
        try:
            with transaction.atomic():
                first(run, more)
                done.set()
                commit.wait(1)  # s; the second is tried meanwhile and has to wait
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as threads:
        changed = threads.submit(change)
        assert done.wait(30)
        with pytest.raises(IntegrityError, match=rule):
            second(run, more)
        commit.set()
        changed.result()
