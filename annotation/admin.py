"""Labelings, seats and votes, to be looked at: what changes them are the actions."""

from typing import ClassVar

from django.contrib import admin

from annotation.models import (
    Emotion,
    EmotionVote,
    Labeling,
    ReliabilityVote,
    Seat,
    Skip,
    ValenceRating,
    Void,
)
from jobs.admin import ForLooking


@admin.register(Emotion)
class EmotionAdmin(ForLooking):
    list_display = ("code", "corpus", "name_en", "name_zh", "key", "special", "valence_sign")
    list_filter = ("corpus",)
    list_select_related: ClassVar = ["corpus"]


@admin.register(Labeling)
class LabelingAdmin(ForLooking):
    list_display = ("clip", "corpus", "number", "stage", "round", "reason", "moved_at")
    list_filter = ("corpus", "stage", "round")
    list_select_related: ClassVar = ["clip", "corpus"]
    search_fields = ("clip__name",)
    show_full_result_count = False


@admin.register(Seat)
class SeatAdmin(ForLooking):
    list_display = ("id", "clip", "stage", "round", "number", "annotator", "voted", "closed")
    list_filter = ("corpus", "stage", "closed")
    list_select_related: ClassVar = ["clip", "annotator"]
    search_fields = ("clip__name",)
    show_full_result_count = False
    exclude = ("token",)  # who knows it may vote on the seat


class VoteAdmin(ForLooking):
    raw_id_fields = ("seat",)
    show_full_result_count = False
    list_select_related: ClassVar = ["seat__clip", "seat__annotator"]


@admin.register(EmotionVote)
class EmotionVoteAdmin(VoteAdmin):
    list_display = ("id", "seat_id", "emotion", "second_emotion", "cast_at", "void")
    list_select_related: ClassVar = ["emotion", "second_emotion", "void"]


@admin.register(ReliabilityVote)
class ReliabilityVoteAdmin(VoteAdmin):
    list_display = ("id", "seat_id", "reliability", "cast_at", "void")
    list_select_related: ClassVar = ["void"]


@admin.register(ValenceRating)
class ValenceRatingAdmin(VoteAdmin):
    list_display = ("id", "seat_id", "valence", "cast_at", "void")
    list_select_related: ClassVar = ["void"]


@admin.register(Skip)
class SkipAdmin(ForLooking):
    list_display = ("clip", "annotator", "stage", "reason", "at", "cleared_at")
    list_filter = ("corpus", "reason")
    list_select_related: ClassVar = ["clip", "annotator"]


@admin.register(Void)
class VoidAdmin(ForLooking):
    list_display = ("id", "corpus", "annotator", "by", "reason", "at")
    list_select_related: ClassVar = ["corpus", "annotator", "by"]
