"""The chosen clips of a selection run, opened for labeling in batches."""

from collections.abc import Callable
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from accounts.models import User
from annotation.clip_list import LABELINGS
from annotation.enough_people import check_warnings_again, people_warnings
from annotation.models import Labeling, Opening
from annotation.opening import choose_clips, start_opening
from collection.readiness import check_takes_work
from jobs.actions import start_job
from jobs.errors import Refusal
from jobs.models import Job
from jobs.sentences import counted
from selection.deleted import selection_was_deleted
from selection.models import RunClip, SelectionBatch, SelectionRun
from selection.pool import UNLABELED
from selection.runs import check_ready

# Chosen clips that are in no batch, in the corpus's stored random order, and whether they are
# still in the pool.
WAITING = f"""
    SELECT c.id, {UNLABELED} AS openable
    FROM selection_runclip r JOIN collection_clip c ON c.id = r.clip_id {LABELINGS}
    WHERE r.run_id = %(run)s AND r.chosen AND r.batch_id IS NULL ORDER BY c.shuffle, c.id"""


class Waiting(NamedTuple):
    left: list[int]  # clips that can be opened now, in the order in which they will be
    passed_over: int  # opened, labeled or set aside by others, or made guides


def waiting(run: SelectionRun) -> Waiting:
    """The chosen clips that are in no batch."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"run": run.pk})
        rows = cursor.fetchall()
    left = [clip for clip, openable in rows if openable]
    return Waiting(left, len(rows) - len(left))


def warnings(run: SelectionRun, waiting: Waiting) -> list[Refusal]:
    """Whether the people suffice for what is left to open."""
    if not waiting.left:
        return []
    return people_warnings(run.corpus) + check_warnings_again(run.corpus, waiting.left)


def listed(run: SelectionRun) -> QuerySet[SelectionBatch]:
    """The run's batches by number, with all that is shown of each, in one query."""
    clips = RunClip.objects.filter(batch=OuterRef("pk")).order_by()
    opened = Labeling.objects.filter(opening=OuterRef("opening")).order_by()
    return (
        run.batches.select_related("opening__job", "opening__created_by")
        .annotate(
            clip_count=Coalesce(
                Subquery(clips.values("batch").annotate(n=Count("pk")).values("n")), 0
            ),
            opened=Coalesce(
                Subquery(opened.values("opening").annotate(n=Count("pk")).values("n")), 0
            ),
        )
        .order_by("number")
    )


def open_batch(*, run: SelectionRun, count: int | None, by: User) -> SelectionBatch:
    """Have a job open the next `count` chosen clips (None: all that are left).

    Those that others have opened, labeled or set aside meanwhile are passed over. Raises Refusal
    `selection_not_ready`, `bad_count`, `selection_is_all_opened`, and for a corpus that takes no
    work.
    """
    return _batch(run, count, by, start_opening)


def choose_batch(*, run: SelectionRun, count: int | None, by: User | None) -> SelectionBatch:
    """The same without a job, for whoever opens the clips by `annotation.opening.run_opening`."""
    return _batch(run, count, by, choose_clips)


@transaction.atomic
def _batch(
    run: SelectionRun, count: int | None, by: User | None, choose: Callable[..., Opening]
) -> SelectionBatch:
    held = _held(run)
    check_ready(held)
    check_takes_work(held.corpus)
    if count is not None and count < 1:
        raise Refusal(
            "bad_count",
            f"{count} is no number of clips to open; give one from 1 to {held.selected}.",
            status=400,
            count=count,
        )
    left, passed_over = waiting(held)
    if not left:
        raise Refusal(
            "selection_is_all_opened",
            f"All {counted(held.selected, 'clip')} that selection run {run.pk} has chosen are in "
            f"batches, or were opened, labeled or set aside otherwise ({passed_over}). Select "
            "anew to choose others.",
            run=run.pk,
            count=held.selected,
            passed_over=passed_over,
        )
    clips = left[:count]
    opening = choose(corpus=held.corpus, by=by, clips=clips, again=True)
    last = held.batches.order_by("-number").values_list("number", flat=True).first()
    batch = held.batches.create(number=(last or 0) + 1, opening=opening)
    RunClip.objects.filter(run=held, clip__in=clips).update(batch=batch)
    return batch


@transaction.atomic
def resume(*, batch: SelectionBatch, by: User) -> None:
    """Have a job go on with a batch whose job was cancelled or failed.

    Raises Refusal `batch_is_under_way`, `batch_is_complete`, and for a corpus that takes no work.
    """
    run = _held(batch.run)
    check_takes_work(run.corpus)
    opening = Opening.objects.select_related("job").get(pk=batch.opening_id)
    if opening.job is not None and opening.job.ended_at is None:
        raise Refusal(
            "batch_is_under_way",
            f"Batch {batch.number} of selection run {run.pk} is being opened. Wait for its job, "
            "or cancel it.",
            run=run.pk,
            batch=batch.number,
        )
    if opening.job is not None and opening.job.state == Job.State.DONE:
        raise Refusal(
            "batch_is_complete",
            f"Batch {batch.number} of selection run {run.pk} is opened: each of its clips that "
            "could be. Open another batch.",
            run=run.pk,
            batch=batch.number,
        )
    opening.job = start_job(
        kind="open_clips", task="annotation.tasks.open_clips", corpus=run.corpus, created_by=by
    )
    opening.save(update_fields=["job"])


def _held(run: SelectionRun) -> SelectionRun:
    """Its row, held until commit: batches of a run are made one after the other."""
    rows = SelectionRun.objects.select_for_update(of=("self",), no_key=True)
    held = rows.select_related("corpus").filter(pk=run.pk).first()
    if held is None:
        raise selection_was_deleted(run.pk)
    return held
