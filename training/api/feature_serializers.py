"""Feature sets, what they can be extracted by, and which clips failed."""

from typing import Any

from rest_framework import serializers

from jobs.serializers import JobSerializer
from training.feature_jobs import failed_clips
from training.models import FeatureSet, Modality


class ReasonSerializer(serializers.Serializer[Any]):
    """A fault of the baseline, whose text is `errors.<code>`."""

    code = serializers.CharField()
    detail = serializers.CharField(help_text="The whole sentence in English.")
    params = serializers.DictField(help_text="What fills the sentence of `code`.")


class ExtractorSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    modality = serializers.ChoiceField(Modality.choices)
    needs = serializers.ChoiceField(
        ["audio", "frames", "text"], help_text="What of a clip it looks at."
    )
    takes_model = serializers.BooleanField(
        help_text="Whether it wants a model's hub name or folder."
    )
    default_layers = serializers.CharField(allow_blank=True)
    default_pooling = serializers.CharField(allow_blank=True)
    default = serializers.BooleanField(
        help_text="Whether it is its modality's proposal: no download, no special licence."
    )
    available = serializers.BooleanField()
    why = ReasonSerializer(allow_null=True, help_text="Why not, and what to do about it.")


class ClipCountsSerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    with_media = serializers.IntegerField()
    with_transcript = serializers.IntegerField()


class FeatureSetSerializer(serializers.ModelSerializer[FeatureSet]):
    """`context["clips"]` is how many clips the corpus has."""

    job = JobSerializer(allow_null=True)
    lacking = serializers.SerializerMethodField(help_text="Clips of the corpus without a row.")
    failed = serializers.SerializerMethodField(help_text="Clips that could not be extracted.")
    ready = serializers.SerializerMethodField(help_text="Whether there is something to train on.")
    used_in = serializers.IntegerField(source="runs", help_text="How many training runs use it.")

    class Meta:
        model = FeatureSet
        fields = (
            "id",
            "name",
            "modality",
            "origin",
            "extractor",
            "model",
            "layers",
            "pooling",
            "file_name",
            "dimension",
            "rows",
            "empty",
            "lacking",
            "failed",
            "ready",
            "digest",
            "job",
            "used_in",
            "created_at",
        )
        read_only_fields = fields

    def get_lacking(self, row: FeatureSet) -> int:
        return max(0, int(self.context["clips"]) - (row.rows or 0))

    def get_failed(self, row: FeatureSet) -> int:
        return len(failed_clips(row)) if row.extractor else 0

    def get_ready(self, row: FeatureSet) -> bool:
        return row.ready_at is not None


class FeaturesSerializer(serializers.Serializer[Any]):
    extractors = ExtractorSerializer(many=True)
    clips = ClipCountsSerializer()
    sets = FeatureSetSerializer(many=True)


class ExtractionRequestSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=60)
    extractor = serializers.CharField(max_length=40)
    model = serializers.CharField(
        max_length=300, required=False, default="", allow_blank=True,
        help_text="A hub's name or a folder of the server, for extractors that take one.",
    )  # fmt: skip
    layers = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    pooling = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)


class FeatureImportRequestSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    name = serializers.CharField(max_length=60)
    modality = serializers.ChoiceField(Modality.choices)
    missing_values = serializers.ChoiceField(
        ["refuse", "mean"], required=False, default="refuse",
        help_text="What to do about cells that hold no number.",
    )  # fmt: skip


class FailedClipSerializer(serializers.Serializer[Any]):
    clip = serializers.CharField(source="name")
    code = serializers.CharField(help_text="Its text is `errors.<code>`.")
    text = serializers.CharField(help_text="The whole sentence in English.")
    params = serializers.DictField(help_text="What fills the sentence of `code`.")


class FailedClipsPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = FailedClipSerializer(many=True)
