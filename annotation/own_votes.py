"""What an annotator has answered so far, for the annotator: newest first, a page at a time.

Nothing here tells of other people's votes: only whether one's own counts now, waits, is from
before the clip was opened again, or was voided, and why.
"""

from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import Membership
from annotation import desk
from annotation.clip_list import LATEST
from annotation.protocol import SEAT_STAGES
from jobs.pages import ROWS

# A labeling has come as far as its conclusion. A vote beyond it waits, and so does a rating
# of a round that has turned out not to be the last. A clip that was opened again is judged by
# the votes since then.
HISTORY = f"""
    SELECT s.id AS seat, c.id AS clip_id, c.name AS clip_name, c.playable <> '' AS has_media,
        c.duration, c.has_audio, s.stage, s.round, pe.code AS proposed, e1.code AS emotion,
        e2.code AS second_emotion, r.reliability, v.valence,
        coalesce(coalesce(e.response_ms, r.response_ms), v.response_ms) AS response_ms,
        s.answered_at AS at, d.reason AS void_reason,
        coalesce(n.text, '') AS note,
        CASE WHEN s.closed IS NOT NULL THEN 'voided'
            WHEN NOT {LATEST} THEN 'earlier'
            WHEN l.stage = 'set_aside' OR p.withdrawn_at IS NOT NULL
                OR s.stage = 'valence' AND s.round < l.round
                OR (s.round, array_position(%(stages)s::text[], s.stage::text))
                    > (l.round, CASE
                        WHEN l.stage <> 'unlabeled' THEN
                            coalesce(array_position(%(stages)s::text[], l.stage::text), 3)
                        WHEN l.reason IN ('unreliable', 'relabel_unreliable') THEN 2
                        ELSE 1 END)
            THEN 'waits' ELSE 'counts' END AS state
    FROM (SELECT * FROM annotation_seat
        WHERE corpus_id = %(corpus)s AND annotator_id = %(annotator)s
            AND voted AND answered_at IS NOT NULL
        ORDER BY answered_at DESC, id DESC LIMIT %(most)s OFFSET %(offset)s) s
    JOIN annotation_labeling l ON l.id = s.labeling_id
    JOIN collection_clip c ON c.id = s.clip_id
    LEFT JOIN annotation_labelpair p ON p.id = s.pair_id
    LEFT JOIN annotation_emotion pe ON pe.id = p.emotion_id
    LEFT JOIN annotation_emotionvote e ON e.seat_id = s.id AND e.superseded_at IS NULL
    LEFT JOIN annotation_emotion e1 ON e1.id = e.emotion_id
    LEFT JOIN annotation_emotion e2 ON e2.id = e.second_emotion_id
    LEFT JOIN annotation_reliabilityvote r ON r.seat_id = s.id AND r.superseded_at IS NULL
    LEFT JOIN annotation_valencerating v ON v.seat_id = s.id AND v.superseded_at IS NULL
    LEFT JOIN annotation_note n ON n.seat_id = s.id AND n.at = s.answered_at
    LEFT JOIN annotation_void d ON d.id = coalesce(coalesce(e.void_id, r.void_id), v.void_id)
    ORDER BY s.answered_at DESC, s.id DESC
"""


def page_of(membership: Membership, page: int) -> tuple[int, list[dict[str, Any]]]:
    """How many votes the annotator has, and one page of them."""
    mine: dict[str, int | list[str]] = {
        "corpus": membership.corpus_id,
        "annotator": membership.user_id,
        "stages": [stage.value for stage in SEAT_STAGES],
        "most": ROWS,
        "offset": (page - 1) * ROWS,
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM annotation_seat
            WHERE corpus_id = %(corpus)s AND annotator_id = %(annotator)s
                AND voted AND answered_at IS NOT NULL""",
            mine,
        )
        (count,) = cursor.fetchone()
        cursor.execute(HISTORY, mine)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    last = desk.undoable(membership)
    taken_back_together: datetime | None = last.answered_at if last else None
    for row in rows:
        row["undoable"] = row["at"] == taken_back_together
    return int(count), rows
