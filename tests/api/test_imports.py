"""Imports and jobs over the API: sending files, starting, the report, who may."""

import csv
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import MULTIPART_CONTENT
from django.utils import timezone

from accounts.models import User
from annotation.models import Export
from annotation.tasks import export, import_votes, remove_old_exports
from collection.models import Corpus, ImportedFile
from collection.storage import media_path
from collection.tasks import import_clips
from jobs.actions import start_job
from jobs.models import Job
from tests.films import film

Make = Callable[..., Any]
IMPORTS = "/api/corpora/films/imports"


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def cora(corpus: Corpus, person: Make, open_browser: Make) -> Any:
    """The coordinator's browser."""
    return open_browser(person("cora", corpus, "coordinator"))


def send(browser: Any, address: str, name: str, content: bytes, field: str = "file") -> Any:
    form = {field: SimpleUploadedFile(name, content)}
    return browser.post(address, form, content_type=MULTIPART_CONTENT)


def error(response: Any) -> dict[str, Any]:
    said: dict[str, Any] = response.json()["error"]
    assert set(said) == {"code", "detail", "params", "fields", "reasons"}
    return said


def test_a_coordinator_imports_films_through_the_api(
    cora: Any, corpus: Corpus, tmp_path: Path
) -> None:
    made = cora.post(IMPORTS)
    assert made.status_code == 201
    assert made.json()["job"] is None
    assert made.json()["counts"] == {"waiting": 0, "imported": 0, "duplicate": 0, "refused": 0}
    one = f"{IMPORTS}/{made.json()['id']}"

    good = film(tmp_path / "good.mp4").read_bytes()
    assert send(cora, f"{one}/files", "名字 1.mp4", good).json() == {"name": "名字 1.mp4"}
    assert send(cora, f"{one}/files", "copy.mp4", good).status_code == 201
    assert send(cora, f"{one}/files", "text.mp4", b"no film").status_code == 201
    assert send(cora, f"{one}/files", "empty.mp4", b"").status_code == 201
    assert cora.get(one).json()["counts"]["waiting"] == 4

    started = cora.post(f"{one}/start").json()
    assert (started["job"]["kind"], started["job"]["state"]) == ("import", "queued")
    assert cora.post(f"{one}/start").json()["job"]["id"] == started["job"]["id"]
    late = send(cora, f"{one}/files", "late.mp4", good)
    assert (late.status_code, error(late)["code"]) == (409, "import_has_started")

    import_clips(started["job"]["id"])
    report = cora.get(one).json()
    files = cora.get(f"{one}/files").json()
    assert report["created_by"] == "cora"
    assert report["job"]["state"] == "done"
    assert report["counts"] == {"waiting": 0, "imported": 1, "duplicate": 1, "refused": 2}
    assert report["job"]["code"] == "import_done"
    assert report["job"]["params"] == {"imported": 1, "duplicate": 1, "refused": 2}
    assert files["count"] == 4
    assert [(file["outcome"], file["code"]) for file in files["results"]] == [
        ("refused", "file_is_text"),
        ("refused", "file_is_empty"),
        ("duplicate", "content_is_already_there"),
        ("imported", ""),
    ]
    assert files["results"][-1] == {
        "name": "名字 1.mp4",
        "outcome": "imported",
        "reason": "",
        "code": "",
        "params": {},
        "clip": "名字 1",
    }
    assert files["results"][2]["clip"] == "名字 1"
    assert files["results"][2]["params"] == {"file": "copy.mp4", "clip": "名字 1"}
    only = cora.get(f"{one}/files?outcome=duplicate").json()
    assert [file["name"] for file in only["results"]] == ["copy.mp4"]
    table = b"".join(cora.get(f"{one}/report").streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(table.splitlines()))
    assert [row["code"] for row in rows] == [file["code"] for file in files["results"]]
    assert rows[0]["reason"].startswith("text.mp4: this is a text file")
    assert cora.get(IMPORTS).json()[0]["id"] == made.json()["id"]
    job = cora.get(f"/api/jobs/{started['job']['id']}").json()
    assert (job["state"], job["done"], job["total"]) == ("done", 4, 4)
    assert job["workers_alive"] is False


def test_what_is_no_file_is_refused_in_words(cora: Any, settings: Any) -> None:
    address = f"{IMPORTS}/{cora.post(IMPORTS).json()['id']}/files"
    assert error(send(cora, address, "a.mp4", b"x", field="other"))["code"] == "no_file_was_sent"
    assert cora.post(address, {"file": "a"}).status_code == 415
    settings.MAX_UPLOAD_BYTES = 100
    too_large = send(cora, address, "a.mp4", b"x" * 101)
    assert (too_large.status_code, error(too_large)["code"]) == (413, "file_is_too_large")
    assert send(cora, address, "a.mp4", b"x" * 100_000).status_code == 413
    assert error(cora.post(address.replace("files", "start")))["code"] == "import_is_empty"


def test_sending_a_name_again_replaces_the_file(cora: Any, corpus: Corpus) -> None:
    one = f"{IMPORTS}/{cora.post(IMPORTS).json()['id']}"
    for content in (b"first", b"second"):
        assert send(cora, f"{one}/files", "a.mp4", content).status_code == 201
    assert cora.get(one).json()["counts"]["waiting"] == 1


def test_an_import_is_found_in_its_own_corpus_only(
    cora: Any, person: Make, open_browser: Make
) -> None:
    number = cora.post(IMPORTS).json()["id"]
    other = Corpus.objects.create(slug="other", name="Other")
    odin = open_browser(person("odin", other, "coordinator"))
    assert odin.get(f"/api/corpora/other/imports/{number}").status_code == 404
    assert odin.get(f"{IMPORTS}/{number}").status_code == 404
    assert cora.get(f"{IMPORTS}/{number + 1}").status_code == 404
    unknown, foreign = cora.get("/api/corpora/nope/imports"), cora.get("/api/corpora/other/imports")
    assert unknown.status_code == foreign.status_code == 404
    assert error(unknown)["detail"].replace("nope", "other") == error(foreign)["detail"]


def test_annotators_import_nothing(corpus: Corpus, person: Make, open_browser: Make) -> None:
    anna = open_browser(person("anna", corpus))
    assert anna.get(IMPORTS).status_code == 403
    assert anna.post(IMPORTS).status_code == 403
    assert open_browser().post(IMPORTS).status_code in (401, 403)


@pytest.fixture
def job(corpus: Corpus, person: Make) -> tuple[Job, User]:
    maker = person("maker", corpus)
    return start_job(kind="export", task="t", corpus=corpus, created_by=maker), maker


def test_a_job_is_its_makers_and_its_coordinators_business(
    job: tuple[Job, User], cora: Any, corpus: Corpus, person: Make, open_browser: Make
) -> None:
    address = f"/api/jobs/{job[0].pk}"
    other = Corpus.objects.create(slug="other", name="Other")
    assert open_browser(job[1]).get(address).status_code == 200
    assert cora.get(address).status_code == 200
    assert open_browser(person("sina", site_administrator=True)).get(address).status_code == 200
    assert open_browser(person("anna", corpus)).get(address).status_code == 404
    assert open_browser(person("odin", other, "coordinator")).get(address).status_code == 404
    assert open_browser(person("olga", other)).post(f"{address}/cancel").status_code == 404
    assert open_browser().get(address).status_code in (401, 403)


def test_a_job_is_cancelled_once_and_for_all(job: tuple[Job, User], cora: Any) -> None:
    address = f"/api/jobs/{job[0].pk}/cancel"
    assert cora.post(address).json()["state"] == "cancelled"
    assert cora.post(address).json()["state"] == "cancelled"
    Job.objects.update(state="done")
    ended = cora.post(address)
    assert (ended.status_code, error(ended)["code"]) == (409, "job_has_ended")


def test_the_lists_ask_once_whether_a_worker_lives(
    cora: Any, corpus: Corpus, django_assert_max_num_queries: Any
) -> None:
    for _ in range(20):
        asked = cora.post("/api/corpora/films/exports", {"what": "clips", "format": "csv"})
        assert asked.status_code == 201
    with django_assert_max_num_queries(10):
        assert len(cora.get("/api/corpora/films/exports").json()) == 20


def test_the_list_counts_all_imports_together(
    cora: Any, corpus: Corpus, django_assert_max_num_queries: Any
) -> None:
    one = f"{IMPORTS}/{cora.post(IMPORTS).json()['id']}"
    assert send(cora, f"{one}/files", "a.mp4", b"a").status_code == 201
    for _ in range(20):
        cora.post(IMPORTS)
    with django_assert_max_num_queries(10):
        listed = cora.get(IMPORTS).json()
    assert [found["counts"]["waiting"] for found in listed] == [0] * 20 + [1]


def test_votes_that_are_too_large_are_refused_before_they_are_read(
    cora: Any, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAX_TABLE_BYTES = 100

    def read(*_: object) -> None:
        raise AssertionError("the body was read")

    monkeypatch.setattr("django.http.multipartparser.MultiPartParser.parse", read)
    answer = send(cora, "/api/corpora/films/vote-imports", "votes.csv", b"x" * 100_000)
    assert (answer.status_code, error(answer)["code"]) == (413, "table_is_too_large")


def test_a_long_report_comes_in_pages(
    cora: Any, corpus: Corpus, django_assert_max_num_queries: Any
) -> None:
    number = cora.post(IMPORTS).json()["id"]
    ImportedFile.objects.bulk_create(
        ImportedFile(clip_import_id=number, name=f"{n}.mp4", outcome="refused", reason="no")
        for n in range(250)
    )
    address = f"{IMPORTS}/{number}/files"
    with django_assert_max_num_queries(8):
        first = cora.get(address).json()
    third = cora.get(f"{address}?page=3").json()
    assert (first["count"], len(first["results"]), len(third["results"])) == (250, 100, 50)
    assert third["results"][-1]["name"] == "249.mp4"
    assert cora.get(f"{address}?page=4").json()["results"] == []
    for wrong in ("page=0", "page=x", "outcome=lost"):
        assert cora.get(f"{address}?{wrong}").status_code == 400


def test_imports_of_votes_are_listed_with_what_came_of_them(
    cora: Any, corpus: Corpus, django_assert_max_num_queries: Any
) -> None:
    address = "/api/corpora/films/vote-imports"
    for number in range(20):
        sent = send(cora, address, f"票 {number}.csv", b"clip\n")
        assert sent.status_code == 201
    import_votes(sent.json()["job"]["id"])
    with django_assert_max_num_queries(8):
        listed = cora.get(address).json()
    assert [each["name"] for each in listed[:2]] == ["票 19.csv", "票 18.csv"]
    assert (listed[0]["job"]["state"], listed[0]["job"]["code"]) == (
        "failed",
        "votes_break_the_rules",
    )
    assert listed[0]["created_by"] == "cora"


def test_votes_of_a_file_that_is_too_large_for_memory_are_not_read(
    cora: Any, corpus: Corpus, settings: Any
) -> None:
    sent = send(cora, "/api/corpora/films/vote-imports", "votes.csv", b"clip\n" * 100)
    settings.MAX_TABLE_BYTES = 100
    import_votes(sent.json()["job"]["id"])
    job = cora.get(f"/api/jobs/{sent.json()['job']['id']}").json()
    assert (job["state"], job["code"]) == ("failed", "table_is_too_large")


def test_an_export_tells_its_size_and_is_deleted_with_its_file(
    cora: Any, corpus: Corpus, django_capture_on_commit_callbacks: Any
) -> None:
    asked = {"what": "clips", "format": "csv"}
    made = cora.post("/api/corpora/films/exports", asked).json()
    address = f"/api/corpora/films/exports/{made['id']}"
    export(made["job"]["id"])
    shown = cora.get(address).json()
    file = b"".join(cora.get(f"{address}/file").streaming_content)
    assert (shown["size"], shown["created_by"]) == (len(file), "cora")
    path = media_path(Export.objects.get().file)
    assert path.is_file()
    with django_capture_on_commit_callbacks(execute=True):
        assert cora.delete(address).status_code == 204
    assert not path.exists()
    assert cora.get(address).status_code == 404

    waiting = cora.post("/api/corpora/films/exports", asked).json()
    assert cora.delete(f"/api/corpora/films/exports/{waiting['id']}").status_code == 204
    assert cora.get(f"/api/jobs/{waiting['job']['id']}").json()["state"] == "cancelled"


def test_files_of_exports_are_removed_after_thirty_days(cora: Any, corpus: Corpus) -> None:
    addresses = []
    for _ in range(2):
        made = cora.post("/api/corpora/films/exports", {"what": "clips", "format": "csv"}).json()
        export(made["job"]["id"])
        addresses.append(f"/api/corpora/films/exports/{made['id']}")
    old = Export.objects.order_by("id")[0]
    path = media_path(old.file)
    Export.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    remove_old_exports()
    assert not path.exists()
    assert cora.get(addresses[0]).json()["file_url"] is None
    assert error(cora.get(f"{addresses[0]}/file"))["code"] == "export_not_ready"
    assert cora.get(f"{addresses[1]}/file").status_code == 200
