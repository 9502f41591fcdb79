"""Real votes as files that Concord imports, and what it exports of them."""

import csv
from collections.abc import Iterable
from pathlib import Path

from annotation.exporting import write_export
from annotation.vote_import import Allowed, import_votes
from collection.models import Corpus
from jobs.progress import Silent

COLUMNS = (
    "clip",
    "stage",
    "round",
    "annotator",
    "emotion",
    "second_emotion",
    "reliability",
    "valence",
    "cast_at",
)
SOME_DAY = "2020-01-01T00:00:00Z"


def emotion(clip: str, annotator: object, *labels: str) -> dict[str, object]:
    first, second = (*labels, "")[:2]
    return _row(clip, "emotion", annotator, emotion=first, second_emotion=second)


def reliability(clip: str, annotator: object, label: str, answer: str) -> dict[str, object]:
    return _row(clip, "reliability", annotator, emotion=label, reliability=answer)


def valence(clip: str, annotator: object, value: object) -> dict[str, object]:
    return _row(clip, "valence", annotator, valence=value)


def _row(clip: str, stage: str, annotator: object, **answer: object) -> dict[str, object]:
    place = {"clip": clip, "stage": stage, "round": 1, "annotator": annotator}
    return place | answer | {"cast_at": SOME_DAY}


def written(rows: Iterable[dict[str, object]], to: Path) -> Path:
    with to.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return to


def imported(corpus: Corpus, path: Path, *, seats_from_file: bool = False) -> str:
    allowed = Allowed(True, True, seats_from_file)
    return import_votes(
        corpus=corpus, path=path, name=path.name, allowed=allowed, progress=Silent()
    ).text


def exported(corpus: Corpus, what: str, to: Path) -> list[dict[str, str]]:
    write_export(corpus=corpus, what=what, to=to, progress=Silent())
    with to.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
