"""Browsers for everybody, and a place for what they show."""

import os
import shutil
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from PIL import Image
from playwright.sync_api import expect

from accounts.actions import add_member
from accounts.models import User
from annotation.labelsets import preset
from collection.models import Corpus
from config import state
from tests import factories, films
from tests.browser.desks import DeskPage
from tests.browser.visitors import PATIENCE, Visitor

MAKES_README_PICTURES = bool(os.environ.get("CONCORD_SCREENSHOTS"))
README_PICTURES = state.CHECKOUT / "docs" / "screenshots"
PICTURES = state.CHECKOUT / "tests" / "browser" / "out"
MPEG1 = ("-c:v", "mpeg1video", "-c:a", "mp2")

expect.set_options(timeout=PATIENCE)

Visit = Callable[..., Visitor]
Shoot = Callable[[Any, str], None]


@pytest.fixture
def visit(site: str, browser: Any) -> Iterator[Visit]:
    """Opens somebody's browser: `visit()`, `visit(anna)` logged in. None may report an error."""
    visitors: list[Visitor] = []

    def open_browser(user: User | None = None, **options: Any) -> Visitor:
        visitor = Visitor(options.pop("browser", browser), site, **options)
        visitors.append(visitor)
        return visitor.log_in(user) if user else visitor

    yield open_browser
    faults = [fault for visitor in visitors for fault in visitor.faults()]
    for visitor in visitors:
        visitor.context.close()
    assert not faults, "\n".join(faults)


@pytest.fixture
def wary_browser(browser: Any) -> Iterator[Any]:
    """Chromium as it comes: it plays no sound before somebody has touched the page."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(path for name in names if (path := shutil.which(name)))
    arguments = ["--autoplay-policy=document-user-activation-required", "--disable-gpu"]
    wary = browser.browser_type.launch(executable_path=found, args=arguments)
    yield wary
    wary.close()


@pytest.fixture(scope="session")
def shoot() -> Shoot:
    """Takes a picture of a page as it is. README's own are in few colours, so that they are small.

    README's text says which these are.
    """
    PICTURES.mkdir(parents=True, exist_ok=True)
    readme = (state.CHECKOUT / "README.md").read_text()

    def take(page: Any, name: str) -> None:
        if not MAKES_README_PICTURES or f"docs/screenshots/{name}.png" not in readme:
            page.screenshot(path=PICTURES / f"{name}.png")
            return
        image = Image.open(BytesIO(page.screenshot())).convert("RGB")
        few = image.quantize(256, dither=Image.Dither.NONE)
        few.save(README_PICTURES / f"{name}.png", optimize=True)

    return take


@pytest.fixture(scope="session")
def reel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three films; browsers cannot play the third as it is."""
    folder = tmp_path_factory.mktemp("reel")
    for number in (1, 2):
        films.film(folder / f"scene {number}.mp4", seconds=2, size="320x240", hue=90 * number)
    films.film(folder / "scene 3.mpg", seconds=2, size="320x240", hue=45, codecs=MPEG1)
    return folder


@pytest.fixture
def corpus(site: str, reel: Path) -> Corpus:
    """The paper's labels and numbers, three open clips."""
    return screened(reel, "films")


def screened(folder: Path, slug: str, **options: Any) -> Corpus:
    """A corpus with the films of a folder, all open, made by the commands that people use."""
    made = factories.corpus(slug, labels=options.pop("labels", preset("mer2023")), **options)
    with open(os.devnull, "w") as silence:
        call_command("import_clips", slug, folder, stdout=silence, stderr=silence)
        call_command("open_clips", slug, all=True, stdout=silence, stderr=silence)
    return made


@pytest.fixture
def ann(corpus: Corpus) -> User:
    return add_member(corpus=corpus, user=factories.person("ann"), role="annotator").user


@pytest.fixture
def desk(visit: Visit, corpus: Corpus, ann: User) -> DeskPage:
    """Ann's desk, with a clip on it."""
    opened = DeskPage(visit(ann), corpus.slug).open()
    opened.wait_for_picture()
    return opened
