"""The journey of MER-SEMI: from labeled clips to those worth labeling, labeled."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from accounts.models import User
from annotation.models import Labeling
from collection.models import Corpus
from selection.models import Scoring, SelectionRun
from tests import chosen, factories
from tests.browser import coordinating, scenes, selecting, sequel, training_pages
from tests.browser.conftest import MAKES_README_PICTURES, Shoot, Visit
from tests.browser.desks import DeskPage
from tests.browser.plans import Plan, label_all
from tests.browser.selecting import Rows
from tests.browser.sequel import PEOPLE, SLUG
from tests.browser.training_pages import WORK, Grid
from tests.browser.visitors import DESKTOP, Visitor

AT_DESKS = 5  # of them; three label, two others check, and any three rate
OWN = "voices"
GRID, BUDGET = Grid((OWN,), ("16",), ("1e-2",), folds=3, runs=1, epochs=20), 7
if MAKES_README_PICTURES:
    GRID, BUDGET = Grid(("speech-embedding", "fer2013"), ("128",), ("1e-3",), 5, 3, 100), 12
SECRET = re.compile(r"predict|confiden|selection|threshold|λ|η|model", re.IGNORECASE)


@pytest.fixture
def corpus(site: str, tmp_path: Path) -> Corpus:
    return sequel.make(tmp_path / "films")


def test_from_labeled_clips_to_those_worth_labeling(
    visit: Visit, worker: Any, corpus: Corpus, tmp_path: Path, shoot: Shoot
) -> None:
    """
    1. Root trains a model, and has it score the pool: all that nobody has labeled, the two that
       once ended unlabeled among them.
    2. She moves η: what would be selected follows Algorithm 1, class by class, and nothing is
       asked of the server for it. From unseen clips it is another number.
    3. She gives a budget, watches some of the clips that keep it, and selects. Her file has just
       these.
    4. She opens two of them; five people label these at their desks, where nothing tells of a
       prediction. Then she opens the others, which once ended unlabeled among them; eight people
       label these.
    5. The run's page tells how many passed each gate, how often the prediction was right by class
       and by confidence. The file of the labeled subset has the reliable ones and no others.
    6. Cora, who coordinates the corpus, reads the run and has nothing to press. She sees both
       labelings of a clip. Ann has no such page.
    """
    root = visit(factories.person("root", site_administrator=True)).go(f"/c/{SLUG}")
    train(root, tmp_path)
    page = selecting.score(root)
    scoring = Scoring.objects.get()
    choose_eta(root, scoring)
    keep_within_a_budget(root, scoring, shoot)
    told = select(root, scoring)

    desks = [DeskPage(visit(User.objects.get(username=name)), SLUG) for name in PEOPLE[:AT_DESKS]]
    plans = label_some_at_desks(page, desks)
    plans |= label_the_others(corpus, page, [name for name in told if name not in plans])
    page.reload()
    read_what_came_of_them(page, told, plans)
    shoot_outcome(root, shoot)
    check_the_labeled_subset(page, told, plans)
    read_as_coordinator(visit(sequel.member(corpus, "cora", "coordinator")), told)
    find_nothing_of_it(desks[0])


def train(root: Visitor, folder: Path) -> None:
    page = coordinating.turn_to(root, "Features")
    if MAKES_README_PICTURES:
        page.get_by_role("button", name="Extract all 3 at once").click()
    else:
        training_pages.bring(
            page, sequel.write_features(folder / f"{OWN}.csv"), modality="Acoustic", name=OWN
        )
    for name in GRID.features:
        training_pages.expect_ready(page, name)
    page = coordinating.turn_to(root, "Training")
    training_pages.ask_for(page, GRID, "All together")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name="The trained model")).to_be_visible(timeout=WORK)


def choose_eta(root: Visitor, scoring: Scoring) -> None:
    page = root.page
    pool = len(sequel.others())
    expect(page.locator(".eta-bar .total")).to_contain_text(f"of {pool} clips")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slider = page.get_by_role("slider")
    root.tab_to(slider)
    totals = {}
    for keys, eta in ((["ArrowLeft"] * 3, 0.797), (["Home"], 0.0), (["End", "PageDown"], 0.9)):
        for key in keys:
            page.keyboard.press(key)
        assert float(page.get_by_label("η", exact=True).input_value()) == eta
        told, picked = chosen.by_the_listing(scoring, eta)
        totals[eta] = selecting.selected(page)
        assert (
            totals[eta] == sum(picked.values()) == sum(selecting.selected_by_class(page).values())
        )
        shown = list(selecting.thresholds(page).values())
        assert shown == [pytest.approx(value, abs=5.1e-4) for value in told]
    assert totals[0.0] > totals[0.9]
    assert not [url for url in asked if "/api/" in url and "/clips?" not in url]

    page.get_by_role("radio", name="From unseen clips").check()
    votes = chosen.by_most_folds(scoring, 0.9).values()
    assert selecting.selected(page) == sum(2 * each > GRID.folds for each in votes)
    page.get_by_role("radio", name="As in the paper").check()


def keep_within_a_budget(root: Visitor, scoring: Scoring, shoot: Shoot) -> None:
    """What is shown is what keeps it; a clip plays where it stands."""
    page = root.page
    page.get_by_label("At most").fill(str(BUDGET))
    eta = float(page.get_by_label("η", exact=True).input_value())
    total = selecting.selected(page)
    assert BUDGET - 1 <= total <= BUDGET
    _, one_less = chosen.by_the_listing(scoring, round(eta - 0.001, 3))
    assert sum(one_less.values()) > BUDGET
    clips = page.get_by_role("region", name="What would be selected").first
    expect(clips.locator("tbody tr")).to_have_count(total)
    clips.get_by_role("button", name=re.compile("^Play clip ")).first.click()
    page.wait_for_function("() => document.querySelector('main video')?.currentTime > 0.2")
    page.get_by_role("radio", name="A few of each class by chance").check()
    expect(clips.locator("video")).to_have_count(total)  # at most five of each class
    shoot_from(root, shoot, "selection", "#classes", above=200)


def select(root: Visitor, scoring: Scoring) -> Rows:
    """The chosen clips, as the run's file has them."""
    page = root.page
    eta = float(page.get_by_label("η", exact=True).input_value())
    page.get_by_role("button", name=re.compile("^Select these ")).click()
    page.wait_for_url(re.compile(r"/selection/runs/\d+$"))
    expect(page.get_by_role("region", name="Thresholds and clips by class")).to_be_visible()
    rows = selecting.file_of(page, "Download all clips (CSV)")
    _, picked = chosen.by_the_listing(scoring, eta)
    names = dict(scoring.corpus.clips.values_list("pk", "name"))
    told = {name: row for name, row in rows.items() if row["selected"] == "true"}
    assert set(told) == {names[clip] for clip, is_chosen in picked.items() if is_chosen}
    assert len(rows) == len(picked) == len(sequel.others())
    return told


def label_some_at_desks(page: Any, desks: list[DeskPage]) -> dict[str, Plan]:
    selecting.open_next(page, 2, batch=1, opened=2)
    opened = Labeling.objects.filter(opening__selection_batch__number=1)
    plans = {name: sequel.plan_of(name) for name in opened.values_list("clip__name", flat=True)}
    by_name = {name: on_screen(plan) for name, plan in plans.items()}
    for desk in desks:
        desk.open()

    def seen(desk: DeskPage, stage: str) -> None:
        scenes.watch(desk.page, 1)
        assert not SECRET.search(desk.page.locator("body").inner_text())
        given = desk.visitor.context.request.get(f"/api/corpora/{SLUG}/desk")
        assert desk.clip in given.text() and not SECRET.search(given.text())

    label_all(desks, by_name, seen)
    for desk in desks:
        desk.visitor.go(f"/c/{SLUG}/history")  # nothing is on their desks meanwhile
        assert not SECRET.search(desk.page.get_by_role("main").inner_text())
    return plans


def on_screen(plan: Plan) -> Plan:
    """With the labels as they are called there."""
    return replace(plan, emotions=[tuple(map(str.capitalize, said)) for said in plan.emotions])


def label_the_others(corpus: Corpus, page: Any, names: list[str]) -> dict[str, Plan]:
    selecting.open_next(page, None, batch=2, opened=len(names))
    expect(page.get_by_text("All selected clips that can be opened are opened.")).to_be_visible()
    plans = sequel.plans_for_the_rest(names)
    sequel.label_all(corpus, plans)
    return plans


def read_what_came_of_them(page: Any, told: Rows, plans: dict[str, Plan]) -> None:
    labeled = {name: plan.labels[0] for name, plan in plans.items() if plan.labels}
    right = [name for name in labeled if told[name]["predicted"] == labeled[name]]
    assert set(plans) == set(told)
    assert 0 < len(right) < len(labeled) < len(told)
    gates = selecting.counts_of(page, "Through the gates")
    assert gates == {
        "Selected": len(told),
        "Opened": len(told),
        "Agreed on an emotion": len(labeled),
        "Found reliable": len(labeled),
        "Labeled": len(labeled),
    }
    told_right = f"{len(right)} of {len(labeled)} labeled clips"
    expect(page.get_by_role("region", name="What came of them").first).to_contain_text(told_right)

    of_class = {
        row[0]: row for row in selecting.rows_of(page, "How often the prediction was right")
    }
    for code in {row["predicted"] for row in told.values()}:
        names = [name for name, row in told.items() if row["predicted"] == code]
        counts = [len(names), sum(name in labeled for name in names)]
        cells = of_class[code.capitalize()]
        assert [int(cell) for cell in cells[1:4]] == [*counts, counts[0] - counts[1]]
        if counts[1]:
            assert f"{sum(name in right for name in names)} of {counts[1]}" in cells[4]

    chart = page.get_by_role("region", name="Confidence on new clips").first
    chart.get_by_text("Show as a table").click()
    bins = {
        row[0].split()[0]: row[1:3] for row in selecting.rows_of(page, "Confidence on new clips")
    }
    of_bin = {name: min(int(float(told[name]["confidence"]) * 10), 9) for name in labeled}
    assert {begin: [int(cell) for cell in cells] for begin, cells in bins.items()} == {
        f"{10 * place}%": [
            sum(each == place for each in of_bin.values()),
            sum(of_bin[name] == place for name in right),
        ]
        for place in set(of_bin.values())
    }


def check_the_labeled_subset(page: Any, told: Rows, plans: dict[str, Plan]) -> None:
    rows = selecting.file_of(page, "Download the labeled subset (CSV)")
    assert set(rows) == {name for name, plan in plans.items() if plan.labels}
    for name, row in rows.items():
        assert row["discrete"] == row["labels"] == plans[name].labels[0]
        assert float(row["valence"]) == plans[name].expected_valence
        assert row["predicted"] == told[name]["predicted"]
        assert float(row["confidence"]) == float(told[name]["confidence"])


def shoot_from(root: Visitor, shoot: Shoot, name: str, at: str, above: int = 48) -> None:
    """A picture that begins so many pixels above that."""
    page = root.page
    page.set_viewport_size(DESKTOP | {"height": 1000})
    page.locator(at).first.evaluate(
        "(each, above) => scrollTo(0, each.getBoundingClientRect().top + scrollY - above)", above
    )
    shoot(page, name)
    page.set_viewport_size(DESKTOP)


def shoot_outcome(root: Visitor, shoot: Shoot) -> None:
    root.page.locator("main details[open]").evaluate_all(
        "(all) => all.forEach((each) => { each.open = false })"
    )
    shoot_from(root, shoot, "selection-run", "#outcome")


def read_as_coordinator(cora: Visitor, told: Rows) -> None:
    run = SelectionRun.objects.get()
    page = cora.go(f"/c/{SLUG}").page
    coordinating.turn_to(cora, "Selection")
    page.get_by_role("link", name=f"Selection run {run.pk}").click()
    expect(page.get_by_role("region", name="Through the gates")).to_be_visible()
    pressed = page.get_by_role("main").get_by_role(
        "button", name=re.compile("^(Open|Delete|Go on)")
    )
    expect(pressed).to_have_count(0)
    again = next(one.name for one in sequel.in_doubt() if one.name in told)
    page = cora.go(f"/c/{SLUG}/clips/{again}").page
    for number in (1, 2):
        expect(page.get_by_role("region", name=f"Labeling {number}", exact=True)).to_be_visible()


def find_nothing_of_it(ann: DeskPage) -> None:
    ann.open()
    assert not SECRET.search(ann.page.locator("body").inner_text())
    ann.visitor.forgive("404", "403")
    for path in ("selection", f"selection/runs/{SelectionRun.objects.get().pk}"):
        ann.visitor.go(f"/c/{SLUG}/{path}")
        expect(ann.page.get_by_role("heading", level=1)).to_be_visible()
        assert not SECRET.search(ann.page.get_by_role("main").inner_text())
