"""The journey of a site administrator, from labeled clips to predictions of the others."""

import csv
import io
import math
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from playwright.sync_api import expect

from collection.models import Corpus
from tests import factories
from tests.browser import coordinating, managing, studio, training_pages
from tests.browser.conftest import MAKES_README_PICTURES, Shoot, Visit
from tests.browser.training_pages import WORK, Grid
from tests.browser.visitors import DESKTOP, Visitor
from training import folders
from training.models import TrainingRun

SLUG = "studio"
DEFAULTS = {"speech-embedding": "Acoustic", "e5-small": "Lexical", "fer2013": "Visual"}
OWN = "prosody"


# The first is compared, in every combination. The second is watched: so large that however fast
# the machine is, it can be stopped half-way.
COMPARED = Grid((OWN, "fer2013"), ("16",), ("1e-2", "1e-3"), folds=3, runs=2, epochs=30)
WATCHED = Grid(
    tuple(DEFAULTS), ("16", "32", "64"), ("1e-2", "1e-3", "1e-4"), folds=5, runs=3, epochs=1000
)
HALF_WAY = 1  # trainings done
if MAKES_README_PICTURES:
    papers = Grid(tuple(DEFAULTS), ("128", "256"), ("1e-3", "1e-4", "1e-5"), 5, 3, 100)
    COMPARED = replace(papers, features=(OWN, *DEFAULTS), rates=("1e-3",))
    WATCHED, HALF_WAY = replace(papers, epochs=500), 40


@pytest.fixture
def clips(site: str, tmp_path: Path) -> Corpus:
    return studio.open_studio(tmp_path / "films", SLUG, "Studio")


def test_from_labeled_clips_to_predictions(
    visit: Visit, worker: Any, clips: Corpus, tmp_path: Path, shoot: Shoot
) -> None:
    """
    1. Root opens a corpus of which a part is labeled. No features are there yet; with one press
       the three defaults are extracted, each of all clips.
    2. Root brings features of her own, one of which is no number: the file is refused, with clip
       and column. She deletes what came of it, mends the file, and sends it again.
    3. She reads how many clips of which class there are to learn from, and trains every
       combination of her own features and the faces over a small grid.
    4. She starts another one, of all three defaults over a larger grid, and watches: some are
       done while others run, curves grow. She cancels it and goes on: what was done stays, the
       rest follows. It takes her too long: she cancels it again and deletes it.
    5. She compares all in the table, the best first, and downloads it as LaTeX: the same figures.
    6. She opens the best: its confusion matrix counts the labeled clips, the reliability diagram
       has them in its bins, and each has its dot beside the valence that people gave.
    7. She has the others predicted and reads the file: what was drawn is found.
    8. Cora, who coordinates the corpus, has no such pages.
    """
    labeled, others = studio.cast()
    root = visit(factories.person("root", site_administrator=True)).go(f"/c/{SLUG}")

    extract_the_defaults(root, len(labeled) + len(others))
    bring_own_features(root, [one.name for one in (*labeled, *others)], tmp_path)
    shoot_tall(root, shoot, "features")

    train_every_combination(root, len(labeled))
    watch_one(root, shoot)
    compare(root, shoot)
    judge_the_best(root, labeled, shoot)
    predict_the_others(root, {one.name: one.emotion for one in others})
    find_no_such_pages(visit(factories.coordinator(clips)))


def shoot_tall(
    visitor: Visitor, shoot: Shoot, name: str, at: str = "html", height: int = 1000
) -> None:
    """A picture that begins with this heading, or with the page."""
    page = visitor.page
    page.set_viewport_size(DESKTOP | {"height": height})
    page.locator(at).first.evaluate(
        "(each) => scrollTo(0, each.getBoundingClientRect().top + scrollY - 48)"
    )
    shoot(page, name)
    page.set_viewport_size(DESKTOP)


def extract_the_defaults(root: Visitor, clips: int) -> None:
    page = coordinating.turn_to(root, "Features")
    begin = page.get_by_role("region", name="Begin here")
    expect(begin.get_by_role("listitem")).to_have_count(3)
    expect(page.get_by_role("heading", name="Acoustic")).to_have_count(0)
    begin.get_by_role("button", name="Extract all 3 at once").click()
    for name, modality in DEFAULTS.items():
        training_pages.expect_ready(page, name)
        group = page.get_by_role("region", name=modality)
        expect(group.get_by_text(name, exact=True)).to_be_visible()
        expect(training_pages.row_of(page, name)).to_contain_text(f"{clips} of {clips} clips")
    expect(begin).to_have_count(0)


def bring_own_features(root: Visitor, names: Sequence[str], folder: Path) -> None:
    page, random = root.page, Random(1)
    table = {name: [f"{random.gauss():.4f}" for _ in range(4)] for name in names}
    wrong = names[7]
    right, table[wrong][2] = table[wrong][2], "nan"
    training_pages.bring(page, written(folder, table), modality="Acoustic", name=OWN)
    row = training_pages.row_of(page, OWN)
    expect(row.get_by_text("Failed", exact=True)).to_be_visible(timeout=WORK)
    expect(row).to_contain_text(wrong)
    expect(row).to_contain_text("energy")
    row.get_by_role("button", name=f"Delete {OWN}").click()
    managing.confirm(page.get_by_role("dialog", name="Delete this feature set?"), "Delete")
    expect(row).to_have_count(0)

    table[wrong][2] = right
    training_pages.bring(page, written(folder, table), modality="Acoustic", name=OWN)
    training_pages.expect_ready(page, OWN)
    expect(row).to_contain_text(f"{len(names)} of {len(names)} clips")


def written(folder: Path, table: dict[str, list[str]]) -> Path:
    file = folder / f"{OWN}.csv"
    with file.open("w", newline="") as out:
        csv.writer(out).writerow(("name", "pitch", "tempo", "energy", "jitter"))
        csv.writer(out).writerows([name, *values] for name, values in table.items())
    return file


def train_every_combination(root: Visitor, labeled: int) -> None:
    page = coordinating.turn_to(root, "Training")
    told = page.get_by_role("region", name="What is learned from")
    expect(told.get_by_text("Labeled clips with one label").locator("+ dd")).to_have_text(
        str(labeled)
    )
    training_pages.ask_for(page, COMPARED, "Every combination")
    combinations = {2: 3, 4: 11}[len(COMPARED.features)]
    each, in_all = COMPARED.trainings, COMPARED.trainings * combinations
    told = page.get_by_role("form", name="Train").get_by_role("status")
    runs = f"{each} trainings per training run, {combinations} training runs"
    expect(told).to_have_text(f"{runs}; {in_all} trainings in all")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name="Training runs")).to_be_focused()
    assert len(training_pages.runs(page)) == combinations


def watch_one(root: Visitor, shoot: Shoot) -> None:
    page = root.page
    training_pages.ask_for(page, WATCHED, "All together")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile(r"/training/\d+$"))
    run = TrainingRun.objects.latest("pk")
    expect(page.get_by_role("heading", name=f"Training run {run.pk}", level=1)).to_be_visible()
    training_pages.wait_for_the_middle(page, HALF_WAY)
    curve = page.get_by_role("img", name=re.compile("^Training loss of h "))
    expect(curve).to_be_visible()
    done = next(place for place, at in training_pages.trainings(page).items() if "done" in at)
    page.get_by_role("button", name=f"{done}: done").click()
    expect(page.get_by_role("heading", name=f"Curves: {done}", exact=True)).to_be_visible()
    expect(curve).to_have_accessible_name(re.compile(f"^Training loss of {done} over "))
    shoot_tall(root, shoot, "training-live", at="#how-far", height=1100)
    stop(page)
    kept = finished(run)
    assert HALF_WAY <= len(kept) < WATCHED.trainings
    states = training_pages.trainings(page)
    assert len(states) == WATCHED.trainings
    assert sum(state.startswith("done, combined ") for state in states.values()) == len(kept)
    assert not any(state.startswith("epoch") for state in states.values())

    page.get_by_role("button", name="Go on").click()
    training_pages.wait_for_the_middle(page, len(kept) + 1)
    stop(page)
    assert kept.items() < finished(run).items()
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name=f"Delete Training run {run.pk}?")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", name="Training", exact=True)).to_be_visible()
    assert not folders.of_run(run).exists()


def stop(page: Any) -> None:
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()


def finished(run: TrainingRun) -> dict[str, int]:
    """When each training that is done was done."""
    results = folders.of_run(run).glob("folds/*/result.json")
    return {path.parent.name: path.stat().st_mtime_ns for path in results}


def compare(root: Visitor, shoot: Shoot) -> None:
    page = root.page
    table = page.get_by_role("region", name="Training runs")
    expect(table.get_by_text(re.compile("^(Waiting|Running)"))).to_have_count(0)
    table.get_by_role("button", name="Com ↑").click()
    expect(table.locator("[aria-sort=descending]")).to_contain_text("Com ↑")
    rows = training_pages.runs(page)
    combined = [figure(row[7]) for row in rows]
    assert combined == sorted(combined, reverse=True)
    places = {tuple(row[2:5]): place for place, row in enumerate(rows)}
    assert places["–", "–", "fer2013"] < places[OWN, "–", "–"]  # faces tell more than noise does
    shoot_tall(root, shoot, "training", at="#runs", height=930)

    latex = training_pages.download(page, table.get_by_role("link", name="LaTeX"))
    assert latex.count(r"\begin{tabular}") == 2  # single features, and combinations
    lines = [re.sub(r"\$|\\textbf|\\\\|[{}]", "", line).split("&") for line in latex.splitlines()]
    told = {tuple(cell.replace(r"\pm", "±").strip() for cell in line) for line in lines}
    for row in rows:
        names = row[2:5] if row[2:5].count("–") < 2 else [n for n in row[2:5] if n != "–"]
        figures = [cell.split("\n")[0].replace("−", "-") for cell in row[5:8]]
        assert (*(name.replace("–", "--") for name in names), *figures) in told


def figure(cell: str) -> float:
    """The mean in a cell of the table."""
    return float(cell.split()[0].replace("−", "-"))


def judge_the_best(root: Visitor, labeled: Sequence[Any], shoot: Shoot) -> None:
    page = root.page
    page.get_by_role("link", name=re.compile("^Training run ")).first.click()
    expect(page.get_by_role("heading", name="The trained model")).to_be_visible()
    matrix = page.get_by_role("region", name="Confusion matrix")
    matrix.first.wait_for()
    shoot_tall(root, shoot, "model", at="#confusion", height=1100)
    rows = matrix.first.locator("tbody tr").evaluate_all(training_pages.CELLS)
    counts = {name: [int(cell.split()[0]) for cell in cells] for name, *cells in rows}
    truths = [one.emotion.capitalize() for one in labeled]
    assert {name: row[-1] for name, row in counts.items()} == {t: truths.count(t) for t in truths}
    assert all(sum(row[:-1]) == row[-1] for row in counts.values())

    diagram = page.get_by_role("region", name="Reliability diagram").first
    diagram.get_by_text("Show as a table").click()
    bins = diagram.locator("tbody tr").evaluate_all(training_pages.CELLS)
    assert sum(int(cells[1]) for cells in bins) == len(labeled)
    off = sum(int(n) * abs(percent(c) - percent(a)) for _, n, c, a in bins if n != "0")
    told = diagram.get_by_text("Expected calibration error: ").inner_text()
    assert math.isclose(percent(told.split(": ")[1]), off / len(labeled), abs_tol=0.1)

    scatter = page.get_by_role("region", name="Valence", exact=True).first
    expect(scatter.locator("svg circle")).to_have_count(len(labeled))


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def predict_the_others(root: Visitor, drawn: dict[str, str]) -> None:
    page = root.page.get_by_role("region", name="Predictions", exact=True)
    page.get_by_role("button", name="Predict", exact=True).click()
    link = page.get_by_role("link", name=re.compile("^Download CSV: Clips without a label"))
    expect(link).to_be_visible(timeout=WORK)
    text = training_pages.download(root.page, link)
    rows = {row["name"]: row for row in csv.DictReader(io.StringIO(text))}
    assert set(rows) == set(drawn)
    codes = [column[2:] for column in next(iter(rows.values())) if column.startswith("p_")]
    for row in rows.values():
        shares = {code: float(row[f"p_{code}"]) for code in codes}
        assert math.isclose(sum(shares.values()), 1, abs_tol=1e-5)
        assert row["discrete"] == max(shares, key=shares.__getitem__)
        assert -5 <= float(row["valence"]) <= 5
    if not MAKES_README_PICTURES:  # each cartoon has its own face there
        assert {name: row["discrete"] for name, row in rows.items()} == drawn


def find_no_such_pages(cora: Visitor) -> None:
    page = cora.go(f"/c/{SLUG}").page
    links = page.get_by_role("navigation", name="Pages of this corpus").get_by_role("link")
    expect(links.filter(has_text="Settings")).to_be_visible()
    expect(links.filter(has_text=re.compile("Features|Training"))).to_have_count(0)
    for path in ("features", "training", f"training/{TrainingRun.objects.latest('pk').pk}"):
        cora.go(f"/c/{SLUG}/{path}")
        refusal = "Features, training and scorings are for site administrators."
        expect(page.get_by_role("heading", name=refusal)).to_be_visible()
        expect(page.get_by_role("button", name="Extract")).to_have_count(0)
