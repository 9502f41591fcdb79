"""A model's folder: what it keeps, and that nothing in it can change unnoticed."""

import json
import pickle
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from baseline.errors import Fault
from baseline.evaluation import Unseen
from baseline.modalities import ACOUSTIC, LEXICAL, VISUAL
from baseline.model_about import About, check_files, read_about, sha256_of, write_about
from baseline.model_folder import load_model, save_model
from baseline.run_folder import open_run
from baseline.stores import FeatureStore
from tests.unit.baseline.small_runs import (
    CLASSES,
    FOLDS,
    HIDDEN,
    NAMES,
    RATE,
    finished_run,
    labeled,
    store,
    trained_model,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained_model(tmp_path_factory.mktemp("made") / "run")


@pytest.fixture
def model(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "model"))


def stores_of(made: Path) -> dict[str, FeatureStore]:
    opened = [FeatureStore.open(folder) for folder in made.parent.parent.glob("run-*")]
    return {each.modality: each for each in opened}


def test_it_holds_the_first_runs_networks_and_what_they_were_made_of(made: Path) -> None:
    run = made.parent
    about = load_model(made).about
    assert {each.name for each in made.iterdir()} == {
        *("fold1.safetensors", "fold2.safetensors", "fold3.safetensors"),
        *("evaluation.npz", "model.json"),
    }
    for fold in range(1, FOLDS + 1):
        weights = run / f"folds/h{HIDDEN}_lr{RATE:g}_r1_f{fold}/weights.safetensors"
        assert (made / f"fold{fold}.safetensors").read_bytes() == weights.read_bytes()
    assert about.classes == CLASSES
    assert (about.hidden, about.learning_rate, about.variant) == (HIDDEN, RATE, "paper")
    assert list(about.features) == [ACOUSTIC, LEXICAL, VISUAL]
    assert about.features[VISUAL].digest == stores_of(made)[VISUAL].digest
    assert "features" not in about.config  # no path of the machine that trained
    assert about.config["seed"] == open_run(run)[0].seed
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert about.software["concord"] == project["version"]


def test_it_says_which_clips_it_saw_with_which_labels_in_which_fold(made: Path) -> None:
    clips, given = read_about(made).clips, labeled()
    assert [clip.name for clip in clips] == NAMES
    assert [clip.discrete for clip in clips] == given.emotions
    assert [clip.fold for clip in clips] == [place % FOLDS + 1 for place in range(len(NAMES))]
    assert clips[3].valence is None
    assert [clip.valence for clip in clips if clip.valence is not None] == [
        float(valence) for valence in given.valences if not np.isnan(valence)
    ]


def test_its_figures_are_those_of_all_runs(made: Path) -> None:
    figures = read_about(made).metrics["runs"]
    assert figures["discrete"] == pytest.approx(0.5 + 0.02 + 0.15)  # folds 1–3, runs 1–2
    assert figures["discrete_sd"] == pytest.approx(0.05)
    assert [each["run"] for each in figures["runs"]] == [1, 2]


def test_one_byte_changed_anywhere_is_told_by_the_files_name(model: Path) -> None:
    for file in sorted(model.iterdir()):
        whole = file.read_bytes()
        step = max(1, len(whole) // 150)
        for at in [*range(0, len(whole), step), len(whole) - 1]:
            for other in (whole[at] ^ 1, whole[at] ^ 0x20):  # 0x20: a space for a NUL, a for A
                file.write_bytes(whole[:at] + bytes([other]) + whole[at + 1 :])
                with pytest.raises(Fault) as refused:
                    load_model(model)
                assert refused.value.code == "model_file_changed", (file.name, at)
                assert refused.value.params["file"] == file.name
        file.write_bytes(whole)
    load_model(model)


@pytest.mark.parametrize(
    "change", [lambda text: text + b" ", lambda text: text[:-1], lambda _: b""]
)
def test_bytes_more_or_fewer_are_a_change(model: Path, change) -> None:  # type: ignore[no-untyped-def]
    for file in sorted(model.iterdir()):
        whole = file.read_bytes()
        file.write_bytes(change(whole))
        with pytest.raises(Fault, match=file.name):
            load_model(model)
        file.write_bytes(whole)


def test_a_space_in_model_json_is_a_change_though_it_says_the_same(model: Path) -> None:
    content = json.loads((model / "model.json").read_text())
    (model / "model.json").write_text(json.dumps(content, ensure_ascii=False))
    with pytest.raises(Fault, match=r"model\.json is not what it was"):
        read_about(model)


def test_a_missing_file_is_named(model: Path) -> None:
    for file in sorted(model.iterdir()):
        whole = file.read_bytes()
        file.unlink()
        with pytest.raises(Fault, match=f"holds {file.name}, and it is not there") as refused:
            load_model(model)
        assert refused.value.code == "model_file_missing"
        file.write_bytes(whole)


def test_a_folder_that_is_no_model_is_told(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Fault, match=r"holds model\.json") as refused:
            load_model(folder)
        assert refused.value.code == "model_file_missing"


def test_a_file_too_many_does_no_harm(model: Path) -> None:
    (model / "notes.txt").write_text("mine")
    assert len(load_model(model).networks) == FOLDS


def rewritten(model: Path, about: About) -> None:
    """model.json as somebody writes it who knows how its digest is made."""
    (model / "model.json").unlink()
    write_about(model, about)


def test_another_format_is_told(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = read_about(model)
    with monkeypatch.context() as newer:
        newer.setattr("baseline.model_about.FORMAT", 2)
        rewritten(model, about)
    with pytest.raises(Fault, match="reads models of format 1, and this one's is 2") as refused:
        load_model(model)
    assert refused.value.code == "model_format_unknown"


class Payload:
    """Does something when it is unpickled."""

    def __init__(self, into: Path) -> None:
        self.into = into

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return (Path.touch, (self.into,))


@pytest.mark.parametrize("file", ["fold2.safetensors", "evaluation.npz"])
def test_nothing_in_a_model_is_ever_run(model: Path, tmp_path: Path, file: str) -> None:
    """Even where model.json has been written to fit: a pickle is no weight and no number."""
    touched = tmp_path / "touched"
    pickled = np.array([Payload(touched)], dtype=object)
    about = read_about(model)
    if file.endswith(".npz"):
        np.savez(model / file, **dict.fromkeys(vars(Unseen.read(model)), pickled))  # type: ignore[arg-type]
    else:
        (model / file).write_bytes(pickle.dumps(pickled))
    rewritten(model, replace(about, files={**about.files, file: sha256_of(model / file)}))
    with pytest.raises(Fault, match=f"{file} is not what it was"):
        load_model(model) if file.startswith("fold") else Unseen.read(model)
    assert not touched.exists()


def fits(about: About, stores: dict[str, FeatureStore]) -> Fault:
    with pytest.raises(Fault) as refused:
        about.check_stores(stores)
    return refused.value


def test_features_of_another_dimension_are_refused_by_name(made: Path, tmp_path: Path) -> None:
    stores = {**stores_of(made), LEXICAL: store(tmp_path / "other", LEXICAL, dimension=6)}
    fault = fits(read_about(made), stores)
    assert fault.code == "features_of_another_dimension"
    assert "lexical-set with 5 numbers a clip, and this one has 6" in fault.text


def test_features_made_in_another_way_are_refused_by_name(made: Path, tmp_path: Path) -> None:
    other = store(tmp_path / "other", VISUAL, recipe={"extractor": VISUAL, "layers": "-2"})
    fault = fits(read_about(made), {**stores_of(made), VISUAL: other})
    assert fault.code == "features_of_another_recipe"
    assert "visual-set" in fault.text and "layers: -2 ≠ –" in fault.text


def test_other_clips_features_made_in_the_same_way_fit(made: Path, tmp_path: Path) -> None:
    other = store(tmp_path / "other", VISUAL, ["unheard"], seed=9)
    read_about(made).check_stores({**stores_of(made), VISUAL: other})


def test_a_modality_that_is_not_given_or_not_known_is_told(made: Path, tmp_path: Path) -> None:
    stores = stores_of(made)
    fault = fits(read_about(made), {m: each for m, each in stores.items() if m != VISUAL})
    assert (fault.code, fault.params["modality"]) == ("modality_not_given", VISUAL)
    two = trained_model(tmp_path / "two", [ACOUSTIC, LEXICAL])
    fault = fits(read_about(two), stores)
    assert (fault.code, fault.params["known"]) == ("modality_not_wanted", "acoustic, lexical")


def test_saving_again_takes_the_place_of_the_model(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "run", [ACOUSTIC])
    first = save_model(run, HIDDEN, RATE)
    (first / "notes.txt").write_text("mine")
    before = read_about(first)
    assert read_about(save_model(run, HIDDEN, RATE)) == before
    assert not (first / "notes.txt").exists()
    check_files(first, before)


def test_what_a_page_needs_of_a_model_is_read_without_torch(made: Path) -> None:
    script = (
        "import sys, pathlib\n"
        "from baseline.evaluation import evaluation\n"
        "from baseline import tables\n"
        "folder = pathlib.Path(sys.argv[1])\n"
        "evaluation(folder); tables.table([tables.row_of(folder.parent)], 'latex')\n"
        "heavy = {'torch', 'sklearn', 'cv2', 'onnxruntime', 'transformers', 'pyarrow'}\n"
        "print(heavy & set(sys.modules) or 'light')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(made)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "light"
