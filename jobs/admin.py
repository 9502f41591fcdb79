"""The admin is for looking."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from jobs.models import Job


class ForLooking(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ForLooking):
    list_display = ("id", "kind", "corpus", "state", "done", "total", "attempts", "created_at")
    list_filter = ("state", "kind")
    list_select_related: ClassVar = ["corpus"]
