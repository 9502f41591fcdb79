"""Lists too long for one answer: fifty rows a page, and how many there are in all."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.request import Request

ROWS = 50
MOST_PAGES = 1_000_000


class PageQuerySerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField(
        min_value=1, max_value=MOST_PAGES, required=False, default=1, help_text="From 1."
    )


def asked_page(request: Request) -> int:
    asked = PageQuerySerializer(data=request.query_params)
    asked.is_valid(raise_exception=True)
    return int(asked.validated_data["page"])


def page_of(rows: QuerySet[Any], page: int) -> dict[str, Any]:
    """One page of ordered rows, in two queries however many there are; empty behind the last."""
    first = (page - 1) * ROWS
    return {"count": rows.count(), "results": list(rows[first : first + ROWS])}
