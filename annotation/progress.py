"""How far a corpus is, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import Membership
from annotation import inbox, pace, stuck
from annotation.models import Seat
from annotation.stuck_places import Found
from collection.models import Clip, Corpus
from jobs.actions import workers_alive


def of_corpus(corpus: Corpus, *, at: datetime) -> dict[str, Any]:
    """Clips per stage and round, reasons of the unlabeled, votes that stand, what is left to do
    and when it may be done, what is stuck, what waits to be read."""
    standings = _standings(corpus)
    cast = pace.votes_cast(corpus, at=at)
    clips = Clip.objects.filter(corpus=corpus).count()
    unopened = clips - standings.clips
    reasons = _summed(standings.latest, 2)
    waiting = inbox.counts(corpus)
    alive = workers_alive()
    found = Found(
        corpus=corpus,
        at=at,
        stages=_summed(standings.latest, 0),
        unopened=unopened,
        votes=sum(cast.all.values()),
        inbox=waiting,
        workers_alive=alive,
    )
    return {
        "clips": clips,
        "unopened": unopened,
        "stages": [
            {"stage": stage, "round": round, "count": count}
            for (stage, round), count in sorted(_summed(standings.latest, 0, 1).items())
        ],
        "reasons": [
            {"reason": reason, "count": count}
            for reason, count in sorted(reasons.items(), key=lambda row: -row[1])
            if reason
        ],
        "votes": cast.all,
        "votes_today": cast.today,
        "per_day": pace.per_day(cast),
        "forecast": pace.forecast(corpus, standings.every, cast, at=at),
        "stuck": stuck.of_corpus(found),
        "inbox": waiting,
        "workers_alive": alive,
    }


@dataclass(frozen=True, slots=True)
class _Counted:
    """How many labelings stand where; `latest` leaves out those whose clip was opened again."""

    every: pace.Standings
    latest: pace.Standings

    @property
    def clips(self) -> int:
        return sum(self.latest.values())


STANDINGS = """
    SELECT l.stage, l.round, l.reason, count(*),
        count(*) FILTER (WHERE a.last IS NULL OR l.number = a.last)
    FROM annotation_labeling l
    LEFT JOIN (SELECT clip_id, max(number) AS last FROM annotation_labeling
        WHERE number > 1 GROUP BY clip_id) a ON a.clip_id = l.clip_id
    WHERE l.corpus_id = %s GROUP BY l.stage, l.round, l.reason
"""


def _standings(corpus: Corpus) -> _Counted:
    """By stage, round and reason."""
    with connection.cursor() as cursor:
        cursor.execute(STANDINGS, [corpus.pk])
        rows = cursor.fetchall()
    return _Counted(
        every={(stage, round, reason): every for stage, round, reason, every, _ in rows},
        latest={
            (stage, round, reason): latest for stage, round, reason, _, latest in rows if latest
        },
    )


def _summed(standings: pace.Standings, *parts: int) -> dict[Any, int]:
    """The counts by some of stage (0), round (1) and reason (2)."""
    sums: dict[Any, int] = {}
    for place, count in standings.items():
        key = tuple(place[part] for part in parts) if len(parts) > 1 else place[parts[0]]
        sums[key] = sums.get(key, 0) + count
    return sums


def seats_held(membership: Membership) -> int:
    """How many seats the person has ever had in the corpus."""
    seats = Seat.objects.filter(corpus_id=membership.corpus_id, annotator_id=membership.user_id)
    return seats.count()
