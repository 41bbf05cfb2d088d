"""What every test has: an empty cache; and for those that ask, the cast of people and a real browser."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.cache import caches
from rest_framework.test import APIClient

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from accounts.models import User

PASSWORD = "correct horse battery"
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
def empty_cache() -> Iterator[None]:
    """No counter of a throttle and no cached verdict reaches the next test."""
    yield
    for cache in caches.all(initialized_only=True):
        cache.clear()


@pytest.fixture(autouse=True, scope="session")
def closed_darkroom() -> Iterator[None]:
    """The decode children of the process end with its tests, and not after them."""
    yield
    from images.developing import darkroom

    if darkroom.cache_info().currsize:
        darkroom().close()


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


# --- The cast -----------------------------------------------------------------------------------------------------


def _person(name: str, **rights: bool) -> "User":
    return get_user_model().objects.create_user(name, f"{name}@example.com", PASSWORD, **rights)


@pytest.fixture
def alice(db: None) -> "User":
    """Who owns things."""
    return _person("alice")


@pytest.fixture
def bob(db: None) -> "User":
    """Whom alice shares with."""
    return _person("bob")


@pytest.fixture
def carol(db: None) -> "User":
    """A stranger with an account."""
    return _person("carol")


@pytest.fixture
def mia(db: None) -> "User":
    """A moderator: of the staff, and in the group."""
    mia = _person("mia", is_staff=True)
    mia.groups.add(Group.objects.get_or_create(name="Moderators")[0])
    return mia


@pytest.fixture
def nobody() -> None:
    """Who has no account; for tables of who may what."""


def signed_in(user: "User") -> APIClient:
    """A client of the API with this user's session; CSRF has tests of its own."""
    client = APIClient()
    client.force_login(user)
    return client


@pytest.fixture
def api() -> "Callable[..., APIClient]":
    """`api(alice)` is a client of the API with alice's session, `api()` is nobody's."""

    def client_of(user: "User | None" = None) -> APIClient:
        return APIClient() if user is None else signed_in(user)

    return client_of


@pytest.fixture
def as_alice(alice: "User") -> APIClient:
    return signed_in(alice)


@pytest.fixture
def as_bob(bob: "User") -> APIClient:
    return signed_in(bob)


@pytest.fixture
def as_carol(carol: "User") -> APIClient:
    return signed_in(carol)


@pytest.fixture
def as_mia(mia: "User") -> APIClient:
    return signed_in(mia)


@pytest.fixture
def as_nobody() -> APIClient:
    return APIClient()
