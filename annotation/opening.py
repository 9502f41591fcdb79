"""Opening clips for labeling, and opening those again whose labeling ended unlabeled."""

from collections.abc import Iterable
from datetime import datetime
from time import sleep
from typing import Any, TypedDict, Unpack

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from annotation.clip_list import LABELINGS, Where, clips_named, select_clips
from annotation.models import Opening
from annotation.openable import UNLABELED, UNOPENED, count_of, to_open
from collection.models import Corpus
from collection.readiness import check_takes_work
from jobs.actions import start_job
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.transactions import retried

BATCH = 1000  # clips opened in one transaction, short enough for votes to pass in between
WAIT = 0.2  # s, for those who are just at work on the clips that are left
MOST_CLIPS = 2**31 - 1
SHOWS_ITS_ANSWER = Q(examples__isnull=False) | Q(practice_clips__isnull=False)

# The unlabeled ones of a batch, locked.
LOCKED = """
    SELECT c.id, c.shuffle, a.number FROM collection_clip c
    JOIN unnest(%(unlabeled)s::bigint[], %(numbers)s::int[]) a (id, number) ON a.id = c.id
"""


class Which(TypedDict, total=False):
    """Which clips to open: one of the first four, or none for all. With `again`, also those
    whose latest labeling ended unlabeled; they are then named, found or given, never counted."""

    count: int | None
    names: Iterable[str] | None
    where: Where | None
    clips: Iterable[int] | None  # their ids
    again: bool


@transaction.atomic
def choose_clips(*, corpus: Corpus, by: User | None, **which: Unpack[Which]) -> Opening:
    """Choose clips to open: all, the first `count` of the stored random order, by name, by id,
    or as the list of clips finds them. Those that cannot be opened when it comes to it are passed
    over: open, labeled or set aside.

    Raises Refusal for a bad count, unknown names, clips that show their answer, nothing to open,
    opening again without saying which, and a corpus that takes no work.
    """
    count, names, where = which.get("count"), which.get("names"), which.get("where")
    clips, again = which.get("clips"), which.get("again", False)
    if count is not None and not 1 <= count <= MOST_CLIPS:
        raise Refusal(
            "bad_count",
            f"{count} is no number of clips to open; give one from 1 to {MOST_CLIPS}.",
            status=400,
            count=count,
        )
    check_again(again=again, named=(names, where, clips) != (None, None, None))
    check_takes_work(corpus)
    opening = Opening.objects.create(corpus=corpus, count=count, again=again, created_by=by)
    if names is not None:
        clips = clips_named(corpus, list(names))
    if clips is not None:
        _name_clips(opening, set(clips))
    elif where is not None:
        _name_clips_where(opening, where)
    return opening


def check_again(*, again: bool, named: bool) -> None:
    """Refuse to open everything, or a number of clips, again."""
    if again and not named:
        raise Refusal(
            "again_names_its_clips",
            "Clips are opened again only by name or as the list of clips finds them; name them "
            "or filter the list.",
            status=400,
        )


@transaction.atomic
def start_opening(*, corpus: Corpus, by: User, **which: Unpack[Which]) -> Opening:
    """Choose clips and have a job open them."""
    opening = choose_clips(corpus=corpus, by=by, **which)
    opening.job = start_job(
        kind="open_clips", task="annotation.tasks.open_clips", corpus=corpus, created_by=by
    )
    opening.save(update_fields=["job"])
    return opening


def _name_clips(opening: Opening, clips: set[int]) -> None:
    if not clips:
        raise Refusal("no_clips_named", "No clip is named; name at least one.", status=400)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO annotation_openingclip (opening_id, clip_id)
            SELECT %s, id FROM collection_clip WHERE corpus_id = %s AND id = ANY(%s)""",
            [opening.pk, opening.corpus_id, list(clips)],
        )
        if cursor.rowcount != len(clips):
            raise ValueError(f"of {len(clips)} clips, {cursor.rowcount} are of {opening.corpus}")
        cursor.execute(
            f"""SELECT c.name FROM collection_clip c {LABELINGS}
            WHERE c.id IN (SELECT clip_id FROM annotation_example UNION
                    SELECT clip_id FROM annotation_practiceclip)
                AND c.id IN (SELECT clip_id FROM annotation_openingclip WHERE opening_id = %s)
                AND (l.id IS NULL OR l.stage = 'unlabeled' AND %s) ORDER BY c.name""",
            [opening.pk, opening.again],
        )
        shown = [name for (name,) in cursor.fetchall()]
    if shown:
        raise Refusal(
            "clip_shows_its_answer",
            f"{len(shown)} of {len(clips)} clips are examples or practice clips and show their "
            f'answer, the first is "{shown[0]}"; take them out of the guidelines, or leave them '
            "out here.",
            value=shown[0],
            count=len(shown),
        )


def _name_clips_where(opening: Opening, where: Where) -> None:
    """Those that match and can be opened now."""
    found, values = select_clips(opening.corpus, where)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO annotation_openingclip (opening_id, clip_id)
            SELECT %(opening)s, u.id FROM ({to_open(again=opening.again)}) u
            WHERE u.id IN ({found})""",
            {**values, "opening": opening.pk},
        )
        if not cursor.rowcount:
            raise Refusal(
                "no_clips_to_open",
                "No clip that can be opened is as you ask: those that match are open, labeled or "
                "set aside already, or show their answer, or were labeled and have to be opened "
                "again; change the filters or the search.",
                status=400,
            )


def run_opening(opening: Opening, progress: Progress) -> int:
    """Open those of the chosen clips that can be opened, batch by batch; safe to run twice.

    Returns how many clips this opening has opened in all.
    """
    opened = opening.labelings.count()
    total = opened + _left_to_open(opening, opened)
    while True:
        progress.report(opened, total)
        progress.check()
        most = BATCH if opening.count is None else min(BATCH, opening.count - opened)
        batch = open_batch(opening, most=most, at=timezone.now()) if most > 0 else 0
        if batch == 0:
            if most == 0 or not _left_to_open(opening, opened):
                return opened
            sleep(WAIT)
        opened += batch
        total = max(total, opened)


def _chosen(opening: Opening) -> str:
    return (
        " AND c.id IN (SELECT clip_id FROM annotation_openingclip WHERE opening_id = %(opening)s)"
        if opening.again or opening.named.exists()
        else ""
    )


def _left_to_open(opening: Opening, opened: int) -> int:
    left = count_of(
        to_open(again=opening.again, chosen=_chosen(opening)),
        {"corpus": opening.corpus_id, "opening": opening.pk},
    )
    return left if opening.count is None else min(left, opening.count - opened)


@retried
def open_batch(opening: Opening, *, most: int, at: datetime) -> int:
    """Make the labelings and first seats of the next clips in the stored random order."""
    corpus = opening.corpus
    with connection.cursor() as cursor:
        last = _lock_queue(cursor, corpus)
        values: dict[str, Any] = {"corpus": corpus.pk, "opening": opening.pk, "most": most}
        chosen = UNOPENED + _chosen(opening)
        if opening.again:
            values |= _lock_unlabeled(cursor, _chosen(opening), values)
            chosen += f" UNION ALL {LOCKED}"
        cursor.execute(
            f"""WITH chosen AS (SELECT * FROM ({chosen}) u
                ORDER BY u.shuffle, u.id LIMIT %(most)s),
            opened AS (INSERT INTO annotation_labeling
                (clip_id, corpus_id, opening_id, number, stage, round, reason, opened_at, moved_at)
                SELECT id, %(corpus)s, %(opening)s, number, 'emotion', 1, '', %(at)s, %(at)s
                FROM chosen ON CONFLICT DO NOTHING
                RETURNING id, clip_id),
            placed AS (SELECT o.id, o.clip_id, n,
                row_number() OVER (ORDER BY c.shuffle, c.id, n) AS place
                FROM opened o JOIN chosen c ON c.id = o.clip_id
                CROSS JOIN generate_series(1, %(seats)s) n)
            INSERT INTO annotation_seat
                (labeling_id, clip_id, corpus_id, round, stage, number, ticket, voted)
            SELECT id, clip_id, %(corpus)s, 1, 'emotion', n, %(last)s + place, false
                FROM placed ORDER BY place""",
            {**values, "last": last, "at": at, "seats": corpus.emotion_votes},
        )
        seats = cursor.rowcount
        cursor.execute(
            """UPDATE annotation_seatqueue SET last_ticket = last_ticket + %s
            WHERE corpus_id = %s AND stage = 'emotion'""",
            [seats, corpus.pk],
        )
    return seats // corpus.emotion_votes


def _lock_queue(cursor: CursorWrapper, corpus: Corpus) -> int:
    """The queue's row is the lock: two coordinators open one after the other. Its last ticket."""
    cursor.execute(
        """INSERT INTO annotation_seatqueue (corpus_id, stage, last_ticket)
        VALUES (%(corpus)s, 'emotion', 0) ON CONFLICT (corpus_id, stage) DO NOTHING""",
        {"corpus": corpus.pk},
    )
    cursor.execute(
        """SELECT last_ticket FROM annotation_seatqueue
        WHERE corpus_id = %(corpus)s AND stage = 'emotion' FOR NO KEY UPDATE""",
        {"corpus": corpus.pk},
    )
    (last,) = cursor.fetchone()
    return int(last)


def _lock_unlabeled(
    cursor: CursorWrapper, named: str, values: dict[str, Any]
) -> dict[str, list[int]]:
    """The next clips whose labeling ended unlabeled, as arrays of clips and new numbers, and
    those labelings locked, so that nobody changes them any more.

    Others lock a labeling before the queue. Here the queue is locked already, so nothing may be
    waited for: a labeling that somebody just voids, undoes or sets aside is left for later.
    """
    cursor.execute(
        f"""{UNLABELED} {named} ORDER BY c.shuffle, c.id LIMIT %(most)s
        FOR NO KEY UPDATE OF l SKIP LOCKED""",
        values,
    )
    found = cursor.fetchall()
    return {"unlabeled": [row[0] for row in found], "numbers": [row[2] for row in found]}
