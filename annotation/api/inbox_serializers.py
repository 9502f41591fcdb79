"""What the inbox's page gets."""

from typing import Any

from rest_framework import serializers

from annotation.models import Note, Skip
from collection.models import ImportedFile


class InboxSerializer(serializers.Serializer[Any]):
    """How much waits for a coordinator."""

    skips = serializers.IntegerField()
    notes = serializers.IntegerField()
    files = serializers.IntegerField()


class SkipSerializer(serializers.ModelSerializer[Skip]):
    clip = serializers.CharField(source="clip.name")
    annotator = serializers.CharField(source="annotator.username")
    annotator_name = serializers.CharField(source="annotator", help_text="As they are called.")

    class Meta:
        model = Skip
        fields = ("id", "clip", "stage", "annotator", "annotator_name", "reason", "note", "at")


class SkipsPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = SkipSerializer(many=True)


class NoteSerializer(serializers.ModelSerializer[Note]):
    clip = serializers.CharField(source="seat.clip.name")
    stage = serializers.CharField(source="seat.stage")
    annotator = serializers.CharField(source="seat.annotator.username")
    annotator_name = serializers.CharField(source="seat.annotator", help_text="As they are called.")

    class Meta:
        model = Note
        fields = ("id", "clip", "stage", "annotator", "annotator_name", "text", "at")


class NotesPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = NoteSerializer(many=True)


class RefusedFileSerializer(serializers.ModelSerializer[ImportedFile]):
    clip_import = serializers.IntegerField(source="clip_import_id")
    params = serializers.DictField(
        allow_null=True, help_text="What fills the sentence of `code`; null where there is none."
    )
    at = serializers.DateTimeField(
        source="clip_import.created_at", help_text="When its import was made."
    )

    class Meta:
        model = ImportedFile
        fields = ("id", "clip_import", "name", "reason", "code", "params", "at")

    def get_fields(self) -> dict[str, Any]:
        """The contract's word for the import is Python's own."""
        fields = super().get_fields()
        return {
            "import" if name == "clip_import" else name: field for name, field in fields.items()
        }


class RefusedFilesPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = RefusedFileSerializer(many=True)
