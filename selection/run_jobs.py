"""A selection run's rows and file, written in one transaction: whole, or not at all."""

import csv
from collections.abc import Iterator
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone

from annotation.exporting import appearing
from collection.models import Clip
from jobs.bulk import copy_rows
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import Said
from selection import places, runs
from selection.deleted import selection_was_deleted
from selection.models import RunClip, SelectionClass, SelectionRun
from selection.scored import Scored, Selected, selected
from training import folders

COLUMNS = ("name", "predicted", "confidence", "folds", "selected")
REPORT_EVERY = 2000  # clips


@transaction.atomic
def run_selection(run: SelectionRun, progress: Progress) -> Said:
    """Write what the run says of every clip of the pool. Killed anywhere, nothing of it stays, and
    it is begun again; doing it twice changes nothing.

    Raises Refusal `scoring_files_changed`, `scoring_files_missing`, `selection_was_deleted`.
    """
    rows = SelectionRun.objects.select_for_update(of=("self",)).select_related("scoring")
    held = rows.filter(pk=run.pk).first()
    if held is None:
        raise selection_was_deleted(run.pk)
    if held.ready_at is None:
        write(held, progress)
    return Said(
        "clips_selected",
        f"{held.selected} of {held.pool} clips selected.",
        count=held.selected,
        of=held.pool,
    )


@transaction.atomic
def select_now(asked: runs.Asked, progress: Progress) -> tuple[SelectionRun, bool]:
    """`runs.start_selection` and its job's work as one, for a command. Whoever else asks in this
    corpus meanwhile waits."""
    run, made = runs.make(asked, None)
    if made:
        write(run, progress)
    return run, made


def write(run: SelectionRun, progress: Progress) -> None:
    """Inside a transaction that holds the run's row."""
    scored = Scored.open(run.scoring)
    found = selected(scored, run.eta, run.confidences)
    if runs.digest_of(scored.clip_ids, found) != run.digest:
        raise Refusal(
            "scoring_files_changed",
            f"The files of scoring {run.scoring_id} are not those that selection run {run.pk} was "
            "asked of. Bring them back from a backup of the folder TRAINING_ROOT, or score again.",
            scoring=run.scoring_id,
            run=run.pk,
        )
    SelectionClass.objects.bulk_create(_classes(run, scored, found))
    _write_file(run, scored, found)
    fields = ("run", "clip", "position", "confidence", "folds", "chosen")
    copy_rows(RunClip, fields, _rows(run, scored, found, progress))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE selection_runclip")  # its pages are asked for at once
    run.ready_at = timezone.now()
    run.save(update_fields=["ready_at"])
    progress.report(run.pool, run.pool)


def _classes(run: SelectionRun, scored: Scored, found: Selected) -> list[SelectionClass]:
    count = len(scored.classes)
    labeled = np.bincount(scored.labels, minlength=count)
    predicted = np.bincount(found.predicted.classes, minlength=count)
    return [
        SelectionClass(
            run=run,
            position=place,
            code=code,
            labeled=int(labeled[place]),
            correct=found.correct[:, place].tolist(),
            thresholds=[_stored(λ) for λ in found.thresholds[:, place].tolist()],
            predicted=int(predicted[place]),
            selected=int(found.per_class[place]),
        )
        for place, code in enumerate(scored.classes)
    ]


def _stored(threshold: float) -> float | None:
    """Beyond 1 as the confidences are that it comes of."""
    return min(threshold, 1.0) if np.isfinite(threshold) else None


def _rows(
    run: SelectionRun, scored: Scored, found: Selected, progress: Progress
) -> Iterator[tuple[Any, ...]]:
    clips = scored.clip_ids.tolist()
    for done, (clip, said) in enumerate(zip(clips, _said(found), strict=True)):
        if done % REPORT_EVERY == 0:
            progress.report(done, run.pool)
            progress.check()
        yield run.pk, clip, *said


def _write_file(run: SelectionRun, scored: Scored, found: Selected) -> None:
    """Every clip by name. The names stay as they are, since programs read this file."""
    names = dict(Clip.objects.filter(corpus=run.corpus_id).values_list("pk", "name"))
    folders.remove(places.of_run(run))  # what a killed process has left
    to = places.clips_of(run)
    to.parent.mkdir(parents=True)
    with appearing(to) as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        for clip, said in zip(scored.clip_ids.tolist(), _said(found), strict=True):
            position, confidence, folds, chosen = said
            said_of_it = (scored.classes[position], confidence, folds, str(chosen).lower())
            out.writerow((names[clip], *said_of_it))


def _said(found: Selected) -> Iterator[tuple[int, float, int | None, bool]]:
    """Of each clip of the pool: ê, s, how many folds select it, and whether it is chosen."""
    votes = [None] * len(found.chosen) if found.votes is None else found.votes.tolist()
    classes, confidences = found.predicted
    sure = np.minimum(confidences, 1)  # a softmax in 32 bits, or a rounded file, may go beyond
    columns = (classes.tolist(), sure.tolist(), votes, found.chosen.tolist())
    return zip(*columns, strict=True)
