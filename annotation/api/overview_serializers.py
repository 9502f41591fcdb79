"""What the overview of a corpus gets: the funnel, votes per day, what is left, what is stuck."""

from typing import Any

from rest_framework import serializers

from annotation.api.corpus_serializers import VoteCountsSerializer
from annotation.protocol import Stage


class StageCountSerializer(serializers.Serializer[Any]):
    stage = serializers.ChoiceField([stage.value for stage in Stage])
    round = serializers.IntegerField()
    count = serializers.IntegerField()


class ReasonCountSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField()
    count = serializers.IntegerField()


class DayVotesSerializer(VoteCountsSerializer):
    day = serializers.DateField()


class WorkLeftSerializer(serializers.Serializer[Any]):
    votes_left_least = serializers.IntegerField(
        help_text="If every open clip gets its label at the first go."
    )
    votes_left_most = serializers.IntegerField(
        help_text="If every open clip takes the longest way through the protocol."
    )
    per_day = serializers.FloatField(
        allow_null=True, help_text="Votes a day lately; null where nobody has voted."
    )
    finish = serializers.DateField(allow_null=True)
    days_looked_at = serializers.IntegerField()


class StuckSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField(help_text="A sentence, with what can be done.")
    params = serializers.DictField()
    count = serializers.IntegerField()
    clips = serializers.ListField(child=serializers.CharField(), help_text="A few of them.")


class InboxTotalsSerializer(serializers.Serializer[Any]):
    skips = serializers.IntegerField()
    notes = serializers.IntegerField()
    files = serializers.IntegerField()


class ProgressSerializer(serializers.Serializer[Any]):
    clips = serializers.IntegerField()
    unopened = serializers.IntegerField()
    stages = StageCountSerializer(many=True)
    reasons = ReasonCountSerializer(many=True)
    votes = VoteCountsSerializer()
    votes_today = serializers.IntegerField()
    per_day = DayVotesSerializer(many=True)
    forecast = WorkLeftSerializer()
    stuck = StuckSerializer(many=True)
    inbox = InboxTotalsSerializer()
    workers_alive = serializers.BooleanField()
