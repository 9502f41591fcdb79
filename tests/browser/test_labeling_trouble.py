"""One annotator at the labeling screen when something is in the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions import NewPerson, add_member, change_member, make_person
from accounts.models import User
from annotation.corpora import change_corpus
from collection.models import Corpus
from tests import factories
from tests.browser.conftest import Visit
from tests.browser.desks import MOVES, DeskPage, emotion_votes, past_the_tour
from tests.browser.visitors import PASSWORD, Visitor


def test_a_lost_connection_keeps_the_vote_and_sends_it_later(desk: DeskPage) -> None:
    clip = desk.clip
    desk.visitor.forgive("ERR_INTERNET_DISCONNECTED")
    desk.choose("Surprise")
    desk.visitor.context.set_offline(True)
    desk.press("Enter")
    notice = desk.page.get_by_text("Not sent yet – retrying.")
    expect(notice).to_be_visible()
    expect(notice.locator("..")).to_contain_text(clip)
    assert emotion_votes() == []
    desk.visitor.context.set_offline(False)
    expect(notice).to_be_hidden()
    expect(desk.name).not_to_have_text(clip)
    assert emotion_votes() == [("surprise", None)]


def test_a_reload_keeps_the_answer(desk: DeskPage) -> None:
    clip = desk.clip
    desk.choose("Anger", "Sadness")
    desk.page.reload()
    desk.shown.wait_for()
    assert desk.clip == clip
    assert desk.chosen == ["Anger", "Sadness"]
    desk.send()
    assert emotion_votes() == [("anger", "sadness")]


def test_an_expired_login_asks_for_the_password_and_then_sends_the_vote(
    visit: Visit, corpus: Corpus
) -> None:
    bea = make_person(person=NewPerson("bea", PASSWORD))
    add_member(corpus=corpus, user=bea, role="annotator")
    desk = DeskPage(visit(bea), corpus.slug).open()
    desk.visitor.forgive("status of 401")
    clip = desk.clip
    desk.choose("Worry")
    desk.visitor.lose_session()
    desk.press("Enter")
    desk.visitor.type_password("bea")
    expect(desk.name).not_to_have_text(clip)
    assert emotion_votes() == [("worry", None)]


def test_a_clip_that_somebody_else_took_over_says_so(desk: DeskPage, corpus: Corpus) -> None:
    """Ann was away for longer than her lease, and others took every place on her clip."""
    clip = desk.clip
    desk.visitor.forgive("status of 409")
    desk.choose("Happiness")
    clock = factories.Clock(timezone.now() + timedelta(minutes=20))
    for annotator in factories.annotators(corpus, 3, clock):
        annotator.vote(annotator.screen_of(clip), "neutral")
    desk.press("Enter")
    alert = desk.page.get_by_role("alert").filter(has_text="could not be counted")
    expect(alert).to_contain_text(f"Your time for clip {clip} ran out")
    expect(alert).to_contain_text("Your answer was: Happiness")
    desk.page.get_by_role("button", name="Go on with the next clip").click()
    expect(alert).to_be_hidden()
    # She has not voted on it yet, so she may be on its other side.
    expect(desk.page.locator("header .stage")).to_have_text("Reliability check")
    assert desk.clip == clip
    assert emotion_votes() == [("neutral", None)] * 3


def test_two_tabs_hold_the_same_clip_and_only_one_vote_counts(desk: DeskPage) -> None:
    desk.visitor.forgive("status of 409")
    other = desk.visitor.open_tab()
    other.goto(desk.page.url)
    expect(other.locator(".player > .name")).to_have_text(desk.clip)
    desk.choose("Anger")
    desk.send()
    other.keyboard.press("1")
    other.keyboard.press("Enter")
    expect(other.get_by_text("already has your vote")).to_be_visible()
    assert emotion_votes() == [("anger", None)]


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        ("nothing opened", "No clips are open yet."),
        ("corpus paused", "The corpus is paused."),
        ("you are paused", "You are paused."),
        ("all voted", "You have judged all that is left"),
        ("skipped", "You skipped what is left."),
        ("held", "Nothing waits in the stages you are held to."),
    ],
)
def test_nothing_for_you_says_why(visit: Visit, site: str, situation: str, said: str) -> None:
    corpus = factories.corpus("films") if situation == "nothing opened" else factories.opened()
    bea = factories.annotator(corpus, factories.Clock(timezone.now()))
    bring_about(situation, corpus, bea)
    past_the_tour(corpus.slug)
    visitor = visit(bea.membership.user).go(f"/c/{corpus.slug}/label")
    expect(visitor.page.get_by_role("heading", name="Nothing for you right now")).to_be_visible()
    expect(visitor.page.locator("main").get_by_text(said)).to_be_visible()


def bring_about(situation: str, corpus: Corpus, bea: factories.Annotator) -> None:
    match situation:
        case "corpus paused":
            change_corpus(corpus=corpus, changes={}, paused=True, at=timezone.now())
        case "you are paused":
            change(bea, paused=True)
        case "all voted":
            bea.says("anger")
        case "skipped":
            bea.skip(bea.claim()[0])
        case "held":
            change(bea, stages=["valence"])


def change(annotator: factories.Annotator, **how: Any) -> None:
    membership = annotator.membership
    change_member(
        corpus=membership.corpus,
        membership_id=membership.pk,
        at=timezone.now(),
        count_seats=lambda member: 0,
        **how,
    )


def test_a_clip_that_cannot_be_loaded_offers_to_try_again(
    visit: Visit, corpus: Corpus, ann: User
) -> None:
    visitor: Visitor = visit(ann)
    visitor.forgive("ERR_FAILED")
    visitor.context.route("**/media", lambda route: route.abort())
    desk = DeskPage(visitor, corpus.slug).open()
    alert = desk.page.get_by_role("alert").filter(has_text="could not be loaded")
    expect(alert).to_be_visible()
    visitor.context.unroute("**/media")
    alert.get_by_role("button", name="Try again").click()
    desk.page.wait_for_function(MOVES)
    expect(alert).to_be_hidden()
