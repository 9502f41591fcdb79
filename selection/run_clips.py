"""The clips of a selection run's pool as a list: found, sorted, and read a page at a time.

Found and sorted by what that needs, and only then are the fifty clips of a page read in full.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection

from jobs.pages import ROWS as CLIPS_A_PAGE
from selection.models import SelectionRun
from selection.opened import IN_STATE, ITS_CLASS, ITS_LABELING, LABELS, RIGHT
from selection.preview import TRANSCRIPT, class_place

CLIP = " JOIN collection_clip c ON c.id = r.clip_id"
ORDERS = {
    "confidence": "r.confidence, r.clip_id",
    "-confidence": "r.confidence DESC, r.clip_id",
    "name": "c.name",
    "-name": "c.name DESC",
    "class": "r.position, r.confidence DESC, r.clip_id",
}
ROWS = f"""
    SELECT c.id, c.name, k.code AS predicted, r.confidence, r.folds, c.duration,
        c.playable <> '' AS has_media, left(c.transcript, {TRANSCRIPT}) AS transcript, r.chosen,
        b.number AS batch, l.stage, nullif(l.reason, '') AS reason, {LABELS} AS labels,
        CASE WHEN l.stage = 'labeled' THEN {RIGHT} END AS "right"
    FROM selection_runclip r {CLIP} {ITS_CLASS} {ITS_LABELING}
    WHERE r.run_id = %(run)s AND r.clip_id = ANY(%(ids)s)
    ORDER BY array_position(%(ids)s, r.clip_id)"""


@dataclass(frozen=True, slots=True)
class Where:
    """Which clips of the pool; `right` is about labeled ones only."""

    code: str | None = None  # the predicted class
    state: str = "any"
    right: bool | None = None
    chosen: bool = True
    search: str | None = None  # somewhere in the name


def page_of(
    run: SelectionRun, where: Where, *, order: str = "-confidence", page: int = 1
) -> tuple[int, list[dict[str, Any]]]:
    """How many clips match, and one page of them, whatever the pool's size in three queries.

    Raises Refusal `class_is_not_of_the_scoring`.
    """
    values, tables, conditions = _found(run, where)
    by_name = CLIP if "c." in ORDERS[order] and CLIP not in tables else ""
    values |= {"most": CLIPS_A_PAGE, "offset": (page - 1) * CLIPS_A_PAGE}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {tables} WHERE {conditions}", values)
        (count,) = cursor.fetchone()
        cursor.execute(
            f"""SELECT r.clip_id {tables} {by_name} WHERE {conditions}
            ORDER BY {ORDERS[order]} LIMIT %(most)s OFFSET %(offset)s""",
            values,
        )
        values["ids"] = [clip for (clip,) in cursor.fetchall()]
        cursor.execute(ROWS, values)
        names = [column.name for column in cursor.description]
        return count, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _found(run: SelectionRun, where: Where) -> tuple[dict[str, Any], str, str]:
    """The values, the tables that the conditions need, and the conditions."""
    values: dict[str, Any] = {"run": run.pk}
    tables = "FROM selection_runclip r"
    conditions = ["r.run_id = %(run)s", "r.chosen" if where.chosen else "NOT r.chosen"]
    if where.code is not None:
        codes = tuple(each.code for each in run.classes.all())
        values["place"] = class_place(codes, where.code)
        conditions.append("r.position = %(place)s")
    if where.state != "any" or where.right is not None:
        tables += ITS_LABELING
    if where.state != "any":
        conditions.append(IN_STATE[where.state])
    if where.right is not None:
        tables += ITS_CLASS
        conditions += ["l.stage = 'labeled'", RIGHT if where.right else f"NOT {RIGHT}"]
    if where.search:
        tables += CLIP
        values["search"] = where.search
        conditions.append("strpos(lower(c.name), lower(%(search)s)) > 0")
    return values, tables, " AND ".join(conditions)
