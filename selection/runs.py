"""Selection runs (§2.3): asked for, read, removed."""

import hashlib
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from django.db import connection, transaction
from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from accounts.models import User
from annotation.models import Emotion
from collection.models import Corpus
from collection.readiness import check_takes_work
from jobs.actions import cancel, start_job
from jobs.errors import Refusal
from jobs.models import Job
from jobs.sentences import counted
from selection import places, pool
from selection.deleted import scoring_was_deleted
from selection.models import RunClip, Scoring, SelectionClass, SelectionRun
from selection.scored import Scored, Selected, selected
from training import folders


class Asked(NamedTuple):
    """A selection before it is a row."""

    scoring: Scoring
    eta: float
    confidences: str


def start_selection(
    *, scoring: Scoring, eta: float, confidences: str, by: User
) -> tuple[SelectionRun, bool]:
    """Algorithm 1 with this eta; a job writes what it says of each clip. The run, and whether it
    was made now: the same selection is made once, whoever asks for it.

    Raises Refusal `scoring_not_ready`, `no_out_of_fold_confidences`, `nothing_selected`,
    `pool_has_changed`, `selection_in_progress`, and for a corpus that takes no work; Fault
    `eta_outside_0_to_1`.
    """
    with transaction.atomic():
        run, made = make(Asked(scoring, eta, confidences), by)
        if made:
            run.job = start_job(
                kind="select_clips",
                task="selection.tasks.select",
                corpus=run.corpus,
                created_by=by,
                total=run.pool,
            )
            run.save(update_fields=["job"])
    return run, made


@transaction.atomic
def make(asked: Asked, by: User | None) -> tuple[SelectionRun, bool]:
    """The run's row, or the one that is there already; the corpus's row is held until commit."""
    scored = Scored.open(asked.scoring)
    found = selected(scored, asked.eta, asked.confidences)
    corpus = folders.locked(asked.scoring.corpus)
    check_takes_work(corpus)
    _check_is_there(asked.scoring)
    _make_room(corpus, asked)
    same = corpus.selection_runs.filter(**_inputs(asked)).first()
    if same is not None:
        return same, False
    _check_pool(asked.scoring, scored)
    chosen = int(found.chosen.sum())
    if not chosen:
        raise _nothing_selected(asked, len(found.chosen))
    run = SelectionRun.objects.create(
        corpus=corpus,
        scoring=asked.scoring,
        **_inputs(asked),
        labeled=len(scored.labels),
        pool=len(found.chosen),
        selected=chosen,
        digest=digest_of(scored.clip_ids, found),
        created_by=by,
    )
    known = corpus.selection_runs.values_list("pk", flat=True)
    places.clear_left_over(corpus.pk, places.SELECTIONS, known)
    return run, True


def digest_of(clips: NDArray[np.int64], found: Selected) -> str:
    """SHA-256 of the names of the chosen clips, one a line, by code point."""
    with connection.cursor() as cursor:
        # As one array: each of tens of thousands of values of an IN would be read for itself.
        chosen = clips[found.chosen].tolist()
        cursor.execute("SELECT name FROM collection_clip WHERE id = ANY(%s)", [chosen])
        names = sorted(name for (name,) in cursor.fetchall())
    return hashlib.sha256("".join(f"{name}\n" for name in names).encode()).hexdigest()


def delete(run: SelectionRun) -> None:
    """Remove a run of which nothing was opened; one that is being made is cancelled.

    Raises Refusal `selection_is_opened`.
    """
    if run.job is not None and Job.objects.unfinished().filter(pk=run.job.pk).exists():
        cancel(job_id=run.job.pk)  # it lets go of the row that it holds while it writes
    _remove(run)


@transaction.atomic
def _remove(run: SelectionRun) -> None:
    held = SelectionRun.objects.select_for_update(of=("self",)).filter(pk=run.pk).first()
    if held is None:
        return
    batches = held.batches.count()
    if batches:
        raise Refusal(
            "selection_is_opened",
            f"Selection run {run.pk} stays: clips of it were opened for labeling "
            f"({counted(batches, 'batch', 'batches')}), and it says how they were chosen.",
            run=run.pk,
            count=batches,
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('concord.deleting_a_selection', 'on', true)")
        for rows in (RunClip, SelectionClass):
            # As one statement: Django would read a row for every clip of the pool.
            cursor.execute(f"DELETE FROM {rows._meta.db_table} WHERE run_id = %s", [run.pk])
        held.delete()
        cursor.execute("SELECT set_config('concord.deleting_a_selection', '', true)")
    transaction.on_commit(partial(folders.remove, places.of_run(run)))


def listed(corpus: Corpus) -> QuerySet[SelectionRun]:
    """The corpus's runs, newest first, with all that is shown of each, in two queries."""
    emotions = Emotion.objects.filter(corpus=OuterRef("run__corpus"), code=OuterRef("code"))
    classes = SelectionClass.objects.annotate(
        name_en=Coalesce(Subquery(emotions.values("name_en")[:1]), "code"),
        name_zh=Coalesce(Subquery(emotions.values("name_zh")[:1]), "code"),
    ).order_by("position")
    batched = RunClip.objects.filter(batch__run=OuterRef("pk")).order_by()
    return (
        SelectionRun.objects.filter(corpus=corpus)
        .select_related("job", "created_by", "corpus", "scoring__model__run__corpus")
        .prefetch_related(Prefetch("classes", classes))
        .annotate(
            batched=Coalesce(
                Subquery(batched.values("batch__run").annotate(n=Count("pk")).values("n")), 0
            )
        )
        .order_by("-pk")
    )


def check_ready(run: SelectionRun) -> None:
    if run.ready_at is None:
        raise Refusal(
            "selection_not_ready",
            f"Selection run {run.pk} is not complete. Wait for its job; if that failed or was "
            "cancelled, select with the same numbers again.",
            run=run.pk,
        )


def file_missing(run: SelectionRun) -> Refusal:
    return Refusal(
        "selection_file_missing",
        f"The file of selection run {run.pk} is not there any more. Bring it back from a backup "
        "of the folder TRAINING_ROOT; the run's page still has every clip.",
        status=404,
        run=run.pk,
    )


def _inputs(asked: Asked) -> dict[str, Any]:
    """What makes a selection the same one."""
    return {
        "scoring_digest": asked.scoring.digest,
        "eta": asked.eta + 0.0,  # no −0
        "confidences": asked.confidences,
    }


def _make_room(corpus: Corpus, asked: Asked) -> None:
    """One selection is made at a time; one whose job failed or was cancelled gives way."""
    unready = corpus.selection_runs.filter(ready_at=None).select_related("job", "created_by")
    run = unready.first()
    if run is None:
        return
    if run.job is None or run.job.ended_at is not None:
        # If it has become ready while its row was waited for, it stays.
        if unready.select_for_update(of=("self",)).filter(pk=run.pk).exists():
            _remove(run)
    elif any(getattr(run, name) != value for name, value in _inputs(asked).items()):
        by = str(run.created_by) if run.created_by else "–"
        raise Refusal(
            "selection_in_progress",
            f"Selection run {run.pk} of corpus {corpus.slug} with η = {run.eta:g} is being made "
            f"(by {by}). Wait until it is ready, or cancel its job.",
            run=run.pk,
            corpus=corpus.slug,
            eta=run.eta,
            by=by,
        )


def _check_is_there(scoring: Scoring) -> None:
    """Held until commit, so that it is not deleted meanwhile."""
    if not Scoring.objects.select_for_update(no_key=True).filter(pk=scoring.pk).exists():
        raise scoring_was_deleted(scoring.pk)


def _check_pool(scoring: Scoring, scored: Scored) -> None:
    changed = pool.changed(scoring, scored)
    if changed.count:
        raise Refusal(
            "pool_has_changed",
            f"{changed.count} of {len(scored.clip_ids)} clips of scoring {scoring.pk} are no "
            f'longer unlabeled, the first is "{changed.first}": they were opened, labeled or set '
            "aside, or show their answer. Score the pool again, and select from that.",
            scoring=scoring.pk,
            count=changed.count,
            of=len(scored.clip_ids),
            first=changed.first,
        )


def _nothing_selected(asked: Asked, clips: int) -> Refusal:
    return Refusal(
        "nothing_selected",
        f"With η = {asked.eta:g} none of the {counted(clips, 'clip')} of the pool is above its "
        "class's threshold. Choose a lower η, that is a higher portion.",
        eta=asked.eta,
        count=clips,
    )
