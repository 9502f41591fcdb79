"""What the coordinator's and administrator's pages send and get about a corpus."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Membership, Role
from annotation.corpora import NUMBERS
from annotation.labelsets import PRESETS
from annotation.models import Emotion, Skip
from annotation.protocol import SEAT_STAGES, Stage
from collection.models import Corpus

MOST_NAMES = 1_000_000
SIGNS = [(-1, "negative"), (0, "neutral"), (1, "positive")]


class EmotionSerializer(serializers.ModelSerializer[Emotion]):
    class Meta:
        model = Emotion
        fields = ("code", "name_en", "name_zh", "definition", "key", "special", "valence_sign")
        extra_kwargs: ClassVar[dict[str, Any]] = {"code": {"validators": []}}


class CorpusSerializer(serializers.ModelSerializer[Corpus]):
    paused = serializers.SerializerMethodField()
    numbers_frozen = serializers.BooleanField(
        read_only=True, help_text="Whether a vote was cast, which freezes the numbers."
    )
    emotions = EmotionSerializer(many=True, read_only=True)

    class Meta:
        model = Corpus
        fields = ("slug", "name", *NUMBERS, "paused", "numbers_frozen", "emotions")

    def get_paused(self, corpus: Corpus) -> bool:
        return corpus.paused_at is not None


class CorpusInListSerializer(serializers.Serializer[Any]):
    slug = serializers.SlugField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    paused = serializers.BooleanField()


class CorpusChangeSerializer(serializers.ModelSerializer[Corpus]):
    paused = serializers.BooleanField(required=False)

    class Meta:
        model = Corpus
        fields = ("name", *NUMBERS, "paused")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            name: {"required": False} for name in ("name", *NUMBERS)
        }
        validators = ()


class NewCorpusSerializer(serializers.ModelSerializer[Corpus]):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    preset = serializers.ChoiceField(list(PRESETS), required=False)
    emotions = EmotionSerializer(many=True, required=False, help_text="Instead of a preset.")
    labels_csv = serializers.CharField(
        required=False, max_length=200_000, help_text="Instead of a preset: a label file's text."
    )

    class Meta:
        model = Corpus
        fields = ("slug", "name", "preset", "emotions", "labels_csv", *NUMBERS)
        extra_kwargs: ClassVar[dict[str, Any]] = {name: {"required": False} for name in NUMBERS} | {
            "slug": {"validators": []}
        }
        validators = ()


class StageCountSerializer(serializers.Serializer[Any]):
    stage = serializers.ChoiceField([stage.value for stage in Stage])
    round = serializers.IntegerField()
    count = serializers.IntegerField()


class ReasonCountSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField()
    count = serializers.IntegerField()


class VoteCountsSerializer(serializers.Serializer[Any]):
    emotion = serializers.IntegerField()
    reliability = serializers.IntegerField()
    valence = serializers.IntegerField()


class ProgressSerializer(serializers.Serializer[Any]):
    clips = serializers.IntegerField()
    unopened = serializers.IntegerField()
    stages = StageCountSerializer(many=True)
    reasons = ReasonCountSerializer(many=True)
    votes = VoteCountsSerializer()
    votes_today = serializers.IntegerField()
    workers_alive = serializers.BooleanField()


class WarningSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    params = serializers.DictField()


class ForecastSerializer(serializers.Serializer[Any]):
    unopened = serializers.IntegerField()
    warnings = WarningSerializer(many=True)


class OpeningRequestSerializer(serializers.Serializer[Any]):
    all = serializers.BooleanField(required=False, default=False)
    count = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    names = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, max_length=MOST_NAMES
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum([attrs["all"], "count" in attrs, "names" in attrs]) != 1:
            raise serializers.ValidationError("Give exactly one of all, count and names.")
        return attrs


class PersonSerializer(serializers.ModelSerializer[Membership]):
    user_id = serializers.IntegerField()
    username = serializers.CharField(source="user.username")
    display_name = serializers.CharField(source="user.display_name")
    paused = serializers.SerializerMethodField()
    votes = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = (
            "id",
            "user_id",
            "username",
            "display_name",
            "pseudonym",
            "role",
            "paused",
            "stages",
            "votes",
            "joined_at",
        )

    def get_paused(self, membership: Membership) -> bool:
        return membership.paused_at is not None

    @extend_schema_field(VoteCountsSerializer)
    def get_votes(self, membership: Membership) -> dict[str, int]:
        counts = self.context["votes"].get(membership.user_id, {})
        return {stage.value: counts.get(stage.value, 0) for stage in SEAT_STAGES}


class PersonChangeSerializer(serializers.Serializer[Any]):
    paused = serializers.BooleanField(required=False)
    stages = serializers.ListField(
        child=serializers.ChoiceField([stage.value for stage in SEAT_STAGES]),
        required=False,
        max_length=3,
        help_text="Holds an annotator to these stages; empty: all.",
    )
    role = serializers.ChoiceField(Role.choices, required=False)


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)


class SkipSerializer(serializers.ModelSerializer[Skip]):
    clip = serializers.CharField(source="clip.name")
    annotator = serializers.CharField(source="annotator.username")

    class Meta:
        model = Skip
        fields = ("id", "clip", "stage", "annotator", "reason", "note", "at")
