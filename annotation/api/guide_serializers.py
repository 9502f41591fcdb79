"""What the guidelines and the tour before real work send and get."""

from typing import Any

from rest_framework import serializers

from annotation.api.desk_serializers import WholeNumberField
from annotation.guidelines import MOST_EXAMPLES
from annotation.lessons import Lesson
from annotation.practice import MOST_CLIPS
from annotation.protocol import SEAT_STAGES, Reliability

STAGES = [stage.value for stage in SEAT_STAGES]
ANSWERS = [answer.value for answer in Reliability]
LONGEST_EXPLANATION = 2000
LONGEST_NAME = 255
SMALLEST, LARGEST = -32768, 32767


class GuideClipSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(allow_null=True, help_text="Null for a cartoon of Concord's own.")
    name = serializers.CharField()
    media = serializers.CharField(
        allow_null=True, help_text="Where the video is; null without a file."
    )
    duration = serializers.FloatField(allow_null=True, help_text="Seconds.")
    has_audio = serializers.BooleanField(allow_null=True)


class ExampleSerializer(serializers.Serializer[Any]):
    emotion = serializers.CharField(help_text="The code of the label.")
    clip = GuideClipSerializer()


class GuidelinesSerializer(serializers.Serializer[Any]):
    guidelines_en = serializers.CharField(allow_blank=True)
    guidelines_zh = serializers.CharField(allow_blank=True)
    examples = ExampleSerializer(many=True, help_text="In the order of the label set.")


class ChosenExampleSerializer(serializers.Serializer[Any]):
    emotion = serializers.CharField(max_length=60)
    clip = serializers.CharField(max_length=LONGEST_NAME, help_text="Its name.")


class ChosenExamplesSerializer(serializers.Serializer[Any]):
    examples = ChosenExampleSerializer(many=True, max_length=MOST_EXAMPLES)  # type: ignore[call-arg]

    def chosen(self) -> list[tuple[str, str]]:
        return [(row["emotion"], row["clip"]) for row in self.validated_data["examples"]]


class LessonSerializer(serializers.Serializer[Any]):
    """A practice clip, with the answer that its stage asks for."""

    clip = serializers.CharField(max_length=LONGEST_NAME, help_text="Its name.")
    stage = serializers.ChoiceField(STAGES)
    emotion = serializers.CharField(
        max_length=60, required=False, allow_null=True, default=None,
        help_text="The expected label, or in the reliability check the proposed one.",
    )  # fmt: skip
    reliability = serializers.ChoiceField(ANSWERS, required=False, allow_null=True, default=None)
    valence_from = WholeNumberField(
        min_value=SMALLEST, max_value=LARGEST, required=False, allow_null=True, default=None
    )
    valence_to = WholeNumberField(
        min_value=SMALLEST, max_value=LARGEST, required=False, allow_null=True, default=None
    )
    explanation_en = serializers.CharField(
        max_length=LONGEST_EXPLANATION, required=False, allow_blank=True, default=""
    )
    explanation_zh = serializers.CharField(
        max_length=LONGEST_EXPLANATION, required=False, allow_blank=True, default=""
    )


class LessonsSerializer(serializers.Serializer[Any]):
    clips = LessonSerializer(many=True, max_length=MOST_CLIPS)  # type: ignore[call-arg]

    def lessons(self) -> list[Lesson]:
        return [Lesson(**row) for row in self.validated_data["clips"]]


class ChosenLessonsSerializer(serializers.Serializer[Any]):
    own = serializers.BooleanField(help_text="False where Concord's own cartoons serve.")
    clips = LessonSerializer(many=True)


class ExpectedSerializer(serializers.Serializer[Any]):
    emotion = serializers.CharField(allow_null=True)
    reliability = serializers.ChoiceField(ANSWERS, allow_null=True)
    valence_from = serializers.IntegerField(allow_null=True)
    valence_to = serializers.IntegerField(allow_null=True)


class TourStepSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    clip = GuideClipSerializer()
    stage = serializers.ChoiceField(STAGES)
    emotion = serializers.CharField(
        allow_null=True, help_text="The proposed label to be judged; reliability check only."
    )
    expected = ExpectedSerializer(help_text="What a good answer is.")
    explanation_en = serializers.CharField(allow_blank=True)
    explanation_zh = serializers.CharField(allow_blank=True)


class TourSerializer(serializers.Serializer[Any]):
    due = serializers.BooleanField(help_text="Whether one has still to go through it.")
    clips = TourStepSerializer(many=True)
