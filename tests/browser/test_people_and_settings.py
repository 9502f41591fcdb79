"""Months of coordinating: people come, are held and leave, and what they leave behind is read."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions import add_member
from accounts.models import User
from annotation.ballots import Manner
from collection.models import Clip, ClipImport, Corpus, ImportedFile
from tests import factories
from tests.browser import coordinating, managing
from tests.browser.conftest import Visit
from tests.browser.desks import DeskPage
from tests.browser.managing import choose, confirm, entry, row_of
from tests.browser.visitors import Visitor
from tests.factories import Clock


@pytest.fixture
def cora(visit: Visit, corpus: Corpus) -> Visitor:
    return visit(factories.coordinator(corpus)).go(f"/c/{corpus.slug}/people")


@pytest.fixture
def labeled(corpus: Corpus) -> list[User]:
    """Ann and Ben have voted on all three clips, Ben in a tenth of the time."""
    clock = Clock(timezone.now() - timedelta(minutes=1))
    Clip.objects.filter(corpus=corpus).update(duration=2.0)
    people = []
    for name, took in (("ann", 4000), ("ben", 400)):
        annotator = factories.annotator(corpus, clock, factories.person(name))
        while screens := annotator.claim():
            annotator.vote(screens[0], "anger", manner=Manner(response_ms=took))
        people.append(annotator.membership.user)
    return people


def test_an_annotator_is_invited_held_paused_deactivated_and_let_in_again(
    visit: Visit, corpus: Corpus, cora: Visitor
) -> None:
    """
    1. Cora makes two invitation links one after the other, by Enter alone; she revokes one. Ann
       joins with the other and has a clip before her.
    2. Cora holds Ann to the later stages: Ann sends what she has, then nothing waits for her.
    3. Cora pauses her, and her desk says that. Each time the focus is back on Ann's menu.
    4. Cora deactivates her: Ann's next page is the login.
    5. Cora reactivates her and makes a link: with it Ann chooses a new password and is in.
    """
    page = cora.page
    page.get_by_role("button", name="Invite somebody").click()
    page.keyboard.type("Ben, Mondays")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Invitation link for Ben, Mondays")).to_be_visible()
    link = coordinating.invite(cora, "annotator", "Ann, Tuesdays")
    page.get_by_text("2 invitations so far").click()
    invited = page.locator("tbody tr").filter(has_text="Ben, Mondays")
    invited.get_by_role("button", name="Revoke").click()
    expect(invited).to_contain_text("Revoked")
    ann = visit()
    coordinating.join(ann, link, username="ann", name="Ann")
    desk = DeskPage(ann, corpus.slug).open()
    managing.reload(cora)
    expect(row_of(page, "Ann")).to_contain_text("Active")

    menu = page.get_by_role("button", name="Actions for Ann", exact=True)
    dialog = choose(page, "Ann", "Hold to stages…")
    dialog.get_by_role("checkbox", name="Emotion annotation").uncheck()
    confirm(dialog, "Save")
    expect(menu).to_be_focused()
    expect(row_of(page, "Ann")).to_contain_text("only Reliability, Valence")
    while desk.has_clip:
        desk.choose("Anger")
        desk.send()
    expect(ann.page.get_by_text("Nothing waits in the stages you are held to")).to_be_visible()

    managing.open_menu(page, "Ann")
    page.keyboard.press("Enter")
    expect(row_of(page, "Ann")).to_contain_text("Paused")
    expect(menu).to_be_focused()
    ann.go(f"/c/{corpus.slug}/label")
    expect(ann.page.get_by_text("You are paused")).to_be_visible()

    confirm(choose(page, "Ann", "Deactivate…"), "Deactivate")
    expect(row_of(page, "Ann")).to_contain_text("Deactivated")
    expect(menu).to_be_focused()
    ann.forgive("status of 401", "status of 403")
    ann.go(f"/c/{corpus.slug}/label")
    expect(ann.page.get_by_role("heading", name="Log in")).to_be_visible()

    confirm(choose(page, "Ann", "Reactivate…"), "Reactivate")
    expect(row_of(page, "Ann")).to_contain_text("Paused")
    dialog = choose(page, "Ann", "Password link…")
    dialog.get_by_role("button", name="Make a link").click()
    field = dialog.get_by_label("Link for a new password")
    reset = urlsplit(field.input_value())
    confirm(dialog, "OK")
    expect(menu).to_be_focused()
    ann.go(f"{reset.path}?{reset.query}")
    ann.page.get_by_label("New password").fill("another long enough secret")
    ann.page.get_by_role("button", name="Save and log in").click()
    expect(ann.page.get_by_text("You are paused")).to_be_visible()
    assert User.objects.get(username="ann").check_password("another long enough secret")


def test_who_works_elsewhere_too_is_not_this_coordinators_to_deactivate(
    corpus: Corpus, cora: Visitor
) -> None:
    """The dialog says so, and the person stays."""
    ann = factories.annotator(corpus, Clock(), factories.person("ann")).membership.user
    add_member(corpus=factories.corpus("elsewhere"), user=ann, role="annotator")
    cora.forgive("status of 403")
    page = managing.reload(cora)
    dialog = choose(page, "ann", "Deactivate…")
    dialog.get_by_role("button", name="Deactivate").click()
    expect(dialog.get_by_role("alert")).to_contain_text("ann")
    dialog.get_by_role("button", name="Cancel").click()
    expect(row_of(page, "ann")).to_contain_text("Active")
    assert User.objects.get(pk=ann.pk).is_active


def test_the_table_tells_how_people_vote_and_their_hours_are_a_file(
    corpus: Corpus, labeled: list[User], cora: Visitor
) -> None:
    """
    1. Both have three votes; Ben sent each in less time than the clip takes to play.
    2. Sorted by median time, the slower comes first, then the faster; a search finds one.
    3. This month's hours: a line for each, Ann's ten times Ben's.
    """
    page = managing.reload(cora)
    ann, ben = row_of(page, "ann"), row_of(page, "ben")
    expect(ann.locator("td").nth(1)).to_have_text("3 4 s")
    expect(ann.locator("td").nth(5)).to_have_text("0%")
    expect(ben.locator("td").nth(5)).to_have_text("100%")

    people = page.locator("tbody th")
    page.get_by_role("button", name="median time").first.click()
    expect(people.first).to_contain_text("ann")
    page.get_by_role("button", name="median time").first.click()
    expect(people.first).to_contain_text("ben")
    page.get_by_label("Search by name").fill("AN")
    expect(people).to_have_count(1)
    page.get_by_label("Show").select_option("Paused")
    expect(page.get_by_text("Nobody matches.")).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    lines = csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig")))
    hours = {line["annotator"]: float(line["hours"]) for line in lines}
    assert hours == pytest.approx({"ann": 12 / 3600, "ben": 1.2 / 3600}, abs=1e-4)


def test_all_votes_of_one_are_voided_once_the_name_is_typed(
    corpus: Corpus, labeled: list[User], cora: Visitor, worker: Any
) -> None:
    """
    1. Cora may not go on with a reason alone; she types the username, too.
    2. A job voids the votes and says when it is done; the table counts none of them any more.
    """
    page = managing.reload(cora)
    dialog = choose(page, "ben", "Void all votes…")
    expect(dialog).to_contain_text("3 votes")
    button = dialog.get_by_role("button", name="Void all votes")
    dialog.get_by_label("Reason").fill("He did not watch the clips.")
    expect(button).to_be_disabled()
    dialog.get_by_label("Type “ben” to confirm").fill("ben")
    button.click()
    expect(page.get_by_role("heading", name="Voiding all votes of ben")).to_be_visible()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()
    expect(row_of(page, "ben").locator("td").nth(1)).to_have_text("0 –")
    expect(row_of(page, "ann").locator("td").nth(1)).to_have_text("3 4 s")


def test_what_waits_in_the_inbox_is_dealt_with_and_new_things_appear(
    corpus: Corpus, cora: Visitor
) -> None:
    """
    1. Ann skipped two clips and wrote a note; one file was refused. The inbox counts them.
    2. Cora offers one clip to Ann again; the focus is on the next skip, which she lets be.
    3. She watches the clip of the note, reads it; she dismisses the file. Nothing waits.
    4. Ann skips the clip that was offered again: it appears without reloading. Cora sets the
       clip aside with a reason, and restores it.
    """
    clock = Clock(timezone.now() - timedelta(minutes=1))
    ann = factories.annotator(corpus, clock, factories.person("ann"))
    ann.skip(ann.claim()[0], "know_people")
    ann.skip(ann.claim()[0], "other", "I know her voice.")
    ann.vote(ann.claim()[0], "anger", manner=Manner(note="Two people speak."))
    refuse_a_file(corpus)
    page = coordinating.turn_to(cora, "Inbox")
    expect(page.locator("article")).to_have_count(2)
    assert managing.waiting(page) == {"Skips": 2, "Notes": 1, "Refused files": 1}

    again = entry(page, "I know these people")
    name = again.get_by_role("heading").inner_text()
    again.get_by_role("button", name="Offer it to ann again").click()
    expect(again).to_contain_text("Will be offered to ann again")
    left = entry(page, "I know her voice.")
    expect(left.get_by_role("button", name="Offer it to ann again")).to_be_focused()
    left.get_by_role("button", name="Leave it skipped").click()
    expect(left).to_contain_text("Stays skipped")

    page.get_by_role("link", name="Notes").click()
    note = entry(page, "Two people speak.")
    note.get_by_role("button", name="Watch the clip").click()
    page.wait_for_function("() => document.querySelector('video')?.readyState >= 1")
    note.get_by_role("button", name="Mark as read").click()
    expect(note.get_by_role("button", name="Mark as read")).to_be_hidden()
    page.get_by_role("link", name="Refused files").click()
    file = entry(page, "broken.mp4")
    expect(file).to_contain_text("ends after 2 s of 5 s")
    file.get_by_role("button", name="Dismiss").click()
    expect(file).to_contain_text("Dismissed")
    cora.go(f"/c/{corpus.slug}/inbox")
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()

    ann.skip(ann.screen_of(name), "cannot_play")
    skip = entry(page, "The clip cannot be played")
    skip.get_by_role("button", name="Set the clip aside…").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label("Reason").fill("Black picture.")
    confirm(dialog, "Set aside")
    assert factories.labeling_of(corpus, name).stage == "set_aside"
    skip.get_by_role("button", name="Restore the clip").click()
    expect(skip.get_by_role("button", name="Offer it to ann again")).to_be_visible()
    assert factories.labeling_of(corpus, name).stage == "emotion"


def refuse_a_file(corpus: Corpus) -> None:
    """As an import leaves it that found a file cut off."""
    ImportedFile.objects.create(
        clip_import=ClipImport.objects.create(corpus=corpus),
        name="broken.mp4",
        outcome=ImportedFile.Outcome.REFUSED,
        reason="broken.mp4 is cut off.",
        code="video_is_cut_off",
        params={"file": "broken.mp4", "found": 2, "declared": 5},
    )
