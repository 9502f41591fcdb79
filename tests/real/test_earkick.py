"""Earkick's re-annotation for ABAW 2023: three identified annotators on 348 clips.

An annotator's labels are the emotions at their own highest level (disgust → other, fear →
worry); nothing above "None" is neutral, three or more tied are other alone.
"""

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from annotation.labelsets import MER2023
from annotation.protocol import major_emotions, named_by_more_than_half
from jobs.errors import Refusal
from tests import factories
from tests.real import votes

LEVELS = ["None", "A little", "Moderate", "Extremely"]
LABELS = {
    "anger": "anger",
    "happy": "happiness",
    "sad": "sadness",
    "fear": "worry",
    "surprise": "surprise",
    "disgust": "other",
}


def labels_of(row: dict[str, str]) -> tuple[str, ...]:
    levels = {label: LEVELS.index(row[column]) for column, label in LABELS.items()}
    highest = max(levels.values())
    if highest == 0:
        return ("neutral",)
    named = tuple(label for label, level in levels.items() if level == highest)
    return named if len(named) <= 2 else ("other",)


@pytest.fixture(scope="module")
def assessments(real_data: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    """Clip, annotator, labels."""
    with (real_data / "earkick_abaw2023/assessment.csv").open(newline="") as file:
        return [
            (f"earkick_{int(row['id']):04}", row["annotator"], labels_of(row))
            for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="module")
def expected(real_data: Path) -> Any:
    return json.loads((real_data / "expected/earkick.json").read_text())


def test_the_agreement_check_finds_the_expected_majorities(
    assessments: list[tuple[str, str, tuple[str, ...]]], expected: Any
) -> None:
    by_clip = defaultdict(list)
    for clip, _, labels in assessments:
        by_clip[clip].append(labels)
    totals = Counter(label for _, _, labels in assessments for label in labels)
    assert totals == {label: n for label, n in expected["label_totals"].items() if n}
    check = expected["agreement_check_strict_majority_of_annotators"]
    majorities = {clip: named_by_more_than_half(cast) for clip, cast in by_clip.items()}
    numbers = Counter(map(len, majorities.values()))
    assert [numbers[n] for n in range(4)] == [
        check["clips_with_0_majority_labels"],
        *(check[f"clips_with_{n}"] for n in (1, 2, 3)),
    ]
    single = Counter(label for found in majorities.values() if len(found) == 1 for label in found)
    counts = check["single_majority_label_counts"]
    assert single == {label: n for label, n in counts.items() if n}
    ties = Counter(
        len(majorities[clip])
        for clip, cast in by_clip.items()
        if len(major_emotions(cast)) == len(majorities[clip]) > 1
    )
    assert ties == {2: 14, 3: 1}


@pytest.mark.django_db
def test_other_beside_another_label_is_refused_by_name_and_the_rest_is_taken(
    assessments: list[tuple[str, str, tuple[str, ...]]], expected: Any, tmp_path: Path
) -> None:
    rows = [votes.emotion(clip, f"E{who}", *labels) for clip, who, labels in assessments]
    beside = [
        (number, clip)
        for number, (clip, _, labels) in enumerate(assessments, start=2)
        if len(labels) > 1 and "other" in labels
    ]
    assert len(beside) == 55
    corpus = factories.corpus(labels=MER2023)
    with pytest.raises(Refusal) as refused:
        votes.imported(corpus, votes.written(rows, tmp_path / "all.csv"))
    said = refused.value.detail.splitlines()
    assert said[0].startswith("all.csv: 55 faults")
    for line, (number, clip) in zip(said[1:], beside, strict=True):
        assert line.startswith(f"row {number}, column ")
        assert line.endswith(f'"other": clip {clip}: a special label stands alone')
    assert not corpus.clips.exists()

    spoiled = {clip for _, clip in beside}
    kept = [row for row in rows if row["clip"] not in spoiled]
    votes.imported(corpus, votes.written(kept, tmp_path / "kept.csv"))
    assert corpus.clips.count() == expected["clips"] - len(spoiled)
    for found in votes.exported(corpus, "clips", tmp_path / "clips.csv"):
        cast = [labels for name, _, labels in assessments if name == found["name"]]
        major = major_emotions(cast)
        assert found["labels"].split(";") == [label for label in major if label != "other"] or [""]
