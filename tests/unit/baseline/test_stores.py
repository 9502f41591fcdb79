"""Feature sets on disk: whole or not at all, small mistakes named, large ones cheap."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from baseline.errors import Fault
from baseline.stores import FeatureStore, recipe_id, write_store

NAMES = ["sample_1", "sample_10", "片段 三", "a b.c"]


def written(folder: Path, **changes: Any) -> FeatureStore:
    matrix = np.arange(12, dtype=np.float32).reshape(4, 3) + 1
    matrix[2] = 0
    given: dict[str, Any] = {
        "name": "HL",
        "modality": "acoustic",
        "names": NAMES,
        "matrix": matrix,
        "empty": np.array([False, False, True, False]),
        "recipe": {"extractor": "hubert", "layers": "-1"},
        "source": "films",
    }
    return write_store(folder, **(given | changes))


def fault_of(*arguments: Any, **words: Any) -> Fault:
    with pytest.raises(Fault) as caught:
        written(*arguments, **words)
    return caught.value


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written(tmp_path / "HL")
    store = FeatureStore.open(tmp_path / "HL", verify=True)
    assert (store.name, store.modality, store.dimension) == ("HL", "acoustic", 3)
    assert store.names == NAMES
    assert store.empty.tolist() == [False, False, True, False]
    assert store.recipe == {"extractor": "hubert", "layers": "-1"}
    assert store.take(["片段 三", "sample_10"]).tolist() == [[0, 0, 0], [4, 5, 6]]
    assert isinstance(store.matrix, np.memmap)
    about = json.loads((tmp_path / "HL" / "about.json").read_text())
    assert (about["clips"], about["empty"], about["source"]) == (4, 1, "films")


def test_the_files_are_what_numpy_itself_reads(tmp_path: Path) -> None:
    written(tmp_path / "HL")
    matrix = np.load(tmp_path / "HL" / "matrix.npy", allow_pickle=False)
    assert matrix.dtype == np.float32 and matrix.flags.c_contiguous
    assert matrix.tolist() == [[1, 2, 3], [4, 5, 6], [0, 0, 0], [10, 11, 12]]
    assert np.load(tmp_path / "HL" / "empty.npy").dtype == bool
    assert (tmp_path / "HL" / "clips.txt").read_text() == "".join(f"{n}\n" for n in NAMES)


def test_a_clip_is_found_by_its_whole_name_only(tmp_path: Path) -> None:
    store = written(tmp_path / "HL")
    assert store.rows(["sample_10", "sample_1", "sample", "sample_100"]).tolist() == [1, 0, -1, -1]


def test_clips_without_features_are_counted_and_named(tmp_path: Path) -> None:
    store = written(tmp_path / "HL")
    with pytest.raises(Fault) as caught:
        store.take(["sample_1", *(f"other_{n}" for n in range(7))])
    assert caught.value.code == "clips_without_features"
    assert caught.value.params["count"] == 7
    assert caught.value.params["clips"] == "other_0, other_1, other_2, other_3, other_4 …"
    assert "HL" in caught.value.text and "other_5" not in caught.value.text


def test_the_digest_is_that_of_the_contents_alone(tmp_path: Path) -> None:
    first = written(tmp_path / "a")
    assert written(tmp_path / "b", name="other", source="elsewhere").digest == first.digest
    other = np.array(first.matrix)
    other[0, 0] += 1
    assert written(tmp_path / "c", matrix=other).digest != first.digest
    assert written(tmp_path / "d", names=NAMES[::-1]).digest != first.digest
    nothing_empty = np.zeros(4, dtype=bool)
    assert written(tmp_path / "e", empty=nothing_empty).digest != first.digest


def test_a_recipe_has_the_same_id_whatever_its_order() -> None:
    one = recipe_id({"extractor": "hubert", "layers": "-1"})
    assert one == recipe_id({"layers": "-1", "extractor": "hubert"})
    assert one != recipe_id({"layers": "-2", "extractor": "hubert"})
    told = '{"extractor":"hubert","layers":"-1"}'
    assert one == hashlib.sha256(told.encode()).hexdigest()


@pytest.mark.parametrize("kind", [np.float64, np.float16, np.int32, np.uint8, ">f4"])
def test_any_kind_of_number_becomes_float32(tmp_path: Path, kind: Any) -> None:
    matrix = np.arange(12).reshape(4, 3).astype(kind)
    store = written(tmp_path / "HL", matrix=matrix, empty=np.zeros(4, dtype=bool))
    assert store.matrix.dtype == np.float32
    assert store.matrix.tolist() == np.arange(12).reshape(4, 3).tolist()
    FeatureStore.open(store.folder, verify=True)


def test_a_transposed_matrix_is_kept_row_by_row(tmp_path: Path) -> None:
    matrix = np.asfortranarray(np.arange(12.0).reshape(4, 3))
    store = written(tmp_path / "HL", matrix=matrix, empty=np.zeros(4, dtype=bool))
    assert store.matrix.flags.c_contiguous and (store.matrix == matrix).all()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 1e39])
def test_a_value_that_is_no_finite_number_is_named(tmp_path: Path, value: float) -> None:
    matrix = np.ones((4, 3))
    matrix[3, 1] = value
    fault = fault_of(tmp_path / "HL", matrix=matrix, empty=np.zeros(4, dtype=bool))
    assert fault.code == "feature_not_finite"
    assert (fault.params["clip"], fault.params["index"]) == ("a b.c", 1)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("names", "code", "told"),
    [
        (["a", "b", "a", "b"], "clips_with_two_rows", "a, b"),
        (["a", "b", "c/d", "e"], "clip_name_unfit", "c/d"),
        (["a", "b", "c\nd", "e"], "clip_name_unfit", r"c\nd"),
        (["a", "b", "\x00", "e"], "clip_name_unfit", r"\x00"),
        (["a", "b", "\x85", "e"], "clip_name_unfit", r"\x85"),
        (["a", "b", "\udc80", "e"], "clip_name_unfit", r"\udc80"),
        (["a", "b", "", "e"], "clip_name_unfit", '""'),
    ],
)
def test_names_that_no_line_can_hold_are_refused(
    tmp_path: Path, names: list[str], code: str, told: str
) -> None:
    fault = fault_of(tmp_path / "HL", names=names)
    assert (fault.code, fault.params["clips"]) == (code, told)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["\u2028", "e\u0301", "=1+1", " a ", "😀", "..", "a\\b"])
def test_any_other_name_is_kept_to_the_letter(tmp_path: Path, name: str) -> None:
    written(tmp_path / "HL", names=["x", "y", "z", name])
    assert FeatureStore.open(tmp_path / "HL", verify=True).names[3] == name


def test_a_set_without_clips_is_refused(tmp_path: Path) -> None:
    fault = fault_of(tmp_path / "HL", names=[], matrix=np.zeros((0, 3)), empty=np.zeros(0, bool))
    assert fault.code == "feature_set_without_clips"


def test_nothing_is_overwritten_unless_asked_for(tmp_path: Path) -> None:
    first = written(tmp_path / "HL")
    assert fault_of(tmp_path / "HL").code == "folder_is_taken"
    assert FeatureStore.open(tmp_path / "HL").made_at == first.made_at
    store = written(tmp_path / "HL", source="again", replace=True)
    assert FeatureStore.open(tmp_path / "HL", verify=True).source == store.source == "again"
    assert first.take(["sample_1"]).tolist() == [[1, 2, 3]]  # who has it open reads on
    assert [path.name for path in tmp_path.iterdir()] == ["HL"]


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "HL").mkdir()
    assert written(tmp_path / "HL").names == NAMES


DAMAGE = {
    "a byte of the matrix": ("matrix.npy", lambda data: data[:-1] + b"\x01"),
    "the matrix cut off": ("matrix.npy", lambda data: data[:-1]),
    "the matrix with more": ("matrix.npy", lambda data: data + bytes(2048)),
    "no matrix": ("matrix.npy", lambda data: b""),
    "a matrix of float64": ("matrix.npy", lambda data: data.replace(b"<f4", b"<f8")),
    "a matrix of objects": ("matrix.npy", lambda data: data.replace(b"<f4", b"|O8")),
    "another name": ("clips.txt", lambda data: data.replace(b"sample_10", b"sample_11")),
    "a name less": ("clips.txt", lambda data: data.replace(b"sample_10\n", b"")),
    "a name twice": ("clips.txt", lambda data: data.replace(b"sample_10", b"sample_1")),
    "names in another coding": ("clips.txt", lambda data: "é\nb\nc\nd\n".encode("latin-1")),
    "an empty flag": ("empty.npy", lambda data: data[:-1] + b"\x01"),
    "flags cut off": ("empty.npy", lambda data: data[:-1]),
    "no digest": ("about.json", lambda data: data.replace(b"digest", b"digits")),
    "a modality that is none": ("about.json", lambda data: data.replace(b"acoustic", b"haptic")),
    "about.json cut off": ("about.json", lambda data: data[:40]),
    "a dimension more": ("about.json", lambda data: data.replace(b'on": 3', b'on": 4')),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_noticed(tmp_path: Path, damage: str) -> None:
    written(tmp_path / "HL")
    name, changed = DAMAGE[damage]
    file = tmp_path / "HL" / name
    before = file.read_bytes()
    file.write_bytes(changed(before))
    assert file.read_bytes() != before
    with pytest.raises(Fault) as caught:
        FeatureStore.open(tmp_path / "HL", verify=True)
    assert caught.value.code == "feature_store_damaged"


@pytest.mark.parametrize("name", ["matrix.npy", "clips.txt", "empty.npy"])
def test_a_file_that_lacks_is_noticed(tmp_path: Path, name: str) -> None:
    written(tmp_path / "HL")
    (tmp_path / "HL" / name).unlink()
    with pytest.raises(Fault) as caught:
        FeatureStore.open(tmp_path / "HL")
    assert caught.value.code == "feature_store_damaged"


def test_other_folders_and_other_formats_are_told_apart(tmp_path: Path) -> None:
    for there in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(Fault) as caught:
            FeatureStore.open(there)
        assert caught.value.code == "feature_store_missing"
    written(tmp_path / "HL")
    about = tmp_path / "HL" / "about.json"
    about.write_text(about.read_text().replace('"format": 1', '"format": 2'))
    with pytest.raises(Fault) as caught:
        FeatureStore.open(tmp_path / "HL")
    assert caught.value.code == "feature_store_unknown_format"


WRITER = """
import sys, numpy as np
from baseline.stores import write_blocks
def blocks():
    yield np.ones((1, 2))
    print("half", flush=True)
    sys.stdin.read()
about = {"name": "HL", "modality": "acoustic", "source": "", "recipe": {}}
write_blocks(sys.argv[1], about, ["a", "b"], 2, blocks(), np.zeros(2, bool))
"""


def test_a_store_is_never_half_there_and_its_remains_are_removed(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-c", WRITER, str(tmp_path / "HL")]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ}
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"half\n"
        assert not (tmp_path / "HL").exists()
        alive = written(tmp_path / "HL")  # beside a living writer: its files stay
        assert len(list(tmp_path.iterdir())) == 2
        writer.send_signal(signal.SIGKILL)
    assert alive.names == NAMES
    written(tmp_path / "HL", replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["HL"]


def test_a_large_store_is_opened_in_no_time(tmp_path: Path) -> None:
    clips, dimension = 78_000, 16
    names = [f"sample_{number:08d}" for number in range(clips)]
    matrix = np.zeros((clips, dimension), dtype=np.float32)
    written(tmp_path / "HL", names=names, matrix=matrix, empty=np.ones(clips, dtype=bool))
    start = time.process_time()
    store = FeatureStore.open(tmp_path / "HL")
    rows = store.rows(names[::-1])
    assert time.process_time() - start < 1
    assert rows[0] == clips - 1
