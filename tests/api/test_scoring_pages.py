"""A scoring looked into by the API: what each eta would select, and which clips."""

import gzip
from collections import Counter
from math import inf
from statistics import median
from typing import Any

import numpy as np
import pytest

from collection.models import Clip
from selection.models import Scoring
from selection.scored import Scored
from tests import chosen, factories, selected
from tests.api.training_room import CORPUS, Room
from tests.unit.selection import listing

POOL = [f"pool {number:03}" for number in range(120)]
ETAS = (0.0, 0.137, 0.5, 0.999, 1.0)
CLASSES = chosen.CLASSES


@pytest.fixture
def full(room: Room) -> Room:
    factories.clips(room.corpus, POOL)
    return room


def scoring_in(room: Room, *, folds: int = 0, labeled: int = chosen.LABELED) -> Scoring:
    """As its job leaves it."""
    made = chosen.scoring(room.corpus, POOL, seed=3, folds=folds, labeled=labeled)
    return chosen.explored(made)


def counted(codes: Any) -> dict[str, int]:
    return dict(Counter(codes))


def test_the_explorer_says_of_every_eta_what_the_listing_selects(full: Room) -> None:
    made = scoring_in(full, folds=5)
    told = full.get(f"selection/scorings/{made.pk}/explorer").json()
    arrays = Scored.open(made)
    f_u = arrays.f_u.tolist()
    predicted = [row.index(max(row)) for row in f_u]
    clips = arrays.clip_ids.tolist()
    for eta in ETAS:
        at = round(eta * 1000)
        way = told["ways"]["in_sample"]
        thresholds, chosen_clips = chosen.by_the_listing(made, eta)
        assert way["thresholds"][at] == pytest.approx(
            [float(each) for each in thresholds], abs=1e-7
        )
        expected = Counter(
            p for p, clip in zip(predicted, clips, strict=True) if chosen_clips[clip]
        )
        assert way["selected"][at] == [expected[place] for place in range(3)]
        votes = chosen.by_most_folds(made, eta)
        most = Counter(p for p, clip in zip(predicted, clips, strict=True) if votes[clip] >= 3)
        of_folds = told["ways"]["out_of_fold"]
        assert of_folds["selected"][at] == [most[place] for place in range(3)]
        each = [of_fold(arrays, fold, eta) for fold in range(5)]
        for place in range(3):
            values = sorted(thresholds[place] for thresholds in each)
            spread = [values[0], median(values), values[-1]]
            shown = [of_folds[name][at][place] for name in ("lowest", "thresholds", "highest")]
            assert [inf if value is None else value for value in shown] == pytest.approx(
                spread, abs=1e-7
            )
    assert len(told["ways"]["in_sample"]["selected"]) == 1001


def of_fold(arrays: Scored, fold: int, eta: float) -> list[float]:
    """The listing's thresholds from the clips that the fold's network has not seen."""
    assert arrays.folds_of is not None and arrays.of_folds_l is not None
    unseen = np.flatnonzero(arrays.folds_of == fold)
    labels = arrays.labels[unseen].tolist()
    thresholds, _ = listing.selected(arrays.of_folds_l[fold][unseen].tolist(), labels, eta, [])
    return [inf if each is None else float(each) for each in thresholds]


def test_the_explorer_counts_clips_by_class_and_confidence(full: Room) -> None:
    made = scoring_in(full, folds=5)
    told = full.get(f"selection/scorings/{made.pk}/explorer").json()
    arrays = Scored.open(made)
    rows, labels = arrays.f_l.tolist(), arrays.labels.tolist()
    right = [(e, max(f)) for f, e in zip(rows, labels, strict=True) if f.index(max(f)) == e]
    said = [(f.index(max(f)), max(f)) for f in arrays.f_u.tolist()]
    assert told["edges"] == pytest.approx([1 / 3 + k / 60 for k in range(41)])
    assert told["correct"] == bins(right) and told["unlabeled"] == bins(said)
    assert arrays.of_folds_l is not None and arrays.folds_of is not None
    own = [
        (arrays.of_folds_l[fold][at].tolist(), labels[at])
        for at, fold in enumerate(arrays.folds_of.tolist())
    ]
    assert told["unseen"] == bins([(e, max(f)) for f, e in own if f.index(max(f)) == e])
    for place, about in enumerate(told["classes"]):
        assert about["code"] == CLASSES[place]
        assert about["labeled"] == labels.count(place)
        assert about["correct"] == sum(e == place for e, _ in right)
        assert about["predicted"] == sum(e == place for e, _ in said)
    assert told["changed"] == {"count": 0, "first": None}


def bins(of: list[tuple[int, float]]) -> list[list[int]]:
    """Forty of them from 1/3 to 1; what is exactly 1 is in the last."""
    found = [[0] * 40 for _ in CLASSES]
    for place, confidence in of:
        found[place][min(39, int((confidence - 1 / 3) * 60))] += 1
    return found


def test_the_explorer_warns_of_classes_and_of_a_pool_that_has_changed(full: Room) -> None:
    made = scoring_in(full, labeled=12)
    factories.open_clips(full.corpus, at=factories.NOON, names=[POOL[5], POOL[2]])
    told = full.get(f"selection/scorings/{made.pk}/explorer").json()
    assert told["changed"] == {"count": 2, "first": POOL[2]}
    assert told["unseen"] is None and told["ways"]["out_of_fold"] is None
    for about in told["classes"]:
        code, count = about["code"], about["correct"]
        warned = [each["code"] for each in told["warnings"] if each["params"]["emotion"] == code]
        few = "class_with_few_correct_predictions"
        none = "class_without_correct_predictions"
        assert warned == ([none] if count == 0 else [few] if count < 10 else [])
        if count == 0:
            place = CLASSES.index(code)
            assert {row[place] for row in told["ways"]["in_sample"]["thresholds"]} == {None}
    assert told["warnings"]


def clips_of(room: Room, made: Scoring, asked: str) -> Any:
    answer = room.get(f"selection/scorings/{made.pk}/clips?{asked}")
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.mark.parametrize("order", ["confidence", "-confidence", "name", "-name", "class"])
def test_the_clips_that_an_eta_selects_are_listed_in_every_order(full: Room, order: str) -> None:
    made = scoring_in(full, folds=5)
    expected = {clip for clip, n in chosen.by_most_folds(made, 0.1).items() if n >= 3}
    asked = f"eta=0.1&confidences=out_of_fold&order={order}"
    pages = [clips_of(full, made, f"{asked}&page={page}") for page in (1, 2, 3)]
    clips = [clip for page in pages for clip in page["results"]]
    assert {clip["id"] for clip in clips} == expected and len(clips) == len(expected) > 50
    assert {page["count"] for page in pages} == {len(expected)}
    keys: dict[str, Any] = {
        "confidence": lambda clip: (clip["confidence"], clip["name"]),
        "-confidence": lambda clip: (-clip["confidence"], clip["name"]),
        "name": lambda clip: clip["name"],
        "-name": lambda clip: [-ord(letter) for letter in clip["name"]],
        "class": lambda clip: (CLASSES.index(clip["predicted"]), -clip["confidence"]),
    }
    assert clips == sorted(clips, key=keys[order])
    votes = chosen.by_most_folds(made, 0.1)
    assert all(clip["folds"] == votes[clip["id"]] for clip in clips)


def test_a_preview_is_of_one_class_or_some_of_each_by_chance(full: Room) -> None:
    made = scoring_in(full)
    Clip.objects.filter(name=POOL[0]).update(transcript="a" * 300, duration=2.5)
    every = clips_of(full, made, "eta=0&order=name")
    assert every["page_size"] == 50 and every["results"][0].items() >= {
        "name": POOL[0], "transcript": "a" * 200, "duration": 2.5, "has_media": False,
        "folds": None,
    }.items()  # fmt: skip
    joyful = clips_of(full, made, "eta=0&class=happiness")
    assert {clip["predicted"] for clip in joyful["results"]} == {"happiness"}
    assert 0 < joyful["count"] < every["count"]
    drawn = clips_of(full, made, "eta=0&sample=4&seed=1")
    assert counted(clip["predicted"] for clip in drawn["results"]) == dict.fromkeys(CLASSES, 4)
    assert drawn == clips_of(full, made, "eta=0&sample=4&seed=1")
    assert drawn["results"] != clips_of(full, made, "eta=0&sample=4&seed=2")["results"]
    assert drawn["count"] == every["count"]
    assert len(clips_of(full, made, "eta=0&sample=20&class=anger")["results"]) <= 20
    for wrong in (
        "eta=2",
        "",
        "eta=0&sample=21",
        "eta=0&order=length",
        "eta=nan",
        "eta=0&class=joy",
    ):
        assert full.get(f"selection/scorings/{made.pk}/clips?{wrong}").status_code == 400
    answer = full.get(f"selection/scorings/{made.pk}/clips?eta=0&confidences=out_of_fold")
    assert full.refusal(answer) == (409, "no_out_of_fold_confidences")


def test_a_page_of_a_preview_takes_one_query_for_its_clips(
    full: Room, django_assert_num_queries: Any
) -> None:
    made = scoring_in(full)
    for asked in ("eta=0", "eta=1", "eta=0&sample=20"):
        # session, person, corpus; scoring, its runs; clips
        with django_assert_num_queries(6):
            clips_of(full, made, asked)


def test_files_that_somebody_has_removed_are_told(full: Room) -> None:
    made = selected.scored(full.corpus)
    for below in ("explorer", "clips?eta=0.5"):
        answer = full.get(f"selection/scorings/{made.pk}/{below}")
        assert full.refusal(answer) == (409, "scoring_files_missing")


def test_the_explorer_is_sent_compressed_to_whoever_takes_that(full: Room) -> None:
    made = scoring_in(full)
    address = f"{CORPUS}/selection/scorings/{made.pk}/explorer"
    plain = full.client.get(address)
    packed = full.client.get(address, headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 3
    assert gzip.decompress(packed.content) == plain.content
