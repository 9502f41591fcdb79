"""The authors' layout: an array per clip, or a folder of frames per clip."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baseline.importing.arrays import Unfit, array_of
from tests.unit.baseline.importing_cases import (
    fault_of,
    file_of,
    folder_of,
    imported,
    npy,
    rows_of,
    zip_of,
)


def test_a_folder_with_a_vector_per_clip(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "x", sample_1=[1.0, 2.0], sample_10=[3.0, 4.0])
    found = imported(source)
    assert rows_of(found) == {"sample_1": [1, 2], "sample_10": [3, 4]}
    assert found.store.source == "x"


def test_frames_are_averaged_over_time(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).normal(size=(7, 5))
    source = folder_of(tmp_path / "x", a=frames, b=frames[:1], c=frames.astype(np.float16))
    store = imported(source).store
    assert store.take(["a"])[0] == pytest.approx(frames.mean(axis=0), rel=1e-6)
    assert store.take(["b"])[0] == pytest.approx(frames[0], rel=1e-6)
    assert store.take(["c"])[0] == pytest.approx(frames.mean(axis=0), abs=1e-2)


def test_a_folder_of_frames_per_clip_is_averaged(tmp_path: Path) -> None:
    source = tmp_path / "x"
    folder_of(source / "a", frame_2=[3.0, 5.0], frame_1=[1.0, 2.0])
    folder_of(source / "b", frame_1=[[6.0, 7.0]])
    folder_of(source / "no_face")
    found = imported(source)
    assert rows_of(found) == {"a": [2, 3.5], "b": [6, 7], "no_face": [0, 0]}
    assert found.store.empty.tolist() == [False, False, True]


@pytest.mark.parametrize(
    "nothing", [np.zeros((0, 3)), np.zeros(0), np.zeros((0, 0)), np.zeros(3), np.zeros((4, 3))]
)
def test_a_clip_without_face_or_word_is_a_flagged_row_of_zeros(
    tmp_path: Path, nothing: np.ndarray[Any, Any]
) -> None:
    found = imported(folder_of(tmp_path / "x", a=nothing, b=[1.0, 2.0, 3.0]))
    assert rows_of(found) == {"a": [0, 0, 0], "b": [1, 2, 3]}
    assert found.store.empty.tolist() == [True, False]


@pytest.mark.parametrize("kind", ["<f8", ">f4", "<f2", "i1", "<u8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_all_kinds_of_real_numbers_are_read_as_numpy_does(kind: str, order: Any) -> None:
    array = np.asarray(np.arange(6).reshape(2, 3) % 2, dtype=kind, order=order)
    assert (array_of(npy(array)) == array).all()
    assert array_of(npy(array)).dtype == array.dtype


def test_other_files_beside_are_left_out_and_named(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "x", a=[1.0])
    for other in (".DS_Store", "readme.txt"):
        file_of(source / other, "x")
    (source / "pictures").mkdir()
    file_of(source / "pictures" / "1.jpg", "x")
    assert imported(source).left_out == ["readme.txt", "pictures/"]


FEATURES_OF_A = npy(np.array([1.0, 2.0]))
UNFIT: dict[str, tuple[bytes, str]] = {
    "an empty file": (b"", "feature_file_damaged"),
    "a text": (b"0.1 0.2\n", "feature_file_damaged"),
    "a cut off array": (FEATURES_OF_A[:-1], "feature_file_damaged"),
    "a cut off heading": (FEATURES_OF_A[:30], "feature_file_damaged"),
    "a heading that lies": (FEATURES_OF_A.replace(b"(2,)", b"(-1,"), "feature_file_damaged"),
    "a heading that lies beyond measure": (
        FEATURES_OF_A.replace(b"(2,), }                    ", b"(9999999999, 9999999999), }"),
        "feature_file_damaged",
    ),
    "a huge heading": (
        FEATURES_OF_A.replace(b"(2,), }   ", b"(9999999,)}"),
        "feature_file_damaged",
    ),
    "an array of objects": (npy(np.array([{}, 1], dtype=object)), "feature_file_pickled"),
    "a pickle": (pickle.dumps([1.0, 2.0]), "feature_file_damaged"),
    "complex numbers": (npy(np.array([1j, 2])), "feature_file_not_numbers"),
    "texts": (npy(np.array(["1", "2"])), "feature_file_not_numbers"),
    "a picture": (npy(np.zeros((2, 2, 3))), "feature_file_shape"),
    "a bare number": (npy(np.array(1.0)), "feature_file_shape"),
}


@pytest.mark.parametrize("what", UNFIT)
def test_what_is_no_feature_is_refused_by_name(tmp_path: Path, what: str) -> None:
    content, code = UNFIT[what]
    source = folder_of(tmp_path / "x", a=[1.0, 2.0])
    file_of(source / "odd.npy", content)
    fault = fault_of(source)
    assert (fault.code, fault.params["files"], fault.params["count"]) == (code, "odd", 1)
    assert "odd" in fault.text


def test_a_pickled_array_is_never_unpickled(tmp_path: Path) -> None:
    mark = tmp_path / "was run"

    class Hostile:
        def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
            return (os.mkdir, (str(mark),))

    data = npy(np.array([Hostile()], dtype=object))
    with pytest.raises(Unfit):
        array_of(data)
    source = folder_of(tmp_path / "x")
    file_of(source / "a.npy", data)
    assert fault_of(source).code == "feature_file_pickled"
    names = npy(np.array([Hostile()], dtype=object))
    zipped = zip_of(tmp_path / "x.npz", {"names.npy": names, "features.npy": [[1.0]]})
    assert fault_of(zipped).code == "feature_file_pickled"
    assert not mark.exists()


def test_dimensions_that_differ_are_named_with_the_clips(tmp_path: Path) -> None:
    arrays = {f"odd_{number}": np.ones(3 + number) for number in range(7)}
    source = folder_of(tmp_path / "x", **arrays, **{f"b{n}": np.ones(2) for n in range(9)})
    fault = fault_of(source)
    assert fault.code == "dimensions_differ"
    assert (fault.params["dimension"], fault.params["count"], fault.params["of"]) == (2, 7, 16)
    assert fault.params["clips"] == "odd_0 (3), odd_1 (4), odd_2 (5), odd_3 (6), odd_4 (7) …"


def test_frames_of_one_clip_must_be_of_one_dimension(tmp_path: Path) -> None:
    folder_of(tmp_path / "x" / "a", one=[1.0, 2.0], two=[1.0])
    folder_of(tmp_path / "x" / "b", one=[1.0, 2.0])
    assert fault_of(tmp_path / "x").code == "feature_file_shape"


def test_a_clip_as_file_and_as_folder_is_there_twice(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "x", a=[1.0], b=[2.0])
    folder_of(source / "a", one=[1.0])
    fault = fault_of(source)
    assert (fault.code, fault.params["clips"]) == ("clips_with_two_rows", "a")


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300])
def test_what_is_not_finite_is_named_by_clip_and_dimension(tmp_path: Path, value: float) -> None:
    good = np.ones((3, 4))
    bad = good.copy()
    bad[2, 1] = value
    fault = fault_of(folder_of(tmp_path / "x", a=good, b=bad, c=bad), missing_values="mean")
    assert fault.code == "feature_not_finite"
    assert (fault.params["clip"], fault.params["index"], fault.params["count"]) == ("b", 1, 2)


def test_nan_is_a_missing_value_wherever_it_stands(tmp_path: Path) -> None:
    bad = np.array([[1.0, np.nan], [3.0, 5.0]])
    source = folder_of(tmp_path / "x", a=[1.0, 2.0], b=bad)
    fault = fault_of(source)
    assert (fault.code, fault.params["count"]) == ("values_missing", 1)
    assert fault.params["places"] == "clip b, number 1"
    found = imported(source, missing_values="mean")
    assert rows_of(found) == {"a": [1, 2], "b": [2, 2]}
    assert found.filled == 1


def test_a_set_of_nothing_is_refused(tmp_path: Path) -> None:
    assert fault_of(folder_of(tmp_path / "x", a=np.zeros(0))).code == "feature_set_all_empty"
    assert fault_of(folder_of(tmp_path / "y", a=np.zeros(3))).code == "feature_set_all_empty"
    assert fault_of(folder_of(tmp_path / "z")).code == "no_feature_files"
    assert fault_of(tmp_path / "nowhere").code == "features_not_found"
    assert fault_of(file_of(tmp_path / "x.docx", "x")).code == "features_not_found"
    for name in ("x.csv", "x.npz", "x.zip", "x.parquet", "x.csv.gz"):
        assert fault_of(file_of(tmp_path / name, "")).code == "file_is_empty"
