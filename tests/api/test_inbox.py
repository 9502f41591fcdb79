"""The coordinator's inbox: what waits, page by page, and what is done about it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotation.ballots import Manner
from annotation.models import Note, Skip
from collection.models import Clip, ClipImport, Corpus, ImportedFile
from tests import factories
from tests.factories import Clock

FILMS = "/api/corpora/films"
MANY = 60


@pytest.fixture
def films(db: None) -> Corpus:
    """Two annotators have skipped, noted, and had files refused."""
    clock = Clock()
    names = [f"clip-{n:02}" for n in range(2 * MANY + 5)]
    corpus = factories.opened(
        names, slug="films", emotion_votes=1, reliability_votes=0, valence_ratings=0
    )
    a, b = factories.annotators(corpus, 2, clock)
    for number in range(MANY):
        a.skip(a.claim()[0], "other", f"skip {number}")
        b.vote(b.claim()[0], "anger", manner=Manner(900, note=f"note {number}"))
    b.says("anger")  # without a note
    made = ClipImport.objects.create(corpus=corpus)
    ImportedFile.objects.bulk_create(
        ImportedFile(
            clip_import=made, name=f"file {n}.mp4", outcome="refused", reason="It is no film.",
            code="file_is_refused", params={"file": f"file {n}.mp4"},
        )
        for n in range(MANY)
    )  # fmt: skip
    ImportedFile.objects.create(clip_import=made, name="good.mp4", outcome="imported")
    other = ImportedFile(clip_import=made, name="twin.mp4", outcome="duplicate", reason="twice")
    other.save()
    return corpus


@pytest.fixture
def cora(films: Corpus) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(factories.coordinator(films))
    return client


LISTS = ("skips", "notes", "refused-files")


def test_it_counts_what_waits(cora):
    assert cora.get(f"{FILMS}/inbox").json() == {"skips": MANY, "notes": MANY, "files": MANY}


@pytest.mark.parametrize("which", LISTS)
def test_pages_hold_fifty_and_the_newest_come_first(cora, which):
    first, second, third = (cora.get(f"{FILMS}/{which}?page={page}").json() for page in (1, 2, 3))
    assert [len(page["results"]) for page in (first, second, third)] == [50, MANY - 50, 0]
    assert {page["count"] for page in (first, second, third)} == {MANY}
    ids = [row["id"] for page in (first, second) for row in page["results"]]
    assert ids == sorted(ids, reverse=True) and len(set(ids)) == MANY


@pytest.mark.parametrize("which", LISTS)
@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999"])
def test_a_page_that_cannot_be_is_refused(cora, which, page):
    assert cora.get(f"{FILMS}/{which}?page={page}").status_code == 400


@pytest.mark.parametrize("which", LISTS)
def test_a_list_costs_the_same_however_long(cora, which, django_assert_num_queries):
    with django_assert_num_queries(6):  # session, person, corpus, role, how many, rows
        cora.get(f"{FILMS}/{which}")


def test_counting_costs_a_query_each(cora, django_assert_num_queries):
    with django_assert_num_queries(7):  # session, person, corpus, role, three counts
        cora.get(f"{FILMS}/inbox")


def test_what_the_rows_say(cora, films):
    skip = cora.get(f"{FILMS}/skips").json()["results"][0]
    assert skip.keys() == {
        "id",
        "clip",
        "stage",
        "annotator",
        "annotator_name",
        "reason",
        "note",
        "at",
    }
    note = cora.get(f"{FILMS}/notes").json()["results"][0]
    assert note.keys() == {"id", "clip", "stage", "annotator", "annotator_name", "text", "at"}
    assert (note["text"], note["stage"]) == (f"note {MANY - 1}", "emotion")
    assert Clip.objects.filter(corpus=films, name=note["clip"]).exists()
    file = cora.get(f"{FILMS}/refused-files").json()["results"][0]
    assert file.keys() == {"id", "import", "name", "reason", "code", "params", "at"}
    assert (file["code"], file["params"]) == ("file_is_refused", {"file": file["name"]})


@pytest.mark.parametrize(
    ("which", "verb", "kept"),
    [
        ("skips", "clear", lambda: Skip.objects.exclude(cleared_at=None).values_list),
        ("notes", "read", lambda: Note.objects.exclude(read_at=None).values_list),
        (
            "refused-files",
            "dismiss",
            lambda: ImportedFile.objects.exclude(dismissed_at=None).values_list,
        ),
    ],
)
def test_what_was_seen_to_is_off_the_list_and_who_did_so_first_stays(
    cora: Client, films: Corpus, which: str, verb: str, kept: Callable[[], Any]
) -> None:
    pk = cora.get(f"{FILMS}/{which}").json()["results"][0]["id"]
    second = Client()
    second.force_login(factories.coordinator(films))
    by = {"clear": "cleared_by", "read": "read_by", "dismiss": "dismissed_by"}[verb]
    seen = set()
    for client in (cora, cora, second):
        assert client.post(f"{FILMS}/{which}/{pk}/{verb}").status_code == 204
        seen |= set(kept()("pk", by))
    assert len(seen) == 1
    left = cora.get(f"{FILMS}/{which}").json()
    assert left["count"] == MANY - 1 and pk not in {row["id"] for row in left["results"]}


def test_only_refused_files_are_dismissed(cora, films):
    good = ImportedFile.objects.get(name="good.mp4")
    assert cora.post(f"{FILMS}/refused-files/{good.pk}/dismiss").status_code == 404
