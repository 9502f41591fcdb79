"""What people learn from: the practice before their first vote, and the guidelines."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Membership
from annotation import practice
from annotation.labelsets import preset
from annotation.models import Example, PracticeClip
from annotation.practice import Lesson
from collection.models import Corpus
from tests import factories
from tests.browser.conftest import Shoot, Visit
from tests.browser.desks import emotion_votes
from tests.browser.guiding import LANGUAGES, TABLET, faults_of, member, say_label, saying
from tests.browser.inspection import overflow

WHY: dict[str, Any] = {"explanation_en": "The brows say so.", "explanation_zh": "看眉毛就知道。"}


@pytest.fixture
def guided(site: str, reel: Path, tmp_path: Path) -> Corpus:
    """Three films: one is open, two are for learning."""
    corpus = factories.corpus("films", labels=preset("mer2023"))
    with (tmp_path / "said").open("w") as said:
        call_command("import_clips", corpus.slug, reel, stdout=said, stderr=said)
    factories.open_clips(corpus, at=timezone.now(), names=["scene 3"])
    return corpus


def lessons() -> list[Lesson]:
    return [
        Lesson("scene 1", "emotion", emotion="sadness", **WHY),
        Lesson("scene 2", "reliability", emotion="anger", reliability="unreliable", **WHY),
        Lesson("scene 1", "valence", valence_from=2, valence_to=5, **WHY),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_newcomer_practices_by_keyboard_alone(
    visit: Visit, guided: Corpus, language: str, shoot: Shoot
) -> None:
    """1. Ann logs in for the first time and is led to the practice, of which nothing is kept.
    2. She answers wrongly, reads why, tries again, goes on; each answer ends with Enter.
    3. She sees the keys once more, starts labeling, and is not led to the practice again."""
    practice.choose(corpus=guided, lessons=lessons())
    ann = member(guided, "annotator", language)
    visitor = visit(ann).go("/")
    page, say = visitor.page, saying(language)
    press = page.keyboard.press
    expect(page.get_by_role("heading", name=say("tour.welcome"))).to_be_visible()
    faults = faults_of(page, language)

    def place(number: int) -> None:
        expect(page.get_by_text(say("tour.place", place=number, count=3))).to_be_visible()

    press("Enter")
    place(1)
    page.wait_for_function("() => document.activeElement.tagName === 'MAIN'")
    press("Enter")
    expect(page.get_by_text(say("desk.choose_label"))).to_be_visible()
    press("3")
    press("Enter")
    told = page.locator("[role=alert]")
    expect(told).to_contain_text(say("tour.otherwise"))
    expect(told).to_contain_text(WHY["explanation_en" if language == "en" else "explanation_zh"])
    faults += faults_of(page, language)
    shoot(page, f"practice-{language}")
    press("Tab")
    expect(page.get_by_role("button", name=say("tour.again"))).to_be_focused()
    press("Enter")
    expect(told).to_have_count(0)
    press("4")
    press("Enter")
    expect(told).to_contain_text(say("tour.as_expected"))
    press("Enter")
    place(2)
    press("2")
    press("Enter")
    expect(told).to_contain_text(say("tour.as_expected"))
    press("Enter")
    place(3)
    press("9")
    press("Enter")
    expect(told).to_contain_text(say("tour.as_expected"))
    faults += faults_of(page, language)
    page.set_viewport_size(TABLET)
    faults += [f"tablet: {each}" for each in overflow(page)]
    press("Enter")
    expect(page.get_by_role("heading", name=say("tour.done"))).to_be_visible()
    faults += faults_of(page, language)
    assert Membership.objects.get(user=ann).practiced_at is None
    press("Enter")
    expect(page.locator(".player > .name")).to_have_text("scene 3")
    assert Membership.objects.get(user=ann).practiced_at is not None
    assert emotion_votes() == []
    visitor.go("/")
    expect(page.locator(".player > .name")).to_have_text("scene 3")
    assert not faults, "\n".join(faults)


def pick(page: Any, label: str, typed: str) -> None:
    """Find a clip in a picker, by keyboard."""
    box = page.get_by_role("combobox", name=label)
    box.focus()
    page.keyboard.type(typed)
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(box).to_have_value("")


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_coordinator_writes_stands_beside_the_clip(
    visit: Visit, guided: Corpus, language: str, shoot: Shoot
) -> None:
    """1. Cora writes guidelines in both languages and chooses an example and a practice clip.
    2. She is asked before she leaves with something unsaved, and finds it again after her login
       has expired.
    3. Ann opens the guidelines beside her clip; while the example plays, her clip is silent."""
    say = saying(language)
    coordinator = member(guided, "coordinator", language)
    cora = visit(coordinator).go("/c/films/guidelines")
    cora.forgive("status of 401")
    page = cora.page
    both = page.get_by_role("group", name=say("guide.texts_label"))
    both.get_by_label("English").fill("Look at the eyes.\n\n- Twice.\n\n<b>No HTML.</b>")
    both.get_by_label("简体中文").fill("看眼睛。\n\n- 看两遍。")
    page.get_by_role("button", name=say("guide.save_texts")).click()
    expect(page.get_by_text(say("guide.texts_saved"))).to_be_visible()
    anger = say_label("anger", language)
    pick(page, say("guide.add_example", label=anger), "scene 1")
    page.get_by_role("button", name=say("guide.save_examples")).click()
    expect(page.get_by_text(say("guide.examples_saved_one", count=1))).to_be_visible()
    pick(page, say("guide.add_practice"), "scene 2")
    page.get_by_label(say("guide.asked")).select_option("valence")
    faults = faults_of(page, language)
    shoot(page, f"guidelines-edited-{language}")
    page.get_by_role("link", name=say("nav.people")).click()
    expect(page.get_by_role("dialog")).to_contain_text(say("guide.unsaved_hint"))
    faults += faults_of(page, language)
    page.get_by_role("button", name=say("guide.stay")).click()
    cora.lose_session()
    page.get_by_role("button", name=say("guide.save_practice")).click()
    expect(page.get_by_label(say("login.password"))).to_be_visible()
    cora.log_in(coordinator).go("/c/films/guidelines")
    expect(page.get_by_text(say("guide.restored"))).to_be_visible()
    page.get_by_role("button", name=say("guide.save_practice")).click()
    expect(page.get_by_text(say("guide.practice_saved_one", count=1))).to_be_visible()
    page.set_viewport_size(TABLET)
    faults += [f"tablet: {each}" for each in overflow(page)]
    assert Example.objects.get().clip.name == "scene 1"
    lesson = PracticeClip.objects.get()
    assert (lesson.stage, lesson.valence_from, lesson.valence_to) == ("valence", -1, 1)

    ann = member(guided, "annotator", language)
    Membership.objects.filter(user=ann).update(practiced_at=timezone.now())
    desk = visit(ann).go("/c/films/label").page
    expect(desk.locator(".player > .name")).to_have_text("scene 3")
    desk.wait_for_function("() => !document.querySelector('.frame video').paused")
    desk.keyboard.press("g")
    expect(
        desk.get_by_text("Look at the eyes." if language == "en" else "看眼睛。")
    ).to_be_visible()
    desk.get_by_role("button", name=say("guide.play_example", name="scene 1", label=anger)).press(
        "Enter"
    )
    desk.wait_for_function(
        """() => !document.querySelector('aside video').paused
          && document.querySelector('.frame video').paused"""
    )
    faults += faults_of(desk, language)
    reading = visit(ann).go("/c/films/guide").page
    expect(reading.get_by_role("article")).to_have_count(8)
    assert not reading.locator("main b").count()
    faults += faults_of(reading, language)
    assert not faults, "\n".join(faults)


def test_a_clip_that_was_opened_meanwhile_is_refused_in_its_row(
    visit: Visit, guided: Corpus
) -> None:
    """Cora has two pages open: what she opens in one can be no example in the other."""
    cora = visit(member(guided, "coordinator", "en")).go("/c/films/guidelines")
    cora.forgive("status of 409")
    pick(cora.page, "Add an example of Anger", "scene 1")
    pick(cora.page, "Add an example of Anger", "scene 2")
    factories.open_clips(guided, at=timezone.now(), names=["scene 2"])
    cora.page.get_by_role("button", name="Save the examples").click()
    row = cora.page.get_by_role("listitem").filter(has_text="scene 2")
    expect(row.get_by_role("alert")).to_contain_text("scene 2")
    assert not Example.objects.exists()
    row.get_by_role("button", name="Take scene 2 out").click()
    cora.page.get_by_role("button", name="Save the examples").click()
    expect(cora.page.get_by_text("Saved: 1 example.")).to_be_visible()
