"""Jobs of the training room, done as its worker does them."""

from typing import Any

from jobs.models import Job
from training import tasks


def worked(of: Any) -> Job:
    """Its job, once the task has been run as a worker runs it."""
    job = Job.objects.get(pk=of.job_id)
    getattr(tasks, job.task.rpartition(".")[2])(job.pk)
    job.refresh_from_db()
    return job


def worked_again(job: Job) -> Job:
    """As after a death between the last write and the job's end."""
    Job.objects.filter(pk=job.pk).update(state="queued", ended_at=None)
    getattr(tasks, job.task.rpartition(".")[2])(job.pk)
    job.refresh_from_db()
    return job
