"""What a run trains is said once, checked, and kept."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from baseline.errors import Fault
from baseline.spec import Spec

SPEC = Spec(
    features={"visual": "V", "acoustic": "A"},
    digests={"visual": "1", "acoustic": "2"},
    classes=["neutral", "anger"],
)


def test_the_numbers_are_those_of_section_3_6() -> None:
    """ "We choose h from {128, 256}", "five-fold cross-validation", "the learning rate from {10^-3,
    10^-4, 10^-5}", "the maximum number of epochs to 100", "weight decay to 10^-5", "a rate of
    0.3", "we run each experiment three times"."""
    assert SPEC.hidden == [128, 256]
    assert SPEC.learning_rates == [1e-3, 1e-4, 1e-5]
    assert (SPEC.folds, SPEC.runs, SPEC.epochs) == (5, 3, 100)
    assert (SPEC.dropout, SPEC.weight_decay, SPEC.variant) == (0.3, 1e-5, "paper")
    SPEC.check()


def test_modalities_come_in_the_order_of_equation_4() -> None:
    assert SPEC.modalities == ["acoustic", "visual"]


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    spec = replace(SPEC, learning_rates=[1e-3, 3e-5], group_by="speaker", processes=3)
    spec.save(tmp_path / "spec.json")
    assert Spec.load(tmp_path / "spec.json") == spec


@pytest.mark.parametrize(
    ("changed", "code", "params"),
    [
        ({"learning_rates": [1e-3, 0.0]}, "learning_rate_not_positive", {"learning_rate": "0"}),
        ({"learning_rates": [-1e-4]}, "learning_rate_not_positive", {"learning_rate": "-0.0001"}),
        ({"learning_rates": [float("nan")]}, "learning_rate_not_positive", {}),
        ({"learning_rates": [float("inf")]}, "learning_rate_not_positive", {}),
        ({"learning_rates": []}, "setting_is_empty", {"setting": "learning_rates"}),
        ({"learning_rates": [1e-3, 0.001]}, "setting_stands_twice", {"value": "0.001"}),
        ({"hidden": [128, 0]}, "setting_out_of_range", {"setting": "hidden", "value": 0}),
        ({"hidden": [8, 8]}, "setting_stands_twice", {"setting": "hidden"}),
        ({"folds": 1}, "setting_out_of_range", {"setting": "folds", "rule": "folds ≥ 2"}),
        ({"runs": 0}, "setting_out_of_range", {"setting": "runs"}),
        ({"epochs": 0}, "setting_out_of_range", {"setting": "epochs"}),
        ({"batch_size": 0}, "setting_out_of_range", {"setting": "batch_size"}),
        ({"seed": -1}, "setting_out_of_range", {"setting": "seed"}),
        ({"processes": 0}, "setting_out_of_range", {"setting": "processes"}),
        ({"dropout": 1.0}, "setting_out_of_range", {"setting": "dropout"}),
        ({"weight_decay": -1e-5}, "setting_out_of_range", {"setting": "weight_decay"}),
        ({"variant": "paperish"}, "setting_unknown", {"known": "paper, released"}),
        ({"group_by": "actor"}, "setting_unknown", {"value": "actor"}),
        ({"device": "tpu"}, "setting_unknown", {"setting": "device"}),
        ({"features": {}}, "no_feature_set", {}),
        ({"features": {"smell": "S"}}, "setting_unknown", {"setting": "modality"}),
        ({"classes": ["neutral"]}, "fewer_than_two_classes", {"count": 1}),
        ({"classes": ["a", "b", "a"]}, "setting_stands_twice", {"value": "a", "count": 2}),
    ],
)
def test_impossible_numbers_are_refused_by_name(
    changed: dict[str, Any], code: str, params: dict[str, Any]
) -> None:
    with pytest.raises(Fault) as refused:
        replace(SPEC, **changed).check()
    assert refused.value.code == code
    assert params.items() <= refused.value.params.items()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden", ["128"]),
        ("hidden", 128),
        ("learning_rates", [None]),
        ("features", ["A"]),
        ("epochs", "many"),
        ("folds", True),
        ("standardise", 1),
        ("classes", "neutral"),
        ("seed", None),
        ("dropout", None),
        ("device", 3),
    ],
)
def test_a_specification_of_other_kinds_is_damaged(tmp_path: Path, name: str, value: Any) -> None:
    kept = {"format": 1, **asdict(SPEC), name: value}
    assert code_of(tmp_path, json.dumps(kept)) == "spec_damaged"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 1}', "null"])
def test_what_is_no_specification_is_damaged(tmp_path: Path, text: str) -> None:
    assert code_of(tmp_path, text) == "spec_damaged"


def test_a_specification_with_a_field_too_many_is_damaged(tmp_path: Path) -> None:
    kept = {"format": 1, **asdict(SPEC), "momentum": 0.9}
    assert code_of(tmp_path, json.dumps(kept)) == "spec_damaged"


def test_another_format_is_told_apart_from_damage(tmp_path: Path) -> None:
    assert code_of(tmp_path, json.dumps({"format": 2})) == "spec_format_unknown"


def test_a_kept_learning_rate_of_0_is_refused_as_such(tmp_path: Path) -> None:
    kept = {"format": 1, **asdict(SPEC), "learning_rates": [0]}
    assert code_of(tmp_path, json.dumps(kept)) == "learning_rate_not_positive"


def test_where_and_how_fast_is_no_difference() -> None:
    elsewhere = replace(SPEC, features={"visual": "W", "acoustic": "B"}, processes=7, device="cuda")
    assert SPEC.differences(elsewhere) == []
    assert SPEC.differences(replace(elsewhere, epochs=9, digests={})) == ["feature sets", "epochs"]


def code_of(folder: Path, text: str) -> str:
    file = folder / "spec.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Fault) as refused:
        Spec.load(file)
    return refused.value.code
