"""Scorings and selection runs, to be looked at."""

from typing import ClassVar

from django.contrib import admin

from jobs.admin import ForLooking
from selection.models import Scoring, SelectionBatch, SelectionClass, SelectionRun


@admin.register(Scoring)
class ScoringAdmin(ForLooking):
    list_display = ("id", "corpus", "model", "file_name", "labeled", "unlabeled", "ready_at")
    list_filter = ("corpus",)
    list_select_related: ClassVar = ["corpus", "model"]


class ClassInline(admin.TabularInline):
    model = SelectionClass
    extra = 0
    can_delete = False


class BatchInline(admin.TabularInline):
    model = SelectionBatch
    extra = 0
    can_delete = False


@admin.register(SelectionRun)
class SelectionRunAdmin(ForLooking):
    list_display = ("id", "corpus", "scoring", "eta", "confidences", "pool", "selected", "ready_at")
    list_filter = ("corpus", "confidences")
    list_select_related: ClassVar = ["corpus", "scoring"]
    inlines: ClassVar = [ClassInline, BatchInline]
