"""Jobs with files: exports, imports of votes."""

from datetime import datetime
from typing import Any

from rest_framework import serializers

from annotation.exporting import KEPT_FOR
from annotation.models import Export, VoteImport
from jobs.serializers import JobSerializer


class StartedJobSerializer(serializers.Serializer[Any]):
    job = JobSerializer()


class ExportRequestSerializer(serializers.ModelSerializer[Export]):
    class Meta:
        model = Export
        fields = ("what", "format", "all_votes", "with_names")


class ExportSerializer(serializers.ModelSerializer[Export]):
    job = JobSerializer(allow_null=True)
    created_by = serializers.SerializerMethodField()
    kept_until = serializers.SerializerMethodField(help_text="When its file is removed.")
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
            "size",
            "created_by",
            "created_at",
            "kept_until",
        )

    def get_created_by(self, export: Export) -> str | None:
        return str(export.created_by) if export.created_by else None

    def get_kept_until(self, export: Export) -> datetime:
        return export.created_at + KEPT_FOR

    def get_file_url(self, export: Export) -> str | None:
        if not export.file:
            return None
        return f"/api/corpora/{export.corpus.slug}/exports/{export.pk}/file"


class VoteImportSerializer(serializers.ModelSerializer[VoteImport]):
    job = JobSerializer(allow_null=True)
    created_by = serializers.SerializerMethodField()

    class Meta:
        model = VoteImport
        fields = (
            "id",
            "name",
            "create_clips",
            "create_annotators",
            "seats_from_file",
            "job",
            "created_by",
            "created_at",
        )

    def get_created_by(self, sent: VoteImport) -> str | None:
        return str(sent.created_by) if sent.created_by else None


class VoteImportRequestSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    create_clips = serializers.BooleanField(required=False, default=False)
    create_annotators = serializers.BooleanField(required=False, default=False)
    seats_from_file = serializers.BooleanField(required=False, default=False)


class SimulationRequestSerializer(serializers.Serializer[Any]):
    annotators = serializers.IntegerField(min_value=1, max_value=200, required=False, default=8)
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, required=False, default=1)
    clips = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False)
