"""What every test has: no N+1 query, an empty cache, and, for those that ask, a real browser."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.core.cache import caches
from zeal import zeal_context

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = [
    "--no-sandbox",  # what it opens is our own
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All tests with a browser go to one worker, so that one chromium serves them all."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(autouse=True)
def no_n_plus_one() -> Iterator[None]:
    """A query that is made again for each row of a list is an error."""
    with zeal_context():
        yield


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """No counter of a throttle and no cached verdict reaches the next test."""
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(scope="session")
def browser() -> "Iterator[Browser]":
    """Debian's chromium, one for all tests; they skip, saying so, where the machine has none."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    # Playwright's own event loop runs in this thread; a test's queries beside it are not made from within it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield chromium
        chromium.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A fresh page with no cookies. A script error or a message of the CSP on it fails the test."""
    context = browser.new_context(locale="en-GB", timezone_id="UTC")
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "console",
        lambda message: troubles.append(message.text) if "Content Security Policy" in message.text else None,
    )
    yield page
    context.close()
    assert not troubles
