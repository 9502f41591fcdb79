"""An archived corpus is read and exported; nobody is given clips of it and nothing comes in."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotation.models import EmotionVote
from collection.actions import create_import
from collection.models import Corpus
from tests import factories
from tests.factories import Annotator, Clock

FILMS = "/api/corpora/films"


@pytest.fixture
def films(db: None) -> Corpus:
    return factories.opened([f"clip-{n}" for n in range(4)], slug="films")


@pytest.fixture
def anna(films: Corpus) -> Annotator:
    return factories.annotator(films, Clock())


def client_of(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture
def cora(films: Corpus) -> Client:
    return client_of(factories.coordinator(films))


def archive(cora: Client, archived: bool = True) -> Any:
    answer = cora.patch(FILMS, {"archived": archived}, content_type="application/json")
    assert answer.status_code == 200
    return answer.json()


def test_archiving_is_seen_and_taken_back_and_keeps_its_moment(cora, films):
    assert archive(cora)["archived"] is True
    films.refresh_from_db()
    first = films.archived_at
    archive(cora)
    films.refresh_from_db()
    assert films.archived_at == first
    assert archive(cora, False)["archived"] is False


def test_it_gives_no_clips_but_votes_on_held_places_are_taken(cora, anna):
    (held, _) = anna.claim()
    archive(cora)
    anna.vote(held, "anger")
    assert EmotionVote.objects.count() == 1
    assert len(anna.claim()) == 1, "no further one came"
    anna.release(anna.screens()[0])
    assert anna.claim() == []
    assert anna.nothing() == "corpus_archived"
    archive(cora, False)
    assert len(anna.claim()) == 2


def test_nothing_comes_in(cora, films):
    begun = create_import(corpus=films, created_by=None)
    archive(cora)
    root = client_of(factories.person(site_administrator=True))
    csv = SimpleUploadedFile("votes.csv", b"clip,stage,annotator,emotion\n")
    refused = [
        cora.post(f"{FILMS}/imports"),
        cora.post(f"{FILMS}/imports/{begun.pk}/start"),
        cora.post(f"{FILMS}/openings", {"all": True}, content_type="application/json"),
        cora.post(f"{FILMS}/vote-imports", {"file": csv}),
        root.post(f"{FILMS}/simulations", {"annotators": 8}, content_type="application/json"),
    ]
    assert [answer.json()["error"]["code"] for answer in refused] == ["corpus_archived"] * 5
    assert {answer.status_code for answer in refused} == {409}


def test_it_is_read_and_exported(cora):
    archive(cora)
    for path in ("", "/progress", "/clips", "/people", "/people/hours", "/inbox"):
        assert cora.get(FILMS + path).status_code == 200, path
    wanted = {"what": "clips", "format": "csv"}
    assert cora.post(f"{FILMS}/exports", wanted, content_type="application/json").status_code == 201


def test_annotators_do_not_see_it_in_their_list(cora, anna, films):
    annotator = client_of(anna.membership.user)
    assert [row["slug"] for row in annotator.get("/api/corpora").json()] == ["films"]
    archive(cora)
    assert annotator.get("/api/corpora").json() == []
    root = client_of(factories.person(site_administrator=True))
    for client in (cora, root):
        (row,) = client.get("/api/corpora").json()
        assert (row["slug"], row["archived"]) == ("films", True)
