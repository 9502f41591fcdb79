"""Free places of a corpus that nobody may take, and places left lying.

The free places that nobody may take sink to the front of their stage's queue, since all others
are taken before them, so a look at its first places finds them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from annotation.protocol import SEAT_STAGES, Stage
from collection.models import Corpus
from jobs.sentences import counted

CLIPS_NAMED = 3
LOOKED_AT = 200  # places at the front of each stage's queue
ABANDONED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of the corpus already."""

    corpus: Corpus
    at: datetime
    stages: Mapping[str, int]  # clips
    unopened: int
    votes: int
    inbox: Mapping[str, int]
    workers_alive: bool

    @property
    def under_way(self) -> int:
        return sum(self.stages.get(stage.value, 0) for stage in SEAT_STAGES)


@dataclass(frozen=True, slots=True)
class Stuck:
    """`count` things that are stuck for one reason; `clips` names a few."""

    code: str
    detail: str
    count: int
    params: Mapping[str, Any] = field(default_factory=dict)
    clips: Sequence[str] = ()


# The first free places of each stage, and for each whether somebody may take it, and whether
# somebody could but for a skip. The conditions are those of `free_seats.ALLOWED`.
WORKING = """
    people AS MATERIALIZED (SELECT m.user_id, m.stages FROM accounts_membership m
        JOIN accounts_user u ON u.id = m.user_id
        WHERE m.corpus_id = %(corpus)s AND m.role = 'annotator' AND m.paused_at IS NULL
            AND u.is_active)
"""
MAY = """
    (p.stages = '{}' OR s.stage = ANY(p.stages))
    AND NOT EXISTS (SELECT FROM annotation_seat m
        WHERE m.annotator_id = p.user_id AND m.clip_id = s.clip_id
        AND (m.binds AND m.side <> s.side
            OR m.labeling_id = s.labeling_id AND m.round = s.round AND m.stage = s.stage
            AND m.pair_id IS NOT DISTINCT FROM s.pair_id
            AND (m.closed IS NULL OR m.voted)))
"""
SKIPPED = """EXISTS (SELECT FROM annotation_skip k WHERE k.annotator_id = p.user_id
    AND k.clip_id = s.clip_id AND k.cleared_at IS NULL)"""
NOBODY_LEFT = f"""
    WITH {WORKING},
    waiting AS MATERIALIZED (SELECT f.* FROM unnest(%(stages)s::text[]) AS stage (name)
        CROSS JOIN LATERAL (SELECT s.* FROM annotation_seat s
            WHERE s.corpus_id = %(corpus)s AND s.stage = stage.name
                AND s.annotator_id IS NULL AND s.closed IS NULL
            ORDER BY s.ticket LIMIT %(looked_at)s) f
        WHERE EXISTS (SELECT FROM people p WHERE p.stages = '{{}}' OR stage.name = ANY(p.stages))),
    blocked AS (SELECT s.* FROM waiting s
        WHERE NOT EXISTS (SELECT FROM people p WHERE {MAY} AND NOT {SKIPPED}))
    SELECT s.stage, c.name, EXISTS (SELECT FROM people p WHERE {MAY})
    FROM blocked s JOIN collection_clip c ON c.id = s.clip_id
    ORDER BY s.stage, s.ticket
"""


def stuck_places(found: Found) -> Iterator[Stuck]:
    """Free places that none of the annotators may take; places left lying."""
    if not found.under_way:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            NOBODY_LEFT,
            {
                "corpus": found.corpus.pk,
                "stages": [stage.value for stage in SEAT_STAGES],
                "looked_at": LOOKED_AT,
            },
        )
        blocked = cursor.fetchall()
    for stage in SEAT_STAGES:
        skipped = [name for of, name, but_for_a_skip in blocked if of == stage and but_for_a_skip]
        nobody = [
            name for of, name, but_for_a_skip in blocked if of == stage and not but_for_a_skip
        ]
        if nobody:
            yield _nobody_left(stage, nobody)
        if skipped:
            yield _only_skipped(stage, skipped)
    yield from _abandoned(found)


def _nobody_left(stage: Stage, names: Sequence[str]) -> Stuck:
    places = counted(len(names), "place")
    return Stuck(
        "nobody_left",
        f"{places} in the {stage} stage that none of the annotators may take: they have judged "
        "these clips already, or are on the other side of their checks; invite further people.",
        len(names),
        {"stage": stage.value, "looked_at": LOOKED_AT},
        _few(names),
    )


def _only_skipped(stage: Stage, names: Sequence[str]) -> Stuck:
    places = counted(len(names), "place")
    return Stuck(
        "only_skipped",
        f"{places} in the {stage} stage whose clips all who may take them have skipped; clear a "
        "skip, set the clips aside, or invite further people.",
        len(names),
        {"stage": stage.value, "looked_at": LOOKED_AT},
        _few(names),
    )


def _abandoned(found: Found) -> Iterator[Stuck]:
    rows = named(
        """SELECT count(*) OVER (), c.name FROM annotation_seat s
        JOIN collection_clip c ON c.id = s.clip_id
        WHERE s.corpus_id = %(corpus)s AND s.closed IS NULL AND s.leased_until < %(since)s
            AND s.stage = ANY(%(stages)s)
        ORDER BY s.leased_until LIMIT %(few)s""",
        found,
        since=found.at - ABANDONED_AFTER,
        stages=[stage.value for stage in SEAT_STAGES],
    )
    if rows:
        count = rows[0][0]
        yield Stuck(
            "abandoned",
            f"{counted(count, 'place')} that somebody took over a day ago and left, and that "
            "nobody has taken over since; ask whether they go on, or who else may.",
            count,
            {},
            [name for _, name in rows],
        )


def named(query: str, found: Found, **values: Any) -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"corpus": found.corpus.pk, "few": CLIPS_NAMED, **values})
        return cursor.fetchall()


def _few(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))[:CLIPS_NAMED]
