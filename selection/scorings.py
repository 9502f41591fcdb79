"""Scorings: asked for by a model or a file, removed."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from baseline.errors import Fault
from baseline.model_about import read_about
from collection import storage
from collection.faults import printable
from collection.models import Corpus
from collection.readiness import check_takes_work
from jobs.actions import cancel, start_job
from jobs.errors import Refusal
from jobs.sentences import counted
from selection import places, pool
from selection.models import Scoring
from selection.usable import check_usable, classes_of
from training import choices, folders
from training.models import Prediction, TrainingRun
from training.predictions import no_model
from training.processes import refusal_of

ENDINGS = (".csv", ".npz", ".parquet")
SCORE: dict[str, Any] = {"kind": "score_clips", "task": "selection.tasks.score"}


def start_scoring(
    *, corpus: Corpus, run: TrainingRun, missing: str = Prediction.Missing.REFUSE, by: User
) -> Scoring:
    """Have a job score the corpus's pool, and D_l of the run's model, by that model."""
    return _keep(scoring_of(corpus=corpus, run=run, missing=missing, by=by), job=True)


def keep_scoring(
    *, corpus: Corpus, run: TrainingRun, missing: str = Prediction.Missing.REFUSE, by: User | None
) -> Scoring:
    """The same without a job, for a command that does the work itself."""
    return _keep(scoring_of(corpus=corpus, run=run, missing=missing, by=by), job=False)


def scoring_of(*, corpus: Corpus, run: TrainingRun, missing: str, by: User | None) -> Scoring:
    """Not saved yet. Raises Refusal where the model cannot score this corpus's clips."""
    check_takes_work(corpus)
    model = getattr(run, "model", None)
    if model is None:
        raise no_model(run)
    features = check_usable(model, corpus)
    try:
        read_about(folders.model_of(run))
    except Fault as fault:
        raise refusal_of(fault) from fault
    if missing == Prediction.Missing.MASK and len(features) == 1:
        (modality,) = features
        raise Refusal(
            "one_modality_cannot_be_masked",
            f"The model knows {modality} features only, and nothing is left if these are masked. "
            "Choose to refuse clips that lack features; those of the pool that have none of any "
            "modality are left out.",
            modality=modality,
        )
    _check_pool(corpus)
    return Scoring(
        corpus=corpus,
        model=model,
        model_digest=model.digest,
        classes=list(run.classes),
        missing=missing,
        created_by=by,
    )


def start_import(*, corpus: Corpus, file_name: str, chunks: Iterable[bytes], by: User) -> Scoring:
    """Keep a sent file of probabilities and have a job make a scoring of it.

    Its classes are the corpus's until the job has read which of them it has.
    """
    check_takes_work(corpus)
    ending = _check_ending(file_name)
    choices.classes(corpus, None)  # that there are labeled clips, of two classes
    _check_pool(corpus)
    received = folders.new_upload(ending)
    storage.receive(
        chunks=chunks,
        target=received,
        name=file_name,
        limit=settings.MAX_UPLOAD_BYTES,
        refusal=too_large,
    )
    scoring = Scoring(
        corpus=corpus,
        file_name=printable(Path(file_name).name)[:300],
        classes=[each.code for each in classes_of(corpus)],
        created_by=by,
    )
    try:
        return _keep(scoring, job=True, received=received)
    finally:
        received.unlink(missing_ok=True)


@transaction.atomic
def delete(scoring: Scoring) -> None:
    """Remove a scoring that no selection run uses, if it is still there; a job that makes it is
    cancelled. Raises Refusal `scoring_is_used`."""
    folders.locked(scoring.corpus)  # as a selection that begins does
    rows = Scoring.objects.select_for_update(of=("self",)).select_related("corpus")
    held = rows.filter(pk=scoring.pk).first()
    if held is None:
        return
    scoring = held
    runs = sorted(scoring.runs.values_list("pk", flat=True))
    if runs:
        listed = ", ".join(map(str, runs[:10])) + (" …" if len(runs) > 10 else "")
        raise Refusal(
            "scoring_is_used",
            f"Scoring {scoring.pk} is what {counted(len(runs), 'selection run')} ({listed}) chose "
            "from. Delete these runs first, where nothing of them was opened.",
            scoring=scoring.pk,
            count=len(runs),
            runs=listed,
        )
    if scoring.job is not None and scoring.job.ended_at is None:
        cancel(job_id=scoring.job.pk)
    folder = places.of_scoring(scoring)
    scoring.delete()
    transaction.on_commit(partial(folders.remove, folder))


def too_large(name: str, limit: int) -> Refusal:
    return Refusal(
        "probability_file_is_too_large",
        f"{name}: the file is larger than the {limit / 1024**2:.0f} MB that one may have. Send "
        "the probabilities only, as Parquet or .npz, or raise MAX_UPLOAD_BYTES.",
        status=413,
        file=name,
        megabytes=round(limit / 1024**2),
    )


@transaction.atomic
def _keep(scoring: Scoring, *, job: bool, received: Path | None = None) -> Scoring:
    """The row and its job; what was sent lies in its folder before anybody knows of it."""
    corpus = folders.locked(scoring.corpus)
    check_takes_work(corpus)
    known = corpus.scorings.values_list("pk", flat=True)
    places.clear_left_over(corpus.pk, places.SCORINGS, known)
    if job:
        scoring.job = start_job(corpus=corpus, created_by=scoring.created_by, **SCORE)
    scoring.save()
    if received is not None:
        places.keep_upload(scoring, received)
    return scoring


def _check_pool(corpus: Corpus) -> None:
    if not pool.counts(corpus)["clips"]:
        raise Refusal(
            "pool_is_empty",
            f"Corpus {corpus.slug} has no clip to select: each is being labeled, labeled, set "
            "aside, or shown in the guidelines. Import clips first.",
            corpus=corpus.slug,
        )


def _check_ending(file_name: str) -> str:
    ending = Path(file_name).suffix.lower()
    if ending not in ENDINGS:
        known = ", ".join(ENDINGS)
        raise Refusal(
            "unknown_probability_file",
            f'{file_name}: the ending says what a file is, and "{ending}" is none of {known}. '
            "Send the probabilities as one of these.",
            status=400,
            file=file_name,
            ending=ending,
            known=known,
        )
    return ending
