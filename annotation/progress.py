"""How far a corpus is, in a fixed number of queries."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q

from accounts.models import Membership
from annotation import inbox, pace, stuck
from annotation.models import Labeling, Seat
from annotation.stuck_places import Found
from collection.models import Clip, Corpus
from jobs.actions import workers_alive


def of_corpus(corpus: Corpus, *, at: datetime) -> dict[str, Any]:
    """Clips per stage and round, reasons of the unlabeled, votes that count, what is left to do
    and when it may be done, what is stuck, what waits to be read."""
    standings, opened = _standings(corpus)
    cast = pace.votes_cast(corpus, at=at)
    clips = Clip.objects.filter(corpus=corpus).count()
    waiting = inbox.counts(corpus)
    alive = workers_alive()
    found = Found(
        corpus=corpus,
        at=at,
        stages=_summed(standings, 0),
        unopened=clips - opened,
        votes=sum(cast.all.values()),
        inbox=waiting,
        workers_alive=alive,
    )
    return {
        "clips": clips,
        "unopened": clips - opened,
        "stages": [
            {"stage": stage, "round": round, "count": count}
            for (stage, round), count in sorted(_summed(standings, 0, 1).items())
        ],
        "reasons": [
            {"reason": reason, "count": count}
            for reason, count in sorted(_summed(standings, 2).items(), key=lambda row: -row[1])
            if reason
        ],
        "votes": cast.all,
        "votes_today": cast.today,
        "per_day": pace.per_day(cast),
        "forecast": pace.forecast(corpus, standings, cast, at=at),
        "stuck": stuck.of_corpus(found),
        "inbox": waiting,
        "workers_alive": alive,
    }


def _standings(corpus: Corpus) -> tuple[pace.Standings, int]:
    """How many labelings stand where: by stage, round and reason; and how many clips are open."""
    rows = (
        Labeling.objects.filter(corpus=corpus)
        .values_list("stage", "round", "reason")
        .annotate(count=Count("pk"), clips=Count("pk", filter=Q(number=1)))
        .order_by()
    )
    standings, clips = {}, 0
    for stage, round, reason, count, first in rows:
        standings[stage, round, reason] = count
        clips += first
    return standings, clips


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
