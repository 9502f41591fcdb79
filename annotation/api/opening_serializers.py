"""What opening clips takes, and what it says beforehand."""

from typing import Any

from rest_framework import serializers

from annotation.api.clip_serializers import ClipsWhereSerializer
from jobs.serializers import JobSerializer

MOST_NAMES = 1_000_000
MOST_CLIPS = 2**31 - 1


class WarningSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()
    params = serializers.DictField()


class LeastAndMostSerializer(serializers.Serializer[Any]):
    least = serializers.IntegerField()
    most = serializers.IntegerField()


class VotesToCastSerializer(serializers.Serializer[Any]):
    emotion = LeastAndMostSerializer()
    reliability = LeastAndMostSerializer()
    valence = LeastAndMostSerializer()


class VoteSecondsSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField()
    measured = serializers.BooleanField(
        help_text="The median of this corpus's votes; otherwise a guess from the clips' length."
    )


class SecondsPerVoteSerializer(serializers.Serializer[Any]):
    emotion = VoteSecondsSerializer()
    reliability = VoteSecondsSerializer()
    valence = VoteSecondsSerializer()


class PeopleInStagesSerializer(serializers.Serializer[Any]):
    emotion = serializers.IntegerField()
    reliability = serializers.IntegerField()
    valence = serializers.IntegerField()


class OpeningCostSerializer(serializers.Serializer[Any]):
    clips = serializers.IntegerField()
    votes = VotesToCastSerializer()
    seconds_per_vote = SecondsPerVoteSerializer()
    hours_least = serializers.FloatField()
    hours_most = serializers.FloatField()
    annotators = PeopleInStagesSerializer()


class ForecastSerializer(serializers.Serializer[Any]):
    unopened = serializers.IntegerField(help_text="Without a labeling yet.")
    again = serializers.IntegerField(
        help_text="Those that ended unlabeled and can be opened again."
    )
    warnings = WarningSerializer(many=True)
    cost = OpeningCostSerializer()


class ForecastQuerySerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField(required=False, min_value=1, max_value=MOST_CLIPS)


class OpeningRequestSerializer(serializers.Serializer[Any]):
    all = serializers.BooleanField(required=False, default=False)
    count = serializers.IntegerField(required=False, min_value=1, max_value=MOST_CLIPS)
    names = serializers.ListField(
        child=serializers.CharField(max_length=255), required=False, max_length=MOST_NAMES
    )
    where = ClipsWhereSerializer(required=False)
    again = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Also those of the named or shown clips whose labeling ended unlabeled.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum([attrs["all"], *(way in attrs for way in ("count", "names", "where"))]) != 1:
            raise serializers.ValidationError("Give exactly one of all, count, names and where.")
        return attrs


class OpeningSerializer(serializers.Serializer[Any]):
    job = JobSerializer()
    warnings = WarningSerializer(many=True)
