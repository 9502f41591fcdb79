"""The journey of a coordinator, from an empty site to two files, and of those who label for her."""

from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.actions import NewPerson, add_member, make_person
from annotation.models import EmotionVote, ReliabilityVote, ValenceRating
from collection.models import Corpus
from jobs.tasks import sweep
from tests import factories
from tests.browser import coordinating, managing, rushes
from tests.browser.conftest import MAKES_README_PICTURES, Shoot, Visit
from tests.browser.desks import DeskPage
from tests.browser.plans import Plan, label_all
from tests.browser.rushes import SCATTERED, STRAIGHT, TIED, Rushes
from tests.browser.visitors import DESKTOP, PASSWORD, Visitor

SLUG = "friday-films"
STEPS = ("Bring in the clips", "Invite people", "Write the guidelines", "Open clips")
GUIDELINES = "Name what the person shows, by face and voice together."
NOTE = "Her last word is cut off."
IN_DARK = "reliability-tied"
TO_PICTURE = {
    ("emotion", STRAIGHT): "emotion",
    ("reliability", TIED): IN_DARK,
    ("valence", STRAIGHT): "valence",
}


@pytest.fixture(scope="session")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Rushes:
    return rushes.make(tmp_path_factory.mktemp("crew"), as_cartoon=MAKES_README_PICTURES)


def test_from_an_empty_site_to_the_reliable_and_unlabeled_clips(
    visit: Visit, worker: Any, crew: Rushes, shoot: Shoot
) -> None:
    """
    1. The site administrator logs in, makes a corpus and sends Cora a link to coordinate it.
    2. Cora joins. The overview tells her the four first steps. She drops the crew's folder on the
       import page and picks two more files. She reads what was refused, and why: a text, an empty
       file, a picture, the same film twice.
    3. She invites Ann, who joins and finds nothing open yet. She writes the guidelines. The
       overview has ticked what is done, and says how many people have joined.
    4. She reads what opening the five clips will cost, and that one annotator is too few; she
       opens them. Seven more people come.
    5. The eight label by keyboard; Ann writes a note, Ben skips a clip. One clip goes straight
       through; one is judged unreliable and relabeled; one has two tied labels, both judged on one
       screen; on one they disagree; one shows no emotion of the list. Six people rate the valence
       of each of the three that stand. Cora watches the counts.
    6. In her inbox wait Ben's skip, Ann's note and the refused files. She deals with each.
    7. She exports the reliable and the unlabeled clips and reads them.
    """
    administrator = visit().go("/")
    make_person(person=NewPerson("root", PASSWORD), site_administrator=True)
    cora, ann = visit(), visit()

    administrator.type_password("root")
    coordinating.create_corpus(administrator, name="Friday films", slug=SLUG)
    link = coordinating.invite(administrator, "coordinator", "Cora")

    coordinating.join(cora, link, username="cora", name="Cora")
    cora.page.get_by_role("link", name="Coordinate").click()
    assert coordinating.first_steps(cora) == dict.fromkeys(STEPS, False)
    import_everything(cora, crew, shoot)

    link = coordinating.invite(cora, "annotator", "Ann, Tuesdays")
    coordinating.join(ann, link, username="ann", name="Ann")
    DeskPage(ann, SLUG).open()
    expect(ann.page.get_by_text("No clips are open yet")).to_be_visible()
    coordinating.write_guidelines(cora, GUIDELINES)
    done = coordinating.first_steps(cora)
    assert [step for step in STEPS if not done[step]] == ["Invite people", "Open clips"]
    expect(cora.page.get_by_text("6 different annotators; joined so far: 1.")).to_be_visible()

    open_everything(cora, shoot)
    desks = [DeskPage(ann, SLUG).open(), *more_annotators(visit)]
    write_note(desks[0])
    skip_first(desks[1])
    sweep.delay()  # as beat does, so that the overview knows of the worker
    label_all(desks, crew.plans, seen=picture(shoot), after_each=lambda: watch(cora, shoot))

    coordinating.expect_count(cora, "Labeled", 3)
    coordinating.expect_count(cora, "Unlabeled", 2)
    deal_with_the_inbox(cora, shoot)
    coordinating.turn_to(cora, "People")
    shoot(cora.page, "people")
    check_the_files(cora, crew.plans)
    check_no_vote_is_missing(crew.plans)


def import_everything(cora: Visitor, crew: Rushes, shoot: Shoot) -> None:
    coordinating.turn_to(cora, "Import")
    coordinating.drop(cora, crew.folder)
    troubled = coordinating.import_chosen(cora, files=7)
    assert {name: outcome for name, (outcome, _) in troubled.items()} == {
        "notes.mp4": "Refused",
        "nothing.mp4": "Refused",
        "poster.jpg": "Refused",
    }
    for name, (_, reason) in troubled.items():
        assert reason.startswith(name)
    assert "empty" in troubled["nothing.mp4"][1]
    assert coordinating.import_counts(cora)["Imported"] == "4"

    coordinating.choose_files(cora, *crew.more)
    troubled = coordinating.import_chosen(cora, files=2)
    outcome, reason = troubled["the same again.mp4"]
    assert outcome == "Already there"
    assert STRAIGHT in reason
    assert coordinating.import_counts(cora)["Imported"] == "1"
    past = cora.page.locator("section[aria-labelledby=past]")
    past.get_by_role("button", name="Show").last.click()
    expect(cora.page.get_by_text("notes.mp4", exact=True)).to_be_visible()
    cora.page.set_viewport_size({"width": 1280, "height": 960})
    cora.page.evaluate("() => scrollTo(0, 0)")
    shoot(cora.page, "import")
    cora.page.set_viewport_size(DESKTOP)
    names = set(Corpus.objects.get(slug=SLUG).clips.values_list("name", flat=True))
    assert names == set(crew.plans)


def open_everything(cora: Visitor, shoot: Shoot) -> None:
    page = coordinating.turn_to(cora, "Open clips")
    expect(page.get_by_text("5 clips are not open yet.")).to_be_visible()
    # At best 3 emotions, 2 checks and 6 ratings each. At most two rounds of emotions, in each of
    # them three labels to check by two people, and the ratings.
    least, most = 5 * (3 + 2 + 6), 5 * (2 * (3 + 3 * 2) + 6)
    expect(page.get_by_text(f"5 clips take {least} – {most} votes.")).to_be_visible()
    expect(page.get_by_text("1 annotator may work", exact=False).first).to_be_visible()
    shoot(page, "opening")
    coordinating.open_all(cora)
    assert coordinating.counts(cora)["Emotion annotation"] == 5


def more_annotators(visit: Visit) -> list[DeskPage]:
    corpus = Corpus.objects.get(slug=SLUG)
    desks = []
    for name in ("Ben", "晨", "Dana", "Emre", "芳", "Gus", "Hana"):
        user = factories.person(name)
        add_member(corpus=corpus, user=user, role="annotator")
        desks.append(DeskPage(visit(user), SLUG).open())
    return desks


def write_note(ann: DeskPage) -> None:
    """It waits beside the clip and goes with the vote."""
    ann.press("n")
    ann.page.keyboard.type(NOTE)
    ann.press("Escape")


def skip_first(ben: DeskPage) -> None:
    clip = ben.clip
    ben.press("s")
    dialog = ben.page.get_by_role("dialog", name="Skip this clip")
    dialog.get_by_label("I know these people").check()
    dialog.get_by_role("button", name="Skip the clip").click()
    expect(ben.name).not_to_have_text(clip)


def picture(shoot: Shoot) -> Any:
    """Takes a picture of each stage when its clip comes along for the first time."""
    wanted = dict(TO_PICTURE)

    def seen(desk: DeskPage, stage: str) -> None:
        name = wanted.pop((stage, desk.clip), None)
        if name:
            desk.page.wait_for_function("() => document.querySelector('video').currentTime > 1.2")
            if name == IN_DARK:
                desk.page.emulate_media(color_scheme="dark")
                desk.page.wait_for_timeout(500)  # until everything is painted anew
            shoot(desk.page, name)
            desk.page.emulate_media(color_scheme="light")

    return seen


def watch(cora: Visitor, shoot: Shoot) -> None:
    found = coordinating.counts(cora)
    assert sum(found.values()) == 5
    if found["Unlabeled"] and len([number for number in found.values() if number]) > 2:
        expect(cora.page.get_by_text("No worker is running")).to_be_hidden()
        cora.page.set_viewport_size({"width": 1280, "height": 1000})
        shoot(cora.page, "overview")
        cora.page.set_viewport_size(DESKTOP)


def deal_with_the_inbox(cora: Visitor, shoot: Shoot) -> None:
    page = coordinating.turn_to(cora, "Inbox")
    expect(page.locator("article")).to_have_count(1)
    assert managing.waiting(page) == {"Skips": 1, "Notes": 1, "Refused files": 3}
    managing.entry(page, "Ben").get_by_role("button", name="Leave it skipped").click()
    expect(page.get_by_text("Stays skipped")).to_be_visible()
    page.get_by_role("link", name="Notes").click()
    managing.entry(page, NOTE).get_by_role("button", name="Mark as read").click()
    page.get_by_role("link", name="Refused files").click()
    expect(page.locator("article")).to_have_count(3)
    shoot(page, "inbox")
    for file in ("notes.mp4", "nothing.mp4", "poster.jpg"):
        managing.entry(page, file).get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("Dismissed")).to_have_count(3)
    cora.go(f"/c/{SLUG}/inbox")
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()


def check_the_files(cora: Visitor, plans: dict[str, Plan]) -> None:
    reliable = coordinating.named(coordinating.export(cora, "Reliable clips"))
    labeled = {name: plan for name, plan in plans.items() if plan.labels}
    assert set(reliable) == set(labeled)
    for name, plan in labeled.items():
        row = reliable[name]
        assert list(row)[:3] == ["name", "discrete", "valence"]
        assert row["discrete"] == (plan.labels[0] if len(plan.labels) == 1 else "")
        assert set(row["labels"].split(";")) == set(plan.labels)
        assert float(row["valence"]) == plan.expected_valence
        assert row["round"] == str(plan.round)
    unlabeled = coordinating.named(coordinating.export(cora, "Unlabeled clips"))
    assert {name: row["reason"] for name, row in unlabeled.items()} == {
        name: plan.reason for name, plan in plans.items() if not plan.labels
    }
    assert unlabeled[SCATTERED]["reason"] == "no_majority"


def check_no_vote_is_missing(plans: dict[str, Plan]) -> None:
    assert EmotionVote.objects.count() == sum(len(plan.emotions) for plan in plans.values())
    judged = sum(len(answers) for plan in plans.values() for answers in plan.checks)
    assert ReliabilityVote.objects.count() == judged
    assert ValenceRating.objects.count() == sum(len(plan.valence) for plan in plans.values())
