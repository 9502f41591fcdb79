"""What site administrators do on the pages about selection, and what they read there."""

import csv
import io
import re
from typing import Any

from playwright.sync_api import expect

from tests.browser import coordinating, training_pages
from tests.browser.training_pages import CELLS, WORK
from tests.browser.visitors import Visitor

Rows = dict[str, dict[str, str]]


def score(root: Visitor) -> Any:
    """Have the newest model score the pool, and explore what came of it; its page."""
    page = coordinating.turn_to(root, "Selection")
    page.get_by_role("button", name="Start scoring").click()
    explore = page.get_by_role("link", name=re.compile("^Explore: Scoring"))
    expect(explore).to_be_visible(timeout=WORK)
    explore.click()
    expect(page.get_by_role("slider")).to_be_visible()
    return page


def selected(page: Any) -> int:
    """How many clips would be selected, as the explorer says now."""
    return int(page.locator(".eta-bar .total strong").inner_text())


def selected_by_class(page: Any) -> dict[str, int]:
    """The same, class by class."""
    cards = page.locator("main li.card:has(h3)")
    names = cards.locator("h3").all_inner_texts()
    counts = cards.locator("dd strong").all_inner_texts()
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def thresholds(page: Any) -> dict[str, float]:
    cards = page.locator("main li.card:has(h3)")
    names = cards.locator("h3").all_inner_texts()
    told = cards.locator("dl > div:first-child dd").all_inner_texts()
    return {name: float(value.split()[0]) for name, value in zip(names, told, strict=True)}


def rows_of(page: Any, section: str) -> list[list[str]]:
    """A section's table, row by row, read at once."""
    rows = page.get_by_role("region", name=section, exact=True).first.locator("tbody tr")
    rows.first.wait_for()
    found: list[list[str]] = rows.evaluate_all(CELLS)
    return found


def counts_of(page: Any, section: str) -> dict[str, int]:
    """A section's list of counts."""
    lines = page.get_by_role("region", name=section, exact=True).locator("li:has(.count)")
    lines.first.wait_for()
    names = lines.locator("> span:first-child").all_inner_texts()
    counts = lines.locator(".count").all_inner_texts()
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def file_of(page: Any, link: str) -> Rows:
    text = training_pages.download(page, page.get_by_role("link", name=link))
    return {row["name"]: row for row in csv.DictReader(io.StringIO(text))}


def open_next(page: Any, count: int | None, batch: int, opened: int) -> None:
    """Open so many of the chosen clips, or all that are left, and wait until they are."""
    if count is not None:
        page.get_by_label("How many of them?").fill(str(count))
    page.get_by_role("button", name=re.compile("^Open ")).click()
    row = page.get_by_role("list", name="Batches").get_by_role("listitem")
    told = row.filter(has_text=f"Batch {batch}")
    expect(told).to_contain_text(f"{opened} clip{'s' * (opened != 1)} opened")
    expect(told.get_by_role("progressbar")).to_have_count(0)
