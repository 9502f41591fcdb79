"""What administrators and coordinators do in the browser."""

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.browser.visitors import PASSWORD, Visitor

ALL_REPORTED = """(files) => {
  const count = (outcome) => {
    const tab = document.querySelector(`section[aria-labelledby=report] .tab.${outcome} .count`)
    return Number(tab?.textContent ?? 0)
  }
  const done = count('imported') + count('duplicate') + count('refused')
  return count('waiting') === 0 && done === files
}"""


def create_corpus(visitor: Visitor, *, name: str, slug: str) -> None:
    page = visitor.page
    page.get_by_role("link", name="New corpus").click()
    page.get_by_label("Name of the corpus").fill(name)
    page.get_by_label("Short name").fill(slug)
    page.get_by_role("button", name="Make the corpus").click()
    expect(page.get_by_text("No clips yet")).to_be_visible()


def turn_to(visitor: Visitor, page_name: str) -> Any:
    """Click a page of the corpus; its page."""
    navigation = visitor.page.get_by_role("navigation", name="Pages of this corpus")
    # The link to the inbox also says how much waits there.
    navigation.get_by_role("link", name=re.compile(f"^{page_name}( |$)")).click()
    expect(visitor.page.get_by_role("heading", name=page_name, level=1)).to_be_visible()
    told = visitor.page.locator("#svelte-announcer")  # what a screen reader says of the new page
    expect(told).to_have_text(f"{page_name} · Concord")
    return visitor.page


def invite(visitor: Visitor, role: str, note: str) -> str:
    """Make an invitation link; the path in it."""
    page = turn_to(visitor, "People")
    page.get_by_label("Role").select_option(role)
    page.get_by_label("Note").fill(note)
    links = page.get_by_label("Invitation link")
    before = links.count()
    page.get_by_role("button", name="Make a link").click()
    expect(links).to_have_count(before + 1)
    return urlsplit(links.first.input_value()).path


def join(visitor: Visitor, path: str, *, username: str, name: str) -> None:
    page = visitor.go(path).page
    page.get_by_label("Username").fill(username)
    page.get_by_label("Display name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("button", name="Join")).to_be_hidden()


def drop(visitor: Visitor, *paths: Path) -> None:
    """Drag files or folders from outside into the page, as a file manager would."""
    zone = visitor.page.get_by_role("group", name="Drop videos")
    box = zone.bounding_box()
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + 20}
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    session = visitor.context.new_cdp_session(visitor.page)
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "data": data, **at})
    session.detach()


def choose_files(visitor: Visitor, *paths: Path) -> None:
    with visitor.page.expect_file_chooser() as chooser:
        visitor.page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(list(paths))


def import_chosen(visitor: Visitor, files: int) -> dict[str, tuple[str, str]]:
    """Upload and import what was chosen; what was not imported, and why."""
    page = visitor.page
    expect(page.get_by_text(f"0 of {files} files uploaded")).to_be_visible()
    page.get_by_role("button", name="Upload and import").click()
    page.wait_for_function(ALL_REPORTED, arg=files, timeout=120_000)
    report = page.locator("section[aria-labelledby=report]")
    expect(report.get_by_text("Done", exact=True)).to_be_visible()
    rows = report.locator("tbody tr")
    expect(rows).to_have_count(files)
    # The counts and the rows are two requests. Read at once: rows move when their outcomes come in.
    expect(rows.filter(has_text="Waiting")).to_have_count(0)
    cells = rows.evaluate_all("(all) => all.map((row) => [...row.cells].map((td) => td.innerText))")
    return {name: (what, why) for name, what, why in cells if what != "Imported"}


def import_counts(visitor: Visitor) -> dict[str, str]:
    tabs = visitor.page.locator("section[aria-labelledby=report] .tab").all_inner_texts()
    told = (tab.rpartition(" ") for tab in map(" ".join, map(str.split, tabs)))
    return {outcome: count for outcome, _, count in told}


def first_steps(visitor: Visitor) -> dict[str, bool]:
    """What the overview of a new corpus asks for, and whether it is done."""
    page = turn_to(visitor, "Overview")
    steps = page.get_by_role("region", name="First steps").get_by_role("listitem")
    expect(steps).to_have_count(4)
    expect(steps.filter(has_text="(to do)").or_(steps.filter(has_text="(done)"))).to_have_count(4)
    names = steps.locator(".text").evaluate_all(
        "(all) => all.map((each) => each.firstChild.textContent.trim())"
    )
    texts = steps.locator(".text").all_inner_texts()
    return {name: "(done)" in text for name, text in zip(names, texts, strict=True)}


def write_guidelines(visitor: Visitor, text: str) -> None:
    page = turn_to(visitor, "Guidelines")
    both = page.get_by_role("group", name="Guidelines")
    both.get_by_label("English").fill(text)
    page.get_by_role("button", name="Save the texts").click()
    expect(page.get_by_text("Saved. Annotators see it")).to_be_visible()


def open_all(visitor: Visitor) -> None:
    page = turn_to(visitor, "Open clips")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible()


def counts(visitor: Visitor) -> dict[str, int]:
    """Where the clips are, as the overview shows it."""
    page = turn_to(visitor, "Overview")
    rows = page.locator("section[aria-labelledby=stages] li")
    rows.first.wait_for()
    names = rows.locator("a").all_inner_texts()
    figures = rows.locator(".count").all_inner_texts()
    return {name: int(figure) for name, figure in zip(names, figures, strict=True)}


def expect_count(visitor: Visitor, stage: str, number: int) -> None:
    """The overview looks again by itself."""
    rows = turn_to(visitor, "Overview").locator("section[aria-labelledby=stages] li")
    row = rows.filter(has=visitor.page.get_by_role("link", name=stage, exact=True))
    expect(row.locator(".count")).to_have_text(str(number))


def export(visitor: Visitor, what: str) -> list[dict[str, str]]:
    """Make the file in the browser, download it, read it."""
    page = turn_to(visitor, "Export")
    page.get_by_role("radio", name=what).check()
    links = page.get_by_role("link", name="Download")
    before = links.count()
    page.get_by_role("button", name="Make the file").click()
    expect(links).to_have_count(before + 1)
    with page.expect_download() as download:
        links.first.click()
    return list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text("utf-8-sig"))))


def named(cells: Sequence[dict[str, str]]) -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in cells}
