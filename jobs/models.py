"""Long work as rows: what the page shows, what a worker takes up, what outlives a killed worker."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

STALE_AFTER = timedelta(seconds=30)
MAX_ATTEMPTS = 3


class JobQuerySet(models.QuerySet["Job"]):
    def unfinished(self) -> "JobQuerySet":
        return self.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING])

    def stale(self, at) -> "JobQuerySet":  # type: ignore[no-untyped-def]
        """Unfinished jobs that no living worker has touched for `STALE_AFTER`."""
        return self.unfinished().filter(heartbeat_at__lt=at - STALE_AFTER)


class Job(models.Model):
    """One piece of long work.

    `task` is the name of the Celery task that does it, called with this row's id;
    `run_token` names the run that owns the row now, so that a run which has been
    taken for dead cannot write over its successor.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=40)
    task = models.CharField(max_length=100)
    corpus = models.ForeignKey(
        "collection.Corpus", null=True, on_delete=models.CASCADE, related_name="jobs"
    )
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(null=True)
    message = models.TextField(blank=True)
    code = models.CharField(max_length=60, blank=True)  # of the message, as a Refusal has it
    params = models.JSONField(null=True)  # what fills the sentence of `code`
    attempts = models.PositiveSmallIntegerField(default=0)
    run_token = models.UUIDField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    heartbeat_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(total=None) | Q(done__lte=F("total")),
                name="a_job_does_no_more_than_its_total",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "running"], ended_at=None)
                | Q(state__in=["done", "failed", "cancelled"], ended_at__isnull=False),
                name="a_job_has_ended_or_is_unfinished",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["heartbeat_at"],
                name="job_unfinished",
                condition=Q(state__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} ({self.state})"


class WorkerSign(models.Model):
    """The last sign of life of a worker on a queue; the page warns when it grows old."""

    queue = models.CharField(max_length=40, primary_key=True)
    seen_at = models.DateTimeField()
