"""Predictions against Eq. 1–5 written once more in NumPy, and what is missing or does not fit."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pyarrow import parquet
from safetensors.numpy import load_file

from baseline.errors import Fault
from baseline.modalities import ACOUSTIC, LEXICAL, MODALITIES, VISUAL
from baseline.model_folder import Model, load_model
from baseline.prediction import predict
from baseline.prediction_files import check_ending, write_predictions
from baseline.stores import FeatureStore
from tests.unit.baseline.small_runs import CLASSES, FOLDS, store, trained_model

UNSEEN = [f"unseen_{number}" for number in range(11)]
SILENT, FACELESS = UNSEEN[2], UNSEEN[5]  # an empty row each
Stores = dict[str, FeatureStore]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prediction")


@pytest.fixture(scope="module")
def three(folder: Path) -> Model:
    return load_model(trained_model(folder / "three"))


@pytest.fixture(scope="module")
def stores(folder: Path) -> Stores:
    return {
        ACOUSTIC: store(folder / "A", ACOUSTIC, UNSEEN[::-1], empty=[SILENT]),
        LEXICAL: store(folder / "L", LEXICAL, UNSEEN),
        VISUAL: store(folder / "V", VISUAL, UNSEEN, empty=[FACELESS]),
    }


def by_hand(
    model: Path, stores: Stores, name: str, seen: Sequence[str]
) -> tuple[NDArray[np.float64], float]:
    """ê by each fold and v̂ of one clip from the modalities `seen`, as §3.5 writes it."""
    probabilities, valences = [], []
    for fold in range(1, FOLDS + 1):
        weights = {
            k: v.astype(np.float64) for k, v in load_file(model / f"fold{fold}.safetensors").items()
        }
        columns, scores = [], []
        for place, modality in enumerate(m for m in MODALITIES if m in stores):
            if modality not in seen:
                continue
            row = stores[modality].names.index(name)
            f = stores[modality].matrix[row].astype(np.float64)
            if not stores[modality].empty[row]:
                f = (f - weights[f"prepare.mean_{modality}"]) / weights[f"prepare.sd_{modality}"]
            h = weights[f"embedding.{place}.weight"] @ f + weights[f"embedding.{place}.bias"]
            h = np.maximum(h, 0)  # Eq. 1
            columns.append(h)
            if len(stores) > 1:
                scores.append(h @ weights["attention.weight"] + weights["attention.bias"][place])
        alpha = np.exp(scores) / np.exp(scores).sum() if scores else np.ones(1)  # Eq. 5
        z = np.stack(columns, axis=1) @ alpha  # Eq. 4
        valences.append(float((weights["valence.weight"] @ z + weights["valence.bias"])[0]))
        e = np.exp(weights["emotion.weight"] @ z + weights["emotion.bias"])  # Eq. 3
        probabilities.append(e / e.sum())
    return np.array(probabilities), float(np.mean(valences))


def agrees(
    found_in: Path, model: Model, stores: Stores, missing: str, seen: dict[str, list[str]]
) -> None:
    found = predict(model, stores, UNSEEN, missing, batch=4, each_fold=True)
    assert found.valence is not None and found.of_folds is not None
    assert found.names == UNSEEN
    for place, name in enumerate(UNSEEN):
        of_folds, valence = by_hand(found_in, stores, name, seen.get(name, list(stores)))
        assert found.of_folds[:, place] == pytest.approx(of_folds, abs=1e-5), name
        probabilities = of_folds.mean(axis=0)
        assert found.probabilities[place] == pytest.approx(probabilities, abs=1e-5), name
        assert found.valence[place] == pytest.approx(valence, abs=1e-4), name
        assert found.discrete[place] == CLASSES[int(probabilities.argmax())]


def test_it_is_the_mean_of_the_folds_probabilities_and_valences(
    folder: Path, three: Model, stores: Stores
) -> None:
    """Of every clip, also of those with an empty row, which is zero as it was in training."""
    agrees(folder / "three" / "model", three, stores, "refuse", {})


def test_masked_out_is_what_is_empty_and_the_others_share_the_attention(
    folder: Path, three: Model, stores: Stores
) -> None:
    seen = {SILENT: [LEXICAL, VISUAL], FACELESS: [ACOUSTIC, LEXICAL]}
    agrees(folder / "three" / "model", three, stores, "mask", seen)
    found = predict(three, stores, UNSEEN, "mask")
    assert found.masked_clips == 2
    assert found.masked[2].tolist() == [True, False, False]


@pytest.mark.parametrize("modalities", [[ACOUSTIC], [LEXICAL, VISUAL]])
def test_models_of_one_and_two_modalities_predict(
    tmp_path: Path, stores: Stores, modalities: list[str]
) -> None:
    model = trained_model(tmp_path / "run", modalities)
    given = {m: stores[m] for m in modalities}
    agrees(model, load_model(model), given, "refuse", {})


def test_the_released_variant_takes_the_softmax_of_the_folds_mean(
    tmp_path: Path, stores: Stores
) -> None:
    import torch

    model = load_model(trained_model(tmp_path / "run", variant="released"))
    found = predict(model, stores, UNSEEN)
    features = [torch.from_numpy(stores[m].take(UNSEEN)) for m in MODALITIES]
    empty = [torch.from_numpy(stores[m].empty[stores[m].rows(UNSEEN)]) for m in MODALITIES]
    with torch.inference_mode():
        logits = [each(each.prepare(features, empty))[0] for each in model.networks]
    mean = np.mean([each.numpy().astype(np.float64) for each in logits], axis=0)
    expected = np.exp(mean) / np.exp(mean).sum(axis=1, keepdims=True)
    assert found.probabilities == pytest.approx(expected, abs=1e-5)


def test_what_each_fold_says_is_written_to_an_npz_only(
    tmp_path: Path, three: Model, stores: Stores
) -> None:
    found = predict(three, stores, UNSEEN, each_fold=True)
    write_predictions(found, tmp_path / "found.npz")
    with np.load(tmp_path / "found.npz") as kept:
        assert kept["of_folds"].shape == (FOLDS, len(UNSEEN), len(CLASSES))
        assert kept["of_folds"].mean(axis=0) == pytest.approx(kept["probabilities"])
    with pytest.raises(Fault, match=r"found\.csv: .* ends in \.npz"):
        check_ending(tmp_path / "found.csv", each_fold=True)
    assert predict(three, stores, UNSEEN).of_folds is None


def test_it_does_not_depend_on_the_batches(three: Model, stores: Stores) -> None:
    told: list[tuple[int, int]] = []
    one = predict(three, stores, UNSEEN, batch=1)
    some = predict(three, stores, UNSEEN, batch=4, on_progress=lambda *far: told.append(far))
    assert some.probabilities == pytest.approx(one.probabilities, abs=1e-6)
    assert told == [(4, 11), (8, 11), (11, 11)]


@pytest.fixture(scope="module")
def gaps(folder: Path, stores: Stores) -> Stores:
    """unseen_0 has a transcript only, unseen_1 nothing at all, unseen_5 an empty face only."""
    return {
        ACOUSTIC: store(folder / "gaps-A", ACOUSTIC, [*UNSEEN[2:5], *UNSEEN[6:]]),
        LEXICAL: store(folder / "gaps-L", LEXICAL, [UNSEEN[0], *UNSEEN[2:5], *UNSEEN[6:]]),
        VISUAL: store(folder / "gaps-V", VISUAL, UNSEEN[2:], empty=[FACELESS]),
    }


def test_clips_that_lack_a_modality_are_refused_with_names_number_and_way_out(
    three: Model, gaps: Stores
) -> None:
    with pytest.raises(Fault) as refused:
        predict(three, gaps, UNSEEN)
    assert refused.value.code == "clips_lack_a_modality"
    assert refused.value.text == (
        "3 clips of 11 lack features that the model needs: unseen_0 (acoustic, visual), unseen_1 "
        "(acoustic, lexical, visual), unseen_5 (acoustic, lexical). Extract or import them, leave "
        "these clips out, or choose missing=mask to predict from what is there."
    )


def test_masking_leaves_out_clips_of_which_nothing_is_there_and_tells_them(
    folder: Path, three: Model, gaps: Stores
) -> None:
    found = predict(three, gaps, UNSEEN, "mask")
    assert found.left_out == [UNSEEN[1], FACELESS]
    assert found.names == [name for name in UNSEEN if name not in found.left_out]
    assert found.masked_clips == 1
    lexical, valence = by_hand(folder / "three" / "model", gaps, UNSEEN[0], [LEXICAL])
    assert found.probabilities[0] == pytest.approx(lexical.mean(axis=0), abs=1e-5)
    assert found.valence is not None and found.valence[0] == pytest.approx(valence, abs=1e-4)


def test_nothing_is_predicted_from_nothing(three: Model, gaps: Stores) -> None:
    for names, missing in ((["never"], "mask"), ([], "mask"), ([], "refuse")):
        with pytest.raises(Fault) as refused:
            predict(three, gaps, names, missing)
        assert refused.value.code == "no_clip_to_predict"


def test_a_model_of_one_modality_has_nothing_to_mask(tmp_path: Path, gaps: Stores) -> None:
    model = load_model(trained_model(tmp_path / "run", [VISUAL]))
    with pytest.raises(Fault, match="knows visual features only") as refused:
        predict(model, {VISUAL: gaps[VISUAL]}, UNSEEN[2:], "mask")
    assert refused.value.code == "one_modality_cannot_be_masked"


def test_another_treatment_of_what_is_missing_is_refused(three: Model, stores: Stores) -> None:
    with pytest.raises(Fault, match="refuse, mask, not by guess"):
        predict(three, stores, UNSEEN, "guess")


@pytest.mark.parametrize("ending", ["csv", "parquet", "npz"])
def test_a_file_has_names_labels_and_every_digit(
    tmp_path: Path, three: Model, stores: Stores, ending: str
) -> None:
    found = predict(three, stores, UNSEEN)
    assert found.valence is not None
    file = tmp_path / "deep" / f"found.{ending}"
    write_predictions(found, file)
    if ending == "npz":
        with np.load(file, allow_pickle=False) as kept:
            assert kept["names"].tolist() == UNSEEN
            assert kept["classes"].tolist() == list(CLASSES)
            assert np.array_equal(kept["probabilities"], found.probabilities)
            assert np.array_equal(kept["valence"], found.valence)
            assert kept["masked"].shape == (11, 3)
        return
    if ending == "csv":
        head, first = file.read_text().splitlines()[:2]
        assert head == "name,discrete,valence,p_neutral,p_anger,p_joy"
        assert first.startswith(f"unseen_0,{found.discrete[0]},")
        rows = list(csv.DictReader(file.open(encoding="utf-8", newline="")))
    else:
        rows = parquet.read_table(file).to_pylist()
    columns = ["name", "discrete", "valence", "p_neutral", "p_anger", "p_joy"]
    assert [list(row) for row in rows] == [columns] * len(UNSEEN)
    assert [row["name"] for row in rows] == UNSEEN
    assert [row["discrete"] for row in rows] == found.discrete
    assert [np.float32(row["valence"]) for row in rows] == list(found.valence)
    for place, code in enumerate(CLASSES):
        numbers = np.array([np.float32(row[f"p_{code}"]) for row in rows])
        assert np.array_equal(numbers, found.probabilities[:, place])
    assert [each.name for each in file.parent.iterdir()] == [file.name]  # nothing beside it


def test_names_with_commas_and_quotes_are_one_cell(
    tmp_path: Path, three: Model, folder: Path
) -> None:
    names = ["with, comma", 'with "quotes"', "片段一"]
    given = {m: store(tmp_path / m, m, names) for m in MODALITIES}
    write_predictions(predict(three, given, names), tmp_path / "found.csv")
    with (tmp_path / "found.csv").open(encoding="utf-8", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == names


def test_a_model_that_never_saw_a_valence_predicts_none(tmp_path: Path, stores: Stores) -> None:
    model = load_model(trained_model(tmp_path / "run", valences=False))
    found = predict(model, stores, UNSEEN)
    assert found.valence is None
    write_predictions(found, tmp_path / "found.csv")
    lines = (tmp_path / "found.csv").read_text().splitlines()
    assert {line.split(",")[2] for line in lines} == {"valence", ""}
    write_predictions(found, tmp_path / "found.npz")
    with np.load(tmp_path / "found.npz") as kept:
        assert np.isnan(kept["valence"]).all()


def test_a_file_of_another_ending_is_refused(tmp_path: Path, three: Model, stores: Stores) -> None:
    found = predict(three, stores, UNSEEN[:1])
    with pytest.raises(Fault, match=r"ends in one of \.csv, \.parquet, \.npz"):
        write_predictions(found, tmp_path / "found.xlsx")
    (tmp_path / "taken").write_text("")
    with pytest.raises(Fault) as refused:
        write_predictions(found, tmp_path / "taken" / "found.csv")
    assert refused.value.code == "file_not_usable"
