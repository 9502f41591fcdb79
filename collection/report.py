"""What became of each file of an import: a page at a time, or all of it as a table."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Case, IntegerField, QuerySet, Value, When

from collection.models import ClipImport, ImportedFile
from jobs import sheets

PAGE = 100
Outcome = ImportedFile.Outcome
FIRST = (Outcome.REFUSED, Outcome.DUPLICATE, Outcome.WAITING, Outcome.IMPORTED)
COLUMNS = ("name", "outcome", "clip", "code", "reason")


def page_of(clip_import: ClipImport, *, page: int, outcome: str | None = None) -> dict[str, Any]:
    """What somebody has to do something about comes first."""
    files = _files(clip_import)
    if outcome:
        files = files.filter(outcome=outcome)
    return {"count": files.count(), "results": files[PAGE * (page - 1) : PAGE * page]}


def lines_of(clip_import: ClipImport) -> Iterator[str]:
    """The report as CSV."""
    yield sheets.MARK + sheets.line(COLUMNS)
    for file in _files(clip_import).iterator(chunk_size=2000):
        clip = file.clip.name if file.clip else ""
        yield sheets.line((file.name, file.outcome, clip, file.code, file.reason))


def _files(clip_import: ClipImport) -> QuerySet[ImportedFile]:
    order = Case(
        *(When(outcome=outcome, then=Value(place)) for place, outcome in enumerate(FIRST)),
        output_field=IntegerField(),
    )
    return clip_import.files.select_related("clip").order_by(order, "id")
