"""The journey of a new annotator, from the invitation link to the tenth vote, by keyboard alone."""

import re
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts import invitations
from accounts.models import Membership, User
from annotation import guidelines
from annotation.demo_guide import TEXTS
from annotation.models import EmotionVote, Note, ReliabilityVote, Skip, ValenceRating
from collection.cartoon.practice import draw_missing
from collection.models import Corpus
from tests import factories
from tests.browser import scenes
from tests.browser.conftest import Shoot, Visit
from tests.browser.desks import STAGES, DeskPage
from tests.browser.visitors import PASSWORD, Visitor
from tests.factories import Clock

SLUG = "street-films"
CHECKED, RATED = "market 01", "market 02"  # others have brought them so far
EMOTIONAL = [f"street {number:02}" for number in range(1, 10)]
EXAMPLE = "example 01"
VOTES = 10
LABELS = ("Happiness", "Anger", "Worry", "Sadness", "Surprise", "Neutral", "Other", "Anger")
STAGE_NAMES = {code: name for name, code in STAGES.items()}
NOTE = "Somebody else speaks, too."


@pytest.fixture
def street(site: str, tmp_path: Path) -> Corpus:
    """Eleven open clips: one waits for a check, one for its valence, nine for a first label."""
    list(draw_missing())
    moods = {CHECKED: "happiness", RATED: "anger", EXAMPLE: "happiness"}
    moods |= dict(zip(EMOTIONAL, cycle(("worry", "sadness", "surprise")), strict=False))
    folder = scenes.make(tmp_path / "films", moods)
    corpus = scenes.corpus_of(folder, SLUG, "Street films")
    Corpus.objects.filter(pk=corpus.pk).update(guidelines_en=TEXTS["guidelines_en"])
    guidelines.choose_examples(corpus=corpus, examples=[("happiness", EXAMPLE)])
    clock = Clock(timezone.now())
    factories.open_clips(corpus, at=clock.tick(), names=[CHECKED, RATED])
    people = factories.annotators(corpus, 5, clock)
    for clip in (CHECKED, RATED):
        for one in people[:3]:
            one.vote(one.screen_of(clip), "happiness" if clip == CHECKED else "anger")
    for one in people[3:]:
        one.vote(one.screen_of(RATED), "reliable")
    for one in people:
        for screen in one.screens():
            one.release(screen)
    factories.open_clips(corpus, at=clock.tick(), names=EMOTIONAL)
    return corpus


def test_a_newcomer_from_the_link_to_the_tenth_vote(
    visit: Visit, street: Corpus, shoot: Shoot
) -> None:
    """
    1. Cora has sent a link. Ann opens it, is told that her password is too short, joins.
    2. She is led to the practice: three cartoons. The first she answers wrongly, reads why, and
       tries again; the judgement and the rating come out as expected. Nothing of it is counted.
    3. She labels. On her first clip she opens the guidelines beside it and writes a note.
    4. She notices that the second answer was wrong, takes it back, and corrects it.
    5. She skips a clip, with a reason, and goes on to her tenth vote: emotions, the check of a
       label, a valence. The screen counts them.
    6. In her own history stands what she answered, the newest first, with her note.
    """
    _, link = invitations.invite(
        corpus=street,
        role="annotator",
        note="Ann",
        invited_by=factories.coordinator(street),
        at=timezone.now(),
    )
    visitor = visit().go("/" + link.split("/", 3)[3])
    join(visitor)
    practise(visitor, shoot)
    desk = DeskPage(visitor, SLUG)
    desk.shown.wait_for()
    assert votes_of("ann") == []
    assert Membership.objects.get(user__username="ann").practiced_at is not None
    expected = label_ten(desk, shoot)
    expect(desk.votes).to_contain_text(f"{VOTES} votes today")
    assert votes_of("ann") == sorted(expected)
    assert Note.objects.get().text == NOTE
    assert Skip.objects.get().reason == "know_people"

    read_own_history(visitor, expected, shoot)


def join(visitor: Visitor) -> None:
    page, keyboard = visitor.page, visitor.page.keyboard
    visitor.forgive("status of 400")
    for label, text in (("Username", "ann"), ("Display name", "Ann"), ("Password", "short")):
        visitor.tab_to(page.get_by_label(label))
        keyboard.type(text)
    keyboard.press("Enter")
    expect(page.get_by_text("at least")).to_be_visible()
    assert not User.objects.filter(username="ann").exists()
    password = page.get_by_label("Password")
    visitor.tab_to(password)
    keyboard.press("Control+a")
    keyboard.type(PASSWORD)
    keyboard.press("Enter")
    expect(page.get_by_role("heading", name="First, a little practice")).to_be_visible()


def practise(visitor: Visitor, shoot: Shoot) -> None:
    page, press = visitor.page, visitor.page.keyboard.press
    told = page.get_by_role("alert")
    start = page.get_by_role("button", name=re.compile("^Begin"))
    expect(start).to_be_focused()
    press("Enter")
    answers = (("1 of 3", "2", "4"), ("2 of 3", None, "2"), ("3 of 3", None, "9"))
    for place, wrong, right in answers:
        expect(page.get_by_text(place)).to_be_visible()
        page.wait_for_function("() => document.querySelector('video')?.currentTime > 0.3")
        if wrong:
            scenes.watch(page, 2.2)
            press(wrong)
            press("Enter")
            expect(told).to_contain_text("Another answer was expected")
            expect(told).to_contain_text("this is sadness")
            shoot(page, "practice")
            visitor.tab_to(page.get_by_role("button", name="Try again"))
            press("Enter")
            expect(told).to_have_count(0)
        press(right)
        press("Enter")
        expect(told).to_contain_text("Just as expected")
        press("Enter")
    expect(page.get_by_role("heading", name="That is all there is to it")).to_be_visible()
    visitor.tab_to(page.get_by_role("button", name="Start labeling"))
    press("Enter")


Vote = tuple[str, str, str]  # stage, clip, answer


def label_ten(desk: DeskPage, shoot: Shoot) -> list[Vote]:
    """What Ann must have voted in the end, in the order in which she did."""
    said: list[Vote] = []
    labels = iter(LABELS)
    emotions = 0
    for _ in range(VOTES):
        if desk.stage == "emotion" and emotions == 2:
            skip(desk)
        stage, clip = desk.stage, desk.clip
        desk.wait_for_picture()
        scenes.watch(desk.page, 1.5 + len(said) % 3 / 4)
        if stage != "emotion":
            said.append((stage, clip, judge(desk, stage)))
            continue
        if emotions == 0:
            read_and_note(desk, shoot)
        label = next(labels)
        desk.choose(label)
        desk.send()
        if emotions == 1:
            label = correct(desk, clip, label)
        said.append((stage, clip, label.lower()))
        emotions += 1
    return said


def judge(desk: DeskPage, stage: str) -> str:
    if stage == "reliability":
        assert desk.clip == CHECKED
        assert desk.pairs == ["Happiness"]
        desk.judge(["reliable"])
    else:
        assert desk.clip == RATED
        desk.rate(-4)
    desk.send()
    return "reliable" if stage == "reliability" else "-4"


def read_and_note(desk: DeskPage, shoot: Shoot) -> None:
    panel = desk.page.get_by_role("complementary", name="Guidelines")
    desk.press("g")
    expect(panel).to_contain_text("Watch the whole clip before you choose")
    desk.visitor.tab_to(panel.get_by_role("button", name=re.compile(f"{EXAMPLE}.*Happiness")))
    desk.press("Enter")
    desk.page.wait_for_function("() => document.querySelector('aside video')?.currentTime > 0.3")
    scenes.watch(desk.page, 1.5, of="aside video")
    shoot(desk.page, "guidelines")
    desk.press("g")
    expect(panel).to_have_count(0)
    desk.press("n")
    desk.page.keyboard.type(NOTE)
    desk.press("Escape")


def correct(desk: DeskPage, clip: str, wrong: str) -> str:
    """Take the vote back; the screen shows it as it was, and another label is sent."""
    desk.press("Control+z")
    expect(desk.name).to_have_text(clip)
    assert desk.chosen == [wrong]
    desk.choose(wrong, "Surprise")
    desk.send()
    return "Surprise"


def skip(desk: DeskPage) -> None:
    clip = desk.clip
    desk.press("s")
    dialog = desk.page.get_by_role("dialog", name="Skip this clip")
    desk.visitor.tab_to(dialog.get_by_role("radio").first)
    desk.press("ArrowDown")
    expect(dialog.get_by_label("I know these people")).to_be_checked()
    desk.press("Enter")
    expect(dialog).to_be_hidden()
    expect(desk.name).not_to_have_text(clip)


def read_own_history(visitor: Visitor, said: list[Vote], shoot: Shoot) -> None:
    page, press = visitor.page, visitor.page.keyboard.press
    visitor.tab_to(page.locator("header summary"))
    press("Enter")
    visitor.tab_to(page.get_by_role("link", name="My votes"))
    press("Enter")
    rows = page.locator("ol > li")
    expect(rows).to_have_count(VOTES)
    page.set_viewport_size({"width": 1280, "height": 960})
    shoot(page, "own-votes")
    for row, (stage, clip, answer) in zip(rows.all(), reversed(said), strict=True):
        expect(row.locator(".clip")).to_have_text(clip)
        shown = answer.replace("-", "−").capitalize()
        expect(row.locator(".answer")).to_contain_text(shown)
        expect(row).to_contain_text(STAGE_NAMES[stage])
    first = next(clip for stage, clip, _ in said if stage == "emotion")
    expect(rows.filter(has_text=NOTE)).to_have_count(1)
    expect(rows.filter(has_text=NOTE)).to_contain_text(first)


def votes_of(username: str) -> list[Vote]:
    """All that stands in the tables of votes."""
    by: dict[str, Any] = {"superseded_at": None, "seat__annotator__username": username}
    clip = "seat__labeling__clip__name"
    found: list[Vote] = []
    tables = ((EmotionVote, "emotion__code"), (ReliabilityVote, "reliability"))
    for table, answer in (*tables, (ValenceRating, "valence")):
        rows = table.objects.filter(**by).values_list("seat__stage", clip, answer)
        found += [(stage, name, str(said)) for stage, name, said in rows]
    return sorted(found)
