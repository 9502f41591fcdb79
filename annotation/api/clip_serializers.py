"""What the coordinator's pages about clips send and get."""

from typing import Any

from rest_framework import serializers

from annotation.api.desk_serializers import BIGGEST_ID
from annotation.clip_list import SORTS, STAGES
from annotation.models import Seat
from annotation.protocol import SEAT_STAGES, Stage

MOST_ROUNDS = 32767
WITH_SEATS = [stage.value for stage in SEAT_STAGES]
SEAT_STATES = ["held", "answered", *Seat.Closed.values]


class ClipRowSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    stage = serializers.ChoiceField(STAGES)
    round = serializers.IntegerField(allow_null=True)
    labels = serializers.ListField(child=serializers.CharField())
    valence = serializers.FloatField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    duration = serializers.FloatField(allow_null=True)
    has_media = serializers.BooleanField()
    votes = serializers.IntegerField(
        help_text="Those of the latest labeling that stand: neither undone nor voided."
    )
    moved_at = serializers.DateTimeField(
        allow_null=True, help_text="When it got to its stage; null for an unopened clip."
    )


class ClipsPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = ClipRowSerializer(many=True)


class MediaField(serializers.ChoiceField):
    """`yes`: there is a file to play; `no`: the clip is known by name alone."""

    def __init__(self, **options: Any) -> None:
        super().__init__(["yes", "no"], **options)


class ClipsWhereSerializer(serializers.Serializer[Any]):
    """Which clips of a corpus; what is empty or left out does not matter."""

    stage = serializers.ChoiceField(STAGES, required=False, allow_blank=True)
    round = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ROUNDS)
    reason = serializers.CharField(max_length=80, required=False, allow_blank=True)
    label = serializers.CharField(  # type: ignore[assignment]
        max_length=60, required=False, allow_blank=True
    )
    media = MediaField(required=False, allow_blank=True)
    video = serializers.CharField(max_length=255, required=False, allow_blank=True)
    search = serializers.CharField(max_length=255, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        asked = {name: value for name, value in attrs.items() if value != ""}
        if "media" in asked:
            asked["media"] = asked["media"] == "yes"
        return asked


class ClipsQuerySerializer(ClipsWhereSerializer):
    sort = serializers.ChoiceField(SORTS, required=False, default="name")
    page = serializers.IntegerField(min_value=1, max_value=1_000_000, required=False, default=1)


class ActSerializer(serializers.Serializer[Any]):
    """Something a coordinator did, with the reason."""

    reason = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class RestoredSerializer(ActSerializer):
    restored_by = serializers.CharField()
    restored_at = serializers.DateTimeField()


class VoteRecordSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(WITH_SEATS)
    id = serializers.IntegerField()
    emotion = serializers.CharField(allow_null=True)
    second_emotion = serializers.CharField(allow_null=True)
    reliability = serializers.CharField(allow_null=True)
    valence = serializers.IntegerField(allow_null=True)
    cast_at = serializers.DateTimeField()
    response_ms = serializers.IntegerField(allow_null=True)
    plays = serializers.IntegerField(allow_null=True, help_text="How often the clip was begun.")
    note = serializers.CharField(allow_blank=True, help_text="What was written beside it.")
    superseded = serializers.BooleanField()
    void = ActSerializer(allow_null=True)
    counted = serializers.BooleanField()


class SeatRecordSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    round = serializers.IntegerField()
    stage = serializers.ChoiceField(WITH_SEATS)
    number = serializers.IntegerField()
    pair = serializers.CharField(allow_null=True)
    annotator = serializers.CharField(allow_null=True)
    annotator_name = serializers.CharField(allow_null=True, help_text="As they are called.")
    state = serializers.ChoiceField(SEAT_STATES)
    claimed_at = serializers.DateTimeField(allow_null=True)
    votes = VoteRecordSerializer(many=True)


class PairRecordSerializer(serializers.Serializer[Any]):
    round = serializers.IntegerField()
    emotion = serializers.CharField()
    current = serializers.BooleanField()


class LabelingRecordSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    stage = serializers.ChoiceField([stage.value for stage in Stage])
    round = serializers.IntegerField()
    reason = serializers.CharField(allow_blank=True)
    opened_at = serializers.DateTimeField()
    set_aside = ActSerializer(allow_null=True)
    restored = RestoredSerializer(many=True, help_text="When it was set aside before.")
    pairs = PairRecordSerializer(many=True)
    seats = SeatRecordSerializer(many=True)


class ClipHistorySerializer(ClipRowSerializer):
    media = serializers.CharField(allow_null=True)
    transcript = serializers.CharField(allow_blank=True)
    video = serializers.CharField(allow_null=True)
    speaker = serializers.CharField(allow_blank=True)
    start = serializers.FloatField(allow_null=True)
    end = serializers.FloatField(allow_null=True)
    content_warning = serializers.CharField(allow_blank=True)
    is_example = serializers.BooleanField()
    is_practice = serializers.BooleanField()
    labelings = LabelingRecordSerializer(many=True)


class ClipChangeSerializer(serializers.Serializer[Any]):
    content_warning = serializers.CharField(max_length=2000, allow_blank=True)


class VoteNameSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(WITH_SEATS)
    id = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID)


class VoidRequestSerializer(serializers.Serializer[Any]):
    votes = VoteNameSerializer(many=True, min_length=1, max_length=1000)  # type: ignore[call-arg]
    reason = serializers.CharField(max_length=2000)
