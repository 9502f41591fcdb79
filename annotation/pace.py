"""Votes per day, how many are left, and when they may be done.

What is left, for the clips that are open: the seats that wait for a vote now, and beyond them
what the protocol asks of each clip from its stage and round on (`effort`): least, if it gets its
label at the first go; most, on the longest way.

The expected finish takes what the finished clips of this corpus took from that stage and round
on, on average, but no less than the least and no more than the most, and divides it by the pace:
the votes of the last seven days that had any, over the calendar days since the first of them, so
that weekends and holidays count as the people keep them. Today is not over and is left out,
unless nobody has voted before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil

from django.db import connection
from django.utils import timezone

from annotation import effort
from annotation.labelings import label_set_of, rules_of
from annotation.protocol import SEAT_STAGES, Rules, Stage
from collection.models import Corpus

DAYS = 30
DAYS_OF_PACE = 7  # with votes
FAR_AWAY = 100 * 365  # days; nobody plans beyond

Day = dict[str, int]  # votes by stage
ByStage = Mapping[str, int]
Standings = Mapping[tuple[str, int, str], int]  # labelings by stage, round and reason


@dataclass(frozen=True, slots=True)
class VotesCast:
    """The votes that stand, by stage: in all, and on each of the last thirty days."""

    all: ByStage
    days: dict[date, Day]

    @property
    def today(self) -> int:
        return sum(self.days[max(self.days)].values())


def votes_cast(corpus: Corpus, *, at: datetime) -> VotesCast:
    """Counted day by day along an index, which is quicker than sorting votes into days."""
    midnights = _midnights(at)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT stage, day, (SELECT count(*) FROM annotation_seat s
                WHERE s.corpus_id = %(corpus)s AND s.stage = stages.stage
                    AND s.answered_at >= begins AND s.answered_at < ends AND s.closed IS NULL)
            FROM unnest(%(stages)s::text[]) AS stages (stage),
                unnest('-infinity'::timestamptz || %(midnights)s::timestamptz[],
                    %(midnights)s::timestamptz[] || 'infinity'::timestamptz)
                    WITH ORDINALITY AS days (begins, ends, day)""",
            {
                "corpus": corpus.pk,
                "stages": [stage.value for stage in SEAT_STAGES],
                "midnights": midnights,
            },
        )
        rows = cursor.fetchall()
    none = {stage.value: 0 for stage in SEAT_STAGES}
    days = {midnight.date(): dict(none) for midnight in midnights}
    total = dict(none)
    for stage, day, count in rows:
        total[stage] += count
        if day > 1:  # the first is all the time before
            days[midnights[day - 2].date()][stage] = count
    return VotesCast(total, days)


def _midnights(at: datetime) -> list[datetime]:
    """When each of the last thirty days began, in the server's time zone, the oldest first."""
    zone = timezone.get_current_timezone()
    today = at.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    return [datetime(day.year, day.month, day.day, tzinfo=zone) for day in days]


@dataclass(frozen=True, slots=True)
class Pace:
    """Votes a day over `days` calendar days; none where nobody has voted lately."""

    per_day: float | None
    days: int


def pace_of(cast: VotesCast) -> Pace:
    *before, today = sorted(cast.days)
    worked = [day for day in before if any(cast.days[day].values())][-DAYS_OF_PACE:]
    if worked:
        days = (today - worked[0]).days
        return Pace(sum(sum(cast.days[day].values()) for day in worked) / days, days)
    return Pace(cast.today, 1) if cast.today else Pace(None, 0)


def forecast(
    corpus: Corpus, standings: Standings, cast: VotesCast, *, at: datetime
) -> dict[str, object]:
    """Votes left at least and at most, the pace, and the day when they may be done."""
    labels = label_set_of(corpus)
    rules, categories = rules_of(corpus, labels=labels), len(labels.categories)
    waiting = _waiting_seats(corpus)
    under_way = {
        (Stage(stage), round): count
        for (stage, round, _), count in standings.items()
        if stage in SEAT_STAGES
    }
    least = most = waiting
    expected = float(waiting)
    for (stage, round), clips in under_way.items():
        least += clips * effort.left_straight(rules, stage)
        most += clips * effort.left_at_most(rules, categories, stage, round)
        expected += clips * _usually_left(rules, standings, stage, round)
    expected = min(max(expected, least), most)
    pace = pace_of(cast)
    return {
        "votes_left_least": least,
        "votes_left_most": most,
        "per_day": pace.per_day,
        "finish": _finish(expected, pace, at),
        "days_looked_at": pace.days,
    }


def _waiting_seats(corpus: Corpus) -> int:
    """Seats that are free or held: each takes one vote."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT count(*) FROM annotation_seat WHERE corpus_id = %(corpus)s
                    AND annotator_id IS NULL AND closed IS NULL)
                + (SELECT count(*) FROM annotation_seat WHERE corpus_id = %(corpus)s
                    AND leased_until IS NOT NULL AND closed IS NULL)""",
            {"corpus": corpus.pk},
        )
        (count,) = cursor.fetchone()
    return int(count)


def _usually_left(rules: Rules, standings: Standings, stage: Stage, round: int) -> float:
    """What the finished clips that came through this stage and round took after it, on average;
    the straight way where there are none."""
    until = effort.taken(rules, Stage.UNLABELED, round, "")
    if stage == Stage.RELIABILITY:
        until += rules.reliability_votes
    took, clips = 0, 0
    for (ended, in_round, reason), count in standings.items():
        if ended not in (Stage.LABELED, Stage.UNLABELED):
            continue
        after = effort.taken(rules, Stage(ended), in_round, reason) - until
        if after >= 0:
            took, clips = took + count * after, clips + count
    return took / clips if clips and stage != Stage.VALENCE else effort.left_straight(rules, stage)


def _finish(votes: float, pace: Pace, at: datetime) -> date | None:
    if not pace.per_day:
        return None
    days = ceil(votes / pace.per_day)
    if days > FAR_AWAY:
        return None
    return at.astimezone(timezone.get_current_timezone()).date() + timedelta(days=days)


def per_day(cast: VotesCast) -> Sequence[dict[str, object]]:
    return [{"day": day, **votes} for day, votes in sorted(cast.days.items())]
