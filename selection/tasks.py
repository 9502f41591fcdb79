"""Celery's side of this room: each takes a job's id, and may run twice."""

from celery import shared_task

from jobs.runs import Run, perform
from jobs.sentences import Said
from selection import run_jobs, scoring_jobs
from selection.deleted import UNKNOWN, scoring_was_deleted, selection_was_deleted
from selection.models import Scoring, SelectionRun


@shared_task
def score(job_id: int) -> None:
    """On the queue of the training room."""

    def work(run: Run) -> Said:
        scoring = Scoring.objects.select_related("corpus").filter(job=job_id).first()
        if scoring is None:
            raise scoring_was_deleted(UNKNOWN)
        return scoring_jobs.run_scoring(scoring, run)

    perform(job_id, work)


@shared_task
def select(job_id: int) -> None:
    def work(run: Run) -> Said:
        selection = SelectionRun.objects.filter(job=job_id).first()
        if selection is None:
            raise selection_was_deleted(UNKNOWN)
        return run_jobs.run_selection(selection, run)

    perform(job_id, work)
