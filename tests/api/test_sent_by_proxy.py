"""With MEDIA_SENT_BY_PROXY an answer names the file, and only to those who may have it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings as configured

from annotation.exporting import run_export, start_export
from collection import practice
from collection.models import Clip, Corpus
from collection.storage import media_path
from jobs.progress import Silent
from selection.tasks import select
from tests import chosen, factories, trained
from tests.api.training_room import Room

SHA = "ab" * 32
ODD = 'Größe 100% #1? "x"\r\nSet-Cookie: a=b; 名字.mp4'
NAMES = [f"clip-{number:02}" for number in range(60)]

Make = Callable[..., Any]


@pytest.fixture(autouse=True)
def behind_a_proxy(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_SENT_BY_PROXY = True
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.TRAINING_ROOT = tmp_path / "training"


def clip_at(relative: str, corpus: Corpus) -> Clip:
    path = media_path(relative)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a film")
    return Clip.objects.create(
        corpus=corpus, name=relative[-20:], file=relative, playable=relative, sha256=SHA
    )


def file_named_by(answer: Any) -> Path:
    """The file that the proxy is told to send: what nginx and Caddy make of the header."""
    root, _, relative = answer["X-Accel-Redirect"].removeprefix("/protected-").partition("/")
    roots = {"media": configured.MEDIA_ROOT, "training": configured.TRAINING_ROOT}
    return Path(roots[root]) / unquote(relative)


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_clip_s_file_is_named_and_not_sent(
    corpus: Corpus, person: Make, open_browser: Make, method: str
) -> None:
    clip = clip_at(f"{corpus.pk}/ab/{SHA}.mp4", corpus)
    anna = open_browser(person("anna", corpus)).client
    address = f"/api/clips/{clip.pk}/media"
    for headers in ({}, {"Range": "bytes=1-2"}, {"Range": "bytes=99-"}):
        answer = getattr(anna, method)(address, headers=headers)
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer["X-Accel-Redirect"] == f"/protected-media/{corpus.pk}/ab/{SHA}.mp4"
        assert answer["Content-Type"] == "video/mp4"
        assert answer["Cache-Control"] == "private, max-age=3600"
        assert answer["ETag"] == f'"{SHA}"'
    unchanged = getattr(anna, method)(address, headers={"If-None-Match": f'"{SHA}"'})
    assert unchanged.status_code == 304
    assert "X-Accel-Redirect" not in unchanged


def test_nobody_else_hears_where_it_lies(corpus: Corpus, person: Make, open_browser: Make) -> None:
    clip = clip_at(f"{corpus.pk}/ab/{SHA}.mp4", corpus)
    other = factories.corpus("other")
    for browser, status in (
        (open_browser(), 401),
        (open_browser(person("nobody")), 404),
        (open_browser(person("odin", other, "coordinator")), 404),
    ):
        answer = browser.get(f"/api/clips/{clip.pk}/media")
        assert answer.status_code == status
        assert "X-Accel-Redirect" not in answer


def test_a_missing_file_is_told_in_words_by_the_web_server(
    corpus: Corpus, person: Make, open_browser: Make
) -> None:
    clip = clip_at("a.mp4", corpus)
    media_path("a.mp4").unlink()
    answer = open_browser(person("anna", corpus)).get(f"/api/clips/{clip.pk}/media")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "media_is_missing"


def test_an_odd_name_is_one_line_and_the_same_file(
    corpus: Corpus, person: Make, open_browser: Make
) -> None:
    clip = clip_at(ODD, corpus)
    answer = open_browser(person("anna", corpus)).get(f"/api/clips/{clip.pk}/media")
    named = answer["X-Accel-Redirect"]
    assert named.isascii() and named.isprintable() and " " not in named
    assert "?" not in named and "#" not in named
    assert file_named_by(answer) == media_path(ODD)


@pytest.mark.parametrize("outside", ["../secrets/secret_key", "/etc/passwd", "a/../../b"])
def test_a_name_that_leads_elsewhere_is_never_named(
    corpus: Corpus, person: Make, open_browser: Make, outside: str
) -> None:
    clip = clip_at("a.mp4", corpus)
    Clip.objects.update(playable=outside)
    answer = open_browser(person("anna", corpus)).get(f"/api/clips/{clip.pk}/media")
    assert answer.status_code == 400
    assert "X-Accel-Redirect" not in answer


def test_practice_clips_are_named_too(person: Make, open_browser: Make) -> None:
    path = media_path(practice.relative_path_of("anger"))
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a cartoon")
    answer = open_browser(person("anna")).get("/api/practice/anger/media")
    assert (answer.content, file_named_by(answer)) == (b"", path)


def test_files_to_be_stored_bring_their_names_along(
    corpus: Corpus, person: Make, open_browser: Make
) -> None:
    cora = person("cora", corpus, "coordinator")
    export = start_export(corpus=corpus, what="clips", format="csv", created_by=cora)
    run_export(export, Silent())
    export.refresh_from_db()
    answer = open_browser(cora).get(f"/api/corpora/films/exports/{export.pk}/file")
    assert (answer.content, file_named_by(answer)) == (b"", media_path(export.file))
    assert answer["Content-Disposition"] == 'attachment; filename="films-clips.csv"'
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"


def test_what_selection_and_predictions_leave_lies_below_the_training_folder(db: None) -> None:
    room = Room()
    prediction = trained.predicted(room.trained(room.imported("tones")), room.root)
    run = prediction.model.run
    factories.clips(room.corpus, NAMES)
    asked = {"scoring": chosen.scoring(room.corpus, NAMES).pk, "eta": 0.2}
    selection = room.post("selection/runs", asked).json()
    select(selection["job"]["id"])
    for address, name in (
        (f"training/{run.pk}/predictions/{prediction.pk}/file", "films-predictions"),
        (f"selection/runs/{selection['id']}/file", "films-selection"),
    ):
        answer = room.get(address)
        assert answer["X-Accel-Redirect"].startswith(f"/protected-training/{room.corpus.pk}/")
        assert file_named_by(answer).read_text().startswith("name,")
        assert answer.content == b""
        assert f'filename="{name}-' in answer["Content-Disposition"]
