"""Archives: read in place, and never trusted."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baseline.importing import import_features
from tests.unit.baseline.importing_cases import (
    TABLE,
    fault_of,
    file_of,
    imported,
    rows_of,
    zip_of,
)


def test_a_zip_of_the_layout_is_read_in_place(tmp_path: Path) -> None:
    entries = {
        "features/IS09/a.npy": np.array([1.0, 2.0]),
        "features/IS09/片段.npy": np.array([[1.0, 2.0], [3.0, 4.0]]),
        "features/IS09/c/1.npy": np.array([5.0, 6.0]),
        "features/IS09/c/2.npy": np.array([7.0, 8.0]),
        "features/IS09/none/": b"",
        "__MACOSX/features/IS09/._a.npy": b"x",
        "features/.DS_Store": b"x",
    }
    found = imported(zip_of(tmp_path / "x.zip", entries))
    assert rows_of(found) == {"a": [1, 2], "片段": [2, 3], "c": [6, 7], "none": [0, 0]}


def test_an_npz_holds_a_table_or_an_array_per_clip(tmp_path: Path) -> None:
    names, features = np.array(["a", "b"]), np.array([[1, 2], [3, 4]])
    np.savez(tmp_path / "table.npz", names=names, features=features, labels=[0, 1])
    found = imported(tmp_path / "table.npz")
    assert rows_of(found) == {"a": [1, 2], "b": [3, 4]}
    assert found.left_out == ["labels"]
    np.savez_compressed(tmp_path / "clips.npz", a=features, b=features[0])
    other = import_features("x", tmp_path / "clips.npz", tmp_path / "other", modality="visual")
    assert rows_of(other) == {"a": [2, 3], "b": [1, 2]}


def test_an_npz_table_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    def fault(**arrays: Any) -> str:
        np.savez(tmp_path / "x.npz", **arrays)
        return fault_of(tmp_path / "x.npz").code

    names = np.array(["a", "b"])
    assert fault(names=names) == "npz_half_a_table"
    assert fault(features=np.ones((2, 2))) == "npz_half_a_table"
    assert fault(names=names, features=np.ones((3, 2))) == "names_and_rows_differ"
    assert fault(names=names, features=np.ones(2)) == "feature_file_shape"
    assert fault(names=np.arange(2), features=np.ones((2, 2))) == "feature_file_not_numbers"
    assert fault(names=np.array(["a", "a"]), features=np.ones((2, 2))) == "clips_with_two_rows"


def test_a_zip_may_hold_one_table(tmp_path: Path) -> None:
    found = imported(zip_of(tmp_path / "x.zip", {"folder/x.csv": TABLE.encode()}))
    assert rows_of(found) == {"a": [1, 2], "b": [3, 4.5]}


@pytest.mark.parametrize("path", ["../a.npy", "/a.npy", "x/../../a.npy", "C:\\a.npy", "..\\a.npy"])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str) -> None:
    fault = fault_of(zip_of(tmp_path / "x.zip", {"b.npy": [1.0], path: [1.0]}))
    assert (fault.code, fault.params["paths"]) == ("archive_path_outside", path)


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    data = bytearray(zip_of(tmp_path / "x.zip", {"b.npy": [1.0]}).read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert fault_of(file_of(tmp_path / "x.zip", bytes(data))).code == "archive_encrypted"


@pytest.mark.parametrize("name", ["x.zip", "x.npz"])
def test_an_archive_that_unpacks_to_far_more_is_refused(tmp_path: Path, name: str) -> None:
    bomb = zip_of(tmp_path / name, {"a.npy": np.zeros(90 * 1024 * 1024 // 8)})
    assert bomb.stat().st_size < 100_000
    fault = fault_of(bomb)
    assert (fault.code, fault.params["size"]) == ("archive_too_large", 90)


def test_a_packed_table_that_unpacks_to_far_more_is_refused(tmp_path: Path) -> None:
    bomb = file_of(tmp_path / "x.csv.gz", gzip.compress(b" " * 80 * 1024 * 1024, 6))
    assert fault_of(bomb).code == "archive_too_large"


@pytest.mark.parametrize("name", ["x.zip", "x.npz", "x.csv.gz", "x.parquet"])
def test_what_is_no_archive_or_is_cut_off_is_refused(tmp_path: Path, name: str) -> None:
    codes = {"archive_damaged", "not_parquet"}
    assert fault_of(file_of(tmp_path / name, b"PK no archive at all")).code in codes
    table = pa.table({"name": ["a", "b"], "f0": [1.0, 2.0]})
    whole = tmp_path / "whole"
    if name == "x.parquet":
        pq.write_table(table, whole)
    elif name == "x.csv.gz":
        whole.write_bytes(gzip.compress(TABLE.encode() * 99))
    else:
        zip_of(whole, {"a.npy": np.random.default_rng(0).normal(size=99)})
    data = whole.read_bytes()
    assert fault_of(file_of(tmp_path / name, data[: len(data) // 2])).code in codes
    changed = bytearray(data)
    changed[len(data) // 2] ^= 0xFF
    if name != "x.parquet":  # which has no checksum by default
        assert fault_of(file_of(tmp_path / name, bytes(changed))).code in codes
