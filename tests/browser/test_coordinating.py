"""What coordinators do with clips: find them, look into one, set aside, void, open."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation import coordination
from annotation.models import Labeling
from collection.models import Corpus
from tests import factories
from tests.browser import coordinating, furnished
from tests.browser.conftest import Shoot, Visit
from tests.browser.furnished import LONG, SLUG
from tests.browser.inspection import left_over, not_by_keyboard, overflow, texts, violations
from tests.browser.test_languages_and_access import LANGUAGES, OWN, TABLET, THEMES
from tests.browser.visitors import DESKTOP, Visitor
from tests.factories import Clock

HAPPY, TORN, CALM = "night 01", "night 02", "day 01"


def confirmed(corpus: Corpus, name: str, clock: Clock) -> None:
    """Three people name happiness, two others confirm it: the clip waits for valence."""
    people = factories.annotators(corpus, 5, clock)
    for one in people[:3]:
        one.vote(one.screen_of(name), "happiness")
    for one in people[3:]:
        one.vote(one.screen_of(name), "reliable")
    for one in people:
        for screen in one.screens():
            one.release(screen)


@pytest.fixture
def nights(site: str) -> Corpus:
    """Sixty nights and three days, of which two nights and one day are open."""
    made = factories.corpus("nights", valence_ratings=3)
    names = [f"night {number:02}" for number in range(1, 61)]
    factories.clips(made, [*names, CALM, "day 02", "day 03"])
    factories.open_clips(made, at=timezone.now(), names=[HAPPY, TORN, CALM])
    return made


def rows(visitor: Visitor) -> Any:
    return visitor.page.get_by_role("main").locator("tbody tr")


def confirm(visitor: Visitor, button: str, reason: str = "") -> None:
    """Fill in and press through the dialog that is open."""
    dialog = visitor.page.get_by_role("dialog")
    if reason:
        dialog.get_by_label("Reason").fill(reason)
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_be_hidden()


def test_clips_are_found_set_aside_and_restored(visit: Visit, worker: Any, nights: Corpus) -> None:
    """
    1. Cora looks for "night": sixty of the sixty-three are left, fifty on the first page. She
       turns them round by the column's button, and Back turns them again.
    2. She ticks one clip and, with Shift, the one three rows below: four. She ticks the whole
       page and then all sixty that match.
    3. She sets the sixty aside. Two are, and the report names each of the others, with the
       reason: they were not open. She looks at one of them; back in the list the report is there.
    4. The overview says that two are set aside, and leads to them; she restores both.
    """
    cora = visit(factories.coordinator(nights)).go("/c/nights")
    page = coordinating.turn_to(cora, "Clips")
    expect(page.get_by_text("63 in all")).to_be_visible()
    page.get_by_label("Search by name").fill("night")
    expect(page.get_by_text("60 in all")).to_be_visible()
    assert "search=night" in page.url
    column = page.get_by_role("columnheader", name="Clip", exact=True)
    expect(column).to_have_attribute("aria-sort", "ascending")
    column.get_by_role("button").click()
    expect(column).to_have_attribute("aria-sort", "descending")
    expect(rows(cora).first).to_contain_text("night 60")
    page.go_back()
    expect(rows(cora).first).to_contain_text("night 01")

    ticks = rows(cora).get_by_role("checkbox")
    ticks.nth(1).click()
    ticks.nth(4).click(modifiers=["Shift"])
    expect(page.get_by_text("4 clips chosen")).to_be_visible()
    page.get_by_label("Choose all clips of this page").check()
    page.get_by_role("button", name="Choose all 60 that match").click()
    expect(page.get_by_text("60 clips chosen")).to_be_visible()

    page.get_by_role("button", name="Set aside", exact=True).click()
    confirm(cora, "Set aside", "These nights are too dark.")
    report = page.get_by_role("region", name="Set 60 clips aside")
    expect(report.get_by_text("58 clips were left as they were")).to_be_visible()
    expect(report.get_by_text("Clip night 03 is not open for labeling")).to_be_visible()
    report.get_by_role("link", name="night 03").click()
    expect(page.get_by_text("Not opened yet: nobody is given this clip.")).to_be_visible()
    page.get_by_role("link", name="Back to the list").click()
    expect(report.get_by_text("58 clips were left as they were")).to_be_visible()

    coordinating.expect_count(cora, "Set aside", 2)
    links = page.locator("section[aria-labelledby=stages]")
    links.get_by_role("link", name="Set aside", exact=True).click()
    expect(rows(cora)).to_have_count(2)
    page.get_by_label("Choose all clips of this page").check()
    page.get_by_role("button", name="Restore", exact=True).click()
    confirm(cora, "Restore")
    expect(page.get_by_text("No clip matches")).to_be_visible()
    coordinating.expect_count(cora, "Emotion annotation", 3)


def test_a_voided_vote_takes_its_clip_back(visit: Visit, nights: Corpus, shoot: Shoot) -> None:
    """
    1. Three people named happiness for a clip, two confirmed it. Cora finds it among those that
       wait for valence, and reads how it came there.
    2. She writes a content warning for it.
    3. She voids one of the three votes, with the reason. The clip waits for one emotion vote
       again; the vote is still there, with who voided it and why; what came after waits.
    4. The next clip of her list is one press away, and so is the list.
    """
    confirmed(nights, HAPPY, Clock(timezone.now()))
    confirmed(nights, TORN, Clock(timezone.now()))
    cora = visit(factories.coordinator(nights)).go("/c/nights/clips?stage=valence")
    page = cora.page
    page.get_by_role("link", name=HAPPY).click()
    expect(page.get_by_text("Happiness is confirmed; 3 more valence ratings")).to_be_visible()
    expect(page.get_by_text("3 people: happiness 3")).to_be_visible()
    expect(page.get_by_text("All 2 people who checked it")).to_be_visible()

    page.get_by_role("button", name="Add a content warning").click()
    page.get_by_label("Content warning").fill("Somebody is hurt.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_be_focused()
    expect(page.get_by_text("Somebody is hurt.")).to_be_visible()

    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Void 1 vote").click()
    confirm(cora, "Void", "He had the wrong clip in mind.")
    expect(page.get_by_text("Waits for 1 more emotion vote.")).to_be_visible()
    expect(page.get_by_text(re.compile("Voided by .*He had the wrong clip"))).to_be_visible()
    expect(page.get_by_text("Kept, not counted").first).to_be_visible()
    shoot(page, "clip-voided")
    labeling = factories.labeling_of(nights, HAPPY)
    assert (labeling.stage, labeling.round) == ("emotion", 1)

    page.get_by_role("link", name="Back to the list").click()
    expect(rows(cora)).to_have_count(1)
    coordinating.expect_count(cora, "Valence annotation", 1)


def test_the_clips_of_a_list_follow_each_other(visit: Visit, nights: Corpus) -> None:
    """From the last clips of a page of fifty over its edge and back, by Next and Previous."""
    cora = visit(factories.coordinator(nights)).go("/c/nights/clips?sort=-name")
    page = cora.page
    rows(cora).nth(48).get_by_role("link").click()
    heading = page.get_by_role("heading", level=1)
    for name in ("night 12", "night 11"):
        expect(heading).to_have_text(name)
        page.get_by_role("link", name="Next clip").click()
    expect(heading).to_have_text("night 10")
    expect(page.get_by_role("link", name="Previous clip")).to_be_visible()
    assert "page=2" in page.url
    page.get_by_role("link", name="Previous clip").click()
    expect(heading).to_have_text("night 11")
    page.get_by_role("link", name="Back to the list").click()
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()


def test_opening_says_what_it_will_cost(visit: Visit, worker: Any, nights: Corpus) -> None:
    """
    1. One annotator has joined. Cora reads what opening all sixty clips will ask of people, and
       that one annotator is too few.
    2. She opens two by name; she asks for two more, whichever come, and the votes are two clips'
       votes.
    3. She opens one from the list of clips, where she is told again.
    """
    factories.annotator(nights, Clock(timezone.now()))
    cora = visit(factories.coordinator(nights)).go("/c/nights")
    page = coordinating.turn_to(cora, "Open clips")
    cost = page.get_by_role("region", name="What it will cost")
    expect(cost.get_by_text("60 clips take")).to_be_visible()
    expect(cost.get_by_text("1 annotator may work").first).to_be_visible()
    page.get_by_role("radio", name="These ones").check()
    page.get_by_label("Names, one a line").fill("night 03\nnight 04\nnight 03\n")
    expect(cost.get_by_text("2 clips take")).to_be_visible()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("58 clips are not open yet.")).to_be_visible()

    page.get_by_role("radio", name="A number of them").check()
    page.get_by_label("How many?").fill("2")
    # At best three emotions, two checks and three ratings each. At most two rounds of emotions,
    # in each of them three labels to check (each named by two of the three), and the ratings.
    expect(cost.get_by_text("2 clips take 16 – 42 votes.")).to_be_visible()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("56 clips are not open yet.")).to_be_visible()

    cora.go("/c/nights/clips?stage=unopened")
    rows(cora).get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_role("dialog").get_by_text("1 clip takes")).to_be_visible()
    before = Labeling.objects.filter(corpus=nights).count()
    confirm(cora, "Open")
    expect(page.get_by_role("region", name="Open 1 clip").get_by_text("Done")).to_be_visible()
    assert Labeling.objects.filter(corpus=nights).count() == before + 1


def test_the_first_steps_tick_themselves(visit: Visit, site: str) -> None:
    """An empty corpus says what to do first; what is done elsewhere is ticked without reload."""
    empty = factories.corpus("empty")
    cora = visit(factories.coordinator(empty)).go("/c/empty")
    steps = cora.page.get_by_role("region", name="First steps").get_by_role("listitem")
    expect(steps).to_have_count(4)
    expect(steps.filter(has_text="(to do)")).to_have_count(4)
    factories.clips(empty, ["one"])
    expect(steps.filter(has_text="(done)")).to_have_count(1)
    factories.annotators(empty, 6, Clock(timezone.now()))
    expect(steps.filter(has_text="(done)")).to_have_count(2)
    factories.open_clips(empty, at=timezone.now())
    expect(cora.page.get_by_role("heading", name="What is stuck")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_coordinators_open_is_accessible(
    visit: Visit, worker: Any, reel: Path, language: str, shoot: Shoot
) -> None:
    """The chart's table, the bar of chosen clips and its dialogs, a warning being written."""
    world = furnished.furnish(reel, language)
    other = factories.clip_of(world.corpus, "scene 2")
    coordination.set_aside(clip=other, reason="太暗。", by=world.coordinator, at=timezone.now())
    cora = visit(world.coordinator, locale="zh-CN" if language == "zh-hans" else "en-US")
    page, said = cora.page, texts(language)
    faults: list[str] = []

    def look(name: str, by_keyboard: bool = False) -> None:
        found = left_over(page, language, OWN)
        for theme in THEMES[language]:
            page.emulate_media(color_scheme=theme)
            found += [f"{theme}: {each}" for each in violations(page)]
        shoot(page, f"coordinating-{name}-{language}")
        found += overflow(page)
        if by_keyboard and language == "en":
            found += not_by_keyboard(page)
        page.set_viewport_size(TABLET)
        found.extend(f"tablet: {each}" for each in overflow(page))
        page.set_viewport_size(DESKTOP)
        faults.extend(f"{name}: {each}" for each in found)

    def press(key: str) -> None:
        page.get_by_role("button", name=said[key], exact=True).first.click()

    cora.go(f"/c/{SLUG}")
    page.get_by_text(said["overview.as_table"]).click()
    look("table", by_keyboard=True)
    for act in ("open", "set_aside", "restore", "void_votes"):
        cora.go(f"/c/{SLUG}/clips")
        page.get_by_label(said["clips.select_page"]).check()
        press(f"bulk.{act}")
        expect(page.get_by_role("dialog")).to_be_visible()
        look(act)
    page.keyboard.press("Escape")
    look("chosen", by_keyboard=True)
    press("bulk.restore")
    page.get_by_role("dialog").get_by_role("button", name=said["bulk.restore_do"]).click()
    expect(page.get_by_text(said["job_state.done"], exact=True)).to_be_visible()
    look("report")
    cora.go(f"/c/{SLUG}/clips/{LONG}")
    press("clip.warning_add")
    look("warning", by_keyboard=True)
    assert not faults, "\n".join(faults)
