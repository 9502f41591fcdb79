"""What the coordinator's and administrator's pages send and get about a corpus."""

from typing import Any, ClassVar

from rest_framework import serializers

from accounts.models import Role
from annotation.corpora import FROZEN, NUMBERS, TEXTS
from annotation.labelsets import COLUMNS, PRESETS
from annotation.models import Emotion
from collection.models import Corpus

MOST_CHARACTERS = {"content_warning": 2000, "guidelines": 50_000}


class EmotionSerializer(serializers.ModelSerializer[Emotion]):
    class Meta:
        model = Emotion
        fields = COLUMNS
        extra_kwargs: ClassVar[dict[str, Any]] = {"code": {"validators": []}}


class CorpusSerializer(serializers.ModelSerializer[Corpus]):
    paused = serializers.SerializerMethodField()
    archived = serializers.SerializerMethodField()
    numbers_frozen = serializers.BooleanField(
        read_only=True,
        help_text="Whether a vote was cast, which freezes the numbers and show_transcript.",
    )
    emotions = EmotionSerializer(many=True, read_only=True)

    class Meta:
        model = Corpus
        fields = (
            "slug",
            "name",
            *NUMBERS,
            "show_transcript",
            *TEXTS,
            "paused",
            "archived",
            "numbers_frozen",
            "emotions",
        )

    def get_paused(self, corpus: Corpus) -> bool:
        return corpus.paused_at is not None

    def get_archived(self, corpus: Corpus) -> bool:
        return corpus.archived_at is not None


class CorpusInListSerializer(serializers.Serializer[Any]):
    slug = serializers.SlugField()
    name = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    paused = serializers.BooleanField()
    archived = serializers.BooleanField()


class CorpusChangeSerializer(serializers.ModelSerializer[Corpus]):
    paused = serializers.BooleanField(required=False)
    archived = serializers.BooleanField(required=False)

    class Meta:
        model = Corpus
        fields = ("name", *FROZEN, *TEXTS, "paused", "archived")
        extra_kwargs: ClassVar[dict[str, Any]] = {
            name: {"required": False} for name in ("name", *FROZEN)
        } | {name: {"required": False, "max_length": MOST_CHARACTERS[name[:-3]]} for name in TEXTS}
        validators = ()


class LabelSetSerializer(serializers.Serializer[Any]):
    emotions = EmotionSerializer(
        many=True, help_text="All labels in order; those left out are removed."
    )


class NewCorpusSerializer(serializers.ModelSerializer[Corpus]):
    name = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    preset = serializers.ChoiceField(list(PRESETS), required=False)
    emotions = EmotionSerializer(many=True, required=False, help_text="Instead of a preset.")
    labels_csv = serializers.CharField(
        required=False, max_length=200_000, help_text="Instead of a preset: a label file's text."
    )

    class Meta:
        model = Corpus
        fields = ("slug", "name", "preset", "emotions", "labels_csv", *FROZEN)
        extra_kwargs: ClassVar[dict[str, Any]] = {name: {"required": False} for name in FROZEN} | {
            "slug": {"validators": []}
        }
        validators = ()


class VoteCountsSerializer(serializers.Serializer[Any]):
    emotion = serializers.IntegerField()
    reliability = serializers.IntegerField()
    valence = serializers.IntegerField()


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2000)
