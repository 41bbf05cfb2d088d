"""A gallery with a few pictures, served for a real browser, and somebody signed in there."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings as site
from django.test import Client
from playwright.sync_api import Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from albums import tree
from albums.models import Album
from images import store
from images.intake import Wishes, take_in
from images.intake.staging import Staged
from images.models import Image
from tests.pictures import jpeg

SHAPES = ((600, 400), (400, 600), (500, 500), (900, 300))


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    """A mounted, empty media root."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / store.MARKER).touch()
    return settings.MEDIA_ROOT


@pytest.fixture
def sign_in(page: Page, live_server: LiveServer) -> Callable[[User], None]:
    """Give the page the session of a user."""

    def sign_in(user: User) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies[site.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": site.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])

    return sign_in


def put(owner: User, seed: int, *, title: str = "", album: Album | None = None, privacy: str = "public") -> Image:
    """Take in a picture whose shape and colours follow from `seed`."""
    staged = Staged()
    staged.write(jpeg(*SHAPES[seed % len(SHAPES)], seed=seed))
    staged.finish()
    wishes = Wishes(album=album, title=title, tags=["sea", "Paris, Texas"], privacy_setting=privacy)
    return take_in(staged, filename=f"IMG_{seed}.jpg", owner=owner, wishes=wishes).image


@pytest.fixture
def trip(live_server: LiveServer, alice: User) -> Album:
    return tree.plant(owner=alice, name="Trip", privacy_setting="public", description="A week by the sea.")


@pytest.fixture
def pictures(alice: User, trip: Album) -> list[Image]:
    """Eight public pictures of alice, in her album, in the order of upload."""
    return [put(alice, seed, title=f"Picture {seed}", album=trip) for seed in range(8)]
