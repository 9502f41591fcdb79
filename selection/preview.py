"""The clips that a scoring would have labeled at an eta: a page, or some of each class by chance.

Computed from the arrays each time; only the clips that are shown are read from the database.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models.functions import Substr
from numpy.typing import NDArray

from collection.models import Clip
from jobs.errors import Refusal
from jobs.pages import ROWS
from selection.scored import Scored, Selected, selected

ORDERS = ("confidence", "-confidence", "name", "-name", "class")
MOST_OF_A_CLASS = 20
TRANSCRIPT = 200  # characters


@dataclass(frozen=True)
class Asked:
    eta: float
    confidences: str
    code: str | None = None  # only clips predicted to be of this class
    order: str = "-confidence"
    page: int = 1
    sample: int | None = None  # so many of each class instead of a page
    seed: int = 0


def preview(scored: Scored, asked: Asked) -> dict[str, Any]:
    """How many clips are selected, and those to be shown.

    Raises Refusal `class_is_not_of_the_scoring`, and what `selected` raises.
    """
    found = selected(scored, asked.eta, asked.confidences)
    chosen = np.flatnonzero(found.chosen)
    classes = range(len(scored.classes))
    if asked.code is not None:
        place = class_place(scored.classes, asked.code)
        chosen, classes = chosen[found.predicted.classes[chosen] == place], range(place, place + 1)
    if asked.sample is None:
        first = (asked.page - 1) * ROWS
        shown = in_order(chosen, found, asked.order)[first : first + ROWS]
    else:
        shown = _by_chance(chosen, found, classes, asked.sample, asked.seed)
    return {"count": len(chosen), "results": _clips(scored, found, shown)}


def class_place(classes: tuple[str, ...], code: str) -> int:
    if code not in classes:
        known = ", ".join(classes)
        raise Refusal(
            "class_is_not_of_the_scoring",
            f'The scoring tells the classes {known} apart, and "{code}" is none of them. Choose '
            "one of these.",
            status=400,
            emotion=code,
            known=known,
        )
    return classes.index(code)


def in_order(places: NDArray[np.int64], found: Selected, order: str) -> NDArray[np.int64]:
    """These places of the pool, which is sorted by name; equal ones stay in that order."""
    sure = found.predicted.confidences[places]
    match order:
        case "name":
            return places
        case "-name":
            return places[::-1]
        case "confidence":
            return places[np.argsort(sure, kind="stable")]
        case "class":
            return places[np.lexsort((-sure, found.predicted.classes[places]))]
    return places[np.argsort(-sure, kind="stable")]


def _by_chance(
    places: NDArray[np.int64], found: Selected, classes: range, most: int, seed: int
) -> NDArray[np.int64]:
    """Up to `most` of each class, class after class, the surest first; the same for a seed."""
    drawn = [np.empty(0, np.int64)]
    for place in classes:
        of_class = places[found.predicted.classes[places] == place]
        chance = np.random.default_rng([seed, place])
        some = chance.choice(of_class, min(most, len(of_class)), replace=False)
        drawn.append(in_order(np.sort(some), found, "-confidence"))
    return np.concatenate(drawn)


def _clips(scored: Scored, found: Selected, places: NDArray[np.int64]) -> list[dict[str, Any]]:
    ids = scored.clip_ids[places].tolist()
    rows = Clip.objects.filter(pk__in=ids).annotate(said=Substr("transcript", 1, TRANSCRIPT))
    values = rows.values_list("pk", "name", "duration", "playable", "said")
    known = {pk: rest for pk, *rest in values}
    shown = []
    for pk, place in zip(ids, places.tolist(), strict=True):
        if pk not in known:  # deleted since
            continue
        name, duration, playable, said = known[pk]
        shown.append(
            {
                "id": pk,
                "name": name,
                "predicted": scored.classes[found.predicted.classes[place]],
                "confidence": float(found.predicted.confidences[place]),
                "folds": None if found.votes is None else int(found.votes[place]),
                "duration": duration,
                "has_media": bool(playable),
                "transcript": said,
            }
        )
    return shown
