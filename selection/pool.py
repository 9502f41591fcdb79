"""The pool D̃_u: the unlabeled clips that Algorithm 1 may choose from, as the corpus is now.

Clips never opened, and those whose latest labeling ended unlabeled; not the examples and practice
clips, which show their answer. Read set-wise, whatever the corpus's size.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from annotation.clip_list import LABELINGS, LATEST
from annotation.export_rows import streamed
from annotation.openable import SHOWS_NOTHING
from collection.models import Clip, Corpus
from selection.models import Scoring
from selection.scored import Scored

UNLABELED = f"(l.id IS NULL OR l.stage = 'unlabeled') {SHOWS_NOTHING}"
POOL = f"""
    SELECT c.id, c.name FROM collection_clip c {LABELINGS}
    WHERE c.corpus_id = %(corpus)s AND {UNLABELED} ORDER BY c.name"""
# A clip is counted once: a labeling that is not over, or over well, says more than being a guide.
STATES = f"""
    SELECT CASE WHEN l.stage IN ('labeled', 'set_aside') THEN l.stage
            WHEN l.stage <> 'unlabeled' THEN 'open'
            WHEN NOT (TRUE {SHOWS_NOTHING}) THEN 'guides'
            WHEN l.id IS NULL THEN 'never_opened' ELSE 'ended_unlabeled' END AS state, count(*)
    FROM collection_clip c {LABELINGS} WHERE c.corpus_id = %(corpus)s GROUP BY 1"""
# From the labelings' side: few where the pool is large.
NOT_IN_IT = f"""
    SELECT l.clip_id FROM annotation_labeling l
    WHERE l.corpus_id = %(corpus)s AND l.stage <> 'unlabeled' AND {LATEST}
    UNION SELECT e.clip_id FROM annotation_example e JOIN collection_clip c ON c.id = e.clip_id
    WHERE c.corpus_id = %(corpus)s
    UNION SELECT p.clip_id FROM annotation_practiceclip p WHERE p.corpus_id = %(corpus)s"""
LEFT_OUT = ("open", "labeled", "set_aside", "guides")


class PoolClips(NamedTuple):
    ids: NDArray[np.int64]  # (clips,)
    names: list[str]  # by which they are sorted


@dataclass(frozen=True)
class Changed:
    """Clips of a scoring's pool that are no longer in the pool."""

    count: int
    first: str | None  # of their names


def pool_of(corpus: Corpus) -> PoolClips:
    rows = list(streamed(POOL, corpus))
    return PoolClips(np.array([pk for pk, _ in rows], np.int64), [name for _, name in rows])


def counts(corpus: Corpus) -> dict[str, Any]:
    """How many clips the pool has, and how many are left out of it, and why."""
    with connection.cursor() as cursor:
        cursor.execute(STATES, {"corpus": corpus.pk})
        found = dict(cursor.fetchall())
    never, ended = found.get("never_opened", 0), found.get("ended_unlabeled", 0)
    return {
        "clips": never + ended,
        "never_opened": never,
        "ended_unlabeled": ended,
        "left_out": {state: found.get(state, 0) for state in LEFT_OUT},
    }


def changed(scoring: Scoring, scored: Scored | None = None) -> Changed:
    """Clips that were in the pool when it was scored and are not now; two queries."""
    ids = (scored or Scored.open(scoring)).clip_ids
    with connection.cursor() as cursor:
        cursor.execute(NOT_IN_IT, {"corpus": scoring.corpus_id})
        gone = np.array(cursor.fetchall(), np.int64).ravel()
    places = np.flatnonzero(np.isin(ids, gone))
    if not len(places):
        return Changed(0, None)
    first = Clip.objects.filter(pk=int(ids[places[0]])).values_list("name", flat=True).first()
    return Changed(len(places), first)
