"""Trained models: how good they are, what they predict."""

from typing import Any

from rest_framework import serializers

from jobs.serializers import JobSerializer
from training.models import Prediction


class PerClassSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    precision = serializers.FloatField()
    recall = serializers.FloatField()
    f1 = serializers.FloatField(help_text="Eq. 9.")
    clips = serializers.IntegerField()


class EvaluationMetricsSerializer(serializers.Serializer[Any]):
    discrete = serializers.FloatField(help_text="Eq. 10.")
    dimensional = serializers.FloatField(allow_null=True, help_text="Eq. 11.")
    combined = serializers.FloatField(help_text="Eq. 12.")
    accuracy = serializers.FloatField()
    calibration_error = serializers.FloatField(help_text="Expected calibration error.")
    per_class = PerClassSerializer(many=True)


class CalibrationBinSerializer(serializers.Serializer[Any]):
    low = serializers.FloatField()
    high = serializers.FloatField()
    clips = serializers.IntegerField()
    confidence = serializers.FloatField(allow_null=True, help_text="Mean; null without clips.")
    accuracy = serializers.FloatField(allow_null=True)


class ValencePointSerializer(serializers.Serializer[Any]):
    clip = serializers.CharField()
    truth = serializers.FloatField()
    predicted = serializers.FloatField()


class EvaluationSerializer(serializers.Serializer[Any]):
    """Of the folds' pooled validation predictions: each clip by a network that never saw it."""

    classes = serializers.ListField(child=serializers.CharField())
    confusion = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Rows: truth; columns: predicted.",
    )
    metrics = EvaluationMetricsSerializer()
    calibration = CalibrationBinSerializer(many=True)
    valence = ValencePointSerializer(many=True, help_text="At most 2,000 clips, chosen by chance.")
    valence_of = serializers.IntegerField(help_text="How many clips have a valence.")


class PredictionRequestSerializer(serializers.ModelSerializer[Prediction]):
    class Meta:
        model = Prediction
        fields = ("clips", "missing")


class PredictionSerializer(serializers.ModelSerializer[Prediction]):
    job = JobSerializer(allow_null=True)
    ready = serializers.SerializerMethodField()

    class Meta:
        model = Prediction
        fields = ("id", "clips", "missing", "rows", "masked", "ready", "job", "created_at")
        read_only_fields = fields

    def get_ready(self, prediction: Prediction) -> bool:
        return prediction.ready_at is not None
