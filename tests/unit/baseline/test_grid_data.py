"""What a training is given: the labeled clips' rows of feature sets that are what they were."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baseline import labels, run_folder
from baseline.errors import Fault
from baseline.grid import check, data_of, folds_of
from baseline.run_folder import Training
from baseline.spec import Spec
from baseline.stores import FeatureStore
from baseline.training_data import EpochRecord
from baseline.training_process import Task, _train_folds
from tests.unit.baseline.drawn_corpus import CLASSES, draw


@pytest.fixture
def fresh(tmp_path: Path) -> tuple[Path, Spec, labels.Labels]:
    """A run whose feature sets may be changed."""
    clips = draw(tmp_path)
    spec = Spec(
        features={"acoustic": str(tmp_path / "A"), "visual": str(tmp_path / "V")},
        classes=CLASSES,
        hidden=[4],
        learning_rates=[1e-2],
        folds=3,
        epochs=2,
    )
    run_folder.prepare(tmp_path / "run", spec, clips)
    return tmp_path / "run", run_folder.open_run(tmp_path / "run")[0], clips


def test_the_data_are_the_stores_rows_in_the_order_of_the_labels(
    fresh: tuple[Path, Spec, labels.Labels],
) -> None:
    folder, spec, clips = fresh
    data = data_of(folder, spec, clips)
    assert list(data.features) == ["acoustic", "visual"]
    store = FeatureStore.open(spec.features["visual"])
    for row, name in enumerate(clips.names):
        there = store.names.index(name)
        np.testing.assert_array_equal(data.features["visual"][row], store.matrix[there])
        assert data.empty["visual"][row] == store.empty[there]
    assert data.empty["visual"].any()
    assert [CLASSES[index] for index in data.emotions] == clips.emotions


def test_a_feature_set_that_was_replaced_is_refused(
    fresh: tuple[Path, Spec, labels.Labels],
) -> None:
    folder, spec, clips = fresh
    store = Path(spec.features["visual"])
    for file in store.iterdir():
        file.unlink()
    store.rmdir()
    (store.parent / "L").rename(store)
    with pytest.raises(Fault) as refused:
        data_of(folder, spec, clips)
    assert refused.value.code == "feature_set_changed"


def test_one_changed_byte_of_a_feature_set_is_noticed(
    fresh: tuple[Path, Spec, labels.Labels],
) -> None:
    folder, spec, clips = fresh
    matrix = Path(spec.features["acoustic"]) / "matrix.npy"
    content = bytearray(matrix.read_bytes())
    content[-5] ^= 1
    matrix.write_bytes(content)
    with pytest.raises(Fault) as refused:
        data_of(folder, spec, clips)
    assert refused.value.code == "feature_store_damaged"


def test_what_would_come_to_nothing_is_refused_before_anything_is_written(
    fresh: tuple[Path, Spec, labels.Labels], tmp_path: Path
) -> None:
    folder, spec, clips = fresh
    check(folder, spec, clips)
    codes = {
        "learning_rate_not_positive": (replace(spec, learning_rates=[0.0]), clips),
        "class_smaller_than_folds": (replace(spec, folds=31), clips),
        "clips_without_group": (
            replace(spec, group_by="video"),
            replace(clips, videos=[""] * len(clips)),
        ),
        "clips_without_features": (
            spec,
            replace(clips, names=["a clip of nobody", *clips.names[1:]]),
        ),
    }
    for code, (wrong, of) in codes.items():
        with pytest.raises(Fault) as refused:
            check(tmp_path / "new", wrong, of)
        assert refused.value.code == code
    assert not (tmp_path / "new").exists()


def test_all_folds_at_once_leave_what_one_after_the_other_leaves(
    fresh: tuple[Path, Spec, labels.Labels],
) -> None:
    """What a process does on a GPU, here on the CPU: each fold has its own files, and is told."""
    folder, spec, clips = fresh
    task = Task(folder, spec, data_of(folder, spec, clips), folds_of(spec, clips))
    trainings = [Training(4, 1e-2, 1, fold) for fold in (1, 2, 3)]
    told: list[Any] = []
    _train_folds(task, trainings, told.append)
    assert [each[:2] for each in told if each[0] == "done"] == [("done", t) for t in trainings]
    epochs = [each[1:] for each in told if each[0] == "epoch"]
    assert sorted(epochs, key=str) == sorted([(t, n) for t in trainings for n in (1, 2)], key=str)
    for training in trainings:
        curve = run_folder.curve(folder, **vars(training))
        assert [EpochRecord(**row).epoch for row in curve] == [1, 2]
        with np.load(folder / training.folder / "predictions.npz") as said:
            _, validation = task.split(1, training.fold)
            np.testing.assert_array_equal(said["clips"], validation)
        assert (folder / training.folder / "weights.safetensors").exists()
