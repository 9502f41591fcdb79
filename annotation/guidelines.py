"""What a label means, shown: example clips beside the definitions.

An example shows its answer, so its clip is not being labeled meanwhile; what is chosen here
is left out when clips are opened (`openable.UNOPENED`).
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, connection, transaction

from annotation.models import Emotion, Example, Labeling
from annotation.protocol import Stage
from collection.models import Clip, Corpus
from jobs.errors import Refusal
from jobs.transactions import retried

MOST_EXAMPLES = 500  # of a corpus; more is a mistake


@dataclass(frozen=True, slots=True)
class GuideClip:
    """A clip as a player takes it; `id` is empty for a cartoon of Concord's own."""

    id: int | None
    name: str
    media: str | None
    duration: float | None
    has_audio: bool | None

    @classmethod
    def of(cls, clip: Clip) -> "GuideClip":
        media = f"/api/clips/{clip.pk}/media" if clip.playable else None
        return cls(clip.pk, clip.name, media, clip.duration, clip.has_audio)


def guidelines_of(corpus: Corpus) -> dict[str, Any]:
    """The corpus's guidelines in both languages, and the examples in the label set's order."""
    examples = (
        Example.objects.filter(emotion__corpus=corpus)
        .select_related("emotion", "clip")
        .order_by("emotion__position", "position", "pk")
    )
    return {
        "guidelines_en": corpus.guidelines_en,
        "guidelines_zh": corpus.guidelines_zh,
        "examples": [
            {"emotion": example.emotion.code, "clip": GuideClip.of(example.clip)}
            for example in examples
        ],
    }


@retried
def choose_examples(*, corpus: Corpus, examples: Sequence[tuple[str, str]]) -> None:
    """Make these (label, clip name) the corpus's examples, in this order."""
    chosen = list(dict.fromkeys(examples))
    lock_guides(corpus)
    labels = known_labels(corpus, [label for label, _ in chosen])
    clips = known_clips(corpus, [name for _, name in chosen])
    with refused_if_opened(corpus, clips):
        Example.objects.filter(emotion__corpus=corpus).delete()
        Example.objects.bulk_create(
            [
                Example(emotion=labels[label], clip=clips[name], position=position)
                for position, (label, name) in enumerate(chosen)
            ]
        )


def lock_guides(corpus: Corpus) -> None:
    """Nobody opens clips of the corpus, or imports votes, until the transaction ends."""
    Corpus.objects.select_for_update(no_key=True).get(pk=corpus.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO annotation_seatqueue AS q (corpus_id, stage, last_ticket)
            VALUES (%s, %s, 0) ON CONFLICT (corpus_id, stage) DO UPDATE
                SET last_ticket = q.last_ticket""",
            [corpus.pk, Stage.EMOTION.value],
        )


@contextmanager
def refused_if_opened(corpus: Corpus, names: Iterable[str]) -> Iterator[None]:
    """A clip that a void opens again in this very moment is refused like any that is open."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        known_clips(corpus, list(names))
        raise


def known_labels(corpus: Corpus, codes: Sequence[str]) -> dict[str, Emotion]:
    labels = {label.code: label for label in Emotion.objects.filter(corpus=corpus)}
    unknown = next((code for code in codes if code not in labels), None)
    if unknown is not None:
        raise Refusal(
            "label_not_in_corpus",
            f'Emotion "{unknown}" is not in the label set of corpus {corpus.slug} '
            f"({', '.join(labels)}); choose one of those.",
            status=400,
            value=unknown,
            labels=", ".join(labels),
        )
    return labels


def known_clips(corpus: Corpus, names: Sequence[str]) -> dict[str, Clip]:
    """The clips of these names, none of which is being labeled."""
    clips = {clip.name: clip for clip in Clip.objects.filter(corpus=corpus, name__in=names)}
    unknown = next((name for name in names if name not in clips), None)
    if unknown is not None:
        raise Refusal(
            "clip_not_in_corpus",
            f'There is no clip "{unknown}" in corpus {corpus.slug}; import it first or correct '
            "the name.",
            status=400,
            value=unknown,
        )
    finished = [Stage.LABELED, Stage.UNLABELED]
    open_labelings = Labeling.objects.filter(clip__in=clips.values()).exclude(stage__in=finished)
    busy = open_labelings.order_by("clip__name").values_list("clip__name", flat=True).first()
    if busy is not None:
        raise Refusal(
            "clip_is_being_labeled",
            f'Clip "{busy}" is being labeled, and an example or practice clip would tell '
            "its annotators the answer. Choose a clip that is not open, or one whose labeling "
            "is finished.",
            clip=busy,
        )
    return clips


@transaction.atomic
def warn_of_content(*, clip: Clip, content_warning: str) -> None:
    """What is said before the clip plays; "" takes it away."""
    Clip.objects.filter(pk=clip.pk).update(content_warning=content_warning)
