from typing import Any

from rest_framework import serializers

from collection.models import ClipImport, ImportedFile
from jobs.serializers import JobSerializer


class ImportCountsSerializer(serializers.Serializer[ClipImport]):
    waiting = serializers.IntegerField()
    imported = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    refused = serializers.IntegerField()

    def to_representation(self, clip_import: ClipImport) -> dict[str, int]:
        # A list brings the counts of all its imports along: they are counted together.
        counts = self.context.get("counts")
        return counts[clip_import.pk] if counts else clip_import.counts()


class ImportedFileSerializer(serializers.ModelSerializer[ImportedFile]):
    clip = serializers.CharField(source="clip.name", default=None, allow_null=True)
    params = serializers.DictField(
        read_only=True, allow_null=True, help_text="What fills the sentence of `code`."
    )

    class Meta:
        model = ImportedFile
        fields = ("name", "outcome", "reason", "code", "params", "clip")


class ClipImportSerializer(serializers.ModelSerializer[ClipImport]):
    job = JobSerializer(allow_null=True)
    created_by = serializers.SerializerMethodField()
    counts = ImportCountsSerializer(source="*")

    class Meta:
        model = ClipImport
        fields = ("id", "job", "created_by", "created_at", "counts")

    def get_created_by(self, clip_import: ClipImport) -> str | None:
        return str(clip_import.created_by) if clip_import.created_by else None


class ReportAskedSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(ImportedFile.Outcome.choices, required=False)
    page = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, default=1)


class ReportPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = ImportedFileSerializer(many=True)


class SentFileSerializer(serializers.Serializer[None]):
    """`name`, if given, is the file's: browsers write a quote in a form's file name as %22."""

    file = serializers.FileField()
    name = serializers.CharField(required=False)


class SentNameSerializer(serializers.Serializer[dict[str, str]]):
    name = serializers.CharField()
