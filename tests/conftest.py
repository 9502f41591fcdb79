"""What every kind of test may use."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kombu.pools
import pytest

from config import celery_app
from tests import servers

ONE_AT_A_TIME = ("survival",)  # however many processes share the tests
BEGUN_FIRST = ("survival", "browser")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """For pytest-xdist: a file's tests stay together, and so do those that keep a machine busy.

    xdist reads the groups and pytest-django sorts the tests where the `yield` is.
    """
    here = Path(__file__).parent
    for item in items:
        path = item.path.relative_to(here)
        group = path.parts[0] if path.parts[0] in ONE_AT_A_TIME else str(path)
        item.add_marker(pytest.mark.xdist_group(group))
    yield
    items.sort(key=lambda item: item.path.relative_to(here).parts[0] not in BEGUN_FIRST)


@pytest.fixture(autouse=True, scope="module")
def nothing_is_left_open_to_the_broker() -> None:
    """Training forks. A process forked off this one closes the connections that other tests have
    left, and would wait for ever for what the broker says on one that is not its own."""
    kombu.pools.reset()
    celery_app._after_fork()


@pytest.fixture(scope="session")
def web_server(django_db_setup: None) -> Iterator[str]:
    """A web server's address; use `site`, which brings the database along."""
    with servers.web() as url:
        yield url


@pytest.fixture
def site(transactional_db: None, web_server: str) -> str:
    """The address of a real web server. What a test stores it sees; afterwards all is emptied."""
    return web_server


@pytest.fixture(scope="module")
def worker(django_db_setup: None) -> Iterator[Any]:
    """A real Celery worker on a real broker; for tests with `transactional_db` or `site`.

    It ends with their file: the next one's tests may want to do their jobs themselves.
    """
    with servers.worker() as process:
        yield process


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright; plays sound without having been touched."""
    from playwright.sync_api import sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    if not found:
        pytest.fail("The browser tests need Chromium on PATH. On Debian: apt install chromium")
    arguments = ["--autoplay-policy=no-user-gesture-required", "--disable-gpu", "--disable-quic"]
    arguments += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
    # Playwright's own loop makes Django believe that it is called from asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Data that nobody here made, for tests/real; see CONCORD_REAL_DATA in CONTRIBUTING.md."""
    where = os.environ.get("CONCORD_REAL_DATA")
    if not where:
        pytest.skip("CONCORD_REAL_DATA is not set")
    return Path(where)
