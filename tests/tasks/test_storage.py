"""Media in a folder and in a bucket: the same journeys leave the same files, named alike."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from annotation import copying, deleting, tasks
from annotation.exporting import remove_old_files, start_export, write_export
from annotation.models import Export
from annotation.rechecking import recheck
from annotation.vote_import import Allowed, start_vote_import
from collection import actions, storage
from collection.models import Clip, Corpus
from collection.tasks import import_clips
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Cancelled, Silent
from tests import factories
from tests.films import film
from tests.tasks.test_simulate import simulate_on

AVI = ("-c:v", "mpeg4", "-c:a", "libmp3lame")
either_way = pytest.mark.parametrize("kept", ["folder", "bucket"], indirect=True)


def done(job: Job | None, task: Any) -> Job:
    assert job is not None
    task(job.pk)
    job.refresh_from_db()
    return job


def sent(corpus: Corpus, by: User, *paths: Path) -> Job:
    clip_import = actions.create_import(corpus=corpus, created_by=by)
    for path in paths:
        actions.add_file(
            clip_import=clip_import, name=path.name, chunks=[path.read_bytes()], size=None
        )
    return done(actions.start_import(clip_import=clip_import, started_by=by).job, import_clips)


def place_of(corpus: Corpus, path: Path, ending: str) -> str:
    """Where a file is to be kept, by the layout that `collection.storage` promises."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"{corpus.pk}/{digest[:2]}/{digest}{ending}"


@either_way
def test_clips_are_imported_copied_to_another_corpus_and_outlive_the_first(
    kept: Any, corpus: Corpus, coordinator: User, tmp_path: Path
) -> None:
    plays, old, table = tmp_path / "a.mp4", tmp_path / "b.avi", tmp_path / "clips.csv"
    film(plays), film(old, codecs=AVI, hue=40)
    table.write_text("name,file\nfirst,a.mp4\nsecond,b.avi\nthird,\n")
    job = sent(corpus, coordinator, plays, old, table)
    assert (job.state, job.message) == ("done", "3 imported")
    names = {
        place_of(corpus, plays, ".mp4"): plays,
        place_of(corpus, old, ".avi"): old,
        place_of(corpus, old, ".playable.mp4"): None,
    }
    assert kept.names() == names.keys()
    for name, path in names.items():
        assert path is None or kept.content(name) == path.read_bytes()
    playable = kept.content(place_of(corpus, old, ".playable.mp4"))

    copy = copying.start_copy(source=corpus, slug="twin", name="Twin", by=coordinator)
    assert done(copy.job, tasks.copy_corpus).state == "done"
    of_twin = {name.replace(f"{corpus.pk}/", f"{copy.corpus_id}/", 1) for name in names}
    assert kept.names() == names.keys() | of_twin

    deletion = deleting.start_deletion(
        corpus=corpus, typed="films", by=coordinator, at=timezone.now()
    )
    assert done(deletion.job, tasks.delete_corpus).state == "done"
    assert kept.names() == of_twin
    second = Clip.objects.get(corpus=copy.corpus, name="second")
    assert kept.content(second.playable) == playable
    client = Client()
    client.force_login(coordinator)
    response = client.get(f"/api/clips/{second.pk}/media")
    assert b"".join(response) == playable
    assert response["Content-Length"] == str(len(playable))


@either_way
def test_a_file_that_has_arrived_when_its_import_has_begun_is_not_kept(
    kept: Any, corpus: Corpus, coordinator: User
) -> None:
    clip_import = actions.create_import(corpus=corpus, created_by=coordinator)
    first = actions.add_file(clip_import=clip_import, name="a.mp4", chunks=[b"film"], size=None)

    def late() -> Iterator[bytes]:
        yield b"another"
        actions.start_import(clip_import=clip_import, started_by=coordinator)

    with pytest.raises(Refusal, match="takes no more files"):
        actions.add_file(clip_import=clip_import, name="b.mp4", chunks=late(), size=None)
    assert kept.names() == {actions.sent_file(first)}


class CancelledAtTheThirdLook(Silent):
    looks = 0

    def check(self) -> None:
        self.looks += 1
        if self.looks == 3:
            raise Cancelled


@either_way
def test_a_copy_that_is_cancelled_stops_between_two_clips_and_is_gone_on_with(
    kept: Any, corpus: Corpus, coordinator: User, tmp_path: Path
) -> None:
    sent(corpus, coordinator, film(tmp_path / "a.mp4"), film(tmp_path / "b.mp4", hue=40))
    copy = copying.start_copy(source=corpus, slug="twin", name="Twin", by=coordinator)

    def copied() -> int:
        return sum(name.startswith(f"{copy.corpus_id}/") for name in kept.names())

    with pytest.raises(Cancelled):
        copying.run_copy(copy, CancelledAtTheThirdLook())
    assert (copied(), copy.corpus.clips.count()) == (1, 0)
    assert done(copy.job, tasks.copy_corpus).state == "done"
    assert (copied(), copy.corpus.clips.count()) == (2, 2)


@either_way
def test_a_file_that_is_sent_again_replaces_the_first(
    kept: Any, corpus: Corpus, coordinator: User
) -> None:
    clip_import = actions.create_import(corpus=corpus, created_by=coordinator)
    for content in (b"first", b"second"):
        last = actions.add_file(clip_import=clip_import, name="a.mp4", chunks=[content], size=None)
    assert clip_import.files.get() == last
    assert kept.names() == {actions.sent_file(last)}
    assert kept.content(actions.sent_file(last)) == b"second"


def test_a_file_that_replaces_another_stays_when_that_one_cannot_be_removed(
    corpus: Corpus, coordinator: User
) -> None:
    clip_import = actions.create_import(corpus=corpus, created_by=coordinator)
    first = actions.add_file(clip_import=clip_import, name="a.mp4", chunks=[b"first"], size=None)
    lost = storage.media_path(actions.sent_file(first))
    lost.unlink()
    lost.mkdir()  # which no removal of a file removes
    last = actions.add_file(clip_import=clip_import, name="a.mp4", chunks=[b"second"], size=None)
    assert clip_import.files.get() == last
    assert storage.media_path(actions.sent_file(last)).read_bytes() == b"second"


@either_way
def test_a_file_that_another_corpus_plays_is_kept_when_its_own_is_deleted(
    kept: Any, corpus: Corpus, coordinator: User, tmp_path: Path
) -> None:
    sent(corpus, coordinator, film(tmp_path / "a.mp4"), film(tmp_path / "b.mp4", hue=40))
    clip = corpus.clips.get(name="a")
    other = Corpus.objects.create(slug="other", name="Other")
    Clip.objects.create(
        corpus=other, name="borrowed", file=clip.file, playable=clip.playable, sha256=clip.sha256
    )
    deletion = deleting.start_deletion(
        corpus=corpus, typed="films", by=coordinator, at=timezone.now()
    )
    done(deletion.job, tasks.delete_corpus)
    assert kept.names() == {clip.file}


@either_way
def test_exports_are_made_downloaded_and_removed_and_votes_come_back(
    kept: Any, coordinator: User, tmp_path: Path
) -> None:
    corpus, again = factories.corpus("films"), factories.corpus("again")
    simulate_on(corpus, clips=6)
    first, second = (
        start_export(corpus=corpus, what="votes", format="jsonl", created_by=coordinator)
        for _ in range(2)
    )
    for export in (first, second):
        assert done(export.job, tasks.export).state == "done"
        export.refresh_from_db()
    write_export(corpus=corpus, what="votes", to=tmp_path / "votes.jsonl", progress=Silent())
    votes = (tmp_path / "votes.jsonl").read_bytes()
    assert kept.names() == {f"exports/{corpus.pk}/{e.pk}-votes.jsonl" for e in (first, second)}
    assert kept.content(first.file) == votes and first.size == len(votes)

    client = Client()
    client.force_login(coordinator)
    address = f"/api/corpora/films/exports/{first.pk}"
    response = client.get(f"{address}/file")
    assert b"".join(response) == votes
    assert response["Content-Disposition"] == 'attachment; filename="films-votes.jsonl"'
    assert response["Content-Length"] == str(len(votes))
    assert client.delete(address).status_code == 204
    assert kept.names() == {second.file}
    assert remove_old_files(timezone.now() + timedelta(days=31)) == 1
    assert kept.names() == set()
    second_file = client.get(f"/api/corpora/films/exports/{second.pk}/file")
    assert (second_file.status_code, Export.objects.get().file) == (404, "")

    allowed = Allowed(create_clips=True, create_annotators=True)
    for content, state in ((b"clip,stage\n", "failed"), (votes, "done")):
        name = "votes.jsonl" if content is votes else "votes.csv"
        waiting = start_vote_import(
            corpus=again, name=name, chunks=[content], allowed=allowed, created_by=coordinator
        )
        assert kept.names() == {waiting.file}
        assert done(waiting.job, tasks.import_votes).state == state
        assert kept.names() == set()
    assert again.labelings.count() == 6 and not any(recheck(again))


@either_way
def test_recheck_names_the_clips_whose_files_are_missing(
    kept: Any, corpus: Corpus, coordinator: User, tmp_path: Path, capsys: Any
) -> None:
    films = [tmp_path / name for name in ("a.mp4", "b.avi", "c.mp4")]
    film(films[0]), film(films[1], codecs=AVI, hue=40), film(films[2], hue=80)
    sent(corpus, coordinator, *films)
    factories.clips(corpus, ["known by name alone"])
    call_command("recheck")
    assert "films: the files of 0 of 3 clips are missing" in capsys.readouterr().out

    media = storage.place()
    media.remove(place_of(corpus, films[1], ".playable.mp4"))
    media.remove(place_of(corpus, films[2], ".mp4"))
    with CaptureQueriesContext(connection) as asked, pytest.raises(SystemExit) as ended:
        call_command("recheck", "films")
    said = capsys.readouterr().out.splitlines()
    assert ended.value.code == 1
    assert sorted(said) == [
        "films: 0 of 0 labelings differ",
        "films: clip b: its file is missing",
        "films: clip c: its file is missing",
        "films: the files of 2 of 3 clips are missing",
    ]
    assert sum("collection_clip" in query["sql"] for query in asked) <= 3
