"""A corpus and a coordinator; media in a folder of the test's own."""

from pathlib import Path
from typing import Any

import pytest

from accounts.actions import NewPerson, make_person
from accounts.models import User
from collection.models import Corpus
from tests import factories, trained


@pytest.fixture(autouse=True)
def media_root(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def corpus(transactional_db: None) -> Corpus:
    return Corpus.objects.create(slug="films", name="Films")


@pytest.fixture
def coordinator(transactional_db: None) -> User:
    person = NewPerson(username="cora", password="a long enough secret")
    return make_person(person=person, site_administrator=True)


@pytest.fixture
def films(transactional_db: None, settings: Any, tmp_path: Path) -> Corpus:
    """A corpus with D_l, its training files in a folder of the test's own."""
    settings.TRAINING_ROOT = tmp_path / "training"
    corpus = factories.corpus("films")
    trained.label_clips(corpus)
    return corpus


@pytest.fixture
def root(transactional_db: None) -> User:
    return factories.person(site_administrator=True)
