"""A corpus and a coordinator; media in a folder of the test's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

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


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of a storage that speaks S3."""
    from tests import buckets  # which takes a second to import

    with buckets.server() as url:
        yield url


@pytest.fixture
def bucket(
    s3: str, settings: Any, monkeypatch: pytest.MonkeyPatch, media_root: Path
) -> Iterator[Any]:
    """Media are in a bucket of the test's own, and nothing is in a folder."""
    from tests import buckets

    made = buckets.InBucket(s3, f"media-{uuid4().hex}")
    buckets.use(made.variables, settings, monkeypatch)
    yield made
    assert not media_root.exists()


@pytest.fixture
def kept(request: pytest.FixtureRequest, media_root: Path) -> Any:
    """What is kept, for a test that is parametrized with "folder" and "bucket"."""
    from tests import buckets

    if request.param == "folder":
        return buckets.InFolder(media_root)
    return request.getfixturevalue("bucket")
