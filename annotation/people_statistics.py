"""How each person of a corpus votes, in three queries however many people and votes there are.

Votes are counted from the beginning. How fast they come is told of the newest few hundred of
each person: what a coordinator can still do something about, and as quick at a million votes.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q

from annotation.models import Seat, Skip
from annotation.protocol import SEAT_STAGES, Stage
from collection.models import Corpus

NEWEST = 500  # votes of a person that are timed

SPEEDS = """
    SELECT m.user_id,
        percentile_disc(0.5) WITHIN GROUP (ORDER BY t.ms) FILTER (WHERE t.stage = 'emotion'),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY t.ms) FILTER (WHERE t.stage = 'reliability'),
        percentile_disc(0.5) WITHIN GROUP (ORDER BY t.ms) FILTER (WHERE t.stage = 'valence'),
        count(*) FILTER (WHERE t.ms < c.duration * 1000),
        count(*) FILTER (WHERE t.ms IS NOT NULL AND c.duration IS NOT NULL)
    FROM accounts_membership m
    CROSS JOIN LATERAL (
        SELECT s.clip_id, s.stage, coalesce(
            (SELECT v.response_ms FROM annotation_emotionvote v
                WHERE v.seat_id = s.id AND v.superseded_at IS NULL),
            (SELECT v.response_ms FROM annotation_reliabilityvote v
                WHERE v.seat_id = s.id AND v.superseded_at IS NULL),
            (SELECT v.response_ms FROM annotation_valencerating v
                WHERE v.seat_id = s.id AND v.superseded_at IS NULL)) AS ms
        FROM annotation_seat s
        WHERE s.corpus_id = m.corpus_id AND s.annotator_id = m.user_id AND s.voted
            AND s.answered_at IS NOT NULL AND s.closed IS NULL
        ORDER BY s.answered_at DESC LIMIT %(newest)s) t
    JOIN collection_clip c ON c.id = t.clip_id
    WHERE m.corpus_id = %(corpus)s
        AND (%(annotator)s::bigint IS NULL OR m.user_id = %(annotator)s)
    GROUP BY m.user_id
"""


@dataclass(slots=True)
class Statistics:
    """One annotator's votes that count, and how fast the newest of them came."""

    votes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SEAT_STAGES, 0))
    median_ms: dict[str, int | None] = field(
        default_factory=lambda: dict.fromkeys(SEAT_STAGES, None)
    )
    skips: int = 0
    faster: int = 0  # votes cast sooner than the clip takes to play
    timed: int = 0  # votes whose response time and clip's length are known
    last_vote_at: datetime | None = None

    @property
    def faster_than_clip(self) -> float | None:
        """The share of votes that the clip was not watched to its end for; None if unknown."""
        return round(self.faster / self.timed, 4) if self.timed else None


def statistics_of(corpus: Corpus, annotator: int | None = None) -> dict[int, Statistics]:
    """By annotator, those who have voted or skipped; of one person only if one is named."""
    whose = {} if annotator is None else {"annotator": annotator}
    found: dict[int, Statistics] = {}
    seats = Seat.objects.filter(corpus=corpus, voted=True, **whose).values("annotator", "stage")
    counts = seats.annotate(
        votes=Count("pk", filter=Q(closed=None, answered_at__isnull=False)),
        last=Max("answered_at"),
    )
    for row in counts.order_by():
        mine = found.setdefault(row["annotator"], Statistics())
        mine.votes[Stage(row["stage"])] = row["votes"]
        mine.last_vote_at = max(filter(None, (mine.last_vote_at, row["last"])), default=None)
    for person, *medians, faster, timed in _speeds(corpus, annotator):
        mine = found.setdefault(person, Statistics())
        mine.median_ms = dict(zip(SEAT_STAGES, medians, strict=True))
        mine.faster, mine.timed = faster, timed
    skips = Skip.objects.filter(corpus=corpus, **whose).values_list("annotator")
    for person, count in skips.annotate(n=Count("pk")).order_by():
        found.setdefault(person, Statistics()).skips = count
    return found


def _speeds(corpus: Corpus, annotator: int | None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(SPEEDS, {"corpus": corpus.pk, "annotator": annotator, "newest": NEWEST})
        return cursor.fetchall()
