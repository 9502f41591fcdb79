"""A new corpus is as whoever made it has asked."""

import pytest
from django.test import Client

from tests import factories


@pytest.fixture
def admin(db: None) -> Client:
    person = factories.person("admin")
    person.is_superuser = True
    person.save()
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


@pytest.mark.parametrize(("asked", "got"), [({}, False), ({"show_transcript": True}, True)])
def test_the_transcript_is_hidden_unless_chosen(admin, asked, got):
    body = {"slug": "new", "name": "New", "preset": "mer2023", **asked}
    made = admin.post("/api/corpora", body, content_type="application/json")
    assert made.status_code == 201, made.content
    assert made.json()["show_transcript"] is got
    assert admin.get("/api/corpora/new").json()["show_transcript"] is got
