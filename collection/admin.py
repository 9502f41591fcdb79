"""Corpora and clips, to be looked at."""

from typing import ClassVar

from django.contrib import admin

from collection.models import Clip, ClipImport, Corpus
from jobs.admin import ForLooking


@admin.register(Corpus)
class CorpusAdmin(ForLooking):
    list_display = ("slug", "name", "paused_at", "created_at")


@admin.register(Clip)
class ClipAdmin(ForLooking):
    list_display = ("name", "corpus", "video", "duration", "imported_at")
    list_filter = ("corpus",)
    list_select_related: ClassVar = ["corpus", "video"]
    search_fields = ("name",)
    show_full_result_count = False


@admin.register(ClipImport)
class ClipImportAdmin(ForLooking):
    list_display = ("id", "corpus", "created_by", "created_at")
    list_select_related: ClassVar = ["corpus", "created_by"]
