"""A clip whose labeling ended unlabeled and that was opened again, as its people see it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from annotation import coordination
from annotation.labelsets import preset
from collection.models import Corpus
from tests import factories
from tests.browser.conftest import Shoot, Visit
from tests.browser.guiding import LANGUAGES, TABLET, faults_of, member, saying
from tests.browser.inspection import not_by_keyboard, overflow
from tests.factories import Annotator, Clock

OWN = {"Films", "films", "Concord", "English", "clip", "person", "zoe", "coordinator"}
CLIP = "clip-1"
FEW = "errors.too_few_people_to_judge_again"


@pytest.fixture
def again(site: str) -> Callable[[str], tuple[Corpus, Annotator]]:
    """Three people did not agree on a clip, it was opened again, and one has voted since: the
    corpus, and the last of the three. A second clip is unopened."""

    def make(language: str) -> tuple[Corpus, Annotator]:
        clock = Clock(timezone.now())
        corpus = factories.corpus("films", labels=preset("mer2023"), valence_ratings=3)
        factories.clips(corpus, [CLIP, "clip-2"])
        factories.open_clips(corpus, at=clock.tick(), names=[CLIP])
        first, second, newcomer = factories.annotators(corpus, 3, clock)
        last = factories.annotator(corpus, clock, factories.person("zoe"))
        last.membership.user.language = language
        last.membership.user.save()
        for who, label in ((first, "anger"), (second, "worry"), (last, "sadness")):
            who.says(label)
        factories.open_again(corpus)
        newcomer.says("anger")
        return corpus, last

    return make


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_labelings_are_told_and_only_the_latest_is_mended(
    visit: Visit, again: Callable[[str], tuple[Corpus, Annotator]], language: str, shoot: Shoot
) -> None:
    """
    1. Cora reads on the clip's page that it was opened again, below it both labelings. She can
       choose the one vote of the second; those of the first are there, without a box.
    2. "Choose all votes" chooses that one, and she voids it.
    3. The overview counts the clip once.
    """
    corpus, _ = again(language)
    say = saying(language)
    cora = visit(member(corpus, "coordinator", language)).go(f"/c/films/clips/{CLIP}")
    page = cora.page
    sections = page.locator("main section.card:has(h2)")
    labelings = sections.filter(has=page.locator("ul"))
    expect(labelings).to_have_count(2)
    latest, earlier = labelings.nth(0), labelings.nth(1)
    expect(latest.get_by_role("heading", level=2)).to_have_text(say("clip.labeling", number=2))
    expect(earlier.get_by_role("heading", level=2)).to_have_text(say("clip.labeling", number=1))
    expect(earlier.get_by_role("listitem")).to_have_count(3)
    expect(earlier.get_by_role("checkbox")).to_have_count(0)
    expect(latest.get_by_role("checkbox")).to_have_count(1)
    opened = say("clip.opened_again").split("{{at}}")
    for part in opened:
        expect(earlier).to_contain_text(part.strip())
        expect(latest).not_to_contain_text(part.strip())
    stands = say("stands.opened_again", number=2).split("{{at}}")[1]
    expect(page.locator("main p", has_text=stands)).to_be_visible()
    faults = faults_of(page, language, OWN)
    page.emulate_media(color_scheme="dark" if language == "zh-hans" else "light")
    shoot(page, f"clip-opened-again-{language}")
    faults += not_by_keyboard(page)
    page.set_viewport_size(TABLET)
    faults += [f"tablet: {each}" for each in overflow(page)]

    page.get_by_role("button", name=say("clip.choose_all")).click()
    page.get_by_role("button", name=say("clip.void_one", count=1)).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("Careless")
    dialog.get_by_role("button", name=say("clip.void_confirm"), exact=True).click()
    expect(dialog).to_be_hidden()
    expect(latest).to_contain_text("Careless")
    expect(latest.get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    assert coordination.votes_of_clip(factories.clip_of(corpus)) == []

    cora.go("/c/films")
    counts = page.locator("section[aria-labelledby=stages] .count")
    expect(counts.first).to_have_text("1")
    assert sorted(map(int, counts.all_inner_texts()))[-2:] == [1, 1], "one unopened, one open"
    faults += faults_of(page, language, OWN)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_ones_vote_of_an_earlier_labeling_says_so_and_stays(
    visit: Visit, again: Callable[[str], tuple[Corpus, Annotator]], language: str, shoot: Shoot
) -> None:
    """It was their last vote, which they could take back until the clip was opened again."""
    _, last = again(language)
    say = saying(language)
    page = visit(last.membership.user).go("/c/films/history").page
    row = page.locator("ol > li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(say("history.earlier"))
    expect(row).to_contain_text(say("history.earlier_why"))
    expect(page.get_by_role("button", name=say("history.undo"))).to_have_count(0)
    faults = faults_of(page, language, OWN)
    page.emulate_media(color_scheme="dark" if language == "zh-hans" else "light")
    shoot(page, f"own-votes-earlier-{language}")
    page.set_viewport_size(TABLET)
    faults += [f"tablet: {each}" for each in overflow(page)]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_coordinator_opens_again_what_ended_unlabeled(
    visit: Visit, site: str, worker: Any, language: str, shoot: Shoot
) -> None:
    """
    1. Cora ticks all clips to open them. She is asked whether the two that ended unlabeled are
       meant, too; she lets them be.
    2. On the page of one of them she opens it again: she reads what becomes of its votes, and
       that too few people are left for the reliability check.
    3. She ticks both, one of them open by now: one clip is opened again, the other stays.
    """
    clock, say = Clock(timezone.now()), saying(language)
    corpus = factories.corpus("films", labels=preset("mer2023"), emotion_votes=3)
    factories.clips(corpus, ["clip-1", "clip-2", "clip-3"])
    factories.open_clips(corpus, at=clock.tick(), names=["clip-1", "clip-2"])
    people = factories.annotators(corpus, 6, clock)
    for who, label in zip(people, ("anger", "worry", "sadness"), strict=False):
        who.says(label)
        who.says(label)
    cora = visit(member(corpus, "coordinator", language)).go("/c/films/clips")
    page = cora.page
    faults: list[str] = []
    dialog = page.get_by_role("dialog")

    def look(name: str) -> None:
        faults.extend(f"{name}: {each}" for each in faults_of(page, language, OWN))
        shoot(page, f"{name}-{language}")

    page.get_by_label(say("clips.select_page")).check()
    page.get_by_role("button", name=say("bulk.open"), exact=True).click()
    also = dialog.get_by_role("checkbox", name=say("bulk.open_again_other", shown=2))
    expect(also).not_to_be_checked()
    also.check()
    expect(dialog.get_by_text(say("bulk.open_again_consequence_other"))).to_be_visible()
    expect(dialog.get_by_text(say(FEW, count=2, of=2, missing=2))).to_be_visible()
    look("opening-mixed")
    also.uncheck()
    dialog.get_by_role("button", name=say("bulk.open_do"), exact=True).click()
    expect(page.get_by_text(say("job_state.done"), exact=True)).to_be_visible()
    assert numbers(corpus) == {"clip-1": 1, "clip-2": 1, "clip-3": 1}

    cora.go("/c/films/clips/clip-1")
    page.get_by_role("button", name=say("clip.open_again"), exact=True).click()
    expect(dialog.get_by_role("heading")).to_have_text(say("bulk.open_again_title_one", shown=1))
    expect(dialog.get_by_text(say(FEW, count=1, of=1, missing=2))).to_be_visible()
    look("opening-again")
    dialog.get_by_role("button", name=say("bulk.open_again_do"), exact=True).click()
    expect(page.get_by_role("heading", name=say("clip.labeling", number=2))).to_be_visible()
    expect(page.get_by_role("button", name=say("clip.open_again"))).to_have_count(0)

    cora.go("/c/films/clips")
    for name in ("clip-1", "clip-2"):
        page.get_by_role("row", name=name).get_by_role("checkbox").check()
    page.get_by_role("button", name=say("bulk.open"), exact=True).click()
    expect(dialog.get_by_text(say("bulk.open_others_one", shown=1))).to_be_visible()
    expect(dialog.get_by_role("heading")).to_have_text(say("bulk.open_again_title_one", shown=1))
    dialog.get_by_role("button", name=say("bulk.open_again_do"), exact=True).click()
    expect(page.get_by_text(say("job_state.done"), exact=True)).to_be_visible()
    assert numbers(corpus) == {"clip-1": 2, "clip-2": 2, "clip-3": 1}
    assert not faults, "\n".join(faults)


def numbers(corpus: Corpus) -> dict[str, int]:
    """The number of each clip's latest labeling."""
    found = corpus.labelings.order_by("number").values_list("clip__name", "number")
    return dict(found)
