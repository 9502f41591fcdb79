"""Concord says who may have a file; the proxy sends it."""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accounts.actions import add_member
from accounts.models import User
from annotation.exporting import run_export, start_export
from collection.models import Clip, Corpus
from jobs.progress import Silent
from tests import factories
from tests.proxy.front import Answer, Front

CONTENT = os.urandom(3_000_000)
SHA = hashlib.sha256(CONTENT).hexdigest()
Key = Callable[[User], dict[str, str]]
Get = Callable[..., Answer]


@pytest.fixture
def corpus(front: Front) -> Corpus:
    return factories.corpus("films")


@pytest.fixture
def clip(corpus: Corpus, settings: Any) -> Clip:
    relative = f"{corpus.pk}/ab/{SHA}.mp4"
    path = Path(settings.MEDIA_ROOT, relative)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(CONTENT)
    return Clip.objects.create(
        corpus=corpus, name="c1", file=relative, playable=relative, sha256=SHA
    )


@pytest.fixture
def get(front: Front, clip: Clip, corpus: Corpus, key: Key) -> Get:
    """An annotator's request for the clip."""
    shown = key(add_member(corpus=corpus, user=factories.person("ann"), role="annotator").user)

    def ask(method: str = "GET", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return front.ask(f"/api/clips/{clip.pk}/media", method, headers=shown | named)

    return ask


def test_a_member_gets_the_whole_clip_with_concords_own_headers(get: Get) -> None:
    answer = get()
    assert answer.status == 200
    assert answer.content == CONTENT
    assert answer["Content-Length"] == str(len(CONTENT))
    assert answer["Content-Type"] == "video/mp4"
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Cache-Control"] == "private, max-age=3600"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in (answer["Content-Security-Policy"] or "")
    assert "script-src 'self' 'sha256-" in (answer["Content-Security-Policy"] or "")
    assert "max-age=31536000" in (answer["Strict-Transport-Security"] or "")
    for hidden in ("X-Accel-Redirect", "Server", "Content-Encoding", "Content-Disposition"):
        assert answer[hidden] is None


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=1000000-1000099", slice(1_000_000, 1_000_100)),
        ("bytes=-100", slice(-100, None)),
        ("bytes=2999990-9999999", slice(2_999_990, None)),
    ],
)
def test_a_player_that_seeks_gets_the_part_that_it_asks_for(
    get: Get, wanted: str, part: slice
) -> None:
    answer = get(Range=wanted, Accept_Encoding="gzip, zstd")
    first, end, _ = part.indices(len(CONTENT))
    assert answer.status == 206
    assert answer.content == CONTENT[part]
    assert answer["Content-Range"] == f"bytes {first}-{end - 1}/{len(CONTENT)}"


def test_behind_the_end_there_is_nothing_and_head_sends_nothing(get: Get) -> None:
    behind = get(Range=f"bytes={len(CONTENT)}-")
    assert (behind.status, behind["Content-Range"]) == (416, f"bytes */{len(CONTENT)}")
    head = get("HEAD")
    assert (head.status, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(CONTENT))


def test_what_a_browser_has_is_not_sent_again_and_parts_are_of_the_same_file(get: Get) -> None:
    tag = get()["ETag"]
    assert tag
    again = get(If_None_Match=tag)
    assert (again.status, again.content) == (304, b"")
    assert get(Range="bytes=0-9", If_Range=tag).content == CONTENT[:10]
    assert get(Range="bytes=0-9", If_Range='"another"').content == CONTENT


def test_nobody_else_gets_it(front: Front, clip: Clip, key: Key) -> None:
    address = f"/api/clips/{clip.pk}/media"
    elsewhere = add_member(
        corpus=factories.corpus("other"), user=factories.person("olga"), role="coordinator"
    )
    for answer, status in (
        (front.ask(address), 401),
        (front.ask(address, headers=key(elsewhere.user)), 404),
    ):
        assert answer.status == status
        assert CONTENT[:100] not in answer.content
        assert answer["Content-Type"] == "application/json"


def test_a_file_is_not_to_be_had_by_its_place(
    front: Front, clip: Clip, get: Get, corpus: Corpus, key: Key
) -> None:
    shown = key(add_member(corpus=corpus, user=factories.person("cora"), role="coordinator").user)
    assert get(Range="bytes=0-0").status == 206, "so the file is there"
    for address in (
        f"/protected-media/{clip.playable}",
        f"/PROTECTED-MEDIA/{clip.playable}",
        f"/%70rotected-media/{clip.playable}",
        f"//protected-media/{clip.playable}",
        f"/x/../protected-media/{clip.playable}",
        f"/_app/..%2f..%2f..%2fdata/media/{clip.playable}",
        "/protected-media",
        "/protected-training/x",
    ):
        # What a page or a cunning browser says about itself is not believed either.
        for header in ({}, {"X-Accel-Redirect": f"/protected-media/{clip.playable}"}):
            answer = front.ask(address, headers=shown | header)
            assert CONTENT[:100] not in answer.content
            assert answer.status == 404 or b"<html" in answer.content, address


def test_an_export_is_stored_under_its_name(
    front: Front, corpus: Corpus, key: Key, settings: Any
) -> None:
    cora = add_member(corpus=corpus, user=factories.person("cora"), role="coordinator").user
    export = start_export(corpus=corpus, what="clips", format="csv", created_by=cora)
    run_export(export, Silent())
    export.refresh_from_db()
    address = f"/api/corpora/films/exports/{export.pk}/file"
    answer = front.ask(address, headers=key(cora))
    assert answer.status == 200
    assert answer.content == Path(settings.MEDIA_ROOT, export.file).read_bytes()
    assert answer.content.startswith(b"name,stage,")
    assert answer["Content-Disposition"] == 'attachment; filename="films-clips.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert front.ask(address).status == 401
