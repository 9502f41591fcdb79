"""The next clip does not wait for the last vote's answer: what then may come in between."""

from typing import Any

from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Membership, User
from collection.models import Corpus
from tests import factories
from tests.browser.desks import DeskPage, emotion_votes

VOTES = "**/desk/votes"


class SlowNetwork:
    """Votes go out only when they are let go."""

    def __init__(self, desk: DeskPage) -> None:
        self.page = desk.page
        self.held: list[Any] = []
        self.page.route(VOTES, lambda route: self.held.append(route))
        desk.open()  # A page that was open already may for a moment go on sending past us.

    def wait_for_one(self) -> Any:
        for _ in range(200):
            if self.held:
                return self.held.pop(0)
            self.page.wait_for_timeout(50)
        raise AssertionError("no vote went out")

    def let_go(self) -> None:
        self.wait_for_one().continue_()

    def fail(self) -> None:
        self.wait_for_one().abort()

    def recover(self) -> None:
        self.page.unroute(VOTES)
        for route in self.held:
            route.continue_()


def other_clip(desk: DeskPage, *clips: str) -> str:
    """The clip on the screen, once it is none of these."""
    for clip in clips:
        expect(desk.name).not_to_have_text(clip)
    return desk.clip


def elsewhere(corpus: Corpus, ann: User) -> factories.Annotator:
    """Ann at another computer."""
    membership = Membership.objects.get(corpus=corpus, user=ann)
    return factories.Annotator(membership, factories.Clock(timezone.now()))


def test_two_clips_are_answered_before_the_first_answer_comes(desk: DeskPage) -> None:
    """1. Enter: the next clip is there, with nothing chosen. 2. Enter again: both votes are on
    their way, one after the other. 3. The answers come: the third clip, both votes as given."""
    slow = SlowNetwork(desk)
    first = desk.clip
    desk.choose("Anger")
    desk.press("Enter")
    second = other_clip(desk, first)
    assert desk.chosen == []
    desk.wait_for_picture()
    desk.choose("Worry", "Sadness")
    desk.press("Enter")
    expect(desk.page.get_by_role("heading", name="Sending…")).to_be_visible()
    slow.let_go()
    slow.let_go()
    third = other_clip(desk, first, second)
    expect(desk.votes).to_have_text("2 votes today")
    assert {first, second, third} == {"scene 1", "scene 2", "scene 3"}
    assert emotion_votes() == [("anger", None), ("worry", "sadness")]


def test_an_answer_on_the_next_clip_stays_when_the_last_votes_answer_comes(desk: DeskPage) -> None:
    slow = SlowNetwork(desk)
    first = desk.clip
    desk.choose("Anger")
    desk.press("Enter")
    second = other_clip(desk, first)
    desk.choose("Surprise")
    slow.let_go()
    expect(desk.votes).to_have_text("1 vote today")
    assert (desk.clip, desk.chosen) == (second, ["Surprise"])


def test_a_refused_vote_comes_back_with_its_answer_and_the_next_one_keeps_its_own(
    desk: DeskPage, corpus: Corpus, ann: User
) -> None:
    """1. Ann answers a clip; elsewhere she has answered it otherwise. 2. She is at the next one
    when the refusal comes: the first is there again, with why and what she had said. 3. What she
    presses now changes nothing. 4. She goes on where she was."""
    desk.visitor.forgive("status of 409")
    slow = SlowNetwork(desk)
    first = desk.clip
    desk.choose("Happiness")
    desk.press("Enter")
    second = other_clip(desk, first)
    desk.choose("Anger")
    elsewhere(corpus, ann).says("neutral")
    slow.let_go()
    alert = desk.page.get_by_role("alert").filter(has_text="could not be counted")
    expect(alert).to_contain_text(f"Clip {first} already has your vote")
    expect(alert).to_contain_text("Your answer was: Happiness")
    assert (desk.clip, desk.chosen) == (first, ["Happiness"])
    desk.press("3")  # meant for the next clip: it changes nothing here
    assert desk.chosen == ["Happiness"]
    desk.page.get_by_role("button", name="Go on with the next clip").click()
    expect(alert).to_be_hidden()
    expect(desk.name).to_have_text(second)
    assert desk.chosen == ["Anger"]
    assert emotion_votes() == [("neutral", None)]


def test_a_connection_that_drops_in_between_loses_nothing(desk: DeskPage) -> None:
    """1. The first vote does not get through. 2. The next clip is answered all the same.
    3. The page is reloaded. 4. The connection is back: both votes count."""
    desk.visitor.forgive("ERR_FAILED")
    slow = SlowNetwork(desk)
    first = desk.clip
    desk.choose("Surprise")
    desk.press("Enter")
    second = other_clip(desk, first)
    slow.fail()
    notice = desk.page.get_by_text("Not sent yet – retrying.")
    expect(notice).to_be_visible()
    expect(notice.locator("..")).to_contain_text(first)
    desk.choose("Worry")
    desk.press("Enter")
    expect(desk.page.get_by_text("2 votes wait for the connection.")).to_be_visible()
    assert emotion_votes() == []
    slow.recover()
    desk.page.reload()
    desk.shown.wait_for()
    other_clip(desk, first, second)
    expect(desk.votes).to_have_text("2 votes today")
    assert emotion_votes() == [("surprise", None), ("worry", None)]


def test_undo_right_after_enter_brings_the_clip_back_as_it_was(desk: DeskPage) -> None:
    slow = SlowNetwork(desk)
    first = desk.clip
    desk.choose("Happiness", "Surprise")
    desk.press("Enter", "Control+z")
    slow.let_go()
    expect(desk.name).to_have_text(first)
    expect(desk.page.locator("button[data-choice][aria-pressed=true]")).to_have_count(2)
    assert desk.chosen == ["Happiness", "Surprise"]
    assert emotion_votes() == []


def test_a_second_enter_does_not_send_an_answer_kept_from_before(desk: DeskPage) -> None:
    """The next clip has a complete answer already, from before an undo."""
    first = desk.clip
    desk.choose("Anger")
    desk.send()
    second = other_clip(desk, first)
    desk.choose("Worry")
    desk.press("Control+z")
    expect(desk.name).to_have_text(first)
    desk.page.wait_for_timeout(500)
    desk.press("Enter", "Enter")
    expect(desk.name).to_have_text(second)
    assert desk.chosen == ["Worry"]
    expect(desk.votes).to_have_text("1 vote today")
    assert emotion_votes() == [("anger", None)]
