"""Free seats in the order of their tickets, those that an annotator may have."""

from dataclasses import dataclass

from django.db import connection

from accounts.models import Membership
from annotation.protocol import Stage

WINDOW = 16  # candidates looked at, so that simultaneous claims do not all want the same seat
LOOK_AHEAD = 500  # tickets looked at one by one, before all that are left are looked at as a whole

VIDEO = "(SELECT c.video_id FROM collection_clip c WHERE c.id = s.clip_id)"
FREE = f"""
    SELECT s.id, s.ticket, s.labeling_id, s.pair_id, {VIDEO} FROM annotation_seat s
    WHERE s.corpus_id = %(corpus)s AND s.stage = %(stage)s
        AND s.annotator_id IS NULL AND s.closed IS NULL AND s.ticket > %(after)s
"""
NEAR = f" AND s.ticket <= %(after)s + {LOOK_AHEAD}"
OF_ANOTHER_VIDEO = f" AND {VIDEO} IS DISTINCT FROM %(video)s"
FIRST_FEW = f" ORDER BY s.ticket LIMIT {WINDOW}"

# No seat of mine on this clip, whatever became of it.
UNSEEN = """
        AND NOT EXISTS (SELECT FROM annotation_seat m
            WHERE m.annotator_id = %(annotator)s AND m.clip_id = s.clip_id)
"""
# I am on no other side of the clip, hold or held no vote in the same place, and have not
# skipped the clip.
ALLOWED = """
        AND NOT EXISTS (SELECT FROM annotation_seat m
            WHERE m.annotator_id = %(annotator)s AND m.clip_id = s.clip_id
            AND (m.binds AND m.side <> s.side
                OR m.labeling_id = s.labeling_id AND m.round = s.round AND m.stage = s.stage
                AND m.pair_id IS NOT DISTINCT FROM s.pair_id
                AND (m.closed IS NULL OR m.voted)))
        AND NOT EXISTS (SELECT FROM annotation_skip k
            WHERE k.annotator_id = %(annotator)s AND k.clip_id = s.clip_id
            AND k.cleared_at IS NULL)
"""


@dataclass(slots=True)
class Candidate:
    seat: int
    ticket: int
    labeling: int
    pair: int | None
    video: int | None


def free_seats(
    membership: Membership, stage: Stage, allowed: str, after: int, *, last_video: int | None = None
) -> list[Candidate]:
    """The first few free seats of the stage after a ticket that fit `allowed`."""
    which = {
        "corpus": membership.corpus_id,
        "annotator": membership.user_id,
        "stage": stage.value,
        "after": after,
        "video": last_video,
    }
    with connection.cursor() as cursor:
        cursor.execute(FREE + allowed + FIRST_FEW, which)
        return [Candidate(*row) for row in cursor.fetchall()]


def free_seats_far_away(
    membership: Membership, stage: Stage, allowed: str, after: int
) -> list[Candidate]:
    """The same, where thousands of seats may be none of the annotator's: what they have seen is
    read once and hashed, not looked up seat by seat."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        found = free_seats(membership, stage, f"/* far away */ {allowed}", after)
        cursor.execute("SET LOCAL enable_nestloop = on")
    return found
