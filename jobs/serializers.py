from typing import Any

from rest_framework import serializers

from jobs.actions import queues_alive
from jobs.models import Job
from jobs.queues import queue_of


class JobSerializer(serializers.ModelSerializer[Job]):
    workers_alive = serializers.SerializerMethodField(
        help_text="Whether somebody is there to do jobs of this one's queue."
    )
    params = serializers.DictField(
        read_only=True, allow_null=True, help_text="What fills the sentence of `code`."
    )

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "state",
            "done",
            "total",
            "message",
            "code",
            "params",
            "created_at",
            "started_at",
            "ended_at",
            "workers_alive",
        )

    def get_workers_alive(self, job: Job) -> bool:
        # A list's context is shared: of a hundred jobs it is looked up once.
        context: dict[str, Any] = self.context  # type: ignore[assignment]
        if "queues_alive" not in context:
            context["queues_alive"] = queues_alive()
        return queue_of(job.task) in context["queues_alive"]
