"""Hours of work per annotator, for payment.

The rule: an answer's time is its response time, from the moment its clip stood on the screen
to the moment it was sent, and five minutes at most, so that a coffee break is not paid. The
answers of one screen (both labels of a tied clip) share one time. Every answer is work: one
that was corrected later or voided took its time as well, and what is not to be paid is
agreed between people. An answer whose response time is not known, such as an imported one, is
listed with no hours. Days are those of the server's time zone (`TIME_ZONE`).
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import connection
from django.utils import timezone

from annotation.ballots import VOTES_OF
from annotation.protocol import Stage
from collection.models import Corpus
from jobs import sheets
from jobs.errors import Refusal

COLUMNS = ("annotator", "pseudonym", "day", "stage", "votes", "hours")
MOST_MS = 5 * 60 * 1000
MS_PER_HOUR = 3_600_000
AT_ONCE = 1000  # rows
AS_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}\Z", re.ASCII)

# Answers, whatever became of them. Only in the reliability check does a screen have several.
OF_A_STAGE = """
    SELECT s.annotator_id, s.stage, v.cast_at, 1 AS votes, v.response_ms AS ms
    FROM annotation_seat s JOIN {table} v ON v.seat_id = s.id
    WHERE s.corpus_id = %(corpus)s
"""
OF_A_SCREEN = """
    SELECT s.annotator_id, s.stage, v.cast_at, count(*) AS votes, max(v.response_ms) AS ms
    FROM annotation_seat s JOIN {table} v ON v.seat_id = s.id
    WHERE s.corpus_id = %(corpus)s
    GROUP BY s.annotator_id, s.stage, v.cast_at, s.labeling_id
"""
PER_DAY = """
    SELECT u.username, m.pseudonym, a.day, a.stage, a.votes, coalesce(a.ms, 0)
    FROM (SELECT annotator_id, stage, (cast_at AT TIME ZONE %(zone)s)::date AS day,
            sum(votes) AS votes,
            sum(CASE WHEN ms > %(most)s THEN %(most)s ELSE ms END) AS ms
        FROM ({answers}) screens GROUP BY 1, 2, 3) a
    JOIN accounts_user u ON u.id = a.annotator_id
    LEFT JOIN accounts_membership m ON m.user_id = u.id AND m.corpus_id = %(corpus)s
    WHERE (%(since)s::date IS NULL OR a.day >= %(since)s)
        AND (%(until)s::date IS NULL OR a.day <= %(until)s)
    ORDER BY u.username, a.day, a.stage
"""


def read_period(since: str | None, until: str | None) -> tuple[date | None, date | None]:
    """The first and the last day asked for; None is open."""
    first, last = (
        _day(given, field) if given else None for field, given in (("from", since), ("to", until))
    )
    if first and last and last < first:
        raise Refusal(
            "period_ends_before_it_begins",
            f"The period from {first} to {last} ends before it begins; exchange the two days.",
            status=400,
            first=str(first),
            last=str(last),
        )
    return first, last


def _day(given: str, field: str) -> date:
    try:
        if not AS_WRITTEN.match(given):  # Python reads weeks, too, and days without dashes
            raise ValueError
        return date.fromisoformat(given)
    except ValueError:
        raise Refusal(
            "not_a_day",
            f'"{field}": "{given[:40]}" is no day; write one as year-month-day, such as '
            "2026-01-31.",
            status=400,
            field=field,
            value=given[:40],
        ) from None


def hours_csv(corpus: Corpus, since: date | None, until: date | None) -> Iterator[str]:
    """The lines of the file, one per annotator, day and stage."""
    yield sheets.MARK + sheets.line(COLUMNS)
    for username, pseudonym, day, stage, votes, ms in _rows(corpus, since, until):
        hours = f"{int(ms) / MS_PER_HOUR:.4f}"
        yield sheets.line((username, pseudonym or "", day, stage, votes, hours))


def _rows(corpus: Corpus, since: date | None, until: date | None) -> Iterator[tuple[Any, ...]]:
    answers = " UNION ALL ".join(
        (OF_A_SCREEN if stage is Stage.RELIABILITY else OF_A_STAGE).format(
            table=model._meta.db_table
        )
        for stage, model in VOTES_OF.items()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            PER_DAY.format(answers=answers),
            {
                "corpus": corpus.pk,
                "zone": timezone.get_default_timezone_name(),
                "most": MOST_MS,
                "since": since,
                "until": until,
            },
        )
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows
