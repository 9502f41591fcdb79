"""The pages about scorings: in every state as accessible, translated and well placed as others;
eta chosen by keyboard alone; and that the slider asks nothing of the server on its way."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from selection.models import Scoring, SelectionRun
from selection.scored import Scored, selected
from tests import chosen, factories
from tests.browser import furnished, scored_rooms
from tests.browser.conftest import Shoot, Visit
from tests.browser.guiding import Say, saying
from tests.browser.inspection import left_over, not_by_keyboard, overflow, violations
from tests.browser.scored_rooms import EMPTY, POOL, SLUG, UNTRAINED, Rooms
from tests.browser.test_languages_and_access import LANGUAGES, THEMES
from tests.browser.test_training_access import IS_SETTLED
from tests.browser.visitors import DESKTOP, Visitor

SIZES = (DESKTOP, {"width": 1024, "height": 768})
# Names of clips, files, features and corpora.
OWN = {
    "Concord",
    "English",
    "Films",
    "sample",
    "scene",
    "theirs",
    "csv",
    "tones",
    "elsewhere",
    "untrained",
}

TO_SELECT = re.compile("^Select th")

Act = Callable[[Any], None]
Scene = tuple[str, str, Act]


def nothing(page: Any) -> None:
    """The page as it comes."""


def open_all(page: Any) -> None:
    """All that is folded away."""
    expect(page.locator("main h2").first).to_be_visible()
    page.locator("main details").evaluate_all(
        "(all) => all.forEach((each) => { each.open = true })"
    )


def address(scoring: Scoring, query: str = "") -> str:
    return f"/c/{scoring.corpus.slug}/selection/scorings/{scoring.pk}{query}"


def scenes(say: Say, rooms: Rooms) -> Iterator[Scene]:
    """Name, where, and what one does there."""

    def delete(page: Any) -> None:
        page.get_by_role("button", name=say("selection_run.delete"), exact=True).first.click()
        expect(page.locator("dialog[open]")).to_be_visible()

    def draw(page: Any) -> None:
        page.get_by_role("radio", name=say("scoring.preview_sample")).check()
        expect(page.get_by_role("button", name=say("scoring.reshuffle"))).to_be_visible()
        expect(page.locator("main section h3").last).to_be_visible()

    def ask_too_little(page: Any) -> None:
        page.get_by_label(say("scoring.budget")).fill("1")
        page.get_by_label(say("scoring.budget_of")).select_option("each")

    for slug in (EMPTY, UNTRAINED, SLUG):
        yield f"list, {slug}", f"/c/{slug}/selection", open_all
    for state, scoring in rooms.scorings.items():
        yield state, address(scoring), open_all
    by_folds = rooms.scorings["by folds"]
    yield "unseen", address(by_folds, "?eta=0.3&confidences=out_of_fold"), nothing
    yield "a few of each", address(by_folds, "?eta=0.1"), draw
    yield "too little", address(by_folds), ask_too_little
    yield "delete", address(by_folds), delete


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_scoring(
    visit: Visit, site: str, reel: Path, language: str, shoot: Shoot
) -> None:
    root = furnished.person("管理员", language, site_administrator=True)
    rooms = scored_rooms.furnish(root, language, reel)
    page = visit(root).page
    faults: list[str] = []
    for name, where, act in scenes(saying(language), rooms):
        faults += [f"{name}: {each}" for each in looked_at(page, language, where, act)]
        shoot(page, f"selection-{name.replace(', ', '-').replace(' ', '-')}-{language}")
    coordinator = visit(rooms.coordinator).page
    faults += looked_at(coordinator, language, f"/c/{SLUG}/selection", nothing)
    assert not faults, "\n".join(faults)


def looked_at(page: Any, language: str, where: str, act: Act) -> list[str]:
    page.set_viewport_size(DESKTOP)
    page.goto(where)
    expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_function(IS_SETTLED)
    act(page)
    found = left_over(page, language, OWN)
    for theme in THEMES[language]:
        page.emulate_media(color_scheme=theme)
        found += [f"{theme}: {each}" for each in violations(page)]
    if language == "en" and not page.locator("dialog[open]").count():
        found += not_by_keyboard(page)
    for size in SIZES:
        page.set_viewport_size(size)
        found += [f"{size['width']}: {each}" for each in overflow(page)]
    return found


@pytest.fixture
def root(visit: Visit, site: str) -> Visitor:
    return visit(furnished.person("root", "en", site_administrator=True))


@pytest.fixture
def scoring(site: str) -> Scoring:
    """Sixty-one clips of the pool, five folds."""
    corpus = factories.corpus(SLUG)
    factories.clips(corpus, POOL)
    return chosen.explored(chosen.scoring(corpus, POOL, folds=5))


def counted(scoring: Scoring, eta: float, confidences: str = "in_sample") -> int:
    """How many clips Algorithm 1 selects."""
    return int(selected(Scored.open(scoring), eta, confidences).chosen.sum())


def says(page: Any, count: int) -> None:
    clips = "these" if count != 1 else "this"
    button = page.get_by_role("button", name=re.compile(rf"^Select {clips} {count} clips?$"))
    expect(button).to_be_visible()


def test_eta_is_chosen_by_keyboard_alone(root: Visitor, scoring: Scoring) -> None:
    """
    1. The slider moves by thousandths; eta and portion beside it follow.
    2. A portion is typed: eta follows. A budget is typed: the least eta that keeps it.
    3. From unseen clips another number is selected at the same eta.
    4. Select: the run has that eta, and the page of the run opens.
    """
    page, press = root.go(address(scoring)).page, root.page.keyboard.press
    eta, portion = (page.get_by_label(name, exact=True) for name in ("η", "Portion 1 − η"))
    root.tab_to(page.get_by_role("slider"))
    press("ArrowLeft")
    press("ArrowLeft")
    expect(eta).to_have_value("0.798")
    expect(portion).to_have_value("0.202")
    says(page, counted(scoring, 0.798))

    root.tab_to(portion)
    press("ControlOrMeta+a")
    page.keyboard.type("0.6")
    expect(eta).to_have_value("0.4")
    says(page, counted(scoring, 0.4))

    root.tab_to(page.get_by_label("At most"))
    page.keyboard.type("12")
    found = float(eta.input_value())
    assert counted(scoring, found) <= 12 < counted(scoring, round(found - 0.001, 3))
    says(page, counted(scoring, found))

    page.get_by_role("radio", name="From unseen clips").focus()
    press("Space")
    found = float(eta.input_value())
    assert counted(scoring, found, "out_of_fold") <= 12
    root.tab_to(page.get_by_role("button", name=TO_SELECT))
    press("Enter")
    page.wait_for_url(re.compile(r"/selection/runs/\d+$"))
    run = SelectionRun.objects.get()
    assert (run.eta, run.confidences) == (found, "out_of_fold")
    assert run.selected == counted(scoring, found, "out_of_fold")


def test_moving_the_slider_asks_nothing_of_the_server(root: Visitor, scoring: Scoring) -> None:
    """Twenty moves: one request for the clips to be shown, after the last."""
    page = root.go(address(scoring)).page
    slider = page.get_by_role("slider")
    listed = page.get_by_role("region", name="What would be selected")
    expect(listed.locator("tbody tr").first).to_be_visible()
    page.wait_for_function(IS_SETTLED)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slider.focus()
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    says(page, counted(scoring, 0.78))
    with page.expect_response(re.compile(r"/clips\?eta=0\.78&")):
        pass
    assert len([each for each in asked if "/api/" in each]) == 1


def sure(slug: str, confidence: float) -> Scoring:
    """Labeled clips predicted right with 0.8, and a pool of three with this confidence."""
    corpus = factories.corpus(slug)
    names = ["clip 1", "clip 2", "clip 3"]
    factories.clips(corpus, names)

    def by(each: float) -> Any:  # (classes, classes): of each class one clip
        off = (1 - each) / (len(chosen.CLASSES) - 1)
        return np.where(np.eye(len(chosen.CLASSES)) > 0, each, off).astype(np.float32)

    ids = list(corpus.clips.order_by("name").values_list("pk", flat=True))
    made = Scored(
        chosen.CLASSES, np.arange(3), None, by(0.8), by(confidence), None, None, np.array(ids)
    )
    return chosen.explored(chosen.scoring_of(corpus, made))


def test_where_nothing_can_be_selected_it_says_so(root: Visitor, site: str) -> None:
    page = root.go(address(sure("unsure", 0.6))).page
    button = page.get_by_role("button", name="Select these 0 clips")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(re.compile("^Nothing can be selected"))
    expect(page.get_by_role("radio", name="From unseen clips")).to_be_disabled()


def test_a_budget_that_no_eta_keeps_leaves_eta_as_it_was(root: Visitor, site: str) -> None:
    """Three clips are surer than any labeled one, one of each class."""
    page = root.go(address(sure("surer", 0.95), "?eta=0.6")).page
    page.get_by_label("At most").fill("2")
    expect(page.get_by_role("status").filter(has_text="Even η = 1 selects more")).to_be_visible()
    expect(page.get_by_label("η", exact=True)).to_have_value("0.6")
    expect(page.get_by_role("button", name="Select these 3 clips")).to_be_disabled()
    page.get_by_label("Of what the budget is").select_option("each")
    expect(page.get_by_text("Even η = 1 selects more")).to_have_count(0)
    expect(page.get_by_label("η", exact=True)).to_have_value("0")
    expect(page.get_by_role("button", name="Select these 3 clips")).to_be_enabled()


def test_what_is_no_budget_and_no_quantile_is_told(root: Visitor, scoring: Scoring) -> None:
    page = root.go(address(scoring)).page
    budget, select = page.get_by_label("At most"), page.get_by_role("button", name=TO_SELECT)
    for typed in ("0", "-5", "1.5"):
        budget.fill(typed)
        expect(budget).to_have_attribute("aria-invalid", "true")
        expect(budget).to_have_value(typed)
        expect(select).to_be_disabled()
        expect(select).to_have_accessible_description(re.compile("^A budget is a whole number"))
    budget.fill("")
    expect(select).to_be_enabled()
    says(page, counted(scoring, 0.8))
    for name, typed, kept in (("η", "1.2", "0.8"), ("Portion 1 − η", "-0.1", "0.2")):
        field = page.get_by_label(name, exact=True)
        field.fill(typed)
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile("between 0 and 1"))
        field.blur()
        expect(field).to_have_value(kept)
        expect(field).not_to_have_attribute("aria-invalid", "true")
