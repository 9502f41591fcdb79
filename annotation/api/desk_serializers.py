"""What the labeling screen sends and gets."""

from typing import Any

from rest_framework import serializers

from annotation.ballots import Answer, Manner
from annotation.models import Skip
from annotation.protocol import SEAT_STAGES, Reliability

MOST_SEATS = 60  # of one screen; more is a mistake
MOST_MS = 2**31 - 1
MOST_PLAYS = 32767
LONGEST_NOTE = 2000
BIGGEST_ID = 2**63 - 1


class ScreenClipSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="clip_id")
    name = serializers.CharField(source="clip_name")
    media = serializers.SerializerMethodField(help_text="Where the video is; null without a file.")
    duration = serializers.FloatField(allow_null=True, help_text="Seconds.")
    has_audio = serializers.BooleanField(allow_null=True)
    transcript = serializers.CharField(
        allow_null=True, help_text="Only where the corpus shows it and there is one."
    )
    content_warning = serializers.CharField(allow_blank=True, help_text="Before it plays.")

    def get_media(self, screen: Any) -> str | None:
        return f"/api/clips/{screen.clip_id}/media" if screen.has_media else None


class AnsweredSerializer(serializers.Serializer[Any]):
    emotion = serializers.CharField(allow_null=True)
    second_emotion = serializers.CharField(allow_null=True)
    reliability = serializers.ChoiceField([answer.value for answer in Reliability], allow_null=True)
    valence = serializers.IntegerField(allow_null=True)


class ScreenSeatSerializer(serializers.Serializer[Any]):
    seat = serializers.IntegerField()
    token = serializers.UUIDField()
    emotion = serializers.CharField(
        allow_null=True, help_text="The proposed label to be judged; reliability check only."
    )
    former = AnsweredSerializer(
        allow_null=True, help_text="What one had answered before taking it back."
    )


class ScreenSerializer(serializers.Serializer[Any]):
    """A clip to be judged and the seats it is judged on."""

    clip = ScreenClipSerializer(source="*")
    stage = serializers.ChoiceField([stage.value for stage in SEAT_STAGES])
    round = serializers.IntegerField()
    leased_until = serializers.DateTimeField()
    seats = ScreenSeatSerializer(many=True)
    note = serializers.CharField(
        allow_blank=True, help_text="What one had written before taking the vote back."
    )


class NothingSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(source="code")
    detail = serializers.CharField()
    params = serializers.DictField()


class UndoableSerializer(serializers.Serializer[Any]):
    seat = serializers.IntegerField()
    clip = serializers.CharField()
    stage = serializers.CharField()


class DeskSerializer(serializers.Serializer[Any]):
    """What one holds now; the first screen is to be judged, the others load meanwhile."""

    screens = ScreenSerializer(many=True)
    nothing = NothingSerializer(allow_null=True, help_text="Why there is no screen.")
    undo = UndoableSerializer(allow_null=True, help_text="The vote that can be taken back.")
    today = serializers.IntegerField(help_text="Votes cast since midnight.")


class WholeNumberField(serializers.IntegerField):
    """A whole number, not something that could be read as one: 0.5, true, "3"."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return int(super().to_internal_value(data))


class HeldSeatSerializer(serializers.Serializer[Any]):
    seat = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID)
    token = serializers.UUIDField()


class AnswerSerializer(HeldSeatSerializer):
    emotion = serializers.CharField(max_length=60, required=False, allow_null=True)
    second_emotion = serializers.CharField(max_length=60, required=False, allow_null=True)
    reliability = serializers.ChoiceField(
        [answer.value for answer in Reliability], required=False, allow_null=True
    )
    valence = WholeNumberField(min_value=-32768, max_value=32767, required=False, allow_null=True)


class VotesSerializer(serializers.Serializer[Any]):
    seats = AnswerSerializer(many=True, min_length=1, max_length=MOST_SEATS)  # type: ignore[call-arg]
    response_ms = serializers.IntegerField(
        min_value=0, max_value=MOST_MS, required=False, allow_null=True,
        help_text="From the clip's first being shown to the vote.",
    )  # fmt: skip
    plays = WholeNumberField(
        min_value=0, max_value=MOST_PLAYS, required=False, allow_null=True,
        help_text="How often the clip was begun.",
    )  # fmt: skip
    note = serializers.CharField(
        max_length=LONGEST_NOTE, required=False, allow_blank=True, default="",
        help_text="For the coordinator.",
    )  # fmt: skip

    def manner(self) -> Manner:
        given = self.validated_data
        return Manner(given.get("response_ms"), given.get("plays"), given["note"])

    def answers(self) -> list[Answer]:
        return [
            Answer(**{**answer, "token": str(answer["token"])})
            for answer in self.validated_data["seats"]
        ]


class HeldSeatsSerializer(serializers.Serializer[Any]):
    seats = HeldSeatSerializer(many=True, min_length=1, max_length=MOST_SEATS)  # type: ignore[call-arg]


class SkipRequestSerializer(HeldSeatsSerializer):
    reason = serializers.ChoiceField(Skip.Reason.choices)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class UndoSerializer(serializers.Serializer[Any]):
    seat = serializers.IntegerField(min_value=1, max_value=BIGGEST_ID)


class RenewedSerializer(serializers.Serializer[Any]):
    leased_until = serializers.DateTimeField()
    lost = serializers.ListField(child=serializers.IntegerField())


class OwnVoteClipSerializer(serializers.Serializer[Any]):
    """A clip as players take it."""

    id = serializers.IntegerField(source="clip_id")
    name = serializers.CharField(source="clip_name")
    media = serializers.SerializerMethodField(help_text="Where the video is; null without a file.")
    duration = serializers.FloatField(allow_null=True, help_text="Seconds.")
    has_audio = serializers.BooleanField(allow_null=True)

    def get_media(self, vote: dict[str, Any]) -> str | None:
        return f"/api/clips/{vote['clip_id']}/media" if vote["has_media"] else None


class OwnVoteSerializer(AnsweredSerializer):
    seat = serializers.IntegerField()
    clip = OwnVoteClipSerializer(source="*")
    stage = serializers.ChoiceField([stage.value for stage in SEAT_STAGES])
    round = serializers.IntegerField()
    proposed = serializers.CharField(allow_null=True, help_text="The label that was judged.")
    note = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()
    response_ms = serializers.IntegerField(allow_null=True)
    state = serializers.ChoiceField(
        ["counts", "waits", "earlier", "voided"],
        help_text="A vote waits while its clip is set aside or back in an earlier stage; it is an "
        "earlier one when the clip was opened again since.",
    )
    void_reason = serializers.CharField(allow_null=True, help_text="In the coordinator's words.")
    undoable = serializers.BooleanField()


class OwnVotesPageSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()
    results = OwnVoteSerializer(many=True)
