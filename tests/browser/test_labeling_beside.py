"""What stands beside the question: warnings, what is said, a note, guidelines, a rest."""

import json
import time

import pytest
from playwright.sync_api import expect

from accounts.models import User
from annotation.models import EmotionVote, Note
from collection.models import Clip, Corpus
from tests.browser.conftest import Visit
from tests.browser.desks import MOVES, SHOWN, DeskPage, emotion_votes
from tests.browser.inspection import overflow, violations

ENDED = f"() => document.querySelector('{SHOWN}').ended"


def warn_of(corpus: Corpus, general: str, **of_clips: str) -> None:
    Corpus.objects.filter(pk=corpus.pk).update(content_warning_en=general)
    for clip in Clip.objects.filter(corpus=corpus):
        words = of_clips.get(clip.name.replace(" ", "_"), "")
        Clip.objects.filter(pk=clip.pk).update(content_warning=words)


def test_a_warning_stands_before_the_clip_and_nothing_of_it_plays(
    visit: Visit, corpus: Corpus, ann: User
) -> None:
    """1. The corpus's warning covers the first clip; labels' keys rest. 2. Space shows it. 3. The
    next clip plays at once. 4. A clip's own warning comes each time, also after an undo."""
    warn_of(corpus, "These films show quarrels.", scene_2="Somebody falls.")
    desk = DeskPage(visit(ann), corpus.slug).open()
    show = desk.page.get_by_role("button", name="Show the clip")
    for number in range(3):
        warned = []
        if number == 0:
            warned.append("These films show quarrels.")
        if desk.clip == "scene 2":
            warned.append("Somebody falls.")
        if warned:
            expect(show).to_be_visible()
            for words in warned:
                expect(desk.page.get_by_text(words)).to_be_visible()
            desk.press("1")
            assert desk.chosen == []
            assert desk.state()["paused"]
            desk.press("Space" if number == 0 else "Enter")
        expect(show).to_be_hidden()
        desk.page.wait_for_function(MOVES)
        if warned and number:
            desk.choose("Anger")
            desk.send()
            desk.press("Control+z")
            expect(show).to_be_visible()
            desk.press("Space")
        if number < 2:
            if not desk.chosen:
                desk.choose("Anger")
            desk.send()


def test_a_clip_that_is_warned_of_can_be_skipped_unseen(
    visit: Visit, corpus: Corpus, ann: User
) -> None:
    warn_of(corpus, "These films show quarrels.")
    desk = DeskPage(visit(ann), corpus.slug).open()
    clip = desk.clip
    desk.press("s")
    dialog = desk.page.get_by_role("dialog", name="Skip this clip")
    dialog.get_by_label("I do not want to watch this").check()
    dialog.get_by_role("button", name="Skip the clip").click()
    expect(desk.name).not_to_have_text(clip)


@pytest.mark.parametrize("shows", [True, False])
def test_what_is_said_is_shown_only_where_the_corpus_shows_it(
    visit: Visit, corpus: Corpus, ann: User, shows: bool
) -> None:
    said = "我们明天再说吧。" * 80
    Corpus.objects.filter(pk=corpus.pk).update(show_transcript=shows)
    Clip.objects.filter(corpus=corpus).update(transcript=said)
    desk = DeskPage(visit(ann), corpus.slug).open()
    desk.wait_for_picture()
    words = desk.page.get_by_role("region", name="What is said in the clip")
    if shows:
        expect(words).to_have_text(said)
    else:
        expect(words).to_have_count(0)


def test_a_note_goes_with_the_vote_and_comes_back_with_it(desk: DeskPage) -> None:
    """1. N, a note, Escape: the keys are the screen's again. 2. A reload keeps it. 3. The vote
    carries it. 4. After an undo both stand there again."""
    clip = desk.clip
    note = desk.page.get_by_label("Note to the coordinator")
    desk.press("n")
    expect(note).to_be_focused()
    desk.page.keyboard.type("1 speaks, 2 listens")
    assert desk.chosen == []
    desk.press("Escape", "2")
    assert desk.chosen == ["Anger"]
    desk.page.reload()
    desk.wait_for_picture()
    expect(note).to_have_value("1 speaks, 2 listens")
    expect(note).not_to_be_focused()
    desk.send()
    expect(note).to_be_hidden()
    assert Note.objects.get().text == "1 speaks, 2 listens"
    desk.press("Control+z")
    expect(desk.name).to_have_text(clip)
    expect(note).to_have_value("1 speaks, 2 listens")
    assert desk.chosen == ["Anger"]
    desk.press("3")
    desk.send()
    assert emotion_votes() == [("anger", "happiness")]


def test_plays_and_time_are_counted_with_the_vote(desk: DeskPage) -> None:
    """The clip begins by itself, R once in the middle, and Space once more at its end."""
    desk.page.wait_for_function(MOVES)
    desk.press("r")
    desk.page.wait_for_function(ENDED)
    desk.press("Space")
    desk.page.wait_for_function(MOVES)
    desk.page.wait_for_function(ENDED)
    desk.choose("Neutral")
    desk.send()
    vote = EmotionVote.objects.get()
    assert vote.plays == 3
    assert vote.response_ms is not None
    assert 4000 < vote.response_ms < 60_000  # two whole plays at least


def test_guidelines_open_beside_the_clip_and_the_keys_go_on(desk: DeskPage) -> None:
    panel = desk.page.get_by_role("complementary", name="Guidelines")
    expect(panel).to_have_count(0)
    desk.press("g")
    expect(panel.get_by_text("Neutral")).to_be_visible()
    desk.press("2")
    assert desk.chosen == ["Anger"]
    video = desk.page.locator(SHOWN).bounding_box()
    beside = panel.bounding_box()
    assert video and beside and beside["x"] + beside["width"] <= video["x"]
    desk.page.reload()
    expect(panel).to_be_visible()
    desk.wait_for_picture()
    desk.press("g")
    expect(panel).to_have_count(0)


def worked_for(desk: DeskPage, user: User, minutes: int) -> None:
    """As if the last rest had ended so long ago."""
    now = int(time.time() * 1000)
    since = now - minutes * 60_000
    kept = {"since": since, "last": now - 60_000, "remindAt": since + 25 * 60_000}
    desk.page.evaluate(
        "([key, kept]) => localStorage.setItem(key, kept)",
        [f"concord.work.{user.pk}", json.dumps(kept)],
    )
    desk.page.reload()
    desk.wait_for_picture()


def test_after_25_minutes_a_rest_is_advised_beside_the_clip(desk: DeskPage, ann: User) -> None:
    reminder = desk.page.get_by_text("You have labeled for 25 minutes without a rest.")
    worked_for(desk, ann, 25)
    expect(reminder).to_have_count(0)  # only between two clips
    desk.choose("Anger")
    desk.send()
    expect(reminder).to_be_visible()
    video = desk.page.locator(".frame").bounding_box()
    said = reminder.bounding_box()
    assert video and said and said["y"] + said["height"] < video["y"]
    desk.press("Escape")
    expect(reminder).to_be_hidden()


def test_the_rest_reminder_can_be_switched_off_where_it_stands(desk: DeskPage, ann: User) -> None:
    worked_for(desk, ann, 30)
    desk.choose("Anger")
    desk.send()
    reminder = desk.page.get_by_text("You have labeled for 30 minutes without a rest.")
    expect(reminder).to_be_visible()
    desk.page.get_by_role("button", name="Do not remind me").click()
    expect(reminder).to_be_hidden()
    ann.refresh_from_db()
    assert not ann.rest_reminder


def test_five_minutes_without_a_vote_were_a_rest(desk: DeskPage, ann: User) -> None:
    worked_for(desk, ann, 40)
    key = f"concord.work.{ann.pk}"
    desk.page.evaluate(
        """(key) => {
          const kept = JSON.parse(localStorage.getItem(key))
          localStorage.setItem(key, JSON.stringify({...kept, last: Date.now() - 6 * 60_000}))
        }""",
        key,
    )
    desk.page.reload()
    desk.wait_for_picture()
    desk.choose("Anger")
    desk.send()
    expect(desk.page.get_by_text("without a rest")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_with_everything_open_it_fits_and_everybody_can_use_it(
    visit: Visit, corpus: Corpus, ann: User, scheme: str
) -> None:
    """Warning, then clip, transcript, guidelines, note and rest at once, at 1280×720."""
    warn_of(corpus, "These films show quarrels.")
    Corpus.objects.filter(pk=corpus.pk).update(show_transcript=True)
    Clip.objects.filter(corpus=corpus).update(transcript="我们明天再说吧。" * 80)
    desk = DeskPage(visit(ann, color_scheme=scheme), corpus.slug).open()
    desk.page.get_by_role("button", name="Show the clip").wait_for()
    assert overflow(desk.page, down=True) + violations(desk.page) == []
    desk.press("Space")
    worked_for(desk, ann, 26)
    desk.choose("Anger")
    desk.send()
    desk.press("g")
    desk.page.get_by_role("complementary", name="Guidelines").get_by_text("Neutral").wait_for()
    desk.press("n")
    expect(desk.page.get_by_label("Note to the coordinator")).to_be_focused()
    assert overflow(desk.page, down=True) + violations(desk.page) == []
