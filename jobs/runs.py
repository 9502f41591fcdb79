"""One run of a job in a worker: taken by one process, kept fresh, ended once.

A run owns its row by `run_token`. Whoever finds the row stale draws a new token;
everything an old run then writes is refused by its own WHERE clause.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from jobs.errors import Refusal
from jobs.models import MAX_ATTEMPTS, STALE_AFTER, Job, JobQuerySet
from jobs.progress import Cancelled
from jobs.sentences import Reason, Said, said
from jobs.transactions import TRY_AGAIN, sqlstate

log = logging.getLogger(__name__)

BEAT_EVERY = 1.0  # s
DATABASE_GONE = ("08", "57P")  # beginnings of SQLSTATEs: connection exception, shutdown
SHUT_DOWN = "57P01"  # by somebody who stops or restarts the database, whatever the work did
CANCELLED = Said("cancelled", "cancelled")
ANSWERS_WITHIN = 60.0  # s that a run waits to give its job back
ASK_EVERY = 1.0  # s


class Replaced(Exception):
    """This run was taken for dead and another one owns the job now."""


class Run:
    """A `Progress` that writes into the job's row.

    The row is written by the heartbeat's thread on a connection of its own, so that
    progress is seen while the work is inside one long transaction.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.token = job.run_token
        self.position = (job.done, job.total, said(""))
        self.cancelled = threading.Event()
        if job.cancel_requested_at is not None:
            self.cancelled.set()
        self.replaced = threading.Event()
        self.got_on = threading.Event()

    def report(self, done: int, total: int | None = None, message: Said | str = "") -> None:
        self.position = (done, total if total is not None else self.position[1], said(message))

    def check(self) -> None:
        if self.replaced.is_set():
            raise Replaced
        if self.cancelled.is_set():
            raise Cancelled

    def kept(self) -> None:
        self.job.attempts = 1
        self.got_on.set()

    def mine(self) -> JobQuerySet:
        """The row, as long as this run owns it."""
        return Job.objects.filter(pk=self.job.pk, run_token=self.token, state=Job.State.RUNNING)

    def beat(self) -> None:
        """Say "alive" and how far, and hear whether to stop."""
        done, total, message = self.position
        mine = self.mine()
        counted_anew = {"attempts": 1} if self.got_on.is_set() else {}
        if not mine.update(
            heartbeat_at=timezone.now(),
            done=done if total is None else min(done, total),
            total=total,
            **stored(message),
            **counted_anew,
        ):
            self.replaced.set()
        elif mine.filter(cancel_requested_at__isnull=False).exists():
            self.cancelled.set()

    def end(self, state: Job.State, message: Said) -> None:
        done, total, _ = self.position
        if not self.mine().update(
            state=state,
            **stored(message),
            ended_at=timezone.now(),
            done=done if total is None else min(done, total),
            total=total,
        ):
            log.warning("job %s: a run that was replaced has ended (%s)", self.job.pk, state)

    def give_back(self, *, as_attempt: bool = False) -> None:
        """Let the next worker, or the sweeper, go on.

        An orderly stop is no attempt that failed. One that is given back as an attempt was the
        last if it was the third: a statement that crashes the database is not sent for ever.
        """
        if as_attempt and self.job.attempts >= MAX_ATTEMPTS:
            self.end(Job.State.FAILED, given_up(self.job))
            return
        self.mine().update(
            state=Job.State.QUEUED,
            run_token=None,
            attempts=F("attempts") if as_attempt else F("attempts") - 1,
            heartbeat_at=timezone.now(),
        )


def stored(message: Said) -> dict[str, Any]:
    """A sentence as the columns of a job's row."""
    return {"message": message.text, "code": message.code, "params": message.params}


def perform(job_id: int, work: Callable[[Run], Said | str]) -> None:
    """Do a job's work, unless somebody else does it or it has ended.

    `work` reports and checks through the run it is given, may be called again after
    a death at any point, and returns what the page says at the end.
    """
    job = take(job_id)
    if job is None:
        return
    run = Run(job)
    message: Said
    with _heartbeat(run):
        try:
            run.check()
            state, message = Job.State.DONE, _done(run, work)
        except Cancelled:
            state, message = Job.State.CANCELLED, CANCELLED
        except Replaced:
            log.warning("job %s: another run has taken over", job_id)
            return
        except Refusal as refusal:
            state, message = Job.State.FAILED, refusal.said
        except Exception as error:
            if _lost_the_database(error):
                log.exception("job %s: lost the database", job_id)
                _give_back_when_it_answers(run, as_attempt=sqlstate(error) != SHUT_DOWN)
                return
            log.exception("job %s (%s) failed", job_id, job.kind)
            state, message = Job.State.FAILED, _sentence(job, error)
        except BaseException:
            run.give_back()  # the worker was asked to stop
            raise
    run.end(state, message)


@transaction.atomic
def take(job_id: int) -> Job | None:
    """Own the job with a new token, or None if it has ended, is gone, or is being run."""
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    now = timezone.now()
    if job is None or job.ended_at is not None:
        return None
    if job.state == Job.State.RUNNING and job.heartbeat_at > now - STALE_AFTER:
        return None
    job.state = Job.State.RUNNING
    job.run_token = uuid.uuid4()
    job.attempts += 1
    job.started_at = job.started_at or now
    job.heartbeat_at = now
    job.save(update_fields=["state", "run_token", "attempts", "started_at", "heartbeat_at"])
    return job


def _done(run: Run, work: Callable[[Run], Said | str]) -> Said:
    """The work's own sentence; what PostgreSQL chose as a deadlock's victim is tried once more."""
    try:
        return said(work(run))
    except OperationalError as error:
        if sqlstate(error) not in TRY_AGAIN:
            raise
        log.warning("job %s: tried once more: %s", run.job.pk, error)
    run.check()
    return said(work(run))


def _lost_the_database(error: Exception) -> bool:
    """Whether the connection is gone; other errors of the database are the work's own."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    return sqlstate(error).startswith(DATABASE_GONE) or not connection.is_usable()


def _give_back_when_it_answers(run: Run, *, as_attempt: bool) -> None:
    """If the database stays away, the row grows stale and the sweeper takes it up again."""
    until = time.monotonic() + ANSWERS_WITHIN
    while time.monotonic() < until:
        connection.close()
        try:
            run.give_back(as_attempt=as_attempt)
            return
        except (OperationalError, InterfaceError) as error:
            log.warning("job %s: not given back: %s", run.job.pk, error)
            time.sleep(ASK_EVERY)


def _sentence(job: Job, error: Exception) -> Reason:
    what = str(error).strip().splitlines()[0] if str(error).strip() else "no further words"
    return Reason(
        "job_failed",
        f"the {job.kind} stopped at an error in the program ({type(error).__name__}: {what}). "
        "What was done until then is kept; the server's log has the details.",
        error=type(error).__name__,
        what=what,
    )


def given_up(job: Job) -> Reason:
    return Reason(
        "job_given_up",
        f"the {job.kind} was given up: the process that ran it, or the database under it, ended "
        f"{job.attempts} times without finishing, {MAX_ATTEMPTS} are allowed. The server's log "
        "has the reason.",
        attempts=job.attempts,
    )


class _heartbeat:
    """Beats from a thread of its own until the block ends."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._beat, name=f"job-{run.job.pk}", daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *exc: object) -> None:
        self.stop.set()
        self.thread.join()

    def _beat(self) -> None:
        try:
            while not self.stop.wait(BEAT_EVERY):
                try:
                    self.run.beat()
                except (OperationalError, InterfaceError) as error:
                    log.warning("job %s: no heartbeat: %s", self.run.job.pk, error)
                    connection.close()
        finally:
            connection.close()
