"""The journey of a clip that is labeled again because a check did not confirm its label."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions import add_member
from accounts.models import User
from annotation.ballots import Manner
from collection.models import Corpus
from tests import factories
from tests.browser import scenes
from tests.browser.conftest import Shoot, Visit
from tests.browser.desks import NOTHING, DeskPage
from tests.factories import Annotator, Clock

SLUG, CLIP = "night-films", "night market"


@pytest.fixture
def night(site: str, tmp_path: Path) -> Corpus:
    folder = scenes.make(tmp_path / "films", {CLIP: "sadness"})
    corpus = scenes.corpus_of(folder, SLUG, "Night films", valence_ratings=3)
    factories.open_clips(corpus, at=timezone.now())
    return corpus


def member(corpus: Corpus, name: str, role: str = "annotator") -> User:
    return add_member(corpus=corpus, user=factories.person(name), role=role).user


def test_a_clip_that_a_check_does_not_confirm_is_labeled_again(
    visit: Visit, night: Corpus, tmp_path: Path, shoot: Shoot
) -> None:
    """
    1. Ann and two others label a clip anger.
    2. Ben is asked whether anger is reliable for it: it is not. A second person finds it is.
    3. The clip comes to Ann again. Nothing of the first round is on her screen; she and two others
       now name sadness. Ben, who has checked the clip, is never asked for its emotion.
    4. Ben is asked about sadness, which he and the other confirm; three people rate its valence.
    5. Ann sees both of her votes in her history, each with its round.
    6. Cora reads the clip's story: what was said in each round, and why there was a second one.
       The file of reliable clips says sadness, of round 2.
    """
    ann, ben = (DeskPage(visit(member(night, name)), SLUG) for name in ("ann", "ben"))
    clock = Clock(timezone.now())
    names = ("chen", "dana", "emre", "芳", "gus", "hana")
    others = [factories.annotator(night, clock, factories.person(name)) for name in names]
    labelers, (checker, *raters) = others[:2], others[2:]

    label(ann, "Anger", labelers, ("anger", "anger"))
    check(ben, "Anger", "unreliable", checker)

    ben.open()
    expect(ben.page.get_by_role("heading", name=NOTHING)).to_be_visible()
    label(ann, "Sadness", labelers, (("worry", "sadness"), "sadness"))
    check(ben, "Sadness", "reliable", checker)
    for rater, valence in zip(raters, (-5, -2, 0), strict=True):
        rater.vote(rater.screen_of(CLIP), valence)

    rows = ann.visitor.go(f"/c/{SLUG}/history").page.locator("ol > li")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Sadness")
    expect(rows.nth(0)).to_contain_text("round 2")
    expect(rows.nth(1)).to_contain_text("Anger")
    expect(rows.nth(1)).not_to_contain_text("round")

    cora = visit(member(night, "cora", "coordinator")).go(f"/c/{SLUG}/clips/{CLIP}")
    read_the_story(cora.page)
    scenes.pause_at(cora.page, 2)
    cora.page.set_viewport_size({"width": 1280, "height": 1000})
    shoot(cora.page, "clip-story")

    file = tmp_path / "reliable.csv"
    call_command("export", SLUG, "reliable", to=file)
    with file.open(encoding="utf-8-sig") as opened:
        (row,) = csv.DictReader(opened)
    said = (row["name"], row["discrete"], float(row["valence"]), row["round"])
    assert said == (CLIP, "sadness", -2.0, "2")
    call_command("recheck", SLUG)


def label(
    desk: DeskPage, emotion: str, others: list[Annotator], said: tuple[str | tuple[str, ...], ...]
) -> None:
    """One labels in the browser, on a screen that tells nothing of what was said before."""
    desk.open()
    assert (desk.clip, desk.stage, desk.chosen) == (CLIP, "emotion", [])
    assert "round" not in desk.page.get_by_role("main").inner_text().lower()
    scenes.watch(desk.page, 2.5)
    desk.choose(emotion)
    desk.send()
    for one, answer in zip(others, said, strict=True):
        one.vote(one.screen_of(CLIP), answer, manner=Manner(response_ms=5200 + one.id, plays=1))


def check(desk: DeskPage, emotion: str, judgement: str, other: Annotator) -> None:
    desk.open()
    assert (desk.clip, desk.stage, desk.pairs) == (CLIP, "reliability", [emotion])
    scenes.watch(desk.page, 2.5)
    desk.judge([judgement])
    desk.send()
    other.vote(other.screen_of(CLIP), "reliable", manner=Manner(response_ms=4300, plays=1))


def read_the_story(page: Any) -> None:
    story = page.get_by_role("region", name="Labeling 1")
    expect(story).to_be_visible()
    told = " ".join(story.inner_text().split())
    steps = (
        "First round",
        "3 people: Anger 3. More than half named Anger, which goes on.",
        "is it “Anger”?",
        "Not everybody found it reliable, so the clip was labeled again.",
        "Labeled again, round 2",
        "Sadness 3",
        "More than half named Sadness, which goes on.",
        "is it “Sadness”?",
        "All 2 people who checked it found it reliable.",
        "Mean of all but the lowest and the highest: −2.00.",
    )
    places = [told.find(step) for step in steps]
    assert -1 not in places, (steps[places.index(-1)], told)
    assert places == sorted(places), told
