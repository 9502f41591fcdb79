"""Keys of the labeling screen: the player's, and the physical ones of valence."""

from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.actions import add_member
from accounts.models import User
from annotation.labelsets import Label
from collection.models import Corpus
from tests import factories
from tests.browser.conftest import Visit, screened
from tests.browser.desks import MOVES, SHOWN, DeskPage
from tests.browser.test_labeling_screen import judged_until_valence

RATE = f"() => document.querySelector('{SHOWN}').playbackRate"
TYPED = """([key, code, shift]) => document.querySelector('main').dispatchEvent(
  new KeyboardEvent('keydown', {key, code, shiftKey: shift, bubbles: true, cancelable: true}))"""


def type_as(desk: DeskPage, key: str, code: str, *, shift: bool = False) -> None:
    """A press as another keyboard or an input method reports it."""
    desk.page.evaluate(TYPED, [key, code, shift])


def test_shift_and_arrows_move_a_second_and_r_begins_again(desk: DeskPage) -> None:
    desk.page.wait_for_function(MOVES)
    desk.page.wait_for_function(f"() => document.querySelector('{SHOWN}').ended")
    end = desk.state()["time"]
    desk.press("Shift+ArrowLeft")
    assert desk.state()["time"] == pytest.approx(end - 1, abs=0.1)
    desk.press("Shift+ArrowRight")
    assert desk.state()["time"] == pytest.approx(end, abs=0.1)


def test_speed_goes_in_steps_is_shown_and_stays(desk: DeskPage) -> None:
    times = desk.page.locator(".times")
    for shown in ("1.25×", "1.5×", "1.5×"):
        desk.press(">")
        expect(times).to_contain_text(shown)
    assert desk.page.evaluate(RATE) == 1.5
    desk.choose("Anger")
    desk.send()
    desk.wait_for_picture()
    assert desk.page.evaluate(RATE) == 1.5
    desk.page.reload()
    desk.wait_for_picture()
    expect(times).to_contain_text("1.5×")
    for shown in ("1.25×", "1×", "0.75×", "0.75×"):
        desk.press("<")
        expect(times).to_contain_text(shown)
    assert desk.page.evaluate(RATE) == 0.75


def test_volume_stays_from_day_to_day(desk: DeskPage) -> None:
    desk.press("m")
    desk.page.reload()
    desk.wait_for_picture()
    assert desk.state()["muted"]


LETTERS = tuple(Label(name, key=name[0]) for name in ("rage", "mirth", "sorrow", "numb", "glee"))


def test_a_labels_own_key_beats_a_command_which_moves_to_shift(
    visit: Visit, site: str, reel: Any
) -> None:
    corpus = screened(reel, "letters", labels=LETTERS)
    user = add_member(corpus=corpus, user=factories.person("bob"), role="annotator").user
    desk = DeskPage(visit(user), corpus.slug).open()
    desk.wait_for_picture()
    desk.press("r", "m")
    assert sorted(desk.chosen) == ["Mirth", "Rage"]
    assert not desk.state()["muted"]
    desk.press("Shift+M")
    desk.page.wait_for_function(f"() => document.querySelector('{SHOWN}').muted")
    desk.press("Shift+S")
    expect(desk.page.get_by_role("dialog", name="Skip this clip")).to_be_visible()
    desk.press("Escape", "Shift+N")
    expect(desk.page.get_by_label("Note to the coordinator")).to_be_focused()


@pytest.mark.parametrize(
    ("key", "code", "step"),
    [
        ("1", "Digit1", "−5"),
        ("&", "Digit1", "−5"),  # AZERTY
        ("-", "Digit6", "0"),  # AZERTY: what it types is not what is meant
        ("à", "Digit0", "+4"),
        (")", "Minus", "+5"),
        ("Process", "Digit8", "+2"),  # a Chinese input method is on
        ("9", "Numpad9", "+3"),
        ("-", "NumpadSubtract", "+5"),
    ],
)
def test_valence_keys_count_by_their_place(
    visit: Visit, corpus: Corpus, ann: User, key: str, code: str, step: str
) -> None:
    judged_until_valence(corpus)
    desk = DeskPage(visit(ann), corpus.slug).open()
    expect(desk.page.get_by_role("radio")).to_have_count(11)
    type_as(desk, key, code)
    chosen = desk.page.get_by_role("radio", checked=True)
    expect(chosen.locator(".value")).to_have_text(step)


def test_digits_mean_labels_on_other_keyboards_too(desk: DeskPage) -> None:
    type_as(desk, "é", "Digit2")
    assert desk.chosen == ["Anger"]
    type_as(desk, "3", "Digit3", shift=True)
    assert desk.chosen == ["Anger", "Happiness"]
    type_as(desk, "Process", "Digit2")
    assert desk.chosen == ["Happiness"]
    type_as(desk, "Process", "KeyM")
    desk.page.wait_for_function(f"() => document.querySelector('{SHOWN}').muted")


def test_every_key_stands_in_the_keys_dialog(desk: DeskPage) -> None:
    desk.press("?")
    dialog = desk.page.get_by_role("dialog", name="Keys")
    for heading in ("Emotion annotation", "Player", "Vote and screen"):
        expect(dialog.get_by_role("heading", name=heading)).to_be_visible()
    keys = dialog.locator("dt").all_inner_texts()
    wanted = ["Space", "Shift+←", "Shift+→", "R", "<", ">", "M"]
    wanted += ["Enter", "Ctrl+Z", "S", "N", "G", "?", *"12345678"]
    assert sorted(key.strip() for key in keys) == sorted(wanted)
