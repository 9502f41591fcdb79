"""Manifests and folders: what an import is about, and what is wrong with it."""

from pathlib import Path

import pytest

from collection.manifest import entries_of_folder, locate_below, read_manifest
from jobs.errors import Refusal


def read(text: str | bytes, folder: Path = Path("/nowhere")) -> list:
    content = text.encode() if isinstance(text, str) else text
    return read_manifest(content, name="m.csv", locate=locate_below(folder))


def refused(text: str | bytes, folder: Path = Path("/nowhere")) -> str:
    with pytest.raises(Refusal) as caught:
        read(text, folder)
    assert caught.value.detail.startswith("m.csv: ")
    return caught.value.detail


def test_only_the_name_is_required() -> None:
    rows = read("name\nsample_00000000\nsample_00000001\n")
    assert [(row.name, row.file, row.row) for row in rows] == [
        ("sample_00000000", "", 2),
        ("sample_00000001", "", 3),
    ]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_all_columns_in_any_order_with_and_without_a_byte_order_mark(
    tmp_path: Path, mark: bytes
) -> None:
    (tmp_path / "影片 1.mp4").touch()
    text = (
        "speaker,end,start,video,transcript,content_warning,file,name\n"
        '甲,3.5,1,"Film, 1","He said ""no""\nand left",有人受伤,影片 1.mp4,c1\n'
    )
    (row,) = read(mark + text.encode(), tmp_path)
    assert (row.name, row.file, row.speaker, row.video) == ("c1", "影片 1.mp4", "甲", "Film, 1")
    assert (row.start, row.end) == (1.0, 3.5)
    assert row.transcript == 'He said "no"\nand left'
    assert row.content_warning == "有人受伤"
    assert row.path == tmp_path.resolve() / "影片 1.mp4"


def test_white_space_around_a_heading_means_nothing() -> None:
    (row,) = read("name , speaker\r\nc1, anna\r\n")
    assert (row.name, row.speaker) == ("c1", "anna")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", 'row 1, column name: "": the column is missing'),
        ("file\na.mp4\n", 'row 1, column name: "": the column is missing'),
        ("name;file\na;a.mp4\n", "row 1: the cells are separated by semicolons; save it with"),
        ("name,mood\na,b\n", 'row 1, column mood: "mood": there is no such column'),
        ("name,name\na,b\n", 'row 1, column name: "name": the column stands there twice'),
        ("name\n", "no row below the heading"),
        ("name,start\na,soon\n", 'row 2, column start: "soon"'),
        ("name,start\na,nan\n", "row 2, column start"),
        ("name,start\na,-1\n", "row 2, column start"),
        ("name,end\na,inf\n", "row 2, column end"),
        ("name,start,end\na,2,2\n", "row 2, column end"),
        ("name\na\nb\na\n", 'row 4, column name: "a": a clip\'s name stands once; row 2'),
        ("name,speaker\n,b\n", "row 2, column name"),
        ("name\na/b\n", "slash"),
        ("name\na\x01b\n", "control characters"),
        (f"name\n{'a' * 256}\n", "256 characters, at most 255"),
        ("name,file\na,gone.mp4\n", 'row 2, column file: "gone.mp4": there is no such file'),
        ("name,file\na,../x.mp4\n", "outside the manifest's folder"),
        ("name,file\na,/etc/passwd\n", "outside the manifest's folder"),
        ("name\na,b\n", "row 2: it has more cells"),
        (b"name\ncaf\xe9\n", "row 2: this is not UTF-8"),
        ('name\n"a\n', "this is not CSV"),
    ],
)
def test_what_is_wrong_is_told_by_row_and_column(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    assert said in refused(text, tmp_path)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside.mp4", tmp_path / "folder"
    outside.touch()
    folder.mkdir()
    (folder / "in.mp4").symlink_to(outside)
    assert "outside the manifest's folder" in refused("name,file\na,in.mp4\n", folder)


def test_a_file_is_one_clip(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    assert "row 2 has it already" in refused("name,file\na,a.mp4\nb,./a.mp4\n", tmp_path)


def test_many_errors_are_counted_and_the_first_are_shown() -> None:
    detail = refused("name,start\n" + "".join(f"c{i},x\n" for i in range(40)))
    assert "row 11, column start" in detail
    assert "row 12" not in detail
    assert "and 30 more" in detail


def test_a_folder_names_its_clips_after_their_files(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("a 'x' \"y\".mp4", "你好.mkv", "b/c.d.mpg", ".hidden.mp4", "b/.DS_Store"):
        (tmp_path / name).touch()
    found = {(entry.name, entry.file) for entry in entries_of_folder(tmp_path)}
    assert found == {
        ("a 'x' \"y\"", "a 'x' \"y\".mp4"),
        ("你好", "你好.mkv"),
        ("c.d", "b/c.d.mpg"),
    }


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="there is no file in this folder"):
        entries_of_folder(tmp_path)
