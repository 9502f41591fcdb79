"""What coordinators do with people and with what waits in their inbox."""

from typing import Any

from playwright.sync_api import expect

from tests.browser.visitors import Visitor


def row_of(page: Any, name: str) -> Any:
    menu = page.get_by_role("button", name=f"Actions for {name}", exact=True)
    return page.locator("tbody tr").filter(has=menu)


def open_menu(page: Any, name: str) -> Any:
    """Open somebody's or something's menu; the button that it belongs to."""
    button = page.get_by_role("button", name=f"Actions for {name}", exact=True)
    button.click()
    expect(page.get_by_role("menuitem").first).to_be_focused()
    return button


def choose(page: Any, name: str, item: str) -> Any:
    """Choose from somebody's menu; the dialog that opens."""
    open_menu(page, name)
    page.get_by_role("menuitem", name=item, exact=True).click()
    return page.locator("dialog[open]")


def confirm(dialog: Any, button: str) -> None:
    dialog.get_by_role("button", name=button, exact=True).click()
    expect(dialog).to_be_hidden()


def entry(page: Any, text: str) -> Any:
    """What waits in the inbox under this name or with these words."""
    return page.locator("article").filter(has_text=text)


def waiting(page: Any) -> dict[str, int]:
    """How many of each kind wait, as the inbox's tabs tell."""
    tabs = page.get_by_role("navigation", name="What waits").get_by_role("link")
    names = [tab.evaluate("(tab) => tab.firstChild.textContent.trim()") for tab in tabs.all()]
    counts = [int(text) for text in tabs.locator(".count").all_inner_texts()]
    return dict(zip(names, counts, strict=True))


def reload(visitor: Visitor) -> Any:
    visitor.page.reload()
    expect(visitor.page.get_by_role("heading", level=1)).to_be_visible()
    return visitor.page
