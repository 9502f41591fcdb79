"""The pages about people, the inbox, settings and corpora: as accessible, translated and well
placed as every other, with what opens on them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation.ballots import Manner
from tests import factories
from tests.browser import furnished
from tests.browser.conftest import Visit
from tests.browser.furnished import SLUG, Furnished
from tests.browser.inspection import left_over, not_by_keyboard, overflow, texts, violations
from tests.browser.test_languages_and_access import LANGUAGES, OWN, TABLET, THEMES
from tests.browser.test_people_and_settings import refuse_a_file
from tests.browser.visitors import DESKTOP, Visitor
from tests.factories import Clock

BASE = f"/c/{SLUG}"
SOMEBODY = "标注员0"
DATA = OWN | {
    "broken",
    "mp",
    "code",
    "special",
    "maybe",
    "true",
    "false",
    "faulty",
    "name",
    "long",
    "names",
}

Scene = tuple[str, Visitor, str, Callable[[Any], None]]


class Scenes:
    """Name, who, where, and what they do there to open it."""

    def __init__(self, visit: Visit, world: Furnished, language: str, folder: Path) -> None:
        self.cora, self.root = visit(world.coordinator), visit(world.administrator)
        self.texts, self.folder = texts(language), folder

    def say(self, key: str, **params: str) -> str:
        text = self.texts[key]
        for name, value in params.items():
            text = text.replace("{{" + name + "}}", value)
        return text

    def menu(self, name: str, item: str = "") -> Callable[[Any], None]:
        def choose(page: Any) -> None:
            label = self.say("people.actions_for", name=name)
            page.get_by_role("button", name=label, exact=True).click()
            expect(page.get_by_role("menuitem").first).to_be_focused()
            if item:
                page.get_by_role("menuitem", name=self.say(item), exact=True).click()
                expect(page.locator("dialog[open]")).to_be_visible()

        return choose

    def press(self, key: str) -> Callable[[Any], None]:
        return lambda page: page.get_by_role("button", name=self.say(key), exact=True).click()

    def keys_clash(self, page: Any) -> None:
        page.locator("fieldset input").first.fill("2")

    def faulty_file(self, page: Any) -> None:
        file = self.folder / "faulty.csv"
        file.write_text("code,special\na,maybe\na,\n")
        page.get_by_role("radio", name=self.say("new.labels_file")).check()
        page.locator("input[type=file]").set_input_files(file)
        expect(page.get_by_role("alert")).to_be_visible()

    def all(self) -> Iterator[Scene]:
        cora, root, people = self.cora, self.root, f"{BASE}/people"
        yield "people", cora, people, lambda page: None
        yield "menu of a person", cora, people, self.menu(SOMEBODY)
        for item in ("hold", "make_coordinator", "reset", "ask_deactivate", "ask_void"):
            yield f"people, {item}", cora, people, self.menu(SOMEBODY, f"people.{item}")
        for kind in ("skips", "notes", "files"):
            yield f"inbox, {kind}", cora, f"{BASE}/inbox?show={kind}", lambda page: None
        yield "watching", cora, f"{BASE}/inbox?show=notes", self.press("inbox.watch")
        yield "clip set aside", cora, f"{BASE}/inbox?show=skips", self.press("inbox.ask_set_aside")
        yield "settings, frozen", cora, f"{BASE}/settings", self.keys_clash
        yield "archive", cora, f"{BASE}/settings", self.press("settings.ask_archive")
        yield "settings, free", root, "/c/free/settings", self.keys_clash
        yield "copy", root, f"{BASE}/settings", self.press("copy.ask")
        yield "delete", root, f"{BASE}/settings", self.press("delete.ask")
        yield "corpora", root, "/corpora", self.menu("空语料库")
        yield "label file", root, "/new", self.faulty_file


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_and_dialog_of_managing(
    visit: Visit, site: str, reel: Path, language: str, tmp_path: Path
) -> None:
    world = furnished.furnish(reel, language)
    refuse_a_file(world.corpus)
    writer = factories.annotator(world.corpus, Clock(timezone.now()), factories.person("记录人"))
    (screen, *_), manner = writer.claim(), Manner(note="两个人同时说话。" * 20)
    said: dict[str, str | int] = {"emotion": "anger", "reliability": "reliable", "valence": 1}
    writer.vote(screen, *[said[screen.stage]] * len(screen.seats), manner=manner)
    free = factories.corpus("free", labels=furnished.labels())
    free.name = "空语料库"
    free.save()
    faults: list[str] = []
    for name, visitor, address, act in Scenes(visit, world, language, tmp_path).all():
        page = visitor.page
        page.set_viewport_size(DESKTOP)
        page.goto(address, wait_until="networkidle")
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        act(page)
        found = left_over(page, language, DATA)
        for theme in THEMES[language]:
            page.emulate_media(color_scheme=theme)
            found += [f"{theme}: {each}" for each in violations(page)]
        found += overflow(page)
        if language == "en" and not page.locator("dialog[open], [popover]:popover-open").count():
            found += not_by_keyboard(page)
        page.set_viewport_size(TABLET)
        found += [f"tablet: {each}" for each in overflow(page)]
        faults += [f"{name}: {each}" for each in found]
    assert not faults, "\n".join(faults)
