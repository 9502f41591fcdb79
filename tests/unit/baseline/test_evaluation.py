"""What a page shows of a model, against scikit-learn on the folds' own predictions."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, classification_report, confusion_matrix, f1_score
from sklearn.metrics import mean_squared_error as squared

from baseline.errors import Fault
from baseline.evaluation import Unseen, evaluation, told
from baseline.modalities import ACOUSTIC, LEXICAL
from tests.unit.baseline.small_runs import (
    CLASSES,
    FOLDS,
    HIDDEN,
    NAMES,
    RATE,
    labeled,
    trained_model,
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained_model(tmp_path_factory.mktemp("evaluation") / "run", [ACOUSTIC, LEXICAL])


def of_the_folds(model: Path) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities and valences of the first run's five (here three) folds, read one by one."""
    probabilities, valences = np.zeros((len(NAMES), 3)), np.zeros(len(NAMES))
    for fold in range(1, FOLDS + 1):
        said = np.load(model.parent / f"folds/h{HIDDEN}_lr{RATE:g}_r1_f{fold}" / "predictions.npz")
        for place, clip in enumerate(said["clips"]):
            probabilities[clip] = said["probabilities"][place]
            valences[clip] = said["valence"][place]
    return probabilities, valences


def test_each_clip_is_judged_by_the_fold_that_had_not_seen_it(model: Path) -> None:
    probabilities, valences = of_the_folds(model)
    truth = np.array([CLASSES.index(code) for code in labeled().emotions])
    found = probabilities.argmax(axis=1)
    shown = evaluation(model)
    assert shown["classes"] == list(CLASSES)
    assert shown["confusion"] == confusion_matrix(truth, found, labels=range(3)).tolist()
    scores = shown["metrics"]
    known = ~np.isnan(labeled().valences)
    assert scores["discrete"] == pytest.approx(
        f1_score(truth, found, average="weighted", zero_division=0)
    )
    assert scores["accuracy"] == pytest.approx(accuracy_score(truth, found))
    dimensional = squared(labeled().valences[known], valences[known])
    assert scores["dimensional"] == pytest.approx(dimensional)
    assert scores["combined"] == pytest.approx(scores["discrete"] - dimensional / 4)
    theirs = classification_report(
        truth, found, labels=range(3), target_names=CLASSES, output_dict=True, zero_division=0
    )
    for each in scores["per_class"]:
        row = theirs[each["code"]]
        assert each["precision"] == pytest.approx(row["precision"])
        assert each["recall"] == pytest.approx(row["recall"])
        assert each["f1"] == pytest.approx(row["f1-score"])
        assert each["clips"] == row["support"]


def test_the_scatter_has_the_clips_with_a_valence(model: Path) -> None:
    shown = evaluation(model)
    _, valences = of_the_folds(model)
    given = labeled().valences
    assert shown["valence_of"] == len(NAMES) - 1
    assert [point["clip"] for point in shown["valence"]] == [*NAMES[:3], *NAMES[4:]]
    for point in shown["valence"]:
        place = NAMES.index(point["clip"])
        assert point["truth"] == given[place]
        assert point["predicted"] == pytest.approx(valences[place])


def test_the_calibration_counts_every_clip_once(model: Path) -> None:
    bins = evaluation(model)["calibration"]
    assert [each["low"] for each in bins] == [place / 10 for place in range(10)]
    assert sum(each["clips"] for each in bins) == len(NAMES)
    assert 0 <= evaluation(model)["metrics"]["calibration_error"] <= 1


def test_everything_can_be_sent_to_a_page(model: Path) -> None:
    text = json.dumps(evaluation(model), allow_nan=False)
    assert json.loads(text) == evaluation(model)


def without_valence(count: int) -> Unseen:
    rng = np.random.default_rng(3)
    return Unseen(
        names=[str(place) for place in range(count)],
        truth=rng.integers(0, 3, count),
        probabilities=rng.dirichlet(np.ones(3), count).astype(np.float32),
        valence_truth=np.full(count, np.nan, np.float32),
        valence=np.zeros(count, np.float32),
    )


def test_without_valences_there_is_no_scatter_and_the_combined_metric_is_the_discrete() -> None:
    shown = told(list(CLASSES), without_valence(30))
    assert (shown["valence"], shown["valence_of"]) == ([], 0)
    assert shown["metrics"]["dimensional"] is None
    assert shown["metrics"]["combined"] == shown["metrics"]["discrete"]


def test_of_many_clips_the_same_two_thousand_are_shown_each_time() -> None:
    many = without_valence(5000)
    many.valence_truth[:4500] = np.linspace(-5, 5, 4500)
    shown, again = told(list(CLASSES), many), told(list(CLASSES), many)
    assert shown["valence_of"] == 4500
    assert len({point["clip"] for point in shown["valence"]}) == 2000
    assert shown["valence"] == again["valence"]
    assert not any(math.isnan(point["truth"]) for point in shown["valence"])
    spread = [point["truth"] for point in shown["valence"]]
    assert abs(float(np.mean(spread))) < 0.3  # chosen from everywhere


def test_a_changed_or_missing_file_is_told(model: Path) -> None:
    file = model / "evaluation.npz"
    whole = file.read_bytes()
    changes: list[tuple[Callable[[], object], str]] = [
        (lambda: file.write_bytes(whole[:-1] + b"x"), "model_file_changed"),
        (file.unlink, "model_file_missing"),
    ]
    try:
        for change, code in changes:
            change()
            with pytest.raises(Fault, match=r"evaluation\.npz") as refused:
                evaluation(model)
            assert refused.value.code == code
    finally:
        file.write_bytes(whole)
