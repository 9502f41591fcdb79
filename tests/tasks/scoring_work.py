"""Scorings by a trained model, done as the worker of the training room does them."""

from typing import Any

from accounts.models import User
from collection.models import Corpus
from jobs.models import Job
from selection import scorings, tasks
from selection.models import Scoring
from training.models import TrainingRun

POOL = tuple(f"unlabeled {number:02}" for number in range(12))


def worked(scoring: Scoring) -> Job:
    """Its job, as a worker does it."""
    assert scoring.job_id
    tasks.score(scoring.job_id)
    return Job.objects.get(pk=scoring.job_id)


def scored(corpus: Corpus, run: TrainingRun, by: User, **options: Any) -> Scoring:
    made = scorings.start_scoring(corpus=corpus, run=run, by=by, **options)
    job = worked(made)
    assert job.state == "done", job.message
    return Scoring.objects.get(pk=made.pk)
