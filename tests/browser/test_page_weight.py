"""How much has to be fetched before somebody can label."""

import gzip
from pathlib import Path
from urllib.parse import urlsplit

from accounts.actions import NewPerson, add_member, make_person
from collection.models import Corpus
from tests.browser.conftest import Visit
from tests.browser.desks import DeskPage, past_the_tour
from tests.browser.inspection import FRONTEND
from tests.browser.visitors import PASSWORD

MOST = 120_000  # bytes of JavaScript, gzipped


def test_the_labeling_page_loads_less_than_120_kb_of_javascript(
    visit: Visit, corpus: Corpus
) -> None:
    """From the login to the first clip. Which files the browser asked for it says itself; their
    size is that of the build's files, so it is the same on every machine."""
    bea = make_person(person=NewPerson("bea", PASSWORD))
    add_member(corpus=corpus, user=bea, role="annotator")
    past_the_tour(corpus.slug)
    visitor = visit()
    asked: set[str] = set()
    visitor.page.on("request", lambda request: asked.add(urlsplit(request.url).path))
    visitor.go(f"/login?next=/c/{corpus.slug}/label")
    visitor.type_password("bea")
    DeskPage(visitor, corpus.slug).wait_for_picture()
    scripts = sorted(path for path in asked if path.endswith(".js"))
    sizes = {path: gzipped(FRONTEND / "build" / path.lstrip("/")) for path in scripts}
    print(f"\nfrom the login to the first clip: {sum(sizes.values()) / 1000:.1f} kB gzip")
    assert len(scripts) > 5
    assert sum(sizes.values()) < MOST, sizes


def gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), mtime=0))
