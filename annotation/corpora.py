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
FROZEN = (*NUMBERS, "show_transcript")
TEXTS = ("content_warning_en", "content_warning_zh", "guidelines_en", "guidelines_zh")


@transaction.atomic
def create_corpus(
    *, slug: str, name: str, labels: tuple[Label, ...], source: str, numbers: dict[str, int | None]
) -> Corpus:
    """A new corpus with its label set. Numbers left out are the paper's (§2.2)."""
    check_slug_is_free(slug)
    given = {key: value for key, value in numbers.items() if value is not None}
    if "max_emotion_votes" not in given:
        default = Corpus._meta.get_field("emotion_votes").default
        given["max_emotion_votes"] = given.get("emotion_votes", default)
    corpus = Corpus(slug=slug, name=name or slug, **given)
    validate(corpus)
    corpus.save()
    give_labels(corpus, labels, source=source)
    return corpus


@transaction.atomic
def change_corpus(
    *,
    corpus: Corpus,
    changes: dict[str, Any],
    paused: bool | None = None,
    archived: bool | None = None,
    at: datetime,
) -> Corpus:
    """Change name and texts, pause, archive, and, until the first vote is cast, the protocol's
    numbers and whether annotators see the transcript."""
    corpus = Corpus.objects.select_for_update(no_key=True).get(pk=corpus.pk)
    numbers = [
        name for name in FROZEN if name in changes and changes[name] != getattr(corpus, name)
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
    if archived is not None:
        corpus.archived_at = (corpus.archived_at or at) if archived else None
    validate(corpus)
    corpus.save()
    return corpus


def check_slug_is_free(slug: str) -> None:
    """A corpus that is being deleted keeps its slug until nothing is left of it."""
    if Corpus.objects.filter(slug=slug).exists():
        raise Refusal(
            "corpus_exists", f'A corpus "{slug}" exists already; choose another slug.', slug=slug
        )


def numbers_frozen(corpus: Corpus) -> bool:
    return Seat.objects.filter(corpus=corpus, voted=True).exists()


def validate(corpus: Corpus) -> None:
    try:
        corpus.full_clean()
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        if field == "__all__":
            raise _broken_rule(corpus, messages) from None
        value = str(getattr(corpus, field))[:60]
        why = " ".join(messages)  # Django's own words, in the reader's language
        raise Refusal(
            "bad_corpus",
            f"Corpus {corpus.slug}, {field} {value!r}: {why}",
            status=400,
            setting=field,
            value=value,
            why=why,
        ) from None


def _broken_rule(corpus: Corpus, messages: list[str]) -> Refusal:
    """The rule between several numbers that these break; its name is its code."""
    name = next(
        (
            rule.name
            for rule in Corpus._meta.constraints
            if rule.violation_error_message in messages
        ),
        "bad_corpus",
    )
    said = " ".join(messages)
    return Refusal(
        name, f"Corpus {corpus.slug}: {said}", status=400, setting="", value="", why=said
    )
