"""Whose features these are, and what the commands say."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from baseline.clip_names import clips_in
from baseline.errors import Fault
from tests.unit.baseline.importing_cases import (
    TABLE,
    fault_of,
    file_of,
    folder_of,
    imported,
    rows_of,
)

ROOT = Path(__file__).resolve().parents[3]


def test_names_match_whole_or_without_folder_and_extension(tmp_path: Path) -> None:
    content = "name,f0\nwav/sample_10.wav,10\nsample_1.mp4,1\nsample_2,2\nsample_3.x.y,3\n"
    content += "samp,7\nsample_22,8\nother,9\n"
    clips = ["sample_1", "sample_2", "sample_3.x", "sample_10", "sample_100", "sample"]
    found = imported(file_of(tmp_path / "x.csv", content), clips=clips)
    assert rows_of(found) == {
        "sample_1": [1],
        "sample_2": [2],
        "sample_3.x": [3],
        "sample_10": [10],
    }
    assert found.unknown == ["samp", "sample_22", "other"]
    assert found.lacking == ["sample_100", "sample"]
    assert "3 names no clip: samp, sample_22, other" in str(found)
    assert "2 clips lacking: sample_100, sample" in str(found)


def test_a_name_is_the_same_however_its_accents_are_coded(tmp_path: Path) -> None:
    found = imported(file_of(tmp_path / "x.csv", "name,f0\ne\u0301,1\n"), clips=["\u00e9"])
    assert rows_of(found) == {"\u00e9": [1]}


def test_spaces_around_a_name_are_not_part_of_it(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "x", **{" sample 1 ": [1.0, 2.0]})
    assert rows_of(imported(source)) == {"sample 1": [1, 2]}


def test_two_names_of_one_clip_are_refused(tmp_path: Path) -> None:
    source = file_of(tmp_path / "x.csv", "name,f0\na.wav,1\na,2\n")
    fault = fault_of(source, clips=["a"])
    assert (fault.code, fault.params["clips"]) == ("clips_with_two_rows", "a")
    assert rows_of(imported(source, clips=["a", "a.wav"])) == {"a": [2], "a.wav": [1]}


def test_a_set_of_other_clips_altogether_is_refused(tmp_path: Path) -> None:
    fault = fault_of(file_of(tmp_path / "x.csv", TABLE), clips=["c", "d"])
    assert fault.code == "no_clip_matches"
    assert (fault.params["found"], fault.params["clips"]) == ("a, b", "c, d")


def test_values_that_other_clips_lack_do_not_matter(tmp_path: Path) -> None:
    source = file_of(tmp_path / "x.csv", TABLE + "c,,1\n")
    assert rows_of(imported(source, clips=["a"])) == {"a": [1, 2]}


@pytest.mark.parametrize(
    ("content", "clips"),
    [
        ("a\n b \n\na\nc d\n", ["a", "b", "c d"]),
        ("\ufeffa\r\nb\r\n", ["a", "b"]),
        ("e\u0301\n", ["\u00e9"]),
        ("name,discrete,valence\na,happy,1\nb,sad,\n", ["a", "b"]),
        ('discrete,name\nhappy,"a,b"\nsad,c\n', ["a,b", "c"]),
    ],
)
def test_clips_are_listed_as_lines_or_as_a_table(
    tmp_path: Path, content: str, clips: Sequence[str]
) -> None:
    assert clips_in(file_of(tmp_path / "clips", content)) == clips


def test_a_list_without_clips_is_refused(tmp_path: Path) -> None:
    for content, code in ((b"\n", "no_clips_listed"), (b"name\n", "no_clips_listed")):
        with pytest.raises(Fault) as caught:
            clips_in(file_of(tmp_path / "clips", content))
        assert caught.value.code == code
    with pytest.raises(Fault) as caught:
        clips_in(file_of(tmp_path / "clips", "é".encode("latin-1")))
    assert caught.value.code == "clips_not_utf8"


def command(where: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "baseline", *arguments],
        cwd=where,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_imports_and_tells(tmp_path: Path) -> None:
    folder_of(tmp_path / "x", **{f"s_{number}": [1.0, 2.0] for number in range(1100)})
    (tmp_path / "clips.txt").write_text("s_1\ns_10\nelsewhere\n")
    done = command(
        tmp_path,
        *["import-features", "HL", "x", "--modality", "acoustic", "--clips", "clips.txt"],
        "--progress=lines",
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["done"], one["total"]) for one in told] == [
        (0, 1100),
        (500, 1100),
        (1000, 1100),
        (2, 2),
    ]
    last = told[-1]["params"]
    assert (last["clips"], last["unknown"], last["lacking"], last["dimension"]) == (2, 1098, 1, 2)
    shown = command(tmp_path, "features", "HL", "--verify")
    assert shown.returncode == 0
    assert "clips      2 (0 empty)" in shown.stdout and "(verified)" in shown.stdout


def test_the_command_refuses_in_one_sentence(tmp_path: Path) -> None:
    file_of(tmp_path / "x.csv", "name,f0\na,\n")
    words = ["import-features", "HL", "x.csv", "--modality", "acoustic", "--columns", "f0"]
    done = command(tmp_path, *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: feature set HL: ") and done.stderr.count("\n") == 1
    lines = command(tmp_path, *words, "--progress", "lines")
    assert lines.returncode == 2
    assert json.loads(lines.stdout)["fault"]["code"] == "feature_set_all_empty"
    assert command(tmp_path, "features", ".").returncode == 2
