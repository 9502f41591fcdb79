"""D_l as a table: the authors' is read, and what breaks a rule is told by row and column."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baseline import labels
from baseline.errors import Fault
from baseline.labels import Labels

AUTHORS = "name,discrete,valence\nsample_1,happy,2.25\nsample_2,sad,-3\nsample_3,neutral,\n"


def read(folder: Path, text: str | bytes, **options: Any) -> Labels:
    file = folder / "train-label.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return labels.read(file, **options)


def test_the_authors_table_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, AUTHORS)
    assert found.names == ["sample_1", "sample_2", "sample_3"]
    assert found.emotions == ["happy", "sad", "neutral"]
    np.testing.assert_array_equal(found.valences, np.array([2.25, -3, np.nan], np.float32))
    assert (len(found), found.with_valence) == (3, 2)
    assert found.indices(["neutral", "sad", "happy"]).tolist() == [2, 1, 0]


def test_columns_may_come_in_any_order_with_others_beside_and_a_byte_order_mark(
    tmp_path: Path,
) -> None:
    text = '﻿speaker,valence,note,name,discrete,video\r\ns1,0.5,"x, ""y""\n",clip,sad,film\r\n\r\n'
    found = read(tmp_path, text)
    assert (found.names, found.emotions, found.speakers) == (["clip"], ["sad"], ["s1"])
    assert (found.videos, found.valences.tolist()) == (["film"], [0.5])


def test_there_may_be_no_valence_column_at_all(tmp_path: Path) -> None:
    assert read(tmp_path, "name,discrete\nclip,sad\n").with_valence == 0


def test_what_was_written_is_read_to_the_last_bit(tmp_path: Path) -> None:
    valences = np.random.default_rng(1).uniform(-5, 5, 40).astype(np.float32)
    valences[::7] = np.nan
    names = [f'clip "{number}", 片段' for number in range(40)]
    given = Labels(names, ["a", "b"] * 20, valences, [""] * 40, ["王"] * 40)
    labels.write(tmp_path / "labels.csv", given)
    found = labels.read(tmp_path / "labels.csv")
    assert found.same_as(given)
    assert not found.same_as(Labels(names, ["b", "a"] * 20, valences, [""] * 40, ["王"] * 40))
    assert not found.same_as(Labels(names, given.emotions, -valences, [""] * 40, ["王"] * 40))


@pytest.mark.parametrize(
    ("row", "code", "params"),
    [
        ("x,cheerful,1", "labels_unknown_class", {"column": "discrete", "value": "cheerful"}),
        ("x,,1", "labels_unknown_class", {"column": "discrete", "value": ""}),
        ("sample_1,sad,1", "labels_clip_stands_twice", {"value": "sample_1", "first": 2}),
        (" ,sad,1", "labels_clip_without_name", {"column": "name"}),
        ("x,sad,high", "labels_no_valence", {"value": "high", "low": "-5", "high": "5"}),
        ("x,sad,-10", "labels_no_valence", {"value": "-10"}),
        ("x,sad,nan", "labels_no_valence", {"value": "nan"}),
        ("x,sad,inf", "labels_no_valence", {"value": "inf"}),
        ("x,sad", "labels_row_of_other_length", {"cells": 2, "columns": 3}),
        ("x,sad,1,2", "labels_row_of_other_length", {"cells": 4}),
    ],
)
def test_a_row_that_breaks_a_rule_is_named(
    tmp_path: Path, row: str, code: str, params: dict[str, Any]
) -> None:
    with pytest.raises(Fault) as refused:
        read(tmp_path, f"{AUTHORS}{row}\n", classes=["happy", "sad", "neutral"])
    assert refused.value.code == code
    assert ({"row": 5, "file": "train-label.csv"} | params).items() <= refused.value.params.items()
    assert "row 5" in refused.value.text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "labels_lack_column"),
        ("Name,discrete,valence\nx,sad,1\n", "labels_lack_column"),
        ("name,discrete,name\nx,sad,y\n", "labels_lack_column"),
        ("name,discrete,valence\n", "no_labeled_clip"),
        ("name,discrete,valence\n\n,,\n", "no_labeled_clip"),
        ("name,discrete\nx,高兴\n".encode("gb18030"), "labels_not_utf8"),
        (f"name,discrete\n{'x' * 200_000},sad\n", "table_not_csv"),
    ],
)
def test_what_is_no_table_of_labels_is_refused(
    tmp_path: Path, text: str | bytes, code: str
) -> None:
    with pytest.raises(Fault) as refused:
        read(tmp_path, text)
    assert refused.value.code == code


def test_a_name_is_the_same_however_its_accents_are_coded(tmp_path: Path) -> None:
    assert read(tmp_path, "name,discrete\n e\u0301 ,sad\n").names == ["\u00e9"]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Fault, match=r"labels\.csv: No such file"):
        labels.read(tmp_path / "labels.csv")


def test_a_corpus_may_have_another_range_of_valence(tmp_path: Path) -> None:
    text = "name,discrete,valence\nclip,sad,9\n"
    assert read(tmp_path, text, valence_range=(1, 9)).valences.tolist() == [9]
    assert read(tmp_path, text, valence_range=None).valences.tolist() == [9]


def test_grouped_folds_need_the_group_of_each_clip(tmp_path: Path) -> None:
    found = read(tmp_path, "name,discrete,speaker\na,sad,王\nb,sad,\nc,sad,\n")
    assert found.groups("") is None
    with pytest.raises(Fault) as refused:
        found.groups("speaker")
    assert refused.value.code == "clips_without_group"
    assert refused.value.params == {"group_by": "speaker", "clip": "b", "count": 2}
