"""Imports from a folder, a manifest and sent files; refused files, duplicates, kills."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from collection import actions, importing
from collection.manifest import entries_of_folder, locate_below, read_manifest
from collection.models import Clip, ClipImport, Corpus, ImportedFile
from collection.probing import probe
from collection.storage import exists, media_path, sha256_of
from collection.tasks import import_clips
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Cancelled, Silent
from tests.films import cut, film

AVI = ("-c:v", "mpeg4", "-c:a", "libmp3lame")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    return folder


def import_folder(corpus: Corpus, folder: Path) -> dict[str, ImportedFile]:
    clip_import = actions.create_import(corpus=corpus, created_by=None)
    importing.run_import(
        clip_import=clip_import, entries=entries_of_folder(folder), progress=Silent()
    )
    return {file.name: file for file in clip_import.files.select_related("clip")}


def import_manifest(corpus: Corpus, folder: Path, text: str) -> dict[str, ImportedFile]:
    clip_import = actions.create_import(corpus=corpus, created_by=None)
    entries = read_manifest(text.encode(), name="m.csv", locate=locate_below(folder))
    importing.run_import(clip_import=clip_import, entries=entries, progress=Silent())
    return {file.name: file for file in clip_import.files.select_related("clip")}


def send(corpus: Corpus, coordinator: User, *paths: Path, start: bool = True) -> ClipImport:
    clip_import = actions.create_import(corpus=corpus, created_by=coordinator)
    for path in paths:
        actions.add_file(
            clip_import=clip_import, name=path.name, chunks=[path.read_bytes()], size=None
        )
    if start:
        clip_import = actions.start_import(clip_import=clip_import, started_by=coordinator)
    return clip_import


def outcomes(files: dict[str, ImportedFile]) -> dict[str, str]:
    return {name: file.outcome for name, file in files.items()}


def test_good_files_become_clips_and_bad_ones_are_refused_by_name(
    corpus: Corpus, folder: Path
) -> None:
    film(folder / "plain.mp4")
    film(folder / "old one.avi", codecs=AVI, hue=40)
    film(folder / "名字 'x' \"y\".mp4", hue=80)
    cut(film(folder.parent / "whole.mp4", seconds=4), 0.5, folder / "cut.mp4")
    (folder / "empty.mp4").touch()
    (folder / "text.mp4").write_text("no film")
    files = import_folder(corpus, folder)
    assert outcomes(files) == {
        "plain.mp4": "imported",
        "old one.avi": "imported",
        "名字 'x' \"y\".mp4": "imported",
        "cut.mp4": "refused",
        "empty.mp4": "refused",
        "text.mp4": "refused",
    }
    assert files["cut.mp4"].reason.startswith("cut.mp4: it ends after")
    assert set(corpus.clips.values_list("name", flat=True)) == {
        "plain",
        "old one",
        "名字 'x' \"y\"",
    }
    plain, old = corpus.clips.get(name="plain"), corpus.clips.get(name="old one")
    assert plain.file == plain.playable and old.file != old.playable
    assert plain.sha256 == sha256_of(media_path(plain.file)) == sha256_of(folder / "plain.mp4")
    assert probe(media_path(old.playable), "copy").video_codec == "h264"
    assert (old.width, old.height, old.has_audio) == (160, 120, True)
    assert old.duration == pytest.approx(1.0, abs=0.1)


def test_no_half_written_file_is_left(corpus: Corpus, folder: Path, media_root: Path) -> None:
    film(folder / "a.avi", codecs=AVI)
    clip_import = actions.create_import(corpus=corpus, created_by=None)
    entries = entries_of_folder(folder)
    importing.run_import(clip_import=clip_import, entries=entries, progress=Silent())
    clip = corpus.clips.get()
    kept = {path.relative_to(media_root) for path in media_root.rglob("*") if path.is_file()}
    assert kept == {Path(clip.file), Path(clip.playable)}


def test_the_same_content_twice_is_reported_with_the_clips_name(
    corpus: Corpus, folder: Path
) -> None:
    first = film(folder / "a.mp4")
    shutil.copy(first, folder / "b.mp4")
    files = import_folder(corpus, folder)
    assert outcomes(files) == {"a.mp4": "imported", "b.mp4": "duplicate"}
    assert files["b.mp4"].reason == ("b.mp4: the same content is already in this corpus as clip a.")
    assert files["b.mp4"].clip == files["a.mp4"].clip


def test_importing_a_folder_again_changes_nothing(corpus: Corpus, folder: Path) -> None:
    film(folder / "a.mp4")
    film(folder / "b.avi", codecs=AVI, hue=40)
    import_folder(corpus, folder)
    before = list(corpus.clips.order_by("pk").values())
    files = import_folder(corpus, folder)
    assert outcomes(files) == {"a.mp4": "duplicate", "b.avi": "duplicate"}
    assert list(corpus.clips.order_by("pk").values()) == before


def test_two_files_of_one_stem_the_second_is_refused_by_name(corpus: Corpus, folder: Path) -> None:
    film(folder / "a.avi", codecs=AVI)
    film(folder / "a.mp4", hue=40)
    files = import_folder(corpus, folder)
    assert outcomes(files) == {"a.avi": "imported", "a.mp4": "refused"}
    assert files["a.mp4"].reason.startswith('a.mp4: the corpus has a clip "a" with other content')


def test_a_picture_beside_its_film_does_not_take_its_name(corpus: Corpus, folder: Path) -> None:
    (folder / "face.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(2000))
    film(folder / "face.mp4")
    assert outcomes(import_folder(corpus, folder)) == {
        "face.jpg": "refused",
        "face.mp4": "imported",
    }


def test_the_same_name_in_another_corpus_is_another_clip(corpus: Corpus, folder: Path) -> None:
    film(folder / "a.mp4")
    other = Corpus.objects.create(slug="other", name="Other")
    import_folder(corpus, folder)
    assert outcomes(import_folder(other, folder)) == {"a.mp4": "imported"}


def test_a_manifest_says_what_the_files_are(corpus: Corpus, folder: Path) -> None:
    film(folder / "a.mp4")
    import_manifest(
        corpus,
        folder,
        "name,file,transcript,video,start,end,speaker\n"
        "sample_00000001,a.mp4,你好,Film 1,10.5,11.5,甲\n"
        "sample_00000002,,,Film 1,,,\n",
    )
    clip = corpus.clips.get(name="sample_00000001")
    assert (clip.transcript, clip.speaker, clip.start, clip.end) == ("你好", "甲", 10.5, 11.5)
    assert clip.video is not None and clip.video.name == "Film 1"
    assert clip.sha256
    known = corpus.clips.get(name="sample_00000002")
    assert known.sha256 is None and known.file == "" and known.video == clip.video


def test_a_clip_known_by_name_gets_its_file_later(corpus: Corpus, folder: Path) -> None:
    files = import_manifest(corpus, folder, "name,transcript\na,words\n")
    assert outcomes(files) == {"a": "imported"}
    pk = corpus.clips.get().pk
    film(folder / "a.mp4")
    assert outcomes(import_folder(corpus, folder)) == {"a.mp4": "imported"}
    clip = corpus.clips.get()
    assert (clip.pk, clip.transcript) == (pk, "words")
    assert clip.sha256
    again = import_manifest(corpus, folder, "name,transcript\na,words\n")
    assert outcomes(again) == {"a": "duplicate"}


def test_a_later_manifest_adds_what_is_not_known_and_contradicts_nothing(
    corpus: Corpus, folder: Path
) -> None:
    import_manifest(corpus, folder, "name,transcript\na,words\nb,\n")
    import_manifest(corpus, folder, "name,transcript,speaker\na,,甲\n")
    clip = corpus.clips.get(name="a")
    assert (clip.transcript, clip.speaker) == ("words", "甲")
    with pytest.raises(Refusal, match='row 3: clip "a" already has another transcript'):
        import_manifest(corpus, folder, "name,transcript\nc,x\na,other words\n")
    assert not corpus.clips.filter(name="c").exists(), "nothing of the manifest is kept"


def test_every_fact_is_added_beside_what_is_known(corpus: Corpus, folder: Path) -> None:
    import_manifest(corpus, folder, "name,speaker,start\na,甲,1\nb,,\nc,,\n")
    import_manifest(
        corpus,
        folder,
        "name,transcript,video,end,start,content_warning\n"
        "a,words,Film,2.5,,A fight\nb,,,,3,\nc,,,,,\nd,,,,,Blood\n",
    )
    fields = ("name", "transcript", "speaker", "start", "end", "video__name", "content_warning")
    assert list(corpus.clips.order_by("name").values_list(*fields)) == [
        ("a", "words", "甲", 1.0, 2.5, "Film", "A fight"),
        ("b", "", "", 3.0, None, None, ""),
        ("c", "", "", None, None, None, ""),
        ("d", "", "", None, None, None, "Blood"),
    ]


def test_a_refused_file_of_a_manifest_leaves_no_clip(corpus: Corpus, folder: Path) -> None:
    (folder / "a.mp4").write_text("no film")
    files = import_manifest(corpus, folder, "name,file\na,a.mp4\nb,\n")
    assert outcomes(files) == {"a.mp4": "refused", "b": "imported"}
    assert list(corpus.clips.values_list("name", flat=True)) == ["b"]


def test_sent_files_are_imported_by_the_job(
    corpus: Corpus, coordinator: User, folder: Path
) -> None:
    good, bad = film(folder / "a.avi", codecs=AVI), folder / "b.mp4"
    bad.write_text("no film")
    clip_import = send(corpus, coordinator, good, bad)
    assert clip_import.job is not None and clip_import.job.total == 2
    import_clips(clip_import.job.pk)
    job = Job.objects.get(pk=clip_import.job.pk)
    assert (job.state, job.done, job.total) == (Job.State.DONE, 2, 2)
    assert job.message == "1 imported, 1 refused"
    assert clip_import.counts() == {"waiting": 0, "imported": 1, "duplicate": 0, "refused": 1}
    import_clips(clip_import.job.pk)  # the message came twice
    assert corpus.clips.count() == 1
    assert not exists(actions.sent_file(clip_import.files.get(name="a.avi")))


def test_a_sent_manifest_names_the_sent_files(
    corpus: Corpus, coordinator: User, folder: Path
) -> None:
    table = folder / "clips.csv"
    table.write_text("name,file\nsample_1,sub/a.mp4\nsample_2,\n")
    sent = [film(folder / "a.mp4"), film(folder / "b.mp4", hue=40), table]
    clip_import = send(corpus, coordinator, *sent)
    assert clip_import.job is not None
    import_clips(clip_import.job.pk)
    assert Job.objects.get(pk=clip_import.job.pk).state == Job.State.DONE
    files = {file.name: file for file in clip_import.files.all()}
    assert outcomes(files) == {"a.mp4": "imported", "b.mp4": "refused", "sample_2": "imported"}
    assert "no row of clips.csv names this file" in files["b.mp4"].reason
    assert set(corpus.clips.values_list("name", flat=True)) == {"sample_1", "sample_2"}


def test_a_bad_manifest_fails_the_job_and_can_be_sent_again(
    corpus: Corpus, coordinator: User, folder: Path
) -> None:
    table = folder / "clips.csv"
    table.write_text("name,mood\na,b\n")
    clip_import = send(corpus, coordinator, table, film(folder / "a.mp4"))
    assert clip_import.job is not None
    import_clips(clip_import.job.pk)
    failed = Job.objects.get(pk=clip_import.job.pk)
    assert failed.state == Job.State.FAILED
    assert 'row 1, column mood: "mood": there is no such column' in failed.message
    assert failed.params is not None
    assert [fault["code"] for fault in failed.params["faults"]] == ["no_such_column"]
    assert corpus.clips.count() == 0
    clip_import.refresh_from_db()
    corrected = [b"name,file\nb,a.mp4\n"]
    actions.add_file(clip_import=clip_import, name="clips.csv", chunks=corrected, size=None)
    clip_import = actions.start_import(clip_import=clip_import, started_by=coordinator)
    assert clip_import.job is not None and clip_import.job.pk != failed.pk
    import_clips(clip_import.job.pk)
    assert corpus.clips.get().name == "b"


def test_a_started_import_takes_no_more_files(
    corpus: Corpus, coordinator: User, folder: Path
) -> None:
    path = film(folder / "a.mp4")
    clip_import = send(corpus, coordinator, path)
    with pytest.raises(Refusal, match="takes no more files"):
        actions.add_file(clip_import=clip_import, name="b.mp4", chunks=[b"x"], size=None)
    assert actions.start_import(clip_import=clip_import, started_by=None).job == clip_import.job


def test_an_import_without_files_cannot_start(corpus: Corpus, coordinator: User) -> None:
    with pytest.raises(Refusal, match="holds no file"):
        send(corpus, coordinator)


def test_a_file_over_the_limit_is_refused_while_it_arrives(
    corpus: Corpus, coordinator: User, settings: object, media_root: Path
) -> None:
    settings.MAX_UPLOAD_BYTES = 1000  # type: ignore[attr-defined]
    clip_import = actions.create_import(corpus=corpus, created_by=coordinator)
    with pytest.raises(Refusal) as caught:
        actions.add_file(
            clip_import=clip_import, name="big.mp4", chunks=iter([b"x" * 600] * 3), size=None
        )
    assert caught.value.status == 413
    assert clip_import.files.count() == 0
    assert not [path for path in media_root.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\clip.mp4", "clip.mp4"),
        ("-i.mp4", "-i.mp4"),
        ("a\x00b\n.mp4", "ab.mp4"),
        ("名字 'x' \"y\".mp4", "名字 'x' \"y\".mp4"),
        ("Cafe\u0301.mp4", "Caf\u00e9.mp4"),
    ],
)
def test_a_sent_name_is_a_name_and_no_path(sent: str, kept: str) -> None:
    assert actions.safe_name(sent) == kept


@pytest.mark.parametrize("name", ["", "/", "..", "\x00", "a" * 301])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(Refusal):
        actions.safe_name(name)


class Killed(BaseException):
    """The end of the process in the middle of the work."""


@pytest.mark.parametrize("where", ["probe", "make_copy"])
def test_a_killed_import_goes_on_where_it_was(
    corpus: Corpus,
    coordinator: User,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
) -> None:
    paths = [film(folder / f"{i}.avi", codecs=AVI, hue=40 * i) for i in range(3)]
    clip_import = send(corpus, coordinator, *paths)
    real: Callable[..., object] = getattr(importing, where)
    calls: list[int] = []

    def dying(*args: object, **options: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise Killed
        return real(*args, **options)

    monkeypatch.setattr(importing, where, dying)
    assert clip_import.job is not None
    with pytest.raises(Killed):
        import_clips(clip_import.job.pk)
    assert clip_import.counts()["imported"] == 1
    first = corpus.clips.get()
    import_clips(clip_import.job.pk)
    assert Job.objects.get(pk=clip_import.job.pk).state == Job.State.DONE
    assert clip_import.counts() == {"waiting": 0, "imported": 3, "duplicate": 0, "refused": 0}
    assert corpus.clips.count() == 3
    assert corpus.clips.get(pk=first.pk).imported_at == first.imported_at


def test_a_cancelled_import_keeps_what_is_done_and_can_go_on(corpus: Corpus, folder: Path) -> None:
    for i in range(3):
        film(folder / f"{i}.mp4", hue=40 * i)
    clip_import = actions.create_import(corpus=corpus, created_by=None)

    class Impatient(Silent):
        def check(self) -> None:
            if clip_import.counts()["imported"] == 1:
                raise Cancelled

    entries = entries_of_folder(folder)
    with pytest.raises(Cancelled):
        importing.run_import(clip_import=clip_import, entries=entries, progress=Impatient())
    assert clip_import.counts()["waiting"] == 2
    importing.run_import(clip_import=clip_import, entries=entries, progress=Silent())
    assert clip_import.counts()["imported"] == 3


def test_the_command_imports_a_folder_and_reports(
    corpus: Corpus, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    film(folder / "a.mp4")
    (folder / "b.mp4").write_text("no film")
    call_command("import_clips", "films", str(folder))
    said = capsys.readouterr()
    assert "refused: b.mp4: this is a text file" in said.out
    assert said.out.endswith("1 imported, 1 refused\n")
    assert "2 of 2" in said.err


def test_the_command_fails_with_a_sentence(corpus: Corpus, folder: Path) -> None:
    with pytest.raises(CommandError, match='there is no corpus "nope"'):
        call_command("import_clips", "nope", str(folder))
    with pytest.raises(CommandError, match="there is no such folder or file"):
        call_command("import_clips", "films", str(folder / "gone"))
    with pytest.raises(CommandError, match="no file in this folder"):
        call_command("import_clips", "films", str(folder))
    (folder / "b.mp4").write_text("no film")
    with pytest.raises(CommandError, match="everything was refused"):
        call_command("import_clips", "films", str(folder))


def test_a_file_name_of_broken_bytes_is_refused_and_shown(corpus: Corpus, folder: Path) -> None:
    film(folder / "a.mp4").rename(folder / "br\udcffken.mp4")  # the byte 0xff, to Python
    (file,) = import_folder(corpus, folder).values()
    assert file.outcome == "refused"
    assert file.name == "br\\udcffken.mp4"


def test_names_of_a_large_manifest_are_taken_in_bulk(
    corpus: Corpus, folder: Path, django_assert_max_num_queries: Callable[..., object]
) -> None:
    text = "name\n" + "".join(f"sample_{i:08}\n" for i in range(12_000))
    with django_assert_max_num_queries(60):  # type: ignore[attr-defined]
        import_manifest(corpus, folder, text)
    assert corpus.clips.count() == 12_000
    assert Clip.objects.filter(sha256=None).count() == 12_000
