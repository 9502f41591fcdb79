"""Tables: columns told apart, bad cells named by row and column."""

import csv
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baseline.importing import import_features
from tests.unit.baseline.importing_cases import TABLE, fault_of, file_of, imported, rows_of


def test_a_table_takes_name_and_all_numbers(tmp_path: Path) -> None:
    content = "emotion,name,f0,actor,happy,loudness,,text\n"
    content += "sad,a,1,7,true,2e1,0,x\nsad,b,-3,7,false, .5 ,1,y\n"
    found = imported(file_of(tmp_path / "x.csv", content))
    assert rows_of(found) == {"a": [1, 20], "b": [-3, 0.5]}
    assert found.columns == ["f0", "loudness"]
    assert found.left_out == ["emotion", "actor", "happy", "", "text"]
    assert "left out: emotion, actor, happy" in str(found)


def test_without_a_column_called_name_the_first_text_names_the_clips(tmp_path: Path) -> None:
    found = imported(file_of(tmp_path / "x.csv", "f0,file,other\n1,a,u\n2,b,v\n"))
    assert rows_of(found) == {"a": [1], "b": [2]}
    found = import_features(
        "x",
        tmp_path / "x.csv",
        tmp_path / "other",
        modality="acoustic",
        name_column="other",
    )
    assert rows_of(found) == {"u": [1], "v": [2]}


COLUMNS = "name,f0,f1,f2,anger,fear,a:b"


@pytest.mark.parametrize(
    ("wanted", "taken"),
    [
        ("f0", ["f0"]),
        ("fear,f0", ["f0", "fear"]),
        ("f0:f2", ["f0", "f1", "f2"]),
        ("f2:f1, anger", ["f1", "f2", "anger"]),
        ("f?", ["f0", "f1", "f2"]),
        ("f*", ["f0", "f1", "f2", "fear"]),
        ("a*,f[01]", ["f0", "f1", "anger", "a:b"]),
        ("a:b", ["a:b"]),
        ("*", ["f0", "f1", "f2", "anger", "fear", "a:b"]),
    ],
)
def test_columns_are_chosen_by_name_pattern_and_range(
    tmp_path: Path, wanted: str, taken: list[str]
) -> None:
    source = file_of(tmp_path / "x.csv", f"{COLUMNS}\na,1,2,3,4,5,6\n")
    found = imported(source, columns=wanted)
    assert found.columns == taken
    values = dict(zip(COLUMNS.split(",")[1:], range(1, 7), strict=True))
    assert rows_of(found) == {"a": [values[column] for column in taken]}


@pytest.mark.parametrize("wanted", ["f9", "F0", "f0:f9", "x*", "f0,f9"])
def test_a_column_that_is_not_there_is_named(tmp_path: Path, wanted: str) -> None:
    fault = fault_of(file_of(tmp_path / "x.csv", f"{COLUMNS}\na,1,2,3,4,5,6\n"), columns=wanted)
    assert fault.code == "table_no_such_column"
    assert fault.params["column"] == wanted.rpartition(",")[2]


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + TABLE,
        TABLE.replace(",", ";"),
        TABLE.replace(",", "\t"),
        TABLE.replace("\n", "\r\n"),
        TABLE.replace("\n", "\r"),
        "\n\n" + TABLE + ",,\n\n",
        TABLE.rstrip(),
        TABLE.replace("a,", '" a ",').replace("4.5", '"4.5"'),
    ],
)
def test_a_table_may_be_written_in_many_ways(tmp_path: Path, content: str) -> None:
    found = imported(file_of(tmp_path / "x.csv", content))
    assert rows_of(found) == {"a": [1, 2], "b": [3, 4.5]}


BAD_TABLES: dict[str, tuple[str | bytes, str, dict[str, Any]]] = {
    "text": (TABLE + "c,1,loud\n", "table_no_number", {"cells": 'row 4, column loudness: "loud"'}),
    "comma": ("name;f0\na;1,5\n", "table_no_number", {"cells": 'row 2, column f0: "1,5"'}),
    "other length": (TABLE + "c,1\n", "table_row_length", {"row": 4, "cells": 2, "columns": 3}),
    "no row": ("name,f0\n", "table_without_rows", {}),
    "only blank rows": ("name,f0\n,\n\n", "table_without_rows", {}),
    "no numbers": ("name,mood\na,sad\n", "table_without_numbers", {"columns": "name, mood"}),
    "no names": ("f0,f1\n1,2\n", "table_without_names", {"columns": "f0, f1"}),
    "column twice": ("name,f0,f0\na,1,2\n", "table_column_twice", {"column": "f0"}),
    "clip twice": (TABLE + "a,1,1\n", "clips_with_two_rows", {"clips": "a", "count": 1}),
    "no name": (TABLE + ",1,1\n", "clip_name_unfit", {"count": 1}),
    "not UTF-8": (TABLE.encode() + "é,1,1\n".encode("latin-1"), "table_not_utf8", {}),
    "UTF-16": (TABLE.encode("utf-16"), "table_not_utf8", {"row": 1}),
    "open quote": (TABLE + 'c,"1,1\n', "table_not_csv", {"row": 4}),
    "infinite": (TABLE + "c,1,inf\n", "feature_not_finite", {"clip": "c", "index": 1}),
    "missing": (TABLE + "c,1,\n", "values_missing", {"places": "clip c, column loudness"}),
    "only a BOM": (b"\xef\xbb\xbf", "table_without_rows", {}),
    "zeros": (bytes(200), "table_without_rows", {}),
}


@pytest.mark.parametrize("what", BAD_TABLES)
def test_a_bad_table_is_refused_by_row_and_column(tmp_path: Path, what: str) -> None:
    content, code, params = BAD_TABLES[what]
    fault = fault_of(file_of(tmp_path / "x.csv", content))
    assert fault.code == code
    assert {key: fault.params.get(key) for key in params} == params


def test_many_bad_cells_are_counted_and_five_are_shown(tmp_path: Path) -> None:
    content = TABLE + "".join(f"c{number},x{number},1\n" for number in range(8))
    fault = fault_of(file_of(tmp_path / "x.csv", content))
    assert fault.params["count"] == 8
    assert fault.params["cells"].count("row") == 5 and fault.params["cells"].endswith("…")


def test_missing_values_become_the_mean_of_those_that_are_there(tmp_path: Path) -> None:
    content = "name,f0,f1,f2\na,1,,2\nb,NA,4,4\nc,3,8,nan\nno face,,,\n"
    source = file_of(tmp_path / "x.csv", content)
    fault = fault_of(source)
    assert (fault.params["count"], fault.params["clips"], fault.params["columns"]) == (3, 3, 3)
    found = imported(source, missing_values="mean")
    assert rows_of(found) == {"a": [1, 6, 2], "b": [2, 4, 4], "c": [3, 8, 3], "no face": [0, 0, 0]}
    assert found.store.empty.tolist() == [False, False, False, True]
    assert found.filled == 3
    assert found.store.source == "x.csv; 3 missing values filled with their column's mean"


def test_a_column_without_any_value_has_no_mean(tmp_path: Path) -> None:
    source = file_of(tmp_path / "x.csv", "name,f0,f1\na,1,\nb,2,\n")
    fault = fault_of(source, columns="f0,f1", missing_values="mean")
    assert (fault.code, fault.params["columns"]) == ("column_without_values", "column f1")
    found = imported(source)
    assert (found.columns, found.left_out) == (["f0"], ["f1"])


def test_a_column_whose_first_value_comes_late_is_still_told_apart(tmp_path: Path) -> None:
    content = "name,f0,f1,remark\na,1,,\nb,2,5,\nc,3,6,blurred\n"
    found = imported(file_of(tmp_path / "x.csv", content), missing_values="mean")
    assert (found.columns, found.left_out) == (["f0", "f1"], ["remark"])
    assert rows_of(found) == {"a": [1, 5.5], "b": [2, 5], "c": [3, 6]}


def test_columns_have_the_same_recipe_in_another_file_for_other_clips(tmp_path: Path) -> None:
    one = imported(file_of(tmp_path / "x.csv", TABLE)).store
    told: dict[str, Any] = {"modality": "acoustic", "missing_values": "mean"}
    file = file_of(tmp_path / "y.csv", "loudness,name,f0\n1,z,2\n,y,3\n")
    other = import_features("y", file, tmp_path / "y", columns="f0", **told).store
    assert other.recipe_id != one.recipe_id
    file = file_of(tmp_path / "z.csv", "name,f0,loudness\nz,2,3\ny,,3\n")
    assert import_features("z", file, tmp_path / "z", **told).store.recipe_id == one.recipe_id


def test_a_table_of_many_columns_is_read_as_the_csv_module_reads_it(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    values = random.normal(size=(50, 300)) * 10.0 ** random.integers(-30, 30, (50, 300))
    with (tmp_path / "x.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["name", *(f"f{n}" for n in range(300))])
        writer.writerows([f"clip {at}", *row] for at, row in enumerate(values.tolist()))
    assert (imported(tmp_path / "x.csv").store.matrix == values.astype(np.float32)).all()


@pytest.mark.parametrize("packed", [False, True])
def test_no_more_is_told_to_be_done_than_there_is(tmp_path: Path, packed: bool) -> None:
    content = "name,f0\n" + "".join(f"clip {row},{row}\n" for row in range(1200))
    data = gzip.compress(content.encode()) if packed else content.encode()
    told: list[tuple[int, int]] = []
    source = file_of(tmp_path / ("x.csv.gz" if packed else "x.csv"), data)
    imported(source, told=lambda done, total: told.append((done, total)))
    assert told == ([(500, 500), (1000, 1000)] if packed else [(500, 1200), (1000, 1200)])
