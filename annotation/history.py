"""One clip as coordinators see it: where it stands, and its whole history."""

from collections import defaultdict
from typing import Any

from django.db import connection

from annotation.ballots import VOTES_OF
from annotation.clip_list import clip_rows
from annotation.labelings import SEAT_ROWS, collect_votes, rules_of, seat_row
from annotation.models import (
    Example,
    Labeling,
    LabelPair,
    Note,
    PracticeClip,
    Seat,
    SettingAside,
    Vote,
)
from annotation.protocol import Stage, Standing, standing
from collection.models import Clip


def clip_history(clip: Clip) -> dict[str, Any]:
    """A clip with every labeling, pair, seat and vote it ever had."""
    (row,) = clip_rows([clip.pk])
    labelings = list(Labeling.objects.filter(clip=clip).select_related("corpus").order_by("number"))
    return {
        **row,
        "media": f"/api/clips/{clip.pk}/media" if clip.playable else None,
        "transcript": clip.transcript,
        "video": clip.video.name if clip.video else None,
        "speaker": clip.speaker,
        "start": clip.start,
        "end": clip.end,
        "content_warning": clip.content_warning,
        "is_example": Example.objects.filter(clip=clip).exists(),
        "is_practice": PracticeClip.objects.filter(clip=clip).exists(),
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
    asides = SettingAside.objects.filter(labeling=labeling).select_related("by", "restored_by")
    acts = [_setting_aside(aside) for aside in asides.order_by("at", "pk")]
    pairs = LabelPair.objects.filter(labeling=labeling).select_related("emotion")
    return {
        "number": labeling.number,
        "stage": labeling.stage,
        "round": labeling.round,
        "reason": labeling.reason,
        "opened_at": labeling.opened_at,
        "set_aside": next((act for act in acts if act["restored_at"] is None), None),
        "restored": [act for act in acts if act["restored_at"] is not None],
        "pairs": [
            {"round": p.round, "emotion": p.emotion.code, "current": p.withdrawn_at is None}
            for p in pairs.order_by("round", "rank", "pk")
        ],
        "seats": [_seat(seat, votes[seat.pk]) for seat in seats],
    }


def _setting_aside(aside: SettingAside) -> dict[str, Any]:
    return {
        "reason": aside.reason,
        "by": aside.by.username,
        "at": aside.at,
        "restored_by": aside.restored_by and aside.restored_by.username,
        "restored_at": aside.restored_at,
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
        "annotator_name": str(seat.annotator) if seat.annotator else None,
        "state": state,
        "claimed_at": seat.claimed_at,
        "votes": votes,
    }


def _votes(labeling: Labeling, found: Standing) -> defaultdict[int, list[dict[str, Any]]]:
    """Every vote of the labeling by seat, the superseded and voided ones too."""
    votes: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    beside = Note.objects.filter(seat__labeling=labeling)
    notes = {(seat, at): text for seat, at, text in beside.values_list("seat_id", "at", "text")}
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
                    "plays": vote.plays,
                    "note": notes.get((seat.pk, vote.cast_at), ""),
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
