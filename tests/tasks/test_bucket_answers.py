"""A storage that says no, too little or nothing; how much it is asked."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any

import pytest
from botocore.awsrequest import AWSResponse
from django.core.files.storage import storages
from django.test import Client

from accounts.models import User
from annotation.exporting import remove_old_files
from annotation.models import Export
from collection import actions, storage
from collection.models import Clip, ClipImport, Corpus
from collection.storage.working import NAMED, working_folder
from collection.tasks import import_clips
from jobs.errors import Refusal
from jobs.models import Job
from jobs.progress import Cancelled
from tests import buckets
from tests.buckets import InBucket
from tests.films import film

Use = Callable[..., None]
NAME = "1/ab/abc.mp4"
EMPTY = Path(os.devnull)


@pytest.fixture
def use(bucket: InBucket, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Use:
    """Go on with other variables, as a process that is started with them."""

    def go_on(**variables: str) -> None:
        buckets.use(bucket.variables | variables, settings, monkeypatch)

    return go_on


@pytest.fixture
def browser(coordinator: User) -> Client:
    client = Client()
    client.force_login(coordinator)
    return client


@contextmanager
def storage_that(status: int, says: str) -> Iterator[str]:
    if status:
        with buckets.answering(status, says) as url:
            yield url
    else:
        with buckets.nowhere() as url:
            yield url


def refused(work: Callable[[], Any]) -> tuple[str, Any]:
    with pytest.raises(Refusal) as caught:
        work()
    assert caught.value.status == 503
    return caught.value.code, caught.value.params["why"]


def client() -> Any:
    """The one with which the application removes and brings much."""
    return storages["media"].bucket.meta.client  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("status", "says", "code"),
    [
        (403, "AccessDenied", "bucket_refuses"),
        (404, "NoSuchBucket", "bucket_refuses"),
        (503, "SlowDown", "bucket_does_not_answer"),
        (0, "", "bucket_does_not_answer"),
    ],
)
def test_a_storages_no_is_told_and_is_no_crash(
    corpus: Corpus, use: Use, browser: Client, status: int, says: str, code: str
) -> None:
    clip = Clip.objects.create(corpus=corpus, name="c1", file=NAME, playable=NAME, sha256="ab")
    with storage_that(status, says) as url:
        use(S3_ENDPOINT_URL=url)
        assert refused(lambda: storage.place().opened(NAME))[0] == code
        answer = browser.get(f"/api/clips/{clip.pk}/media", headers={"Range": "bytes=0-"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, code)


def test_a_bucket_that_is_missing_is_not_taken_for_files_that_are(
    use: Use, tmp_path: Path, bucket: InBucket
) -> None:
    media = storage.place()
    verbs: tuple[Callable[[Any], Any], ...] = (
        lambda place: place.about(NAME),
        lambda place: place.fetch(NAME, tmp_path / "a"),
        lambda place: place.link(NAME, "2/ab/abc.mp4"),
    )
    for ask in verbs:
        with pytest.raises(FileNotFoundError):
            ask(media)
    use(MEDIA_BUCKET="never-made")
    for ask in verbs:
        assert refused(partial(ask, storage.place())) == ("bucket_refuses", "NoSuchBucket")


def test_what_is_gone_already_is_removed(use: Use) -> None:
    with buckets.answering(404, "NoSuchKey") as url:
        use(S3_ENDPOINT_URL=url)
        storage.place().remove(NAME)
        storage.place().remove_each([NAME, "1/ab/abd.mp4"])


def test_whoever_waits_for_a_storage_that_is_silent_waits_seconds(use: Use) -> None:
    with buckets.nowhere(listens=True) as url:
        use(S3_ENDPOINT_URL=url)
        began_at = time.monotonic()
        assert refused(lambda: storage.place().about(NAME))[0] == "bucket_does_not_answer"
        assert time.monotonic() - began_at < 28


@pytest.mark.parametrize(
    "variables",
    [
        {"S3_ACCESS_KEY": "", "S3_SECRET_KEY": "", "AWS_EC2_METADATA_DISABLED": "true"},
        {"S3_ACCESS_KEY": "", "S3_SECRET_KEY": "", "AWS_PROFILE": "nobody"},
        {"MEDIA_BUCKET": "no such name!"},
        {"S3_ENDPOINT_URL": "http://"},
    ],
)
def test_settings_that_cannot_be_are_not_told_as_silence(
    use: Use, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variables: dict[str, str]
) -> None:
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    use(**variables)
    for work in (lambda: storage.place().about(NAME), lambda: storage.place().put(EMPTY, NAME)):
        assert refused(work)[0] == "bucket_refuses"


@pytest.mark.parametrize(
    ("keys", "key", "token"),
    [
        ({}, "a key", None),
        ({"S3_ACCESS_KEY": "", "S3_SECRET_KEY": ""}, "of-amazon", "a token"),
    ],
)
def test_a_key_is_never_sent_with_the_token_of_another(
    use: Use, monkeypatch: pytest.MonkeyPatch, keys: dict[str, str], key: str, token: str | None
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-amazon")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "its secret")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a token")
    asked: list[Any] = []
    with buckets.answering(403, "AccessDenied", asked) as url:
        use(S3_ENDPOINT_URL=url, **keys)
        refused(lambda: storage.place().about(NAME))
    assert f"Credential={key}/" in asked[0]["Authorization"]
    assert asked[0]["x-amz-security-token"] == token


@pytest.fixture
def imported(corpus: Corpus, coordinator: User, tmp_path: Path, bucket: InBucket) -> Any:
    """Import what is sent; goes on with it when it is called again."""
    clip_import = actions.create_import(corpus=corpus, created_by=coordinator)
    content = film(tmp_path / "a.mp4").read_bytes()
    actions.add_file(clip_import=clip_import, name="a.mp4", chunks=[content], size=None)

    def go_on() -> tuple[str, str, dict[str, int]]:
        job = actions.start_import(clip_import=clip_import, started_by=coordinator).job
        assert job is not None
        import_clips(job.pk)
        ended = Job.objects.get(pk=job.pk)
        return ended.state, ended.code, ClipImport.objects.get(pk=clip_import.pk).counts()

    return go_on


def test_an_import_that_the_storage_fails_goes_on_once_it_answers(
    bucket: InBucket, imported: Any, use: Use
) -> None:
    with buckets.nowhere() as url:
        use(S3_ENDPOINT_URL=url)
        state, code, counts = imported()
    assert (state, code, counts["waiting"]) == ("failed", "bucket_does_not_answer", 1)
    use()
    state, code, counts = imported()
    assert (state, counts["imported"]) == ("done", 1)
    assert bucket.names() == {Clip.objects.get().file}


def test_a_worker_whose_disk_is_full_refuses_no_file(
    imported: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def onto_a_full_disk(bucket: str, name: str, file: IO[bytes], **_: Any) -> None:
        with Path("/dev/full").open("wb", buffering=0) as full:
            full.write(b"a byte")

    with monkeypatch.context() as patched:
        patched.setattr(client(), "download_fileobj", onto_a_full_disk)
        state, code, counts = imported()
    assert (state, code, counts["waiting"]) == ("failed", "disk_is_full", 1)
    state, code, counts = imported()
    assert (state, counts["imported"]) == ("done", 1)


def test_folders_of_killed_processes_are_removed_and_of_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{NAMED}left"
    left.mkdir()
    (left / "a.mp4").write_bytes(b"film")
    an_hour_ago = time.time() - 3600
    with working_folder() as held:
        os.utime(held, (an_hour_ago, an_hour_ago))
        with working_folder() as young:
            assert set(tmp_path.iterdir()) == {held, left, young}
        os.utime(left, (an_hour_ago, an_hour_ago))
        with working_folder() as young:
            assert set(tmp_path.iterdir()) == {held, young}
    assert list(tmp_path.iterdir()) == []


def test_an_export_is_deleted_though_the_storage_is_silent_and_its_file_a_month_later(
    bucket: InBucket, corpus: Corpus, coordinator: User, browser: Client, use: Use
) -> None:
    export = Export.objects.create(
        corpus=corpus, what="votes", format="csv", created_by=coordinator, size=1
    )
    file, young = f"exports/{corpus.pk}/{export.pk}-votes.csv", "exports/77/8-clips.jsonl"
    Export.objects.filter(pk=export.pk).update(file=file)
    others = "exports/77/of-others.csv"
    for name in (file, young, others):
        storage.place().receive([b"x"], name)
    for name in (file, others):
        bucket.set_changed(name, datetime.now(UTC) - timedelta(days=31))
    with buckets.nowhere() as url:
        use(S3_ENDPOINT_URL=url)
        answer = browser.delete(f"/api/corpora/films/exports/{export.pk}")
    assert (answer.status_code, Export.objects.count()) == (204, 0)
    use()
    assert bucket.names() == {file, young, others}
    remove_old_files()
    assert bucket.names() == {young, others}


@pytest.mark.parametrize("takes_many", [True, False])
def test_a_corpus_is_removed_by_the_thousand_where_the_storage_takes_that(
    bucket: InBucket, settings: Any, tmp_path: Path, takes_many: bool
) -> None:
    settings.TRAINING_ROOT = tmp_path / "training"
    files = {f"7/ab/{number}.mp4" for number in range(20)} | {"exports/7/1-votes.csv"}
    for name in (*files, "71/ab/1.mp4", "exports/71/2-votes.csv"):
        storage.place().receive([b"x"], name)
    asked: list[str] = []
    for media in ("media", "prompt media"):
        events = storages[media].bucket.meta.client.meta.events  # type: ignore[attr-defined]
        events.register("before-call.s3", lambda model, **_: asked.append(model.name))
        if not takes_many:
            events.register("before-send.s3.DeleteObjects", not_implemented)
    storage.clear_corpus(7, keep={"7/ab/3.mp4"})
    assert bucket.names() == {"7/ab/3.mp4", "71/ab/1.mp4", "exports/71/2-votes.csv"}
    assert asked.count("DeleteObjects") == 2  # of the exports, of the clips
    assert asked.count("DeleteObject") == (0 if takes_many else 21)


class No:
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield b"<Error><Code>NotImplemented</Code><Message>No.</Message></Error>"


def not_implemented(request: Any, **_: Any) -> AWSResponse:
    return AWSResponse(request.url, 501, {}, No())


def test_a_deletion_that_is_cancelled_stops_between_files(bucket: InBucket) -> None:
    names = [f"7/ab/{number}.mp4" for number in range(4)]
    for name in names:
        storage.place().receive([b"x"], name)
    client().meta.events.register("before-send.s3.DeleteObjects", not_implemented)
    asked: list[int] = []

    def check() -> None:
        asked.append(1)
        if len(asked) == 4:
            raise Cancelled

    with pytest.raises(Cancelled):
        storage.place().remove_each(names, check)
    assert bucket.names() == set(names[2:])
