"""CREMA-D (Cao et al. 2014): 71,778 votes of a crowd on 7,442 clips, seen and heard."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from annotation.labelsets import Label
from annotation.rechecking import recheck
from tests import factories
from tests.real import votes

LABELS = {
    "A": "anger",
    "D": "disgust",
    "F": "fear",
    "H": "happy",
    "N": "neutral",
    "S": "sad",
}
AUDIO_VISUAL = "3"  # the first digit of a row's number; 1 was heard only, 2 seen only


@pytest.mark.django_db
def test_strict_majorities_of_the_crowd_are_the_expected_ones(
    real_data: Path, tmp_path: Path
) -> None:
    expected = json.loads((real_data / "expected/cremad.json").read_text())["audio_visual"]
    with (real_data / "cremad/tabulatedVotes.csv").open(newline="") as file:
        counted = [row for row in csv.DictReader(file) if row[""].startswith(AUDIO_VISUAL)]
    rows = [
        votes.emotion(row["fileName"], f"{row['fileName']}-{number}", label)
        for row in counted
        for number, label in enumerate(
            label for column, label in LABELS.items() for _ in range(int(row[column]))
        )
    ]
    # The file has counts only: its voters are told apart within a clip, by number.
    for row in rows:
        row["annotator"] = f"voter {str(row['annotator']).rpartition('-')[2]}"
    corpus = factories.corpus(labels=tuple(Label(code) for code in LABELS.values()))
    said = votes.imported(corpus, votes.written(rows, tmp_path / "votes.csv"), seats_from_file=True)
    assert said == f"{expected['votes']} votes of {expected['items']} clips imported."

    clips = votes.exported(corpus, "clips", tmp_path / "clips.csv")
    majority = [clip for clip in clips if clip["stage"] == "reliability"]
    assert len(majority) == expected["strict_majority_gt50_items"]
    assert Counter(clip["labels"] for clip in majority) == expected["strict_majority_label_counts"]
    none = [clip for clip in clips if clip["reason"] == "no_majority"]
    assert len(none) == expected["items"] - expected["strict_majority_gt50_items"]
    assert len(votes.exported(corpus, "unlabeled", tmp_path / "u.csv")) == len(none)
    assert len(votes.exported(corpus, "votes", tmp_path / "v.csv")) == expected["votes"]
    assert not any(recheck(corpus))
