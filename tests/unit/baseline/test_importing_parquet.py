"""Parquet tables, with numbers or lists of numbers in their columns."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from baseline.importing import import_features
from tests.unit.baseline.importing_cases import fault_of, imported, rows_of


def test_parquet_gives_what_the_same_csv_gives(tmp_path: Path) -> None:
    table = pa.table(
        {
            "text": ["x", "y", "z"],
            "name": pa.array(["a", "b", "片"]).dictionary_encode(),
            "f0": pa.array([1, 2, None], pa.int32()),
            "happy": [True, False, True],
            "actor": [1, 2, 3],
            "f1": pa.array([0.5, 1.5, 2.5], pa.float64()),
        }
    )
    pq.write_table(table, tmp_path / "x.parquet")
    fault = fault_of(tmp_path / "x.parquet")
    assert (fault.code, fault.params["places"]) == ("values_missing", "clip 片, column f0")
    found = imported(tmp_path / "x.parquet", missing_values="mean")
    assert rows_of(found) == {"a": [1, 0.5], "b": [2, 1.5], "片": [1.5, 2.5]}
    assert (found.columns, found.left_out) == (["f0", "f1"], ["text", "happy", "actor"])


@pytest.mark.parametrize("kind", [pa.list_(pa.float32()), pa.list_(pa.float32(), 2)])
def test_parquet_with_a_list_per_clip(tmp_path: Path, kind: pa.DataType) -> None:
    lists = pa.array([[1, 2], None, [3, 4]], kind)
    pq.write_table(pa.table({"name": ["a", "b", "c"], "e": lists}), tmp_path / "x.parquet")
    found = imported(tmp_path / "x.parquet")
    assert rows_of(found) == {"a": [1, 2], "b": [0, 0], "c": [3, 4]}
    assert found.store.empty.tolist() == [False, True, False]
    assert found.columns == ["e[0]", "e[1]"]


def test_a_bad_parquet_table_is_refused(tmp_path: Path) -> None:
    def fault(table: dict[str, Any], **changes: Any) -> str:
        pq.write_table(pa.table(table), tmp_path / "x.parquet")
        return fault_of(tmp_path / "x.parquet", **changes).code

    assert fault({"f0": [1.0]}) == "table_without_names"
    assert fault({"name": ["a"], "mood": ["sad"]}) == "table_without_numbers"
    assert fault({"name": ["a"], "f0": ["1"]}, columns="f0") == "table_without_numbers"
    assert fault({"name": ["a"], "f0": [1.0]}, columns="f1") == "table_no_such_column"
    assert fault({"name": ["a", "b"], "e": [[1.0], [1.0, 2.0]]}) == "lists_differ"
    assert fault({"name": pa.array([], pa.string()), "f0": pa.array([], pa.int8())}) == (
        "table_without_rows"
    )
    assert fault({"name": ["a", None], "f0": [1.0, 2.0]}) == "clip_name_unfit"


def test_lists_that_end_with_nothing_and_numbers_beside_them(tmp_path: Path) -> None:
    """4,096 rows are read at a time: the last one's size is known from the others only."""
    rows = 4097
    lists = pa.array([[float(row), 1.0] for row in range(rows - 1)] + [None])
    names = [f"clip {row}" for row in range(rows)]
    table = {"name": names, "e": lists, "f0": np.arange(rows, dtype=np.int32)}
    pq.write_table(pa.table(table), tmp_path / "x.parquet")
    found = imported(tmp_path / "x.parquet", columns="e")
    assert found.store.matrix[-2:].tolist() == [[4095, 1], [0, 0]]
    assert found.store.empty.nonzero()[0].tolist() == [4096]
    both = import_features(
        "x", tmp_path / "x.parquet", tmp_path / "x", modality="visual", clips=names[:-1]
    )
    assert both.columns == ["f0", "e[0]", "e[1]"]
    assert both.store.matrix[7].tolist() == [7, 7, 1]


def test_many_columns_keep_their_order(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(5000, 150)).astype(np.float32)
    columns = {f"f{at}": values[:, at] for at in range(150)}
    names = [f"clip {row}" for row in range(5000)]
    pq.write_table(pa.table({**columns, "name": names}), tmp_path / "x.parquet")
    found = imported(tmp_path / "x.parquet")
    assert found.columns == list(columns)
    assert (found.store.matrix == values).all()
