"""An extraction that is killed costs at most the clip that it was at."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baseline.errors import Fault
from baseline.row_log import RowLog
from baseline.stores import FeatureStore

RECIPE = {"extractor": "hubert", "layers": "-1"}
ROOT = Path(__file__).resolve().parents[3]


def opened(file: Path, **changes: Any) -> RowLog:
    given: dict[str, Any] = {
        "name": "HL",
        "modality": "acoustic",
        "dimension": 3,
        "recipe": RECIPE,
        "source": "films",
    }
    return RowLog.open(file, **(given | changes))


def row(number: float) -> np.ndarray[Any, Any]:
    return np.array([number, number + 0.25, -number])


def test_clips_come_out_in_the_order_asked_for(tmp_path: Path) -> None:
    with opened(tmp_path / "log") as log:
        log.append("c", row(3))
        log.append("片", None)
        log.append("a", row(1))
    with opened(tmp_path / "log") as log:
        assert log.names == ["c", "片", "a"]
        assert "a" in log and "b" not in log and len(log) == 3
        log.append("b", row(2))
        store = log.finish(tmp_path / "HL", ["a", "b", "failed", "片", "c"])
    assert store.names == ["a", "b", "片", "c"]
    expected = [row(1).tolist(), row(2).tolist(), [0, 0, 0], row(3).tolist()]
    assert store.matrix.tolist() == expected
    assert store.empty.tolist() == [False, False, True, False]
    assert (store.name, store.modality, store.recipe) == ("HL", "acoustic", RECIPE)
    FeatureStore.open(tmp_path / "HL", verify=True)
    assert [path.name for path in tmp_path.iterdir()] == ["HL"]


@pytest.mark.parametrize("empty", [False, True])
def test_a_log_torn_at_any_byte_loses_the_last_clip_only(tmp_path: Path, empty: bool) -> None:
    file = tmp_path / "log"
    with opened(file) as log:
        log.append("a", row(1))
        log.append("b", row(2))
        whole = file.stat().st_size
        log.append("片段", None if empty else row(3))
    data = file.read_bytes()
    for length in range(whole, len(data)):
        file.write_bytes(data[:length])
        with opened(file) as log:
            assert log.names == ["a", "b"], length
            log.append("片段", None if empty else row(3))
        assert file.read_bytes() == data, length


def test_a_log_torn_in_its_heading_begins_anew(tmp_path: Path) -> None:
    file = tmp_path / "log"
    opened(file).close()
    data = file.read_bytes()
    for length in range(len(data)):
        file.write_bytes(data[:length])
        with opened(file) as log:
            assert log.names == []
        assert file.read_bytes() == data


@pytest.mark.parametrize("place", [0, 4, 5, 8, -1, -5])
def test_a_changed_byte_is_never_taken_for_a_feature(tmp_path: Path, place: int) -> None:
    file = tmp_path / "log"
    with opened(file) as log:
        log.append("a", row(1))
        whole = file.stat().st_size
        log.append("bcd", row(2))
    data = bytearray(file.read_bytes())
    data[whole + place if place >= 0 else place] ^= 0x40
    file.write_bytes(data)
    with opened(file) as log:
        assert log.names == ["a"]


WRITER = """
import sys, numpy as np
from baseline.row_log import RowLog
log = RowLog.open(sys.argv[1], name="HL", modality="acoustic", dimension=1000, recipe={}, source="")
number = len(log)
while True:
    log.append(f"clip {number}", np.full(1000, number))
    number += 1
    print(number, flush=True)
"""


def test_a_killed_extraction_goes_on_where_it_was(tmp_path: Path) -> None:
    file = tmp_path / "log"
    finished = 0
    for clips in (20, 50, 80):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            env={**os.environ},
        ) as writer:
            assert writer.stdout is not None
            for line in writer.stdout:
                finished = int(line)
                if finished >= clips:
                    break
            writer.send_signal(signal.SIGKILL)
    about = {"name": "HL", "modality": "acoustic", "dimension": 1000, "recipe": {}, "source": ""}
    with RowLog.open(file, **about) as log:  # type: ignore[arg-type]
        assert len(log) >= finished >= 80
        assert log.names == [f"clip {number}" for number in range(len(log))]
        store = log.finish(tmp_path / "HL", log.names)
    assert (store.matrix == np.arange(len(store.names))[:, None]).all()


def test_two_processes_never_write_to_one_log(tmp_path: Path) -> None:
    with opened(tmp_path / "log") as log:
        log.append("a", row(1))
        with pytest.raises(Fault) as caught:
            opened(tmp_path / "log")
        assert caught.value.code == "extraction_is_running"
    with opened(tmp_path / "log") as log:
        assert log.names == ["a"]


def test_rows_of_another_recipe_are_not_mixed_in(tmp_path: Path) -> None:
    opened(tmp_path / "log").close()
    with pytest.raises(Fault) as caught:
        opened(tmp_path / "log", recipe={"extractor": "hubert", "layers": "-2"})
    assert caught.value.code == "extraction_changed"
    assert caught.value.params["differs"] == "layers was -1, is -2"
    with pytest.raises(Fault) as caught:
        opened(tmp_path / "log", dimension=4)
    assert caught.value.params["differs"] == "dimension was 3, is 4"
    opened(tmp_path / "log", source="more films").close()


@pytest.mark.parametrize("content", [b"name,discrete\na,happy\n", b"no line", b"{}\n", b"\xff\n"])
def test_a_file_that_is_no_log_is_left_alone(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "log"
    file.write_bytes(content)
    with pytest.raises(Fault) as caught:
        opened(file)
    assert caught.value.code == "row_log_unreadable"
    assert file.read_bytes() == content


def test_what_is_no_row_is_refused_and_not_kept(tmp_path: Path) -> None:
    with opened(tmp_path / "log") as log:
        with pytest.raises(Fault) as caught:
            log.append("a", np.array([1, np.nan, 3]))
        assert caught.value.code == "feature_not_finite"
        assert (caught.value.params["clip"], caught.value.params["index"]) == ("a", 1)
        with pytest.raises(Fault, match="control character"):
            log.append("a/b", row(1))
        with pytest.raises(ValueError, match=r"a row of \(2,\)"):
            log.append("a", np.zeros(2))
        assert len(log) == 0


def test_an_extraction_without_one_clip_makes_no_set(tmp_path: Path) -> None:
    with opened(tmp_path / "log") as log:
        with pytest.raises(Fault) as caught:
            log.finish(tmp_path / "HL", ["a", "b"])
        assert caught.value.code == "feature_set_without_clips"
    assert [path.name for path in tmp_path.iterdir()] == ["log"]


def finished(tmp_path: Path) -> FeatureStore:
    with opened(tmp_path / "log") as log:
        log.append("a", row(1))
        log.append("b", None)
        return log.finish(tmp_path / "HL", ["a", "b"])


def test_a_store_is_extended_by_what_was_extracted_since(tmp_path: Path) -> None:
    old = finished(tmp_path)
    with opened(tmp_path / "log") as log:
        log.append("d", row(4))
        log.append("c", None)
        new = log.finish(tmp_path / "HL", ["d", "a", "c", "failed"], extending=old)
    assert new.names == ["b", "d", "a", "c"]
    assert new.empty.tolist() == [True, False, False, True]
    assert new.matrix.tolist() == [[0, 0, 0], row(4).tolist(), row(1).tolist(), [0, 0, 0]]
    assert [path.name for path in tmp_path.iterdir()] == ["HL"]
    FeatureStore.open(tmp_path / "HL", verify=True)


def test_only_a_store_of_the_same_recipe_is_extended(tmp_path: Path) -> None:
    old = finished(tmp_path)
    with opened(tmp_path / "log", recipe={"extractor": "wavlm"}) as log:
        log.append("c", row(3))
        with pytest.raises(Fault) as caught:
            log.finish(tmp_path / "HL", ["c"], extending=old)
    assert caught.value.code == "extraction_changed"
    assert FeatureStore.open(tmp_path / "HL", verify=True).names == ["a", "b"]


def test_another_store_is_never_overwritten(tmp_path: Path) -> None:
    old = finished(tmp_path)
    with opened(tmp_path / "log") as log:
        log.append("c", row(3))
        for extending in (None, FeatureStore.open(old.folder.rename(tmp_path / "moved"))):
            (tmp_path / "HL").mkdir(exist_ok=True)
            (tmp_path / "HL" / "notes.txt").write_text("mine")
            with pytest.raises(Fault) as caught:
                log.finish(tmp_path / "HL", ["c"], extending=extending)
            assert caught.value.code == "folder_is_taken"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["HL", "log", "moved"]
    assert [path.name for path in (tmp_path / "HL").iterdir()] == ["notes.txt"]
