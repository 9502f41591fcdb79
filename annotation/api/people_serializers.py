"""What the page of a corpus's people sends and gets."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Membership, Role
from annotation.api.corpus_serializers import VoteCountsSerializer
from annotation.people_statistics import NEWEST, Statistics
from annotation.protocol import SEAT_STAGES


class MedianSerializer(serializers.Serializer[Any]):
    """Response times by stage; null where there is none."""

    emotion = serializers.IntegerField(allow_null=True)
    reliability = serializers.IntegerField(allow_null=True)
    valence = serializers.IntegerField(allow_null=True)


class StatisticsSerializer(serializers.Serializer[Statistics]):
    skips = serializers.IntegerField()
    last_vote_at = serializers.DateTimeField(allow_null=True)
    median_ms = MedianSerializer(help_text=f"Of the newest {NEWEST} votes that count.")
    faster_than_clip = serializers.FloatField(
        allow_null=True,
        help_text=f"Share of the newest {NEWEST} cast sooner than the clip takes to play.",
    )


class PersonSerializer(serializers.ModelSerializer[Membership]):
    """Somebody's membership; `context["statistics"]` has those of who has voted."""

    user_id = serializers.IntegerField()
    username = serializers.CharField(source="user.username")
    display_name = serializers.CharField(source="user.display_name")
    active = serializers.BooleanField(source="user.is_active")
    paused = serializers.SerializerMethodField()
    practiced = serializers.SerializerMethodField()
    votes = serializers.SerializerMethodField()
    statistics = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = (
            "id",
            "user_id",
            "username",
            "display_name",
            "pseudonym",
            "role",
            "active",
            "paused",
            "practiced",
            "stages",
            "votes",
            "statistics",
            "joined_at",
        )

    def get_paused(self, membership: Membership) -> bool:
        return membership.paused_at is not None

    def get_practiced(self, membership: Membership) -> bool:
        return membership.practiced_at is not None

    @extend_schema_field(VoteCountsSerializer)
    def get_votes(self, membership: Membership) -> dict[str, int]:
        return self._of(membership).votes

    @extend_schema_field(StatisticsSerializer)
    def get_statistics(self, membership: Membership) -> dict[str, Any]:
        return dict(StatisticsSerializer(self._of(membership)).data)

    def _of(self, membership: Membership) -> Statistics:
        statistics: dict[int, Statistics] = self.context["statistics"]
        return statistics.get(membership.user_id) or Statistics()


class PersonChangeSerializer(serializers.Serializer[Any]):
    paused = serializers.BooleanField(required=False)
    stages = serializers.ListField(
        child=serializers.ChoiceField([stage.value for stage in SEAT_STAGES]),
        required=False,
        max_length=3,
        help_text="Holds an annotator to these stages; empty: all.",
    )
    role = serializers.ChoiceField(Role.choices, required=False)


class ResetLinkSerializer(serializers.Serializer[Any]):
    url = serializers.CharField(help_text="For the person alone, once. Shown only now.")
    expires_at = serializers.DateTimeField(help_text="The link works until then.")
