"""One's own votes, one's corpora and the help, in both languages."""

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions import add_member
from accounts.models import Membership, User
from annotation import coordination, guidelines, practice
from annotation.labelsets import preset
from annotation.models import EmotionVote
from annotation.practice import Lesson
from annotation.protocol import Stage
from collection.models import Corpus
from tests import factories
from tests.browser.conftest import Shoot, Visit
from tests.browser.furnished import LONG, LONG_LATIN, SLUG, furnish
from tests.browser.guiding import LANGUAGES, OWN, TABLET, faults_of, member, say_label, saying
from tests.browser.inspection import not_by_keyboard, overflow, violations
from tests.browser.visitors import DESKTOP, Visitor


@pytest.mark.parametrize("language", LANGUAGES)
def test_ones_own_votes_with_replay_and_undo(
    visit: Visit, corpus: Corpus, language: str, shoot: Shoot
) -> None:
    """1. Ann votes twice; Cora voids the first vote and says why.
    2. Ann reads it in her history, sees the clip again, and takes the second vote back.
    3. She is at her desk with that clip and what she had answered."""
    say = saying(language)
    ann = member(corpus, "annotator", language)
    Membership.objects.filter(user=ann).update(practiced_at=timezone.now())
    empty = visit(ann).go("/c/films/history")
    expect(empty.page.get_by_text(say("history.none"))).to_be_visible()
    faults = faults_of(empty.page, language)
    first, second = vote_twice(empty)
    vote = EmotionVote.objects.select_related("seat__labeling").earliest("cast_at")
    coordination.void_votes(
        clip=factories.clip_of(corpus, first),
        votes=[(Stage.EMOTION, vote.pk)],
        reason="声音没有录上。",
        by=factories.coordinator(corpus),
        at=timezone.now(),
    )
    page = empty.go("/c/films/history").page
    rows = page.locator("ol > li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text(say_label("sadness", language))
    expect(rows.nth(1)).to_contain_text(first)
    expect(rows.nth(1)).to_contain_text(say("history.voided"))
    expect(rows.nth(1)).to_contain_text("声音没有录上。")
    shoot(page, f"own-votes-{language}")
    faults += faults_of(page, language) + not_by_keyboard(page)
    rows.nth(0).get_by_role("button", name=say("history.replay")).click()
    page.wait_for_function("() => document.querySelector('dialog video')?.currentTime > 0.2")
    faults += faults_of(page, language)
    page.keyboard.press("Escape")
    expect(rows.nth(0).get_by_role("button", name=say("history.replay"))).to_be_focused()
    page.set_viewport_size(TABLET)
    faults += [f"tablet: {each}" for each in overflow(page)]
    expect(page.get_by_role("button", name=say("history.undo"))).to_have_count(1)
    page.get_by_role("button", name=say("history.undo")).press("Enter")
    expect(page.locator(".player > .name")).to_have_text(second)
    expect(page.locator("button[data-choice][aria-pressed=true] .name")).to_have_text(
        say_label("sadness", language)
    )
    assert not faults, "\n".join(faults)


def vote_twice(visitor: Visitor) -> tuple[str, str]:
    """Anger, then sadness; the names of the clips."""
    page = visitor.go("/c/films/label").page
    names: list[str] = []
    for count, key in enumerate(("2", "4"), start=1):
        name = page.locator(".player > .name")
        expect(name).not_to_have_text(names[-1] if names else "")
        names.append(name.inner_text())
        page.keyboard.press(key)
        with page.expect_response(lambda got: got.url.endswith("/desk/votes")):
            page.keyboard.press("Enter")
        assert EmotionVote.objects.count() == count
    return names[0], names[1]


@pytest.mark.parametrize("size", [DESKTOP, TABLET], ids=["desk", "tablet"])
def test_long_names_and_texts_fit(
    visit: Visit, site: str, reel: Path, size: dict[str, int], shoot: Shoot
) -> None:
    """History, guidelines, their editor and the practice, with names as long as they come."""
    world = furnish(reel, "zh-hans")
    Corpus.objects.filter(pk=world.corpus.pk).update(guidelines_zh="标注说明" * 300)
    guidelines.choose_examples(
        corpus=world.corpus, examples=[("worry", LONG), ("worry", LONG_LATIN), ("anger", LONG)]
    )
    lesson = Lesson(LONG, "emotion", emotion="worry", explanation_zh="理由" * 200)
    practice.choose(corpus=world.corpus, lessons=[lesson])
    User.objects.filter(username="标注员0").update(language="zh-hans")
    voter = visit(User.objects.get(username="标注员0"), viewport=size).page
    cora = visit(world.coordinator, viewport=size).page
    faults = []
    for page, name in (
        (voter, "history"),
        (voter, "guide"),
        (voter, "practice"),
        (cora, "guidelines"),
    ):
        page.goto(f"/c/{SLUG}/{name}", wait_until="networkidle")
        expect(page.get_by_role("main").get_by_role("heading", level=1)).to_be_visible()
        if name == "practice":
            page.keyboard.press("Enter")
            page.keyboard.press("1")
            page.keyboard.press("Enter")
            expect(page.get_by_role("alert")).to_be_visible()
        shoot(page, f"long-{name}-{size['width']}")
        faults += [f"{name}: {each}" for each in overflow(page) + violations(page)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_help_and_the_home_page(visit: Visit, site: str, language: str, shoot: Shoot) -> None:
    """1. Ann labels in two corpora, one of which is paused: the home page says what to do next.
    2. She reads the help, and switches the reminder to rest off."""
    ann = member(factories.corpus("films", labels=preset("mer2023")), "annotator", language)
    other = factories.corpus("other")
    add_member(corpus=other, user=ann, role="annotator")
    Corpus.objects.filter(pk=other.pk).update(paused_at=timezone.now())
    visitor = visit(ann)
    page, faults = visitor.page, []
    for name, address in (
        ("home", "/"),
        ("help", "/help"),
        ("help-labeling", "/help/labeling"),
        ("help-coordinating", "/help/coordinating#reasons"),
    ):
        visitor.go(address)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("heading", level=2).first).to_be_visible()
        found = faults_of(page, language, OWN | {"other"}) + not_by_keyboard(page)
        shoot(page, f"{name}-{language}")
        page.set_viewport_size(TABLET)
        found += [f"tablet: {each}" for each in overflow(page)]
        page.set_viewport_size(DESKTOP)
        faults += [f"{name}: {each}" for each in found]
    page.locator("header summary").click()
    faults += faults_of(page, language, OWN)
    with page.expect_response(lambda got: got.url.endswith("/api/session") and got.ok):
        page.get_by_role("switch").uncheck()
    assert not User.objects.get(pk=ann.pk).rest_reminder
    visitor.go("/")
    page.locator("header summary").click()
    expect(page.get_by_role("switch")).not_to_be_checked()
    assert not faults, "\n".join(faults)
