from django.db.models import Case, IntegerField, Value, When
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from collection.models import ClipImport, ImportedFile
from jobs.serializers import JobSerializer

FILES_LISTED = 1000
FIRST = (ImportedFile.Outcome.REFUSED, ImportedFile.Outcome.DUPLICATE, ImportedFile.Outcome.WAITING)


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

    class Meta:
        model = ImportedFile
        fields = ("name", "outcome", "reason", "clip")


class ClipImportSerializer(serializers.ModelSerializer[ClipImport]):
    job = JobSerializer(allow_null=True)
    counts = ImportCountsSerializer(source="*")

    class Meta:
        model = ClipImport
        fields = ("id", "job", "created_at", "counts")


class ClipImportReportSerializer(ClipImportSerializer):
    files = serializers.SerializerMethodField()

    class Meta(ClipImportSerializer.Meta):
        fields = ("id", "job", "created_at", "counts", "files")  # type: ignore[assignment]

    @extend_schema_field(ImportedFileSerializer(many=True))
    def get_files(self, clip_import: ClipImport) -> object:
        """The first thousand: refused, duplicate, waiting, imported. `counts` counts all."""
        order = Case(
            *(When(outcome=outcome, then=Value(place)) for place, outcome in enumerate(FIRST)),
            default=Value(len(FIRST)),
            output_field=IntegerField(),
        )
        files = clip_import.files.select_related("clip").order_by(order, "id")[:FILES_LISTED]
        return ImportedFileSerializer(files, many=True).data


class SentFileSerializer(serializers.Serializer[None]):
    """`name`, if given, is the file's: browsers write a quote in a form's file name as %22."""

    file = serializers.FileField()
    name = serializers.CharField(required=False)


class SentNameSerializer(serializers.Serializer[dict[str, str]]):
    name = serializers.CharField()
