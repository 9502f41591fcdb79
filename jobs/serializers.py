from rest_framework import serializers

from jobs.actions import workers_alive
from jobs.models import Job


class JobSerializer(serializers.ModelSerializer[Job]):
    workers_alive = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "state",
            "done",
            "total",
            "message",
            "created_at",
            "started_at",
            "ended_at",
            "workers_alive",
        )

    def get_workers_alive(self, job: Job) -> bool:
        return workers_alive()
