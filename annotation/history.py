"""Clips as coordinators see them: where each stands, and one clip's whole history."""

from collections import defaultdict
from typing import Any

from django.db import connection

from annotation.ballots import VOTES_OF
from annotation.labelings import SEAT_ROWS, collect_votes, rules_of, seat_row
from annotation.models import Labeling, LabelPair, Seat, SettingAside, Vote
from annotation.protocol import Stage, Standing, standing
from collection.models import Clip, Corpus

CLIPS_A_PAGE = 50

# The latest labeling of each clip; `stage` of a clip without one is "unopened".
STANDINGS = """
    FROM collection_clip c
    LEFT JOIN LATERAL (SELECT * FROM annotation_labeling l WHERE l.clip_id = c.id
        ORDER BY l.number DESC LIMIT 1) l ON true
    WHERE c.corpus_id = %(corpus)s
        AND (%(stage)s::text IS NULL OR coalesce(l.stage, 'unopened') = %(stage)s::text)
        AND (%(search)s::text IS NULL OR c.name ILIKE %(search)s::text)
"""
ROW = """
    SELECT c.name, coalesce(l.stage, 'unopened') AS stage, l.round,
        coalesce((SELECT array_agg(e.code ORDER BY p.rank) FROM annotation_labelpair p
            JOIN annotation_emotion e ON e.id = p.emotion_id
            WHERE p.labeling_id = l.id AND p.round = l.round AND p.withdrawn_at IS NULL),
            '{}') AS labels,
        l.valence_sum::float / l.valence_count AS valence, coalesce(l.reason, '') AS reason,
        c.duration, c.playable <> '' AS has_media
"""


def clips_page(
    corpus: Corpus, *, stage: str | None, search: str | None, page: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many clips match, and one page of them, by name."""
    found = {
        "corpus": corpus.pk,
        "stage": stage,
        "search": f"%{_as_it_is(search)}%" if search else None,
        "most": CLIPS_A_PAGE,
        "offset": (page - 1) * CLIPS_A_PAGE,
    }
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {STANDINGS}", found)
        (count,) = cursor.fetchone()
        cursor.execute(f"{ROW} {STANDINGS} ORDER BY c.name LIMIT %(most)s OFFSET %(offset)s", found)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return count, rows


def _as_it_is(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def clip_history(clip: Clip) -> dict[str, Any]:
    """A clip with every labeling, pair, seat and vote it ever had."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{ROW} {STANDINGS} AND c.id = %(clip)s",
            {"corpus": clip.corpus_id, "stage": None, "search": None, "clip": clip.pk},
        )
        names = [column.name for column in cursor.description]
        row = dict(zip(names, cursor.fetchone(), strict=True))
    labelings = list(Labeling.objects.filter(clip=clip).select_related("corpus").order_by("number"))
    return {
        **row,
        "media": f"/api/clips/{clip.pk}/media" if clip.playable else None,
        "transcript": clip.transcript,
        "video": clip.video.name if clip.video else None,
        "speaker": clip.speaker,
        "start": clip.start,
        "end": clip.end,
        "labelings": [_labeling_history(labeling) for labeling in labelings],
    }


def _labeling_history(labeling: Labeling) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(SEAT_ROWS + " WHERE s.labeling_id = %s", [labeling.pk])
        rows = [seat_row(row) for row in cursor.fetchall()]
    rules = rules_of(labeling.corpus, labeling.first_round_emotion_votes)
    found = standing(rules, collect_votes(rows))
    votes = _votes(labeling, found)
    seats = (
        Seat.objects.filter(labeling=labeling, annotator__isnull=False)
        .select_related("annotator", "pair__emotion")
        .order_by("round", "claimed_at", "id")
    )
    aside = SettingAside.objects.filter(labeling=labeling, restored_at=None).select_related("by")
    set_aside = aside.first()
    pairs = LabelPair.objects.filter(labeling=labeling).select_related("emotion")
    return {
        "number": labeling.number,
        "stage": labeling.stage,
        "round": labeling.round,
        "reason": labeling.reason,
        "opened_at": labeling.opened_at,
        "set_aside": set_aside
        and {"reason": set_aside.reason, "by": set_aside.by.username, "at": set_aside.at},
        "pairs": [
            {"round": p.round, "emotion": p.emotion.code, "current": p.withdrawn_at is None}
            for p in pairs.order_by("round", "rank", "pk")
        ],
        "seats": [_seat(seat, votes[seat.pk]) for seat in seats],
    }


def _seat(seat: Seat, votes: list[dict[str, Any]]) -> dict[str, Any]:
    if seat.closed is not None:
        state = seat.closed
    else:
        state = "held" if seat.leased_until is not None else "answered"
    return {
        "id": seat.pk,
        "round": seat.round,
        "stage": seat.stage,
        "number": seat.number,
        "pair": seat.pair.emotion.code if seat.pair else None,
        "annotator": seat.annotator.username if seat.annotator else None,
        "state": state,
        "claimed_at": seat.claimed_at,
        "votes": votes,
    }


def _votes(labeling: Labeling, found: Standing) -> defaultdict[int, list[dict[str, Any]]]:
    """Every vote of the labeling by seat, the superseded and voided ones too."""
    votes: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for stage, model in VOTES_OF.items():
        related = ["seat__pair__emotion", "void__by"]
        if stage == Stage.EMOTION:
            related += ["emotion", "second_emotion"]
        for vote in (
            model.objects.filter(seat__labeling=labeling).select_related(*related).order_by("pk")
        ):
            seat = vote.seat
            place = (seat.round, stage, seat.pair.emotion.code if seat.pair else None)
            stands = vote.superseded_at is None and vote.void is None
            votes[seat.pk].append(
                {
                    "kind": stage.value,
                    "id": vote.pk,
                    "emotion": _code(vote, "emotion"),
                    "second_emotion": _code(vote, "second_emotion"),
                    "reliability": getattr(vote, "reliability", None),
                    "valence": getattr(vote, "valence", None),
                    "cast_at": vote.cast_at,
                    "response_ms": vote.response_ms,
                    "superseded": vote.superseded_at is not None,
                    "void": vote.void
                    and {
                        "reason": vote.void.reason,
                        "by": vote.void.by.username,
                        "at": vote.void.at,
                    },
                    "counted": stands and place in found.reached,
                }
            )
    return votes


def _code(vote: Vote, field: str) -> str | None:
    emotion = getattr(vote, field, None)
    return emotion.code if emotion is not None else None
