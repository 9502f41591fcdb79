"""The tour before real work: three clips to practice on, with what a good answer is.

A corpus has clips of its own for it, or serves Concord's own cartoons.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Membership, Role
from annotation.guidelines import (
    GuideClip,
    known_clips,
    known_labels,
    lock_guides,
    refused_if_opened,
)
from annotation.lessons import OWN, Lesson, on_scale
from annotation.models import Emotion, PracticeClip, Seat
from annotation.protocol import Stage
from collection import practice as cartoons
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.transactions import retried

MOST_CLIPS = 20  # of a tour; nobody practices longer


def clips_of(corpus: Corpus) -> QuerySet[PracticeClip]:
    return (
        PracticeClip.objects.filter(corpus=corpus)
        .select_related("clip", "emotion")
        .order_by("position")
    )


def chosen_by(corpus: Corpus) -> dict[str, Any]:
    """The coordinator's own clips; `own` is false where Concord's cartoons serve instead."""
    lessons = [
        Lesson(
            clip=row.clip.name,
            stage=row.stage,
            emotion=row.emotion.code if row.emotion else None,
            reliability=row.reliability or None,
            valence_from=row.valence_from,
            valence_to=row.valence_to,
            explanation_en=row.explanation_en,
            explanation_zh=row.explanation_zh,
        )
        for row in clips_of(corpus)
    ]
    return {"own": bool(lessons), "clips": lessons}


@retried
def choose(*, corpus: Corpus, lessons: Sequence[Lesson]) -> None:
    """Make these the corpus's tour, in this order; none means Concord's own cartoons."""
    lock_guides(corpus)
    for number, lesson in enumerate(lessons, start=1):
        _check(corpus, lesson, number)
    labels = known_labels(corpus, [lesson.emotion for lesson in lessons if lesson.emotion])
    clips = known_clips(corpus, [lesson.clip for lesson in lessons])
    with refused_if_opened(corpus, clips):
        PracticeClip.objects.filter(corpus=corpus).delete()
        PracticeClip.objects.bulk_create(
            [
                PracticeClip(
                    corpus=corpus,
                    clip=clips[lesson.clip],
                    position=position,
                    stage=lesson.stage,
                    emotion=labels[lesson.emotion] if lesson.emotion else None,
                    reliability=lesson.reliability or "",
                    valence_from=lesson.valence_from,
                    valence_to=lesson.valence_to,
                    explanation_en=lesson.explanation_en,
                    explanation_zh=lesson.explanation_zh,
                )
                for position, lesson in enumerate(lessons)
            ]
        )


def _check(corpus: Corpus, lesson: Lesson, number: int) -> None:
    """Whether the lesson has the answer that its stage asks for, and no other."""
    given = {
        name
        for name in ("emotion", "reliability", "valence_from", "valence_to")
        if getattr(lesson, name) is not None
    }
    asked = {
        Stage.EMOTION.value: {"emotion"},
        Stage.RELIABILITY.value: {"emotion", "reliability"},
        Stage.VALENCE.value: {"valence_from", "valence_to"},
    }[lesson.stage]
    if given != asked:
        raise Refusal(
            "practice_answer_does_not_fit_stage",
            f"Practice clip {number} ({lesson.clip}): the {lesson.stage} stage takes "
            f"{' and '.join(sorted(asked))}, and {' and '.join(sorted(given)) or 'nothing'} "
            "was given; give exactly those.",
            status=400,
            number=number,
            clip=lesson.clip,
            stage=lesson.stage,
        )
    least, most = lesson.valence_from, lesson.valence_to
    if least is None or most is None:
        return
    if not corpus.valence_min <= least <= most <= corpus.valence_max:
        raise Refusal(
            "practice_valence_out_of_range",
            f"Practice clip {number} ({lesson.clip}): valence from {least} to {most} is no part of "
            f"this corpus's range from {corpus.valence_min} to {corpus.valence_max}; "
            "correct the steps.",
            status=400,
            number=number,
            clip=lesson.clip,
            least=least,
            most=most,
            min=corpus.valence_min,
            max=corpus.valence_max,
        )


def tour_of(corpus: Corpus, membership: Membership | None) -> dict[str, Any]:
    """The clips to practice on, and whether the annotator has still to go through them.

    Coordinators see the tour as newcomers do; for them it is never due.
    """
    clips = _tour(corpus)
    return {"due": bool(clips) and membership is not None and _is_new(membership), "clips": clips}


def _is_new(membership: Membership) -> bool:
    if membership.role != Role.ANNOTATOR or membership.practiced_at is not None:
        return False
    return not _has_voted(membership)


def _has_voted(membership: Membership) -> bool:
    seats = Seat.objects.filter(corpus_id=membership.corpus_id, annotator_id=membership.user_id)
    return seats.filter(voted=True).exists()


@transaction.atomic
def done(*, membership: Membership, at: datetime) -> None:
    """The annotator has been through the tour; the first time counts."""
    Membership.objects.filter(pk=membership.pk, practiced_at=None).update(practiced_at=at)


def _tour(corpus: Corpus) -> list[dict[str, Any]]:
    chosen = [
        _step(
            GuideClip.of(row.clip),
            row.stage,
            label=row.emotion.code if row.emotion else None,
            reliability=row.reliability or None,
            valence=(row.valence_from, row.valence_to),
            explanations=(row.explanation_en, row.explanation_zh),
        )
        for row in clips_of(corpus)
    ]
    return _numbered(chosen or _cartoons(corpus))


def _cartoons(corpus: Corpus) -> list[dict[str, Any]]:
    """Concord's own, if the label set has their labels and they are drawn; if they are not, a
    worker is asked to."""
    labels = {lesson.emotion for lesson in OWN.values() if lesson.emotion}
    if Emotion.objects.filter(corpus=corpus, special=False, code__in=labels).count() < len(labels):
        return []
    if cartoons.missing():
        cartoons.ask_for_drawing()
        return []
    asked = {
        Stage.EMOTION: corpus.emotion_votes,
        Stage.RELIABILITY: corpus.reliability_votes,
        Stage.VALENCE: corpus.valence_ratings,
    }
    return [
        _step(
            GuideClip(
                None,
                f"practice-{number}",  # the mood would tell the answer
                f"/api/practice/{mood}/media",
                cartoons.DURATIONS[mood],
                True,
            ),
            lesson.stage,
            label=lesson.emotion,
            reliability=lesson.reliability,
            valence=on_scale(corpus, lesson),
            explanations=(lesson.explanation_en, lesson.explanation_zh),
        )
        for number, (mood, lesson) in enumerate(OWN.items(), start=1)
        if asked[Stage(lesson.stage)]
    ]


def _step(
    clip: GuideClip,
    stage: str,
    *,
    label: str | None,
    reliability: str | None,
    valence: tuple[int | None, int | None],
    explanations: tuple[str, str],
) -> dict[str, Any]:
    proposed = stage == Stage.RELIABILITY
    return {
        "clip": clip,
        "stage": stage,
        "emotion": label if proposed else None,
        "expected": {
            "emotion": None if proposed else label,
            "reliability": reliability,
            "valence_from": valence[0],
            "valence_to": valence[1],
        },
        "explanation_en": explanations[0],
        "explanation_zh": explanations[1],
    }


def _numbered(steps: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"position": position, **step} for position, step in enumerate(steps)]
