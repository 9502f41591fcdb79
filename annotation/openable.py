"""Which clips can be opened: those without a labeling, and again those that ended unlabeled."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from annotation.clip_list import Where, clips_named, select_clips
from collection.models import Corpus

SHOWS_NOTHING = """
        AND NOT EXISTS (SELECT FROM annotation_example e WHERE e.clip_id = c.id)
        AND NOT EXISTS (SELECT FROM annotation_practiceclip p WHERE p.clip_id = c.id)
"""
UNOPENED = f"""
    SELECT c.id, c.shuffle, 1 AS number FROM collection_clip c
    WHERE c.corpus_id = %(corpus)s
        AND NOT EXISTS (SELECT FROM annotation_labeling l WHERE l.clip_id = c.id)
        {SHOWS_NOTHING}
"""
# What one opening has opened and what ended unlabeled since is not opened by it once more, so
# that it is safe to run twice. Each clip's labelings are looked up by themselves: while thousands
# are opened, the planner believes that hardly any were opened again, and would compare all with
# all.
UNLABELED = f"""
    SELECT c.id, c.shuffle, l.number + 1 AS number
    FROM collection_clip c JOIN annotation_labeling l ON l.clip_id = c.id
    CROSS JOIN LATERAL (SELECT max(n.number) AS number,
            coalesce(bool_or(n.opening_id = %(opening)s), false) AS opened
        FROM annotation_labeling n WHERE n.clip_id = c.id) latest
    WHERE c.corpus_id = %(corpus)s AND l.stage = 'unlabeled'
        AND l.number = latest.number AND NOT latest.opened
        {SHOWS_NOTHING}
"""


def to_open(*, again: bool, chosen: str = "") -> str:
    """A query for the clips that can be opened, with `again` also those that ended unlabeled:
    ids, places in the stored random order, and the number that the labeling gets."""
    return f"{UNOPENED} {chosen} UNION ALL {UNLABELED} {chosen}" if again else UNOPENED + chosen


def count_of(clips: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({clips}) u", values)
        (count,) = cursor.fetchone()
    return int(count)


def unopened_count(corpus: Corpus) -> int:
    return count_of(UNOPENED, {"corpus": corpus.pk})


def again_count(corpus: Corpus) -> int:
    """Clips whose labeling ended unlabeled and that can be opened again."""
    return count_of(UNLABELED, {"corpus": corpus.pk, "opening": None})


def openable_of(
    corpus: Corpus, *, names: Sequence[str] | None = None, where: Where | None = None
) -> tuple[int, list[int]]:
    """Of the clips that are named or found: how many have no labeling yet, and the ids of those
    that ended unlabeled. The others stay as they are. Raises Refusal for unknown names."""
    values: dict[str, Any] = {"corpus": corpus.pk, "opening": None}
    chosen = ""
    if names is not None:
        values["chosen"] = clips_named(corpus, names)
        chosen = " AND c.id = ANY(%(chosen)s)"
    elif where is not None:
        found, more = select_clips(corpus, where)
        values |= more
        chosen = f" AND c.id IN ({found})"
    with connection.cursor() as cursor:
        cursor.execute(UNLABELED + chosen, values)
        again = [row[0] for row in cursor.fetchall()]
    return count_of(UNOPENED + chosen, values), again
