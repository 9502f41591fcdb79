"""What is done to several clips at once: what is asked, how far it is, what was refused."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from annotation.api.clip_serializers import ClipsWhereSerializer
from annotation.clips_actions import MOST_AT_ONCE, counts_of
from annotation.models import ClipsAction
from jobs.serializers import JobSerializer


class ClipsActionRequestSerializer(serializers.Serializer[Any]):
    what = serializers.ChoiceField(ClipsAction.What.choices)
    names = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, max_length=MOST_AT_ONCE
    )
    where = ClipsWhereSerializer(required=False)
    reason = serializers.CharField(
        max_length=2000,
        required=False,
        allow_blank=True,
        default="",
        help_text="Why; restoring needs none.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("names" in attrs) == ("where" in attrs):
            raise serializers.ValidationError("Give exactly one of names and where.")
        return attrs


class ClipsActionCountsSerializer(serializers.Serializer[Any]):
    named = serializers.IntegerField()
    done = serializers.IntegerField()
    refused = serializers.IntegerField()


class ClipsActionSerializer(serializers.ModelSerializer[ClipsAction]):
    job = JobSerializer()
    counts = serializers.SerializerMethodField()

    class Meta:
        model = ClipsAction
        fields: tuple[str, ...] = ("id", "what", "reason", "job", "counts", "created_at")

    @extend_schema_field(ClipsActionCountsSerializer)
    def get_counts(self, action: ClipsAction) -> dict[str, int]:
        return counts_of(action)


class RefusedClipSerializer(serializers.Serializer[Any]):
    clip = serializers.CharField(source="clip.name")
    code = serializers.CharField()
    detail = serializers.CharField()
    params = serializers.DictField()


class ClipsActionReportSerializer(ClipsActionSerializer):
    refused = RefusedClipSerializer(many=True, help_text="The first thousand of them.")

    class Meta(ClipsActionSerializer.Meta):
        fields: tuple[str, ...] = (*ClipsActionSerializer.Meta.fields, "refused")
