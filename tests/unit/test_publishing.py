"""What a proxy serves by itself: new files come, old pages keep theirs for a month."""

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from config import publishing

DAY = 24 * 3600


class Site:
    """A version's files, and the folder of the proxy."""

    def __init__(self, root: Path) -> None:
        self.static, self.page, self.proxy = root / "static", root / "page", root / "proxy"

    def has(self, **files: str) -> None:
        """The next version: `static__a_css="red"` is static/a.css."""
        for folder in (self.static, self.page):
            for path in publishing.below(folder).values():
                path.unlink()
        for name, text in files.items():
            where, _, name = name.partition("__")
            path = (self.static if where == "static" else self.page) / name.replace("_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        publishing.publish(self.proxy)

    def published(self) -> dict[str, str]:
        found = publishing.below(self.proxy)
        return {name: path.read_text() for name, path in found.items() if name != publishing.LIST}

    def grow_older(self, days: int) -> None:
        for path in publishing.below(self.proxy).values():
            then = path.stat().st_mtime - days * DAY
            os.utime(path, (then, then))


@pytest.fixture
def site(tmp_path: Path, settings: Any) -> Site:
    site = Site(tmp_path)
    settings.STATIC_ROOT, settings.FRONTEND_ROOT = site.static, site.page
    return site


def test_everything_but_the_page_itself_is_published(site: Site) -> None:
    site.has(static__a_css="red", page__app_js="1", page__index_html="the page")
    assert site.published() == {"static/a.css": "red", "app.js": "1"}


def test_what_has_changed_is_replaced_and_what_has_not_keeps_its_date(site: Site) -> None:
    site.has(static__a_css="red", page__app_js="1")
    site.grow_older(3)
    site.has(static__a_css="blu", page__app_js="1")
    assert site.published() == {"static/a.css": "blu", "app.js": "1"}
    age = time.time() - (site.proxy / "app.js").stat().st_mtime
    assert age == pytest.approx(3 * DAY, abs=60)


def test_files_of_an_older_version_stay_for_a_month_after_it_was_replaced(site: Site) -> None:
    site.has(page__old_js="1")
    site.grow_older(100)  # it was in use all the time
    site.has(page__new_js="2")
    assert site.published() == {"old.js": "1", "new.js": "2"}
    site.grow_older(20)
    site.has(page__new_js="2")
    assert site.published() == {"old.js": "1", "new.js": "2"}
    site.grow_older(11)
    site.has(page__new_js="2")
    assert site.published() == {"new.js": "2"}


def test_several_may_publish_at_once(site: Site) -> None:
    files = {f"page__{number}_js": f"{number}" * 5000 for number in range(40)}
    site.has(**files)
    for name in site.published():
        (site.proxy / name).write_text("another version's")
    faults: list[BaseException] = []

    def publish() -> None:
        try:
            publishing.publish(site.proxy)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=publish) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert site.published() == {f"{number}.js": f"{number}" * 5000 for number in range(40)}
