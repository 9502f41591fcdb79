"""What opens on a page is as accessible, translated and well placed as the page itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from accounts.models import User
from tests import factories
from tests.browser import coordinating, furnished
from tests.browser.conftest import Visit
from tests.browser.furnished import LONG, SLUG, Furnished
from tests.browser.inspection import left_over, overflow, texts, violations
from tests.browser.test_languages_and_access import LANGUAGES, OWN, TABLET, THEMES
from tests.browser.visitors import DESKTOP, Visitor

BASE = f"/c/{SLUG}"
Say = Callable[[str], str]
Scene = tuple[str, User, str, Callable[[Any], None]]


def scenes(world: Furnished, say: Say) -> list[Scene]:
    """Name, who, where, and what they do there to open it."""
    cora, root, ann = world.coordinator, world.administrator, world.at_desk["emotion"]

    def button(*keys: str) -> Callable[[Any], None]:
        def press(page: Any) -> None:
            for key in keys:
                page.get_by_role("button", name=say(key), exact=True).first.click()

        return press

    def menu(page: Any) -> None:
        page.locator("header summary").click()

    def password(page: Any) -> None:
        menu(page)
        page.get_by_role("button", name=say("account.change_password")).click()

    def details(page: Any) -> None:
        page.locator("main summary").click()

    def own_labels(page: Any) -> None:
        page.get_by_role("radio", name=say("new.own_labels")).check()
        details(page)

    def void(page: Any) -> None:
        page.get_by_role("checkbox").first.check()
        page.locator("button.danger").click()

    def tick(key: str) -> Callable[[Any], None]:
        return lambda page: page.get_by_role("radio", name=say(key)).check()

    clip = f"{BASE}/clips/{quote(LONG)}"
    return [
        ("account menu", ann, f"{BASE}/label", menu),
        ("password", cora, "/", password),
        ("own labels and numbers", root, "/new", own_labels),
        ("keys, emotion", ann, f"{BASE}/label", lambda page: page.keyboard.press("?")),
        ("skip", ann, f"{BASE}/label", lambda page: page.keyboard.press("s")),
        (
            "keys, reliability",
            world.at_desk["reliability"],
            f"{BASE}/label",
            lambda page: page.keyboard.press("?"),
        ),
        (
            "keys, valence",
            world.at_desk["valence"],
            f"{BASE}/label",
            lambda page: page.keyboard.press("?"),
        ),
        ("void votes of a clip", cora, clip, void),
        ("set aside", cora, clip, button("clip.set_aside")),
        ("invitation", cora, f"{BASE}/people", button("invite.make")),
        ("invitations", cora, f"{BASE}/people", details),
        ("names to open", cora, f"{BASE}/open", tick("open.names")),
        ("export of votes", cora, f"{BASE}/export", tick("export_what.votes")),
        ("none found", cora, f"{BASE}/clips?search=%3F%3F", lambda page: None),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_dialog_and_menu(visit: Visit, site: str, reel: Path, language: str) -> None:
    world = furnished.furnish(reel, language)
    browsers: dict[int, Visitor] = {}
    faults: list[str] = []
    for name, user, address, act in scenes(world, lambda key: texts(language)[key]):
        visitor = browsers.get(user.pk) or browsers.setdefault(user.pk, visit(user))
        page = visitor.page
        page.set_viewport_size(DESKTOP)
        page.goto(address)
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        act(page)
        found = left_over(page, language, OWN)
        for theme in THEMES[language]:
            page.emulate_media(color_scheme=theme)
            found += [f"{theme}: {each}" for each in violations(page)]
        found += overflow(page)
        page.set_viewport_size(TABLET)
        found += [f"tablet: {each}" for each in overflow(page)]
        faults += [f"{name}: {each}" for each in found]
    assert not faults, "\n".join(faults)


def test_an_import_under_way_and_its_report(
    visit: Visit, worker: Any, corpus: Any, reel: Path, tmp_path: Path
) -> None:
    (tmp_path / f"{'long' * 40}.mp4").write_text("no film")
    cora = visit(factories.coordinator(corpus)).go(f"/c/{corpus.slug}")
    page = coordinating.turn_to(cora, "Import")
    coordinating.choose_files(cora, *tmp_path.iterdir(), reel / "scene 1.mp4")
    faults = violations(page) + overflow(page)
    coordinating.import_chosen(cora, files=2)
    expect(page.get_by_text("is a text file, not a video")).to_be_visible()
    faults += violations(page)
    page.set_viewport_size(TABLET)
    faults += overflow(page)
    assert not faults, "\n".join(faults)
