"""Making a corpus and changing what may be changed of it."""

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from annotation.labelsets import Label, give_labels
from annotation.models import Seat
from collection.models import Corpus
from jobs.errors import Refusal

NUMBERS = (
    "emotion_votes",
    "max_emotion_votes",
    "labels_per_vote",
    "reliability_votes",
    "relabel_rounds",
    "valence_ratings",
    "valence_min",
    "valence_max",
)


@transaction.atomic
def create_corpus(
    *, slug: str, name: str, labels: tuple[Label, ...], source: str, numbers: dict[str, int | None]
) -> Corpus:
    """A new corpus with its label set. Numbers left out are the paper's (§2.2)."""
    if Corpus.objects.filter(slug=slug).exists():
        raise Refusal(
            "corpus_exists", f'A corpus "{slug}" exists already; choose another slug.', slug=slug
        )
    given = {key: value for key, value in numbers.items() if value is not None}
    if "max_emotion_votes" not in given:
        default = Corpus._meta.get_field("emotion_votes").default
        given["max_emotion_votes"] = given.get("emotion_votes", default)
    corpus = Corpus(slug=slug, name=name or slug, **given)
    _validate(corpus)
    corpus.save()
    give_labels(corpus, labels, source=source)
    return corpus


@transaction.atomic
def change_corpus(
    *, corpus: Corpus, changes: dict[str, Any], paused: bool | None, at: datetime
) -> Corpus:
    """Change name, pause, and, until the first vote is cast, the protocol's numbers."""
    corpus = Corpus.objects.select_for_update(no_key=True).get(pk=corpus.pk)
    numbers = [
        name for name in NUMBERS if name in changes and changes[name] != getattr(corpus, name)
    ]
    if numbers and numbers_frozen(corpus):
        raise Refusal(
            "numbers_frozen",
            f"Corpus {corpus.slug}: {numbers[0]} is frozen since the first vote was cast; "
            "make a new corpus for other numbers.",
            number=numbers[0],
        )
    if "emotion_votes" in numbers and corpus.labelings.exists():
        raise Refusal(
            "clips_are_open",
            f"Corpus {corpus.slug}: emotion_votes cannot change once clips are open, since their "
            "seats are made; make a new corpus for another number.",
            number="emotion_votes",
        )
    for field, value in changes.items():
        setattr(corpus, field, value)
    if paused is not None:
        corpus.paused_at = (corpus.paused_at or at) if paused else None
    _validate(corpus)
    corpus.save()
    return corpus


def numbers_frozen(corpus: Corpus) -> bool:
    return Seat.objects.filter(corpus=corpus, voted=True).exists()


def _validate(corpus: Corpus) -> None:
    try:
        corpus.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        where = "" if field == "__all__" else f", {field} {getattr(corpus, field)!r}"
        raise Refusal(
            "bad_corpus", f"Corpus {corpus.slug}{where}: {' '.join(messages)}", status=400
        ) from None
