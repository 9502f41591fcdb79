"""The journey of an annotator whose connection drops: nothing is lost, nothing counts twice."""

from typing import Any

import pytest
from playwright.sync_api import Error, expect

from annotation.models import EmotionVote, Note
from tests.browser.conftest import Shoot
from tests.browser.desks import DeskPage, emotion_votes

NOTE = "He stops in the middle."


def test_nothing_is_lost_and_nothing_counts_twice(desk: DeskPage, shoot: Shoot) -> None:
    """
    1. Ann answers a clip. The connection drops as she sends: she is told that the vote waits, and
       goes on with the next clip, which is on her screen already. Now two votes wait, and the
       server has nothing.
    2. She reloads, in vain: there is no page without a connection.
    3. The connection is back, and so is her desk: both votes are sent by themselves, as she gave
       them.
    4. She has answered the third clip and written a note when the connection drops once more. After
       a reload her answer and her note are there.
    5. She sends. The server takes the vote, but its answer is lost on the way. It is sent again,
       and counts once.
    6. Her history has three votes.
    """
    page, offline = desk.page, desk.visitor.context.set_offline
    desk.visitor.forgive("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")
    first = desk.clip
    wait_for_the_next(page)
    desk.choose("Anger", "Worry")
    offline(True)
    desk.press("Enter")
    expect(page.get_by_text(f"Your vote on clip {first} waits")).to_be_visible()
    expect(desk.name).not_to_have_text(first)
    second = desk.clip
    desk.choose("Happiness")
    desk.press("Enter")
    expect(page.get_by_text("2 votes wait for the connection.")).to_be_visible()
    shoot(page, "offline")
    assert emotion_votes() == []

    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.reload()

    offline(False)
    desk.open()
    expect(desk.votes).to_have_text("2 votes today")
    assert votes_by_clip() == {first: ("anger", "worry"), second: ("happiness", None)}

    third = desk.clip
    assert third not in (first, second)
    desk.choose("Sadness")
    desk.press("n")
    page.keyboard.type(NOTE)
    desk.press("Escape")
    offline(True)
    with pytest.raises(Error, match="ERR_INTERNET_DISCONNECTED"):
        page.reload()
    offline(False)
    tries = lose_the_first_answer(page)
    desk.open()
    assert (desk.clip, desk.chosen) == (third, ["Sadness"])
    expect(page.get_by_label("Note to the coordinator")).to_have_value(NOTE)

    desk.press("Enter")
    expect(page.get_by_role("heading", name="Nothing for you right now")).to_be_visible()
    assert len(tries) == 2
    assert tries[0] == tries[1]
    expected = {first: ("anger", "worry"), second: ("happiness", None), third: ("sadness", None)}
    assert votes_by_clip() == expected
    assert EmotionVote.objects.count() == 3  # the superseded and the voided ones, too
    assert Note.objects.get().text == NOTE

    page.goto(f"/c/{desk.slug}/history")
    shown = page.locator("ol > li .clip")
    expect(shown).to_have_count(3)
    assert shown.all_inner_texts() == [third, second, first]


def wait_for_the_next(page: Any) -> None:
    page.wait_for_function("() => document.querySelector('video.next')?.readyState === 4")


def lose_the_first_answer(page: Any) -> list[Any]:
    """What is sent to the server as votes. The first time it is taken, and nobody hears of it.

    To be called before the page is opened: one that is open already may for a moment go on sending
    past us.
    """
    sent: list[Any] = []

    def through(route: Any) -> None:
        sent.append(route.request.post_data_json)
        if len(sent) > 1:
            route.continue_()
            return
        assert route.fetch().ok
        route.abort()

    page.route("**/desk/votes", through)
    return sent


def votes_by_clip() -> dict[str, tuple[str, str | None]]:
    rows = EmotionVote.objects.filter(superseded_at=None).values_list(
        "seat__labeling__clip__name", "emotion__code", "second_emotion__code"
    )
    return {clip: (label, second) for clip, label, second in rows}
