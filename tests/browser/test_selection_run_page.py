"""The page of a selection run: in every state as accessible, translated and well placed as every
other; clips opened from it by keyboard alone; and that coordinators only read it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from annotation.models import Labeling
from selection import outcome
from selection.models import SelectionBatch, SelectionRun
from tests.browser import furnished, selected_rooms
from tests.browser.conftest import Shoot, Visit
from tests.browser.guiding import Say, saying
from tests.browser.inspection import left_over, not_by_keyboard, overflow, violations
from tests.browser.selected_rooms import OTHER, SLUG, THIRD, Rooms
from tests.browser.test_languages_and_access import LANGUAGES, THEMES
from tests.browser.test_training_access import IS_SETTLED
from tests.browser.visitors import DESKTOP, Visitor

SIZES = (DESKTOP, {"width": 1024, "height": 768})
BY_KEYBOARD = ("being made", "failed", "all tables", "no clip found")  # few rows: each is a stop
# Names of clips, files and a corpus.
OWN = {"Concord", "English", "Films", "sample", "scene", "theirs", "csv"}

Act = Callable[[Any], None]
Scene = tuple[str, str, Act]


def nothing(page: Any) -> None:
    """The page as it comes."""


def all_tables(page: Any) -> None:
    """All that is folded away, and a clip that plays."""
    expect(page.locator("main h2").first).to_be_visible()
    page.locator("main details").evaluate_all(
        "(all) => all.forEach((each) => { each.open = true })"
    )
    page.locator("main tbody button[aria-expanded]").first.click()
    expect(page.locator("main video")).to_be_visible()


def address(run: SelectionRun) -> str:
    return f"/c/{run.corpus.slug}/selection/runs/{run.pk}"


def scenes(say: Say, rooms: Rooms) -> Iterator[Scene]:
    """Name, where, and what one does there."""

    def delete(page: Any) -> None:
        page.get_by_role("button", name=say("selection_run.delete")).click()
        expect(page.locator("dialog[open]")).to_be_visible()

    for state, run in rooms.runs.items():
        yield state, address(run), nothing
    labeled = address(rooms.runs["labeled"])
    yield "all tables", f"{labeled}?search=scene", all_tables
    yield "no clip found", f"{labeled}?search=nothing+like+it", nothing
    yield "not selected", f"{labeled}?chosen=false", nothing
    yield "delete", address(rooms.runs["fresh"]), delete


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_a_run(
    visit: Visit, site: str, reel: Path, language: str, shoot: Shoot
) -> None:
    root = furnished.person("管理员", language, site_administrator=True)
    rooms = selected_rooms.furnish(root, language, reel)
    page = visit(root).page
    faults: list[str] = []
    for name, where, act in scenes(saying(language), rooms):
        page.set_viewport_size(DESKTOP)
        page.goto(where)
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_function(IS_SETTLED)
        act(page)
        found = left_over(page, language, OWN)
        for theme in THEMES[language]:
            page.emulate_media(color_scheme=theme)
            found += [f"{theme}: {each}" for each in violations(page)]
        shoot(page, f"selection-run-{name.replace(' ', '-')}-{language}")
        if language == "en" and name in BY_KEYBOARD:
            found += not_by_keyboard(page)
        for size in SIZES:
            page.set_viewport_size(size)
            found += [f"{size['width']}: {each}" for each in overflow(page)]
        faults += [f"{name}: {each}" for each in found]
    assert not faults, "\n".join(faults)


@pytest.fixture
def root(visit: Visit, site: str) -> Visitor:
    return visit(furnished.person("root", "en", site_administrator=True))


@pytest.fixture
def rooms(site: str, reel: Path) -> Rooms:
    by = furnished.person("maker", "en", site_administrator=True)
    return selected_rooms.furnish(by, "en", reel)


def shown(page: Any, section: str) -> Any:
    return page.get_by_role("region", name=section, exact=True)


def test_clips_are_opened_in_a_batch_by_keyboard_alone(root: Visitor, rooms: Rooms) -> None:
    """
    1. Ask for two of the clips that are left: what it will cost is told before.
    2. The batch is there, with the focus on it, and waits for a worker. Cancel it.
    3. Go on with it: it waits again.
    """
    run = rooms.runs["fresh"]
    page, press = root.go(address(run)).page, root.page.keyboard.press
    root.tab_to(page.get_by_label("How many of them?"))
    page.keyboard.type("2")
    expect(page.get_by_text("2 clips take")).to_be_visible()
    press("Enter")
    expect(page.get_by_role("list", name="Batches")).to_be_focused()
    expect(page.get_by_text("0 of 2 clips opened")).to_be_visible()
    (batch,) = SelectionBatch.objects.filter(run=run)
    assert batch.clips.count() == 2
    assert batch.opening.created_by_id != rooms.root.pk  # by whoever pressed, not by who selected

    expect(page.get_by_text("2 clips of a batch under way are not opened yet")).to_be_visible()
    root.tab_to(page.get_by_role("button", name="Cancel"))
    press("Enter")
    expect(page.get_by_text("2 clips of a stopped batch are not opened yet")).to_be_visible()
    root.tab_to(page.get_by_role("button", name="Go on with batch 1"))
    press("Enter")
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    assert not Labeling.objects.filter(opening=batch.opening).exists()
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)


def test_a_number_that_is_none_is_not_sent(root: Visitor, rooms: Rooms) -> None:
    run = rooms.runs["fresh"]
    page = root.go(address(run)).page
    field = page.get_by_label("How many of them?")
    for bad in ("0", "1000", "1.5"):
        field.fill(bad)
        field.press("Enter")
        expect(field).to_be_focused()
        assert not field.evaluate("(field) => field.validity.valid")
    assert not SelectionBatch.objects.filter(run=run).exists()


def test_coordinators_read_and_do_nothing(visit: Visit, rooms: Rooms) -> None:
    """They find the page in the menu; what costs the machine hours is not theirs."""
    cora = visit(rooms.coordinator)
    for state in ("labeled", "by folds", "fresh"):
        page = cora.go(address(rooms.runs[state])).page
        expect(page.get_by_role("region", name="Thresholds and clips by class")).to_be_visible()
        expect(page.get_by_role("link", name="Download all clips (CSV)")).to_be_visible()
        page.wait_for_function(IS_SETTLED)
        for name in ("Open", "Delete", "Go on", "Cancel"):
            buttons = page.get_by_role("main").get_by_role("button", name=re.compile(f"^{name}"))
            expect(buttons).to_have_count(0)
        expect(page.get_by_label("How many of them?")).to_have_count(0)
    menu = page.get_by_role("navigation", name="Pages of this corpus")
    expect(menu.get_by_role("link", name="Selection")).to_have_attribute("aria-current", "page")
    expect(menu.get_by_role("link", name="Training")).to_have_count(0)
    scoring = rooms.runs["fresh"].scoring_id
    page = cora.go(f"/c/{SLUG}/selection/scorings/{scoring}").page
    expect(page.get_by_text("scorings are for site administrators")).to_be_visible()


def test_the_page_tells_what_came_of_the_clips(root: Visitor, rooms: Rooms) -> None:
    """
    1. The figures are those of the outcome; by class, and in the chart's table.
    2. The wrong predictions, found by the filter; one step back all are there again.
    3. A clip plays in its row, and its name leads to its page.
    """
    run = rooms.runs["labeled"]
    told = outcome.outcome(run)
    assert 0 < told["right"] < told["labeled"] < told["opened"]
    page = root.go(address(run)).page
    outcome_of = shown(page, "What came of them")
    expect(outcome_of).to_contain_text(f"{told['right']} of {told['judged']} labeled clips")
    now = shown(page, "Where they are now")
    expect(now).to_contain_text(f"Unlabeled {told['gates']['unlabeled']}")
    table = shown(page, "How often the prediction was right")
    expect(table.locator("tbody tr")).to_have_count(len(told["by_class"]))
    chart = shown(page, "Confidence on new clips")
    chart.get_by_text("Show as a table").click()
    filled = [each for each in told["calibration"] if each["clips"]]
    expect(chart.locator("tbody tr")).to_have_count(len(filled))

    clips = shown(page, "Clips")
    selected = clips.locator("tbody tr")
    expect(selected).to_have_count(run.selected)
    clips.get_by_label("Prediction was").select_option("wrong")
    expect(selected).to_have_count(told["judged"] - told["right"])
    expect(selected.first).to_contain_text("(wrong)")
    page.go_back()
    expect(selected).to_have_count(run.selected)
    clips.get_by_label("Search by name").fill("scene")
    page.wait_for_url(re.compile("search=scene"))
    clips.get_by_role("button", name=re.compile("^Play clip scene")).first.press("Enter")
    video = clips.locator("video")
    expect(video).to_be_visible()
    page.wait_for_function("() => document.querySelector('main video').currentTime > 0")
    name = clips.get_by_role("link", name=re.compile("^scene")).first.inner_text()
    clips.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", name=name, level=1)).to_be_visible()


def test_a_run_that_failed_says_why(root: Visitor, rooms: Rooms) -> None:
    page = root.go(address(rooms.runs["failed"])).page
    told = shown(page, "How far it is")
    expect(told).to_contain_text("Failed")
    expect(told).to_contain_text("TRAINING_ROOT")
    told.get_by_role("link", name="Select again").click()
    page.wait_for_url(re.compile(f"/c/{THIRD}/selection$"))
    page = root.go(address(rooms.runs["being made"])).page
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Delete")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.wait_for_url(re.compile(f"/c/{OTHER}/selection$"))
    assert not SelectionRun.objects.filter(corpus__slug=OTHER).exists()
