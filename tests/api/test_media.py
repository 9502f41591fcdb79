"""Clips are served to members of their corpus, in parts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collection.models import Clip, Corpus
from collection.sending import AT_MOST
from collection.storage import media_path

SHA = "ab" * 32
CONTENT = bytes(range(256)) * 9000  # 2.3 MB

Make = Callable[..., Any]


@pytest.fixture
def clip(corpus: Corpus, settings: Any, tmp_path: Path) -> Clip:
    settings.MEDIA_ROOT = tmp_path / "media"
    relative = f"{corpus.pk}/ab/{SHA}.mp4"
    media_path(relative).parent.mkdir(parents=True)
    media_path(relative).write_bytes(CONTENT)
    return Clip.objects.create(
        corpus=corpus, name="c1", file=relative, playable=relative, sha256=SHA
    )


@pytest.fixture
def get(clip: Clip, corpus: Corpus, person: Make, open_browser: Make) -> Callable[..., Any]:
    """An annotator's request for the clip."""
    viewer = open_browser(person("anna", corpus))

    def ask(method: str = "get", **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return getattr(viewer.client, method)(f"/api/clips/{clip.pk}/media", headers=named)

    return ask


def content_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_the_whole_file_is_streamed(get: Make) -> None:
    response = get()
    assert response.status_code == 200
    assert response.streaming
    assert content_of(response) == CONTENT
    assert response["Content-Length"] == str(len(CONTENT))
    assert response["Content-Type"] == "video/mp4"
    assert response["Accept-Ranges"] == "bytes"
    assert response["ETag"] == f'"{SHA}"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"].startswith("private")
    assert (
        "Content-Disposition" not in response or "attachment" not in response["Content-Disposition"]
    )


def test_an_open_range_is_answered_with_a_megabyte(get: Make) -> None:
    response = get(range="bytes=0-")
    assert response.status_code == 206
    assert response.content == CONTENT[:AT_MOST]
    assert response["Content-Range"] == f"bytes 0-{AT_MOST - 1}/{len(CONTENT)}"
    assert response["Content-Length"] == str(AT_MOST)


def test_a_browser_that_goes_on_gets_it_all(get: Make) -> None:
    got = b""
    while len(got) < len(CONTENT):
        got += get(range=f"bytes={len(got)}-").content
    assert got == CONTENT


@pytest.mark.parametrize(
    ("wanted", "part"),
    [("bytes=10-19", slice(10, 20)), ("bytes=-100", slice(-100, None)), ("bytes=5-5", slice(5, 6))],
)
def test_a_part_is_the_part_asked_for(get: Make, wanted: str, part: slice) -> None:
    response = get(range=wanted)
    assert response.status_code == 206
    assert response.content == CONTENT[part]


def test_behind_the_end_there_is_nothing(get: Make) -> None:
    response = get(range=f"bytes={len(CONTENT)}-")
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-9", "bytes=9-5", "clips=0-1", "nonsense"])
def test_what_is_no_single_range_gets_the_whole(get: Make, wanted: str) -> None:
    response = get(range=wanted)
    assert response.status_code == 200
    assert content_of(response) == CONTENT


def test_a_range_of_another_file_gets_the_whole_of_this_one(get: Make) -> None:
    assert get(range="bytes=0-9", if_range=f'"{SHA}"').status_code == 206
    for other in ('"other"', f'W/"{SHA}"', "Wed, 21 Oct 2026 07:28:00 GMT"):
        response = get(range="bytes=0-9", if_range=other)
        assert response.status_code == 200
        assert content_of(response) == CONTENT


def test_head_tells_the_size_and_sends_nothing(get: Make) -> None:
    for headers in ({}, {"range": "bytes=0-9"}):
        response = get("head", **headers)
        assert response.status_code == 200
        assert response["Content-Length"] == str(len(CONTENT))
        assert response["Accept-Ranges"] == "bytes"
        assert content_of(response) == b""


def test_what_the_browser_has_is_not_sent_again(get: Make) -> None:
    assert get(if_none_match=f'"{SHA}"').status_code == 304


def test_a_webm_is_called_so(get: Make, clip: Clip) -> None:
    path = clip.playable.replace(".mp4", ".webm")
    media_path(clip.playable).rename(media_path(path))
    Clip.objects.update(playable=path, file=path)
    assert get(range="bytes=0-1")["Content-Type"] == "video/webm"


def test_a_missing_file_is_told_in_words(get: Make, clip: Clip) -> None:
    media_path(clip.playable).unlink()
    response = get()
    assert response.status_code == 404
    assert response.json()["error"]["code"] == "media_is_missing"


def test_members_only(clip: Clip, corpus: Corpus, person: Make, open_browser: Make) -> None:
    address = f"/api/clips/{clip.pk}/media"
    other = Corpus.objects.create(slug="other", name="Other")
    assert open_browser().get(address).status_code in (401, 403)
    assert open_browser(person("olga", other)).get(address).status_code == 404
    assert open_browser(person("odin", other, "coordinator")).get(address).status_code == 404
    assert open_browser(person("nobody")).get(address).status_code == 404
    for member in (
        person("anna", corpus),
        person("cora", corpus, "coordinator"),
        person("sina", site_administrator=True),
    ):
        assert open_browser(member).get(address, headers={"Range": "bytes=0-1"}).status_code == 206


def test_a_clip_known_by_name_alone_has_no_media(
    corpus: Corpus, person: Make, open_browser: Make
) -> None:
    named = Clip.objects.create(corpus=corpus, name="c2")
    assert (
        open_browser(person("anna", corpus)).get(f"/api/clips/{named.pk}/media").status_code == 404
    )


def test_clip_and_membership_are_one_query(
    clip: Clip,
    corpus: Corpus,
    person: Make,
    open_browser: Make,
    django_assert_max_num_queries: Make,
) -> None:
    viewer = open_browser(person("anna", corpus))
    with django_assert_max_num_queries(3):  # session, person, clip
        viewer.get(f"/api/clips/{clip.pk}/media", headers={"Range": "bytes=0-1"})
