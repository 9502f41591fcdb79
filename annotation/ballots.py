"""Answers on seats: checked against the rules, cast as votes, superseded by corrections."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from django.db import connection

from annotation.labelings import LockedLabeling, SeatRow
from annotation.models import EmotionVote, ReliabilityVote, Seat, ValenceRating
from annotation.protocol import Reliability, Stage
from jobs.errors import Refusal

VOTES_OF: dict[Stage, type[EmotionVote] | type[ReliabilityVote] | type[ValenceRating]] = {
    Stage.EMOTION: EmotionVote,
    Stage.RELIABILITY: ReliabilityVote,
    Stage.VALENCE: ValenceRating,
}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a screen was judged: how long it took, how often the clip was begun, and what the
    annotator wrote beside it."""

    response_ms: int | None = None
    plays: int | None = None
    note: str = ""


UNKNOWN = Manner()


@dataclass(frozen=True, slots=True)
class Answer:
    """What an annotator says on one seat; which fields are filled depends on its stage."""

    seat: int
    token: str
    emotion: str | None = None
    second_emotion: str | None = None
    reliability: str | None = None
    valence: int | None = None


def says_the_same(seat: SeatRow, answer: Answer) -> bool:
    return (seat.emotion, seat.second_emotion, seat.reliability, seat.valence) == (
        answer.emotion,
        answer.second_emotion,
        answer.reliability,
        answer.valence,
    )


def check(locked: LockedLabeling, seat: SeatRow, answer: Answer) -> None:
    """Refuse an answer that does not fit its seat's stage or the corpus's rules."""
    given = {
        "emotion": answer.emotion,
        "second_emotion": answer.second_emotion,
        "reliability": answer.reliability,
        "valence": answer.valence,
    }
    asked = seat.stage.value
    may = {asked, "second_emotion"} if seat.stage == Stage.EMOTION else {asked}
    stray = [name for name, value in given.items() if value is not None and name not in may]
    if stray or given[asked] is None:
        problem = f"not {stray[0]}" if stray else "and none was given"
        raise _bad(
            locked,
            "answer_does_not_fit_stage",
            f"a seat of the {asked} stage takes {asked}, {problem}.",
            stage=asked,
        )
    match seat.stage:
        case Stage.EMOTION:
            check_emotions(locked, answer)
        case Stage.RELIABILITY:
            check_reliability(locked, answer)
        case Stage.VALENCE:
            check_valence(locked, answer)
        case Stage.LABELED | Stage.UNLABELED | Stage.SET_ASIDE:
            raise AssertionError("no seats in this stage")
        case _:
            assert_never(seat.stage)


def check_emotions(locked: LockedLabeling, answer: Answer) -> None:
    """ "Each annotator can provide up to two labels" (§2.2); a special label stands alone."""
    known, special = locked.labels.ids, locked.labels.special
    labels = [label for label in (answer.emotion, answer.second_emotion) if label is not None]
    for label in labels:
        if label not in known:
            raise _bad(
                locked,
                "emotion_not_in_label_set",
                f'emotion "{label}" is not in this corpus\'s label set ({", ".join(known)}).',
                value=label,
                labels=", ".join(known),
            )
    if len(labels) > locked.rules.labels_per_vote:
        raise _bad(
            locked,
            "too_many_labels",
            f"{len(labels)} labels were given; this corpus takes "
            f"{locked.rules.labels_per_vote} a vote.",
            count=len(labels),
            most=locked.rules.labels_per_vote,
        )
    if len(set(labels)) < len(labels):
        raise _bad(locked, "same_label_twice", f'"{labels[0]}" was given twice.', value=labels[0])
    alone = [label for label in labels if label in special]
    if alone and len(labels) > 1:
        raise _bad(
            locked,
            "special_label_stands_alone",
            f'the special label "{alone[0]}" stands alone; choose it or the other one.',
            value=alone[0],
        )


def check_reliability(locked: LockedLabeling, answer: Answer) -> None:
    if answer.reliability not in set(Reliability):
        raise _bad(
            locked,
            "unknown_answer",
            f'"{answer.reliability}" is not one of {", ".join(Reliability)}.',
            value=answer.reliability,
        )


def check_valence(locked: LockedLabeling, answer: Answer) -> None:
    least, most = locked.rules.valence_min, locked.rules.valence_max
    if answer.valence is None or not least <= answer.valence <= most:
        raise _bad(
            locked,
            "valence_out_of_range",
            f"valence {answer.valence} is not a whole number from {least} to {most}.",
            value=answer.valence,
            min=least,
            max=most,
        )


def _bad(locked: LockedLabeling, code: str, sentence: str, **params: object) -> Refusal:
    return Refusal(code, f"Clip {locked.clip}: {sentence}", status=400, clip=locked.clip, **params)


INSERT = {
    Stage.EMOTION: """INSERT INTO annotation_emotionvote
        (seat_id, cast_at, response_ms, plays, emotion_id, second_emotion_id)
        VALUES (%s, %s, %s, %s, %s, %s)""",
    Stage.RELIABILITY: """INSERT INTO annotation_reliabilityvote
        (seat_id, cast_at, response_ms, plays, reliability) VALUES (%s, %s, %s, %s, %s)""",
    Stage.VALENCE: """INSERT INTO annotation_valencerating
        (seat_id, cast_at, response_ms, plays, valence) VALUES (%s, %s, %s, %s, %s)""",
}


def cast(
    locked: LockedLabeling,
    answered: Sequence[tuple[SeatRow, Answer]],
    *,
    manner: Manner,
    at: datetime,
) -> None:
    """Write answers, once checked, as votes and mark their seats answered. What was written
    beside them stands with the first."""
    for seat, answer in answered:
        check(locked, seat, answer)
    ids = locked.labels.ids
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE annotation_seat SET voted = true, answered_at = %s, leased_until = NULL
            WHERE id = ANY(%s)""",
            [at, [seat.id for seat, _ in answered]],
        )
        for seat, answer in answered:
            said: list[str | int | None] = [answer.reliability]
            if seat.stage == Stage.EMOTION:
                said = [ids.get(answer.emotion or ""), ids.get(answer.second_emotion or "")]
            elif seat.stage == Stage.VALENCE:
                said = [answer.valence]
            taken = (manner.response_ms, manner.plays)
            cursor.execute(INSERT[seat.stage], [seat.id, at, *taken, *said])
            seat.answered_at, seat.leased_until = at, None
            seat.emotion, seat.second_emotion = answer.emotion, answer.second_emotion
            seat.reliability, seat.valence = answer.reliability, answer.valence
        if manner.note:
            first, _ = answered[0]
            cursor.execute(
                """INSERT INTO annotation_note (seat_id, corpus_id, text, at)
                VALUES (%s, %s, %s, %s)""",
                [first.id, locked.corpus.pk, manner.note, at],
            )


def take_back(seats: Sequence[SeatRow], *, lease_until: datetime, at: datetime) -> None:
    """Supersede the votes on these seats; their annotator holds the seats again."""
    for seat in seats:
        VOTES_OF[seat.stage].objects.filter(seat_id=seat.id, superseded_at=None).update(
            superseded_at=at
        )
        seat.emotion = seat.second_emotion = seat.reliability = seat.valence = None
        seat.answered_at, seat.leased_until = None, lease_until
    Seat.objects.filter(pk__in=[seat.id for seat in seats]).update(
        answered_at=None, leased_until=lease_until
    )
