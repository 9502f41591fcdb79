"""What may happen to a job before and after its run: made, sent, cancelled, swept up."""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from jobs.errors import Refusal
from jobs.models import MAX_ATTEMPTS, Job, WorkerSign
from jobs.queues import DEFAULT_QUEUE, queue_of
from jobs.runs import CANCELLED, given_up
from jobs.sentences import Said

log = logging.getLogger(__name__)

SIGN_IS_OLD_AFTER = timedelta(seconds=45)
ENDING = ("state", "ended_at", "message", "code", "params")


def start_job(
    *, kind: str, task: str, corpus: Any, created_by: Any, total: int | None = None
) -> Job:
    """A queued job, sent to a worker when the transaction around this call commits."""
    now = timezone.now()
    job = Job.objects.create(
        kind=kind,
        task=task,
        corpus=corpus,
        created_by=created_by,
        total=total,
        created_at=now,
        heartbeat_at=now,
    )
    transaction.on_commit(partial(send, job_id=job.pk, task=task))
    return job


def send(*, job_id: int, task: str) -> None:
    """Hand the job to the broker. Without a broker the row waits: the sweeper sends it later."""
    try:
        current_app.send_task(task, args=[job_id], retry=True, retry_policy={"max_retries": 1})
    except BrokerError as error:
        log.warning("job %s waits for the broker to come back: %s", job_id, error)


@transaction.atomic
def cancel(*, job_id: int) -> Job:
    """Ask for the job to stop. A queued one ends at once, a running one at its next check."""
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.ended_at is not None:
        if job.state == Job.State.CANCELLED:
            return job
        raise Refusal(
            "job_has_ended",
            f"job {job.pk} ({job.kind}) cannot be cancelled: it has already ended ({job.state}).",
            job=job.pk,
            state=job.state,
        )
    now = timezone.now()
    job.cancel_requested_at = job.cancel_requested_at or now
    if job.state == Job.State.QUEUED:
        _end(job, Job.State.CANCELLED, CANCELLED, now)
    job.save(update_fields=["cancel_requested_at", *ENDING])
    return job


def sweep() -> int:
    """Take up what was lost: messages that no broker has, runs whose worker is dead.

    Returns how many jobs were sent again. Runs every few seconds, and leaves the
    sign by which the page knows that a worker is there.
    """
    now = timezone.now()
    give_sign(DEFAULT_QUEUE)
    sent = 0
    with transaction.atomic():
        for job in Job.objects.stale(now).select_for_update(skip_locked=True):
            sent += _take_up(job, now)
    return sent


def give_sign(queue: str) -> None:
    """A worker of this queue is there."""
    WorkerSign.objects.update_or_create(queue=queue, defaults={"seen_at": timezone.now()})


def _take_up(job: Job, now: Any) -> bool:
    died = job.state == Job.State.RUNNING
    job.run_token = None
    job.heartbeat_at = now
    if job.cancel_requested_at is not None:
        _end(job, Job.State.CANCELLED, CANCELLED, now)
    elif died and job.attempts >= MAX_ATTEMPTS:
        _end(job, Job.State.FAILED, given_up(job), now)
    else:
        job.state = Job.State.QUEUED
    job.save(update_fields=["run_token", "heartbeat_at", *ENDING])
    if job.ended_at is None:
        transaction.on_commit(partial(send, job_id=job.pk, task=job.task))
    return job.ended_at is None


def _end(job: Job, state: Job.State, said: Said, at: Any) -> None:
    job.state, job.ended_at = state, at
    job.message, job.code, job.params = said.text, said.code, said.params


def queues_alive() -> set[str]:
    """The queues whose queued jobs somebody is there to do.

    A worker whose only process is busy gives no sign, but its job's heartbeat is fresh.
    """
    since = timezone.now() - SIGN_IS_OLD_AFTER
    signs = WorkerSign.objects.filter(seen_at__gte=since).values_list("queue", flat=True)
    running = Job.objects.filter(state=Job.State.RUNNING, heartbeat_at__gte=since)
    tasks = running.order_by().values_list("task", flat=True).distinct()
    return {*signs, *map(queue_of, tasks)}


def workers_alive(queue: str = DEFAULT_QUEUE) -> bool:
    """Whether somebody is there to do the queued jobs of a queue."""
    return queue in queues_alive()
