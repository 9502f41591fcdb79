"""The journey of a vote that is voided, and of its clip, which falls back and is labeled anew."""

import csv
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from accounts.actions import add_member
from accounts.models import User
from annotation.models import EmotionVote
from collection.models import Corpus
from tests import factories
from tests.browser import scenes
from tests.browser.conftest import Shoot, Visit
from tests.browser.desks import NOTHING, DeskPage
from tests.browser.managing import confirm
from tests.browser.visitors import Visitor
from tests.factories import Clock

SLUG, CLIP = "garden-films", "garden party"
WHY = "The wrong clip had been loaded when this was answered."


@pytest.fixture
def garden(site: str, tmp_path: Path) -> Corpus:
    folder = scenes.make(tmp_path / "films", {CLIP: "happiness"})
    corpus = scenes.corpus_of(folder, SLUG, "Garden films", valence_ratings=3)
    factories.open_clips(corpus, at=timezone.now())
    return corpus


def member(corpus: Corpus, name: str, role: str = "annotator") -> User:
    return add_member(corpus=corpus, user=factories.person(name), role=role).user


def stands_at(corpus: Corpus) -> tuple[str, int]:
    labeling = factories.labeling_of(corpus, CLIP)
    return labeling.stage, labeling.round


def test_a_voided_vote_takes_its_clip_back_to_be_labeled_by_somebody_else(
    visit: Visit, garden: Corpus, tmp_path: Path, shoot: Shoot
) -> None:
    """
    1. Ann labels a clip happiness, and so do two others; two more confirm it. It waits for its
       valence.
    2. Cora opens the clip's page, ticks Ann's vote and voids it, with the reason. The clip is back
       in emotion annotation; the checks are kept, and do not count for now.
    3. Ann reads in her history that the vote does not count any more, what Cora wrote, and that
       others judge the clip again. She is not given the clip.
    4. Dana is given it, on a screen like any other, and labels it happiness, too. The checks count
       again; she and two others rate its valence.
    5. Everything that is stored follows from the votes (recheck). The file of votes still has Ann's
       vote, marked as voided, if all votes are asked for; the clip is reliable.
    """
    clock = Clock(timezone.now())
    people = factories.annotators(garden, 4, clock)
    ann, dana = (DeskPage(visit(member(garden, name)), SLUG) for name in ("ann", "dana"))
    ann.open().choose("Happiness")
    ann.send()
    for one in people[:2]:
        one.vote(one.screen_of(CLIP), "happiness")
    for one in people[2:]:
        one.vote(one.screen_of(CLIP), "reliable")
    assert stands_at(garden) == ("valence", 1)

    cora = visit(member(garden, "cora", "coordinator"))
    void_the_vote_of(cora, "ann", shoot)
    assert stands_at(garden) == ("emotion", 1)
    voided = EmotionVote.objects.exclude(void=None)
    assert voided.values_list("seat__annotator__username", "void__reason").get() == ("ann", WHY)

    row = ann.visitor.go(f"/c/{SLUG}/history").page.locator("ol > li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("This vote does not count any more.")
    expect(row).to_contain_text(f"The coordinator wrote: {WHY}")
    expect(row).to_contain_text("others judge the clip again")
    expect(row.get_by_role("button", name="Take back")).to_have_count(0)
    ann.open()
    expect(ann.page.get_by_role("heading", name=NOTHING)).to_be_visible()

    dana.open()
    assert (dana.clip, dana.stage, dana.chosen) == (CLIP, "emotion", [])
    dana.choose("Happiness")
    dana.send()
    assert stands_at(garden) == ("valence", 1)
    for one, valence in zip(people[:2], (2, 5), strict=True):
        one.vote(one.screen_of(CLIP), valence)
    dana.open().rate(3)
    dana.send()

    call_command("recheck", SLUG)
    (clip,) = export(tmp_path, "reliable")
    assert (clip["discrete"], float(clip["valence"])) == ("happiness", 3.0)
    votes = export(tmp_path, "votes", all=True, names=True)
    cast = {row["annotator"]: row["status"] for row in votes if row["stage"] == "emotion"}
    assert len(cast) == 4
    assert [name for name, status in cast.items() if status == "voided"] == ["ann"]


def void_the_vote_of(cora: Visitor, annotator: str, shoot: Shoot) -> None:
    page = cora.go(f"/c/{SLUG}/clips/{CLIP}").page
    page.get_by_role("checkbox", name=f"Choose the vote of {annotator}: Happiness").check()
    page.get_by_role("button", name="Void 1 vote").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill(WHY)
    confirm(dialog, "Void")
    expect(page.get_by_text("Waits for 1 more emotion vote.")).to_be_visible()
    expect(page.get_by_text(WHY)).to_be_visible()
    # The two votes of the others count on; the two checks are kept.
    expect(page.get_by_text("Kept, not counted")).to_have_count(2)
    shoot(page, "voided")


def export(folder: Path, what: str, **how: bool) -> list[dict[str, str]]:
    file = folder / f"{what}.csv"
    call_command("export", SLUG, what, to=file, **how)
    with file.open(encoding="utf-8-sig") as opened:
        return list(csv.DictReader(opened))
