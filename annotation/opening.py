"""Opening clips for labeling, and what to know before one does."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import Membership, User
from annotation.clip_list import Where, clips_named, select_clips
from annotation.models import Opening, OpeningClip
from annotation.protocol import Stage
from collection.models import Clip, Corpus
from collection.readiness import check_takes_work
from jobs.actions import start_job
from jobs.errors import Refusal
from jobs.progress import Progress
from jobs.sentences import counted
from jobs.transactions import retried

BATCH = 1000  # clips opened in one transaction, short enough for votes to pass in between
AT_ONCE = 5000  # clips a statement
MOST_CLIPS = 2**31 - 1
SHOWS_ITS_ANSWER = Q(examples__isnull=False) | Q(practice_clips__isnull=False)


@transaction.atomic
def choose_clips(
    *,
    corpus: Corpus,
    by: User | None,
    count: int | None = None,
    names: Iterable[str] | None = None,
    where: Where | None = None,
) -> Opening:
    """Choose clips to open: all, the first `count` of the stored random order, by name, or as
    the list of clips finds them."""
    if count is not None and not 1 <= count <= MOST_CLIPS:
        raise Refusal(
            "bad_count",
            f"{count} is no number of clips to open; give one from 1 to {MOST_CLIPS}.",
            status=400,
            count=count,
        )
    check_takes_work(corpus)
    opening = Opening.objects.create(corpus=corpus, count=count, created_by=by)
    if names is not None:
        _name_clips(opening, list(names))
    elif where is not None:
        _name_clips_where(opening, where)
    return opening


@transaction.atomic
def start_opening(
    *,
    corpus: Corpus,
    by: User,
    count: int | None = None,
    names: Iterable[str] | None = None,
    where: Where | None = None,
) -> Opening:
    """Choose clips and have a job open them."""
    opening = choose_clips(corpus=corpus, by=by, count=count, names=names, where=where)
    opening.job = start_job(
        kind="open_clips", task="annotation.tasks.open_clips", corpus=corpus, created_by=by
    )
    opening.save(update_fields=["job"])
    return opening


def _name_clips(opening: Opening, names: list[str]) -> None:
    clips = clips_named(opening.corpus, names)
    guides = Clip.objects.filter(SHOWS_ITS_ANSWER, corpus=opening.corpus, labelings=None)
    named = set(clips)  # they may be more than a statement takes
    found = guides.order_by("name").values_list("pk", "name").distinct()
    if shown := [name for clip, name in found if clip in named]:
        raise Refusal(
            "clip_shows_its_answer",
            f"{len(shown)} of {len(clips)} clips are examples or practice clips and show their "
            f'answer, the first is "{shown[0]}"; take them out of the guidelines, or leave them '
            "out here.",
            value=shown[0],
            count=len(shown),
        )
    OpeningClip.objects.bulk_create(
        [OpeningClip(opening=opening, clip_id=clip) for clip in clips], batch_size=AT_ONCE
    )


def _name_clips_where(opening: Opening, where: Where) -> None:
    """Those that match and are not open yet."""
    found, values = select_clips(opening.corpus, where)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""INSERT INTO annotation_openingclip (opening_id, clip_id)
            SELECT %(opening)s, u.id FROM ({UNOPENED}) u WHERE u.id IN ({found})""",
            {**values, "opening": opening.pk},
        )
        if not cursor.rowcount:
            raise Refusal(
                "no_clips_to_open",
                "No clip that is not open yet is as you ask; change the filters or the search.",
                status=400,
            )


def run_opening(opening: Opening, progress: Progress) -> int:
    """Open the chosen clips that have no labeling yet, batch by batch; safe to run twice.

    Returns how many clips this opening has opened in all.
    """
    opened = opening.labelings.count()
    total = opened + _left_to_open(opening, opened)
    while True:
        progress.report(opened, total)
        progress.check()
        most = BATCH if opening.count is None else min(BATCH, opening.count - opened)
        batch = open_batch(opening, most=most, at=timezone.now()) if most > 0 else 0
        if batch == 0 and (most == 0 or not _left_to_open(opening, opened)):
            return opened
        opened += batch
        total = max(total, opened)


def _chosen(opening: Opening) -> str:
    named = OpeningClip.objects.filter(opening=opening).exists()
    return (
        "AND c.id IN (SELECT clip_id FROM annotation_openingclip WHERE opening_id = %(opening)s)"
        if named
        else ""
    )


UNOPENED = """
    SELECT c.id, c.shuffle FROM collection_clip c
    WHERE c.corpus_id = %(corpus)s
        AND NOT EXISTS (SELECT FROM annotation_labeling l WHERE l.clip_id = c.id)
        AND NOT EXISTS (SELECT FROM annotation_example e WHERE e.clip_id = c.id)
        AND NOT EXISTS (SELECT FROM annotation_practiceclip p WHERE p.clip_id = c.id)
"""


def _left_to_open(opening: Opening, opened: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM ({UNOPENED} {_chosen(opening)}) u",
            {"corpus": opening.corpus_id, "opening": opening.pk},
        )
        (left,) = cursor.fetchone()
    return int(left) if opening.count is None else min(int(left), opening.count - opened)


@retried
def open_batch(opening: Opening, *, most: int, at: datetime) -> int:
    """Make the labelings and first seats of the next clips in the stored random order."""
    corpus = opening.corpus
    with connection.cursor() as cursor:
        # The queue's row is the lock: two coordinators open one after the other.
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
        cursor.execute(
            f"""WITH chosen AS ({UNOPENED} {_chosen(opening)}
                ORDER BY c.shuffle, c.id LIMIT %(most)s),
            opened AS (INSERT INTO annotation_labeling
                (clip_id, corpus_id, opening_id, number, stage, round, reason, opened_at, moved_at)
                SELECT id, %(corpus)s, %(opening)s, 1, 'emotion', 1, '', %(at)s, %(at)s
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
            {
                "corpus": corpus.pk,
                "opening": opening.pk,
                "most": most,
                "at": at,
                "seats": corpus.emotion_votes,
                "last": last,
            },
        )
        seats = cursor.rowcount
        cursor.execute(
            """UPDATE annotation_seatqueue SET last_ticket = last_ticket + %s
            WHERE corpus_id = %s AND stage = 'emotion'""",
            [seats, corpus.pk],
        )
    return seats // corpus.emotion_votes


def people_warnings(corpus: Corpus) -> list[Refusal]:
    """Whether the people allowed per stage suffice to finish a clip."""
    active = Membership.objects.filter(corpus=corpus).annotators().active()
    people = [m for m in active.select_related("user") if m.user.has_usable_password()]
    if not people:
        needed = max(corpus.max_emotion_votes + corpus.reliability_votes, corpus.valence_ratings)
        return [
            Refusal(
                "no_annotators",
                f"Corpus {corpus.slug} has no annotators yet; invite at least {needed}.",
                needed=needed,
            )
        ]
    allowed = {
        stage: {m.user_id for m in people if not m.stages or stage in m.stages}
        for stage in (Stage.EMOTION, Stage.RELIABILITY, Stage.VALENCE)
    }
    warnings = []
    judges = len(allowed[Stage.EMOTION] | allowed[Stage.RELIABILITY])
    needed = corpus.max_emotion_votes + corpus.reliability_votes
    if judges < needed:
        warnings.append(
            Refusal(
                "too_few_people_for_checks",
                f"{_annotators(judges)} may work in the emotion and reliability stages; a clip "
                f"needs {corpus.max_emotion_votes} + {corpus.reliability_votes} different ones.",
                count=judges,
                needed=needed,
            )
        )
    for stage, needed in (
        (Stage.EMOTION, corpus.max_emotion_votes),
        (Stage.RELIABILITY, corpus.reliability_votes),
        (Stage.VALENCE, corpus.valence_ratings),
    ):
        if len(allowed[stage]) < needed:
            warnings.append(
                Refusal(
                    f"too_few_people_for_{stage}",
                    f"{_annotators(len(allowed[stage]))} may work in the {stage} stage; a clip "
                    f"needs {needed}.",
                    count=len(allowed[stage]),
                    needed=needed,
                )
            )
    return warnings


def _annotators(count: int) -> str:
    return counted(count, "annotator")


def unopened_count(corpus: Corpus) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM ({UNOPENED}) u", {"corpus": corpus.pk})
        (count,) = cursor.fetchone()
    return int(count)
