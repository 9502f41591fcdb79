"""An annotator's last vote in a corpus, and what keeps it from being undone."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from accounts.models import Membership
from annotation.clip_list import LATEST
from annotation.protocol import SEAT_STAGES


@dataclass(frozen=True, slots=True)
class LastVote:
    """An annotator's last vote in a corpus; on a tied clip, one of those of its screen."""

    seat: int
    answered_at: datetime
    clip: str
    stage: str
    closed: str | None
    over: bool  # the clip has been opened again since
    followed: bool
    waits: bool


# A seat followed from the vote if it was claimed since or is held now, and is one of a later
# stage or round, or a further emotion seat opened for want of a majority. What the annotator
# was given next does not count: it is withdrawn with the rest.
LAST_VOTE = f"""
    SELECT s.id, s.answered_at, c.name, s.stage, s.closed, NOT {LATEST}, EXISTS (
        SELECT FROM annotation_seat f
        WHERE f.labeling_id = s.labeling_id AND f.closed IS NULL
            AND (f.claimed_at > s.answered_at OR f.leased_until IS NOT NULL)
            AND (f.annotator_id <> s.annotator_id OR f.voted)
            AND ((f.round, array_position(%(stages)s::text[], f.stage::text))
                    > (s.round, array_position(%(stages)s::text[], s.stage::text))
                OR f.stage = 'emotion' AND f.round = s.round AND s.stage = 'emotion'
                    AND f.number > CASE WHEN s.round = 1
                        THEN coalesce(l.first_round_emotion_votes, %(emotion_votes)s)
                        ELSE %(emotion_votes)s END)),
        l.stage = 'set_aside' OR coalesce(
            (l.round, array_position(%(stages)s::text[], l.stage::text))
            < (s.round, array_position(%(stages)s::text[], s.stage::text)), false)
    FROM (SELECT * FROM annotation_seat
        WHERE corpus_id = %(corpus)s AND annotator_id = %(annotator)s
            AND voted AND answered_at IS NOT NULL
        ORDER BY answered_at DESC LIMIT 1) s
    JOIN annotation_labeling l ON l.id = s.labeling_id
    JOIN collection_clip c ON c.id = s.clip_id
"""


def last_vote(membership: Membership) -> LastVote | None:
    """The annotator's last vote in the corpus, and whether it can still be undone."""
    with connection.cursor() as cursor:
        cursor.execute(
            LAST_VOTE,
            {
                "corpus": membership.corpus_id,
                "annotator": membership.user_id,
                "stages": [stage.value for stage in SEAT_STAGES],
                "emotion_votes": membership.corpus.emotion_votes,
            },
        )
        row = cursor.fetchone()
    return LastVote(*row) if row else None
