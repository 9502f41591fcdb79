"""What site administrators do on the pages about features and training."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import MAKES_README_PICTURES

# ms that a worker may take for what it is asked for, on a busy machine
WORK = 1_800_000 if MAKES_README_PICTURES else 300_000
CELLS = """(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim()))"""
CELL_STATES = """(cells) => cells.map((cell) => cell.getAttribute('aria-label'))"""
# So many trainings are done while some are running; or there is nothing to wait for any more.
IN_THE_MIDDLE = """(done) => {
  const count = (state) => document.querySelectorAll(`button.cell${state}`).length
  const [all, finished] = [count(''), count('.done')]
  return finished >= done && (count('.running') > 0 || (all > 0 && all === finished))
}"""


@dataclass(frozen=True)
class Grid:
    """What is asked for on the Training page."""

    features: Sequence[str]
    hidden: Sequence[str]
    rates: Sequence[str]
    folds: int
    runs: int
    epochs: int

    @property
    def trainings(self) -> int:
        return len(self.hidden) * len(self.rates) * self.folds * self.runs


def row_of(page: Any, features: str) -> Any:
    """The row of a feature set."""
    return page.locator("main li").filter(
        has=page.locator("strong").get_by_text(features, exact=True)
    )


def expect_ready(page: Any, features: str) -> None:
    expect(row_of(page, features).get_by_text("Ready", exact=True)).to_be_visible(timeout=WORK)


def bring(page: Any, file: Path, *, modality: str, name: str) -> None:
    """Send a file of features; the page says that it has arrived."""
    form = page.get_by_role("form", name="Bring your own")
    form.get_by_label("Choose a file").set_input_files(file)
    form.get_by_role("radio", name=modality).check()
    form.get_by_label("Name").fill(name)
    form.get_by_role("button", name="Upload and import").click()
    expect(form.get_by_role("status")).to_have_text(f"{name} has arrived and is being read.")


def ask_for(page: Any, grid: Grid, way: str) -> None:
    choose_features(page, grid.features, way)
    choose_numbers(page, "Hidden sizes", grid.hidden)
    choose_numbers(page, "Learning rates", grid.rates)
    fill_numbers(page, Folds=grid.folds, Runs=grid.runs, Epochs=grid.epochs)


def choose_features(page: Any, names: Collection[str], way: str) -> None:
    """Tick these feature sets and no others."""
    form = page.get_by_role("form", name="Train")
    boxes = form.get_by_role("region", name="Features").get_by_role("checkbox")
    boxes.first.wait_for()
    for box in boxes.all():
        box.uncheck()
    for name in names:
        form.get_by_role("checkbox", name=re.compile(rf"^{re.escape(name)} ")).check()
    form.get_by_role("radio", name=way).check()


def choose_numbers(page: Any, group: str, wanted: Collection[str]) -> None:
    """Press the numbers such that these and no others are chosen; type those not proposed."""
    chips = page.get_by_role("group", name=group)
    for text in chips.locator("[aria-pressed=true]").all_inner_texts():
        if text not in wanted:
            chips.get_by_role("button", name=text, exact=True).click()
    for text in wanted:
        button = chips.get_by_role("button", name=text, exact=True)
        if not button.count():
            chips.get_by_role("textbox").fill(text)
            chips.get_by_role("textbox").press("Enter")
        elif button.get_attribute("aria-pressed") == "false":
            button.click()
        expect(button).to_have_attribute("aria-pressed", "true")


def fill_numbers(page: Any, **numbers: int) -> None:
    form = page.get_by_role("form", name="Train")
    for label, number in numbers.items():
        form.get_by_label(label, exact=True).fill(str(number))


def trainings(page: Any) -> dict[str, str]:
    """How each training of the run stands, read at once."""
    told = page.locator("button.cell").evaluate_all(CELL_STATES)
    return dict(each.split(": ", 1) for each in told)


def wait_for_the_middle(page: Any, done: int) -> None:
    page.wait_for_function(IN_THE_MIDDLE, arg=done, timeout=WORK)


def runs(page: Any) -> list[list[str]]:
    """The table of training runs, row by row, read at once."""
    found: list[list[str]] = page.locator("section[aria-labelledby=runs] tbody tr").evaluate_all(
        CELLS
    )
    return found


def download(page: Any, link: Any) -> str:
    """What a link gives, as text."""
    with page.expect_download() as waiting:
        link.click()
    return Path(waiting.value.path()).read_text("utf-8")
