"""What an annotator's desk shows: the screens they hold, or why there is none."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.utils import timezone

from accounts.models import Membership
from annotation.last_vote import LastVote, last_vote
from annotation.models import Labeling, Seat
from annotation.protocol import Stage
from jobs.errors import Refusal

LOOKED_AT = 200  # free seats examined to say why none of them is for this annotator


@dataclass(slots=True)
class Former:
    """What the annotator had answered on a seat before an undo."""

    emotion: str | None
    second_emotion: str | None
    reliability: str | None
    valence: int | None


@dataclass(slots=True)
class ScreenSeat:
    seat: int
    token: str
    emotion: str | None  # the proposed label, in the reliability check only
    former: Former | None = None


@dataclass(slots=True)
class Screen:
    """A clip to be judged and the seats it is judged on."""

    clip_id: int
    clip_name: str
    has_media: bool
    duration: float | None
    has_audio: bool | None
    transcript: str | None  # only where the corpus shows it
    content_warning: str
    stage: str
    round: int
    leased_until: datetime
    seats: list[ScreenSeat] = field(default_factory=list)
    note: str = ""  # what the annotator had written before an undo


def screens_of(membership: Membership) -> list[Screen]:
    """The screens the annotator holds, in the order they were claimed.

    Nothing here tells of other people's votes; a proposed label is shown only where it is
    to be judged.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT s.labeling_id, s.voted, s.id, s.token, e.code, c.id, c.name,
                c.playable <> '', c.duration, c.has_audio,
                CASE WHEN %s THEN nullif(c.transcript, '') END, c.content_warning,
                s.stage, s.round, s.leased_until
            FROM annotation_seat s
            JOIN collection_clip c ON c.id = s.clip_id
            LEFT JOIN annotation_labelpair p ON p.id = s.pair_id
            LEFT JOIN annotation_emotion e ON e.id = p.emotion_id
            WHERE s.annotator_id = %s AND s.corpus_id = %s AND s.closed IS NULL
                AND s.leased_until IS NOT NULL
            ORDER BY s.claimed_at, s.labeling_id, p.rank, s.id""",
            [membership.corpus.show_transcript, membership.user_id, membership.corpus_id],
        )
        rows = cursor.fetchall()
    screens: dict[int, Screen] = {}
    undone = []
    for labeling, voted, seat, token, emotion, *of_screen in rows:
        screen = screens.setdefault(labeling, Screen(*of_screen))
        screen.leased_until = min(screen.leased_until, of_screen[-1])
        screen.seats.append(ScreenSeat(seat, str(token), emotion))
        if voted:
            undone.append(seat)
    if undone:
        _recall(list(screens.values()), undone)
    return list(screens.values())


# A held seat that was voted is one whose vote was undone.
FORMERLY = """
    SELECT s.id, e1.code, e2.code, r.reliability, v.valence, (SELECT n.text
        FROM annotation_note n WHERE n.seat_id = s.id
            AND n.at = coalesce(coalesce(e.cast_at, r.cast_at), v.cast_at))
    FROM annotation_seat s
    LEFT JOIN LATERAL (SELECT * FROM annotation_emotionvote WHERE seat_id = s.id
        ORDER BY id DESC LIMIT 1) e ON true
    LEFT JOIN annotation_emotion e1 ON e1.id = e.emotion_id
    LEFT JOIN annotation_emotion e2 ON e2.id = e.second_emotion_id
    LEFT JOIN LATERAL (SELECT * FROM annotation_reliabilityvote WHERE seat_id = s.id
        ORDER BY id DESC LIMIT 1) r ON true
    LEFT JOIN LATERAL (SELECT * FROM annotation_valencerating WHERE seat_id = s.id
        ORDER BY id DESC LIMIT 1) v ON true
    WHERE s.id = ANY(%s)
"""


def _recall(screens: Sequence[Screen], undone: list[int]) -> None:
    """Put what the annotator had answered and written back on the screens."""
    with connection.cursor() as cursor:
        cursor.execute(FORMERLY, [undone])
        found = {seat: rest for seat, *rest in cursor.fetchall()}
    for screen in screens:
        for seat in screen.seats:
            if seat.seat in found:
                *answer, note = found[seat.seat]
                seat.former = Former(*answer)
                screen.note = screen.note or note or ""


def votes_today(membership: Membership) -> int:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(*) FROM annotation_seat
            WHERE corpus_id = %s AND annotator_id = %s AND voted AND answered_at >= %s""",
            [membership.corpus_id, membership.user_id, midnight],
        )
        (count,) = cursor.fetchone()
    return int(count)


def undoable(membership: Membership) -> LastVote | None:
    """The annotator's last vote, while it can still be undone."""
    last = last_vote(membership)
    if last is None or last.closed is not None:
        return None
    return None if last.over or last.followed or last.waits else last


def why_nothing(membership: Membership) -> Refusal:
    """Why the annotator has no clip now, and what would change it."""
    corpus = membership.corpus
    if corpus.archived_at is not None:
        return _nothing(
            "corpus_archived", "The corpus is archived; a coordinator can bring it back."
        )
    if corpus.paused_at is not None:
        return _nothing("corpus_paused", "The corpus is paused; a coordinator can resume it.")
    if membership.paused_at is not None:
        return _nothing("you_are_paused", "You are paused; a coordinator can let you go on.")
    open_seats = Seat.objects.filter(corpus=corpus, annotator=None, closed=None)
    mine = open_seats
    if membership.stages:
        mine = mine.filter(stage__in=membership.stages)
    if mine.exists():
        return _why_not_free_seats(membership)
    if open_seats.exists():
        return _nothing(
            "held_to_stages",
            f"You are held to {', '.join(membership.stages)} and nothing waits there; "
            "a coordinator can let you work in other stages.",
            stages=", ".join(membership.stages),
        )
    stages = [Stage.EMOTION.value, Stage.RELIABILITY.value, Stage.VALENCE.value]
    if Labeling.objects.filter(corpus=corpus, stage__in=stages).exists():
        return _nothing(
            "waiting_for_others",
            "All clips that are left are with other annotators; come back when they have voted.",
        )
    if Labeling.objects.filter(corpus=corpus).exists():
        return _nothing("all_done", "All opened clips are done; a coordinator can open more.")
    return _nothing("nothing_opened", "No clips are open yet; a coordinator opens them.")


def _why_not_free_seats(membership: Membership) -> Refusal:
    """Free seats there are, but none for this annotator: why, by the first few."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT
                count(*) FILTER (WHERE EXISTS (SELECT FROM annotation_seat m
                    WHERE m.annotator_id = %(annotator)s AND m.clip_id = s.clip_id
                    AND m.binds AND m.side <> s.side)),
                count(*) FILTER (WHERE EXISTS (SELECT FROM annotation_skip k
                    WHERE k.annotator_id = %(annotator)s AND k.clip_id = s.clip_id
                    AND k.cleared_at IS NULL))
            FROM (SELECT * FROM annotation_seat WHERE corpus_id = %(corpus)s
                AND annotator_id IS NULL AND closed IS NULL
                AND (%(stages)s::text[] = '{}' OR stage = ANY(%(stages)s::text[]))
                LIMIT %(looked_at)s) s""",
            {
                "annotator": membership.user_id,
                "corpus": membership.corpus_id,
                "stages": list(membership.stages),
                "looked_at": LOOKED_AT,
            },
        )
        other_side, skipped = cursor.fetchone()
    if other_side:
        return _nothing(
            "other_side",
            "What is left must be judged by others: you are on the other side of these clips' "
            "agreement and reliability checks. New clips or a later stage will bring you more.",
        )
    if skipped:
        return _nothing(
            "skipped",
            "You skipped what is left; a coordinator can clear a skip to offer it again.",
        )
    return _nothing(
        "waiting_for_others",
        "You have judged all that is left; others have to vote on it before it comes back.",
    )


def _nothing(reason: str, sentence: str, **params: str) -> Refusal:
    return Refusal(reason, sentence, 409, **params)
