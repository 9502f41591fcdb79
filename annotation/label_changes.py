"""Changing a corpus's label set as a whole.

"Numbers, label codes and special are frozen once the first vote is cast"; names, definitions,
keys, order and valence signs may change at any time, since no conclusion hangs on them.
"""

from collections.abc import Mapping

from django.db import connection

from annotation.corpora import numbers_frozen
from annotation.labelsets import Label, complete
from annotation.models import Emotion, Example, PracticeClip
from collection.models import Corpus
from jobs.errors import Refusal
from jobs.transactions import retried

CHANGEABLE = (
    "position",
    "name_en",
    "name_zh",
    "definition_en",
    "definition_zh",
    "key",
    "special",
    "valence_sign",
)


@retried
def replace_labels(*, corpus: Corpus, labels: tuple[Label, ...]) -> None:
    """Make these labels the corpus's, in their order. A label is known by its code; those that
    are not named are removed."""
    Corpus.objects.select_for_update(no_key=True).get(pk=corpus.pk)
    wanted = {label.code: label for label in complete(labels, source="the label set")}
    present = {emotion.code: emotion for emotion in Emotion.objects.filter(corpus=corpus)}
    if numbers_frozen(corpus):
        _check_codes_stay(wanted, present)
    gone = [emotion for code, emotion in present.items() if code not in wanted]
    for emotion in gone:
        _check_no_guide_shows(emotion)
    Emotion.objects.filter(pk__in=[emotion.pk for emotion in gone]).delete()
    places = {code: position for position, code in enumerate(wanted)}
    _write(corpus, wanted, places, present)


def _write(
    corpus: Corpus,
    wanted: Mapping[str, Label],
    places: Mapping[str, int],
    present: Mapping[str, Emotion],
) -> None:
    """Keys are laid down before they are given out again, so that labels may swap theirs."""
    made, changed = [], []
    for code, label in wanted.items():
        values = {name: getattr(label, name) for name in Label.__slots__}
        values["position"] = places[code]
        emotion = present.get(code)
        if emotion is None:
            made.append(Emotion(corpus=corpus, **values))
        elif any(getattr(emotion, name) != values[name] for name in CHANGEABLE):
            for name in CHANGEABLE:
                setattr(emotion, name, values[name])
            changed.append(emotion)
    if changed:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE annotation_emotion SET key = '' WHERE id = ANY(%s)",
                [[emotion.pk for emotion in changed]],
            )
        Emotion.objects.bulk_update(changed, CHANGEABLE)
    Emotion.objects.bulk_create(made)


def _check_codes_stay(wanted: Mapping[str, Label], present: Mapping[str, Emotion]) -> None:
    for code in wanted:
        if code not in present:
            raise _frozen("label_added_too_late", code, "cannot be added")
    for code, emotion in present.items():
        if code not in wanted:
            raise _frozen("label_removed_too_late", code, "cannot be removed")
        if wanted[code].special != emotion.special:
            kind = "a special label" if emotion.special else "a category"
            raise _frozen("label_kind_is_frozen", code, f"stays {kind}")


def _frozen(code: str, label: str, what: str) -> Refusal:
    return Refusal(
        code,
        f'Label "{label}" {what}: codes and special labels are frozen since the first vote was '
        "cast. Change names, definitions, keys and order only, or copy the corpus for another "
        "label set.",
        label=label,
    )


def _check_no_guide_shows(emotion: Emotion) -> None:
    """What was chosen with care does not vanish with a line of a table: it is refused by name."""
    examples = Example.objects.filter(emotion=emotion).count()
    practice = PracticeClip.objects.filter(emotion=emotion).count()
    if examples + practice:
        raise Refusal(
            "label_has_guide_clips",
            f'Label "{emotion.code}" cannot be removed: {examples} example clips and {practice} '
            "practice clips show it. Take them out of the guidelines first.",
            label=emotion.code,
            examples=examples,
            practice=practice,
        )
