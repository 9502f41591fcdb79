"""The pages about features and training: in every state as accessible, translated and well placed
as every other; by keyboard alone; and what they say where there is nothing to train."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from annotation.labelsets import preset
from collection.models import Corpus
from tests import factories, trained
from tests.browser import furnished, trained_rooms, training_pages
from tests.browser.conftest import Shoot, Visit
from tests.browser.guiding import Say, saying
from tests.browser.inspection import left_over, not_by_keyboard, overflow, violations
from tests.browser.test_languages_and_access import LANGUAGES, THEMES
from tests.browser.trained_rooms import BARE, FRESH, LONG_NAME, SLUG, Rooms
from tests.browser.visitors import DESKTOP, Visitor
from training.models import TrainingRun

SIZES = (DESKTOP, {"width": 1024, "height": 768})
# Names of feature sets and a corpus, and endings of files.
OWN = {"Concord", "English", "Films", "tones", "voices", "rows", "words", "trained", "csv", "mp"}
OWN |= set(re.findall("[A-Za-z]{2,}", LONG_NAME))

# Pages on which something is under way ask again and again: they are never idle for long.
IS_SETTLED = """() => {
  const answers = performance.getEntriesByType('resource').map((each) => each.responseEnd)
  return !document.querySelector('main .loading') && performance.now() - Math.max(...answers) > 300
}"""

Act = Callable[[Any], None]
Scene = tuple[str, str, Act]


@pytest.fixture
def held() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def nothing(page: Any) -> None:
    """The page as it comes."""


class Scenes:
    """Name, where, and what one does there to open it."""

    def __init__(self, say: Say, rooms: Rooms) -> None:
        self.say, self.rooms = say, rooms

    def press(self, key: str, **params: Any) -> Act:
        """A button that opens a dialog."""

        def act(page: Any) -> None:
            page.get_by_role("button", name=self.say(key, **params)).first.click()
            expect(page.locator("dialog[open]")).to_be_visible()

        return act

    def open_all(self, page: Any) -> None:
        """All that is folded away."""
        expect(page.locator("main h2").first).to_be_visible()
        page.locator("main details").evaluate_all(
            "(all) => all.forEach((each) => { each.open = true })"
        )

    def refuse(self, page: Any) -> None:
        """A number that is no learning rate, and no hidden size at all."""
        chips = page.get_by_role("group", name=self.say("train.rates"))
        chips.get_by_role("textbox").fill("7")
        chips.get_by_role("textbox").press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        training_pages.choose_numbers(page, self.say("train.hidden"), ())

    def choose_bert(self, page: Any) -> None:
        """An extractor with a model of one's choice, or the reason why there is none."""
        form = page.get_by_role("form", name=self.say("extract.title"))
        form.get_by_role("radio", name=self.say("modality.lexical")).check()
        bert = form.get_by_role("radio", name=self.say("extractor.bert"))
        if bert.is_enabled():
            bert.check()

    def failed_clips(self, page: Any) -> None:
        self.press("features.failed_one", shown=1)(page)
        expect(page.locator("dialog[open] tbody tr")).to_have_count(1)

    def all(self) -> Iterator[Scene]:
        for slug in (BARE, FRESH, SLUG):
            yield f"features, {slug}", f"/c/{slug}/features", nothing
            yield f"training, {slug}", f"/c/{slug}/training", nothing
        features, training = f"/c/{SLUG}/features", f"/c/{SLUG}/training"
        yield "features, BERT", features, self.choose_bert
        yield "delete features", features, self.press("features.delete_of", name="tones")
        yield "failed clips", features, self.failed_clips
        yield "training, all settings", training, self.open_all
        yield "training, refused numbers", training, self.refuse
        for state, run in self.rooms.runs.items():
            yield f"run, {state}", f"{training}/{run.pk}", nothing
        done = f"{training}/{self.rooms.runs['done'].pk}"
        yield "run, all tables", done, self.open_all
        yield "delete run", done, self.press("run.delete")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_and_dialog(
    visit: Visit, reel: Path, language: str, held: ExitStack, shoot: Shoot, tmp_path: Path
) -> None:
    root = furnished.person("管理员", language, site_administrator=True)
    scenes = Scenes(saying(language), trained_rooms.furnish(root, reel, tmp_path, held))
    page = visit(root).page
    faults: list[str] = []
    for name, address, act in scenes.all():
        page.set_viewport_size(DESKTOP)
        page.goto(address)
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        page.wait_for_function(IS_SETTLED)
        act(page)
        found = left_over(page, language, OWN)
        for theme in THEMES[language]:
            page.emulate_media(color_scheme=theme)
            found += [f"{theme}: {each}" for each in violations(page)]
        shoot(page, f"training-{name.replace(', ', '-').replace(' ', '-')}-{language}")
        if language == "en" and not page.locator("dialog[open]").count():
            found += not_by_keyboard(page)
        for size in SIZES:
            page.set_viewport_size(size)
            found += [f"{size['width']}: {each}" for each in overflow(page)]
        faults += [f"{name}: {each}" for each in found]
    assert not faults, "\n".join(faults)


@pytest.fixture
def corpus(site: str) -> Corpus:
    """Eight labeled clips of two classes."""
    made = factories.corpus("films", labels=preset("mer2023"))
    trained.label_clips(made)
    return made


@pytest.fixture
def root(visit: Visit, site: str) -> Visitor:
    return visit(factories.person("root", site_administrator=True))


def test_a_training_is_started_and_cancelled_by_keyboard_alone(
    root: Visitor, corpus: Corpus
) -> None:
    """Choose one of two feature sets, other numbers, start; look at its trainings; cancel it."""
    by = factories.person(site_administrator=True)
    for name in ("tones", "voices"):
        trained.imported(corpus, name, by)
    page, press = root.go("/c/films/training").page, root.page.keyboard.press

    def fill(label: str, text: str) -> None:
        root.tab_to(page.get_by_label(label, exact=True))
        page.keyboard.type(text)

    root.tab_to(page.get_by_role("checkbox", name=re.compile("^tones ")))
    press("Space")
    root.tab_to(page.get_by_role("checkbox", name=re.compile("^voices ")))
    press("Space")
    root.tab_to(page.get_by_role("radio", name="All together"))
    press("ArrowDown")
    root.tab_to(page.get_by_role("button", name="256", exact=True))
    press("Space")
    fill("Hidden sizes: another one", "16")
    press("Enter")
    fill("Learning rates: another one", "0,003")
    press("Enter")
    root.tab_to(page.get_by_label("Runs", exact=True))
    press("ControlOrMeta+a")
    page.keyboard.type("2")
    root.tab_to(page.get_by_role("button", name="Start training"))
    press("Enter")
    page.wait_for_url(re.compile(r"/training/\d+$"))
    run = TrainingRun.objects.get()
    (used,) = run.features.all()
    assert used.feature_set.name == "voices"
    assert (run.hidden_sizes, run.runs, run.folds) == ([16, 128], 2, 4)
    assert run.learning_rates == [0.003, 0.001, 0.0001, 0.00001]

    first = page.get_by_role("button", name="h 16, lr 3e-3, run 1, fold 1: waiting")
    root.tab_to(first)
    press("ArrowRight")
    press("ArrowDown")
    chosen = page.get_by_role("button", name="h 16, lr 1e-3, run 1, fold 2: waiting")
    expect(chosen).to_be_focused()
    expect(page.get_by_role("heading", name="Curves: h 16, lr 1e-3, run 1, fold 2")).to_be_visible()
    root.tab_to(page.get_by_role("button", name="Cancel"))
    press("Enter")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    assert TrainingRun.objects.filter(job__state="cancelled").exists()


def test_without_reliable_clips_it_says_why_and_where_to_look(root: Visitor, site: str) -> None:
    """The coordinator's overview tells how far the clips are; no form stands in the way."""
    corpus = factories.opened(["clip-1"])
    page = root.go(f"/c/{corpus.slug}/training").page
    expect(page.get_by_text("No clip is labeled yet")).to_be_visible()
    expect(page.get_by_text("clips that have passed every check")).to_be_visible()
    expect(page.get_by_role("button", name="Start training")).to_have_count(0)
    page.get_by_role("main").get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", name="Overview", level=1)).to_be_visible()


def test_an_address_that_is_no_runs_number_leads_nowhere(root: Visitor, corpus: Corpus) -> None:
    root.forgive("Not found: /c/films/training/first")
    page = root.go("/c/films/training/first").page
    expect(
        page.get_by_role("heading", name="There is nothing at this address.", level=1)
    ).to_be_visible()


def test_a_class_smaller_than_the_folds_is_explained(root: Visitor, site: str) -> None:
    """
    1. Two clips are sad: there can be two folds, it says, unless that class is left out.
    2. Five folds all the same are not asked for.
    3. Without the class there are five, and the run has the other two classes.
    """
    corpus = trained_rooms.few_of_a_class("few", {"anger": 5, "worry": 6, "sadness": 2})
    names = list(corpus.clips.values_list("name", flat=True))
    by = factories.person(site_administrator=True)
    trained.imported(corpus, "tones", by, clips=names)
    page = root.go("/c/few/training").page
    told = page.get_by_text("there can be at most 2 folds")
    expect(told).to_contain_text(f"Fewer than 5 clips: {furnished.TENSE_ENGLISH} (2).")
    folds = page.get_by_label("Folds", exact=True)
    expect(folds).to_have_value("2")
    folds.fill("5")
    start = page.get_by_role("button", name="Start training")
    start.click()
    expect(folds).to_be_focused()
    assert folds.evaluate("(field) => field.validity.rangeOverflow")
    assert not TrainingRun.objects.exists()

    page.get_by_role("checkbox", name=furnished.TENSE_ENGLISH).uncheck()
    expect(told).to_have_count(0)
    expect(folds).to_have_value("5")
    training_pages.choose_features(page, ["tones"], "All together")
    start.click()
    page.wait_for_url(re.compile(r"/training/\d+$"))
    run = TrainingRun.objects.get()
    assert (run.classes, run.folds, run.clips) == (["anger", "worry"], 5, 11)
