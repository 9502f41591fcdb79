"""People and the browsers they sit at."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.actions import NewPerson, add_member, make_person
from accounts.models import User
from collection.models import Corpus
from tests.api.training_room import Room

PASSWORD = "a long enough secret"


class Browser:
    """Speaks to the API as our pages do: JSON, cookies, and the CSRF token from its cookie."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def get(self, path: str, **options: Any) -> Any:
        return self.client.get(path, **options)

    def post(self, path: str, data: Any = None, **options: Any) -> Any:
        return self._send("post", path, data, options)

    def patch(self, path: str, data: Any = None, **options: Any) -> Any:
        return self._send("patch", path, data, options)

    def delete(self, path: str, **options: Any) -> Any:
        return self._send("delete", path, None, options)

    def log_in(self, username: str, password: str = PASSWORD) -> Any:
        return self.post("/api/session", {"username": username, "password": password})

    def _send(self, method: str, path: str, data: Any, options: dict[str, Any]) -> Any:
        if "csrftoken" not in self.client.cookies:
            self.get("/api/session")
        options = {"content_type": "application/json"} | options
        options["headers"] = {"X-CSRFToken": self.client.cookies["csrftoken"].value} | options.get(
            "headers", {}
        )
        return getattr(self.client, method)(path, {} if data is None else data, **options)


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """A password hash that takes no half second."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def corpus(db: None) -> Corpus:
    return Corpus.objects.create(slug="films", name="Films")


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes a person: `person("anna")`, `person("anna", corpus, "annotator")`."""

    def make(
        username: str, corpus: Corpus | None = None, role: str = "annotator", **options: Any
    ) -> User:
        user = make_person(person=NewPerson(username=username, password=PASSWORD), **options)
        if corpus:
            add_member(corpus=corpus, user=user, role=role)
        return user

    return make


@pytest.fixture
def open_browser(db: None) -> Callable[..., Browser]:
    """A browser of its own for everyone: `open_browser()`, `open_browser(anna)` logged in."""

    def make(user: User | None = None) -> Browser:
        opened = Browser()
        if user:
            assert opened.log_in(user.username).status_code == 200
        return opened

    return make


@pytest.fixture
def room(db: None, settings: Any, tmp_path: Path) -> Room:
    """A corpus with D_l, its training files in a folder of the test's own."""
    settings.TRAINING_ROOT = tmp_path / "training"
    return Room()
