"""Media in a bucket: what browsers get, what broken-off work leaves, what a storage's no is."""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import OperationalError
from django.test import Client

from accounts.actions import NewPerson, make_person
from accounts.models import User
from baseline.stores import FeatureStore
from collection import actions, practice, storage
from collection.cartoon.practice import draw_missing
from collection.models import Clip, Corpus
from collection.sending import AT_MOST
from collection.storage.bucket import PIECE
from jobs.errors import Refusal
from jobs.progress import Cancelled, Silent
from jobs.runs import Replaced
from tests.buckets import InBucket
from tests.films import film
from tests.tasks.training_work import worked
from training import clip_files, features, folders

SHA = "ab" * 32
CONTENT = os.urandom(2_300_000)
LONG_AGO = datetime.now(UTC) - timedelta(days=8)


class Killed(BaseException):
    """The end of the process in the middle of the work."""


@pytest.fixture
def clip(bucket: InBucket, corpus: Corpus) -> Clip:
    name = f"{corpus.pk}/ab/{SHA}.mp4"
    bucket.client.put_object(Bucket=bucket.name, Key=name, Body=CONTENT)
    return Clip.objects.create(corpus=corpus, name="c1", file=name, playable=name, sha256=SHA)


@pytest.fixture
def get(clip: Clip, coordinator: User) -> Callable[..., Any]:
    browser = Client()
    browser.force_login(coordinator)

    def ask(method: str = "get", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(browser, method)(f"/api/clips/{clip.pk}/media", headers=named)

    return ask


def test_a_browser_gets_the_parts_that_it_asks_for(get: Callable[..., Any]) -> None:
    for wanted, status, told, part in (
        ("", 200, None, slice(None)),
        ("bytes=0-", 206, f"bytes 0-{AT_MOST - 1}/2300000", slice(AT_MOST)),
        ("bytes=2299990-", 206, "bytes 2299990-2299999/2300000", slice(-10, None)),
        ("bytes=-100", 206, "bytes 2299900-2299999/2300000", slice(-100, None)),
        ("bytes=10-19", 206, "bytes 10-19/2300000", slice(10, 20)),
        ("bytes=2300000-", 416, "bytes */2300000", slice(0)),
    ):
        response = get(range=wanted) if wanted else get()
        assert (response.status_code, response.get("Content-Range")) == (status, told)
        assert b"".join(response) == CONTENT[part], wanted
        assert response["ETag"] == f'"{SHA}"' and response["Cache-Control"].startswith("private")
        if status != 416:
            assert response["Content-Length"] == str(len(CONTENT[part]))
            assert response["Content-Type"] == "video/mp4"


def test_what_needs_no_bytes_sends_none(get: Callable[..., Any], settings: Any) -> None:
    settings.MEDIA_SENT_BY_PROXY = True  # of folders: there is no path that a proxy could send
    head = get("head")
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(CONTENT)) and "X-Accel-Redirect" not in head
    assert get(if_none_match=f'"{SHA}"').status_code == 304
    assert get(range="bytes=0-3").content == CONTENT[:4]


def test_members_only_and_the_bucket_gives_nothing_to_anybody_else(
    clip: Clip, bucket: InBucket
) -> None:
    browser = Client()
    address = f"/api/clips/{clip.pk}/media"
    assert browser.get(address).status_code == 401
    browser.force_login(make_person(person=NewPerson(username="olga", password="long enough, 1")))
    assert browser.get(address).status_code == 404
    storage.place().link(clip.file, "9/ab/twin.mp4")
    grants = bucket.client.get_object_acl(Bucket=bucket.name, Key="9/ab/twin.mp4")["Grants"]
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]


def test_a_file_that_is_gone_is_told_in_words(
    get: Callable[..., Any], clip: Clip, bucket: InBucket
) -> None:
    bucket.client.delete_object(Bucket=bucket.name, Key=clip.playable)
    for response in (get(), get(range="bytes=0-3")):
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "media_is_missing"


@pytest.mark.parametrize("died_of", [Killed(), Refusal("file_is_too_large", "Too large.")])
def test_what_breaks_off_while_it_is_sent_leaves_nothing(
    bucket: InBucket, corpus: Corpus, coordinator: User, died_of: BaseException
) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(2 * PIECE // storage.CHUNK):
            yield bytes(storage.CHUNK)
        assert bucket.unfinished()
        raise died_of

    clip_import = actions.create_import(corpus=corpus, created_by=coordinator)
    with pytest.raises(type(died_of)):
        actions.add_file(clip_import=clip_import, name="a.mp4", chunks=chunks(), size=None)
    assert (bucket.names(), bucket.unfinished(), clip_import.files.count()) == (set(), [], 0)


def test_a_large_file_that_comes_in_odd_chunks_arrives_whole(
    bucket: InBucket, corpus: Corpus, coordinator: User
) -> None:
    content = os.urandom(2 * PIECE + 17)
    odd = [content[at : at + 700_001] for at in range(0, len(content), 700_001)]
    clip_import = actions.create_import(corpus=corpus, created_by=coordinator)
    asked: list[str] = []
    events = storages["media"].bucket.meta.client.meta.events  # type: ignore[attr-defined]
    events.register("before-call.s3", lambda model, **_: asked.append(model.name))
    for chunks in ([b"not whole"], odd):  # the second replaces the first
        sent = actions.add_file(clip_import=clip_import, name="a.mp4", chunks=chunks, size=None)
    assert clip_import.files.get() == sent
    assert bucket.names() == {actions.sent_file(sent)}
    assert bucket.content(actions.sent_file(sent)) == content
    assert "UploadPart" in asked and not any("Copy" in name for name in asked)


def test_what_nobody_imports_is_gone_after_a_week(bucket: InBucket, corpus: Corpus) -> None:
    names = ("incoming/1/2.mp4", "incoming/1/3.mp4", "incoming/10/4.mp4", "vote-imports/1/a.csv")
    for name in (*names, "1/ab/abc.mp4"):
        storage.place().receive([b"sent"], name)
        bucket.set_changed(name, LONG_AGO)
    bucket.set_changed("incoming/10/4.mp4", datetime.now(UTC))
    for name in ("incoming/1/5.mp4", "of-others/backup.tar"):
        bucket.client.create_multipart_upload(Bucket=bucket.name, Key=name)
    # Of every upload this storage says that it was begun in November 2010.
    storage.place().end_unfinished(datetime(2010, 11, 1, tzinfo=UTC).timestamp())
    assert bucket.unfinished() == ["incoming/1/5.mp4", "of-others/backup.tar"]
    actions.create_import(corpus=corpus, created_by=None)
    assert bucket.names() == {"incoming/10/4.mp4", "1/ab/abc.mp4"}
    assert bucket.unfinished() == ["of-others/backup.tar"]


def test_the_practice_clips_are_drawn_into_the_bucket_and_served(
    bucket: InBucket, coordinator: User
) -> None:
    for mood in ("anger", "happiness"):
        storage.place().receive([CONTENT], practice.relative_path_of(mood))
    assert list(draw_missing()) == ["sadness"]
    assert bucket.names() == {f"practice/{mood}.mp4" for mood in practice.SEEDS}
    browser = Client()
    browser.force_login(coordinator)
    drawn = bucket.content("practice/sadness.mp4")
    whole = browser.get("/api/practice/sadness/media")
    assert b"".join(whole) == drawn and drawn[4:8] == b"ftyp"
    again = browser.get("/api/practice/sadness/media", headers={"If-None-Match": whole["ETag"]})
    assert again.status_code == 304
    assert browser.get("/api/practice/worry/media").status_code == 404


class KilledAtTheSecond(Silent):
    def report(self, done: int, *more: object) -> None:
        if done == 1:
            raise Killed


def test_features_are_extracted_of_fetched_clips_which_are_not_kept(
    bucket: InBucket, films: Corpus, root: User, tmp_path: Path
) -> None:
    clips = list(films.clips.order_by("name")[:3])
    content = film(tmp_path / "a.mp4", size="64x48").read_bytes()
    for clip in clips:
        clip.file = clip.playable = f"{films.pk}/ab/{clip.pk}.mp4"
        clip.sha256 = str(clip.pk)
        clip.save()
    for clip in clips[:2]:  # the third one's is not there
        storage.place().receive([content], clip.file)
    made = features.start_extraction(corpus=films, name="set", extractor="mel-bands", by=root)
    with pytest.raises(Killed), clip_files.at_hand(made, KilledAtTheSecond()):
        pass
    fetched = folders.clips_of(made)
    assert [path.read_bytes() for path in fetched.iterdir()] == [content]
    storage.place().receive([b"no film"], clips[0].file)  # what is there is not fetched again

    job = worked(made)
    assert (job.state, job.params) == ("done", {"count": 2, "failed": 1}), job.message
    store = FeatureStore.open(folders.store_of(made), verify=True)
    assert store.names == sorted(clip.name for clip in clips[:2])
    assert not fetched.exists()


def test_fetched_clips_stay_for_a_run_that_goes_on_and_for_no_other(
    bucket: InBucket, films: Corpus, root: User
) -> None:
    clip = films.clips.order_by("name")[0]
    clip.file = clip.playable = f"{films.pk}/ab/{SHA}.mp4"
    clip.sha256 = SHA
    clip.save()
    made = features.start_extraction(corpus=films, name="set", extractor="mel-bands", by=root)
    for error, stay in (
        (Killed(), True),
        (Replaced(), True),
        (OperationalError("The database is gone."), True),
        (Refusal("bucket_does_not_answer", "Silence.", status=503), True),
        (Refusal("no_clip_has_a_film", "None."), False),
        (Cancelled(), False),
        (ValueError("an error in the program"), False),
    ):
        with pytest.raises(type(error)), clip_files.at_hand(made, Silent()):
            assert folders.clips_of(made).exists()
            raise error
        assert folders.clips_of(made).exists() == stay, error
