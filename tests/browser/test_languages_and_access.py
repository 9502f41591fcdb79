"""Every page in both languages, light and dark, on a desk and on a tablet, by keyboard."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from accounts.actions import NewPerson, make_person
from collection.models import Corpus
from tests.browser import furnished
from tests.browser.conftest import MAKES_README_PICTURES, Shoot, Visit
from tests.browser.furnished import LONG, LONG_LATIN, SLUG, Furnished, furnish
from tests.browser.inspection import left_over, not_by_keyboard, overflow, violations
from tests.browser.visitors import DESKTOP, PASSWORD, Visitor

TABLET = {"width": 768, "height": 1024}
LANGUAGES = ("en", "zh-hans")
THEMES = {"en": ("dark", "light"), "zh-hans": ("dark",)}  # a rule that knows colors knows no words
# Words that are no text of the interface: file names, usernames, languages' own names.
OWN = {"scene", "emotion", "reliability", "valence", "Concord", "English", "votes", "csv"}

Page = tuple[str, str, Visitor]


def pages(visit: Visit, world: Furnished, language: str) -> Iterator[Page]:
    """Name, address and who looks at it."""
    locale = {"locale": "zh-CN" if language == "zh-hans" else "en-US"}
    nobody = visit(**locale)
    yield "login", "/login", nobody
    yield "join", world.join, nobody
    yield "join-unknown", "/join/unknown", nobody
    yield "reset", world.reset, nobody
    administrator = visit(world.administrator, **locale)
    yield "home", "/", administrator
    yield "new", "/new", administrator
    yield "no-such-page", "/no/such/page", administrator
    cora = visit(world.coordinator, **locale)
    base = f"/c/{SLUG}"
    for page in ("clips", "import", "people", "open", "export", "inbox", "settings"):
        yield page, f"{base}/{page}", cora
    yield "overview", base, cora
    for number, clip in enumerate((LONG, LONG_LATIN, "scene 2", "甲", "乙")):
        yield f"clip-{number}", f"{base}/clips/{quote(clip)}", cora
    for stage, user in world.at_desk.items():
        yield f"desk-{stage}", f"{base}/label", visit(user, **locale)
    bored = visit(furnished.person("闲人", language), **locale)
    yield "home-empty", "/", bored
    yield "not-yours", base, bored


@pytest.fixture
def world(site: str, reel: Path) -> Callable[[str], Furnished]:
    return lambda language: furnish(reel, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page(
    visit: Visit, worker: Any, world: Callable[[str], Furnished], language: str, shoot: Shoot
) -> None:
    picture = shoot if not MAKES_README_PICTURES else lambda page, name: None
    faults: list[str] = []
    for name, address, visitor in pages(visit, world(language), language):
        visitor.forgive("status of 404", "status of 403", "Not found: /no/such/page")
        page = visitor.page
        page.set_viewport_size(DESKTOP)
        page.goto(address, wait_until="networkidle")
        expect(page.get_by_role("main")).to_be_visible()
        found = left_over(page, language, OWN)
        for theme in THEMES[language]:
            page.emulate_media(color_scheme=theme)
            found += [f"{theme}: {each}" for each in violations(page)]
        picture(page, f"page-{name}-{language}")
        found += overflow(page, down=name.startswith("desk-"))
        if language == "en":
            found += not_by_keyboard(page)
        page.set_viewport_size(TABLET)
        found += [f"tablet: {each}" for each in overflow(page)]
        faults += [f"{name}: {each}" for each in found]
    assert not faults, "\n".join(faults)


def test_a_corpus_is_made_by_keyboard_alone(visit: Visit, site: str) -> None:
    """Log in, make a corpus with two labels of one's own, pause it, log out: Tab and Enter."""
    make_person(person=NewPerson("root", PASSWORD), site_administrator=True)
    visitor = visit().go("/")
    page, keyboard = visitor.page, visitor.page.keyboard

    def tab_to(control: Any) -> None:
        expect(control.first).to_be_visible()
        for _ in range(80):
            if control.first.evaluate("(each) => each === document.activeElement"):
                return
            keyboard.press("Tab")
        raise AssertionError(f"Tab does not reach {control}")

    def fill(label: str, text: str, place: int = 0) -> None:
        tab_to(page.get_by_label(label, exact=True).nth(place))
        keyboard.type(text)

    fill("Username", "root")
    fill("Password", PASSWORD)
    keyboard.press("Enter")
    tab_to(page.get_by_role("link", name="New corpus"))
    keyboard.press("Enter")
    fill("Name of the corpus", "Two labels")
    fill("Short name", "two-labels")
    tab_to(page.get_by_role("radio", name="The labels of MER 2023"))
    keyboard.press("ArrowDown")
    fill("Code", "calm")
    fill("English name", "Calm")
    tab_to(page.get_by_role("button", name="Add a label"))
    keyboard.press("Enter")
    fill("Code", "tense", place=1)
    fill("English name", "Tense", place=1)
    tab_to(page.get_by_role("button", name="Make the corpus"))
    keyboard.press("Enter")
    expect(page.get_by_text("No clips yet")).to_be_visible()
    tab_to(page.get_by_role("link", name="Settings"))
    keyboard.press("Enter")
    tab_to(page.get_by_role("button", name="Pause the corpus"))
    keyboard.press("Enter")
    expect(page.get_by_text("nobody is given clips").first).to_be_visible()
    tab_to(page.locator("header summary"))
    keyboard.press("Enter")
    tab_to(page.get_by_role("button", name="Log out"))
    keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_be_visible()
    corpus = Corpus.objects.get()
    assert set(corpus.emotions.values_list("code", flat=True)) == {"calm", "tense"}
    assert corpus.paused_at is not None
