"""EmoBank (Buechel & Hahn 2017): valence ratings of readers on a manikin of five figures."""

import csv
import json
from collections import defaultdict
from pathlib import Path
from statistics import fmean

import pytest

from annotation.labelsets import MER2023
from tests import factories
from tests.real import votes


@pytest.mark.django_db
def test_trimmed_means_of_six_ratings_are_the_expected_ones(
    real_data: Path, tmp_path: Path
) -> None:
    told = json.loads((real_data / "expected/emobank_reader.json").read_text())["reader"]
    expected = told["EXACTLY_SIX_RATERS_paper_rule"]
    ratings: dict[str, list[int]] = defaultdict(list)
    with (real_data / "emobank/individual_reader_ratings.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            ratings[row["id"]].append(int(row["V"]))
    six = {item: values for item, values in ratings.items() if len(values) == 6}
    assert len(six) == expected["items"]

    rows = []
    for item, values in six.items():
        # The two stages before valence are made up: these were texts, read for valence only.
        rows += [votes.emotion(item, f"A{n}", "neutral") for n in range(3)]
        rows += [votes.reliability(item, f"B{n}", "neutral", "reliable") for n in range(2)]
        rows += [votes.valence(item, f"reader {n}", value) for n, value in enumerate(values)]
    corpus = factories.corpus(labels=MER2023, valence_min=1, valence_max=5)
    votes.imported(corpus, votes.written(rows, tmp_path / "votes.csv"))

    reliable = votes.exported(corpus, "reliable", tmp_path / "reliable.csv")
    found = {row["name"]: float(row["valence"]) for row in reliable}
    assert fmean(found.values()) == pytest.approx(expected["mean_1_5"], abs=1e-12)
    differ = sum(abs(found[item] - fmean(values)) > 1e-9 for item, values in six.items())
    assert differ == expected["differs_from_plain_mean"]
    for item, one in expected["first_six_items_sorted_by_id"].items():
        assert found[item] == one["trimmed"]
