"""Jobs with files: exports, imports of votes; and openings."""

from typing import Any

from rest_framework import serializers

from annotation.api.corpus_serializers import WarningSerializer
from annotation.models import Export
from jobs.serializers import JobSerializer


class OpeningSerializer(serializers.Serializer[Any]):
    job = JobSerializer()
    warnings = WarningSerializer(many=True)


class StartedJobSerializer(serializers.Serializer[Any]):
    job = JobSerializer()


class ExportRequestSerializer(serializers.ModelSerializer[Export]):
    class Meta:
        model = Export
        fields = ("what", "format", "all_votes", "with_names")


class ExportSerializer(serializers.ModelSerializer[Export]):
    job = JobSerializer()
    file_url = serializers.SerializerMethodField(help_text="Null until the file is ready.")

    class Meta:
        model = Export
        fields = (
            "id",
            "what",
            "format",
            "all_votes",
            "with_names",
            "job",
            "file_url",
            "created_at",
        )

    def get_file_url(self, export: Export) -> str | None:
        if not export.file:
            return None
        return f"/api/corpora/{export.corpus.slug}/exports/{export.pk}/file"


class VoteImportRequestSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    create_clips = serializers.BooleanField(required=False, default=False)
    create_annotators = serializers.BooleanField(required=False, default=False)
    seats_from_file = serializers.BooleanField(required=False, default=False)


class SimulationRequestSerializer(serializers.Serializer[Any]):
    annotators = serializers.IntegerField(min_value=1, max_value=200, required=False, default=8)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, default=1)
    clips = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False)
