"""§3.6: "we … report the average result and standard deviation"; what counts without valence."""

from pathlib import Path

import pytest

from baseline import results
from baseline.files import write_json
from baseline.run_folder import Training
from baseline.spec import Spec
from tests.unit.baseline.drawn_corpus import CLASSES


def test_where_some_folds_have_no_valence_the_combined_metric_is_of_the_means(
    tmp_path: Path,
) -> None:
    """Eq. 12 of mean F1 and mean MSE; the mean of the folds' combined would mix two metrics."""
    spec = Spec(features={}, classes=CLASSES, hidden=[4], learning_rates=[0.1], folds=2, runs=1)
    for fold, (discrete, dimensional) in enumerate([(0.8, 2.0), (0.6, None)], start=1):
        folder = tmp_path / Training(4, 0.1, 1, fold).folder
        folder.mkdir(parents=True)
        told = {"discrete": discrete, "dimensional": dimensional, "accuracy": 0.5, "combined": 0.3}
        write_json(folder / "result.json", told)
    [point] = results.summarise(tmp_path, spec)["grid"]
    assert (point["discrete"], point["dimensional"]) == (pytest.approx(0.7), 2.0)
    assert point["combined"] == pytest.approx(0.7 - 0.25 * 2.0)
    assert (point["discrete_sd"], point["combined_sd"]) == (0, 0)  # of a single run


def test_without_any_valence_the_combined_metric_is_the_discrete_one(tmp_path: Path) -> None:
    spec = Spec(features={}, classes=CLASSES, hidden=[4], learning_rates=[0.1], folds=2, runs=1)
    for fold in (1, 2):
        folder = tmp_path / Training(4, 0.1, 1, fold).folder
        folder.mkdir(parents=True)
        told = {"discrete": 0.25, "dimensional": None, "accuracy": 0.5, "combined": 0.25}
        write_json(folder / "result.json", told)
    [point] = results.summarise(tmp_path, spec)["grid"]
    assert (point["combined"], point["dimensional"], point["dimensional_sd"]) == (0.25, None, None)
