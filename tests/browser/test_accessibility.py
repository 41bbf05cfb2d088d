"""Every page by the rules of axe (WCAG A and AA), in light and dark, and without sideways scrolling on a phone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from albums import sharing, tree
from albums.models import Album
from images import album_changes, near_pairs, trash
from images.likeness import tones_of
from images.models import Image
from tests.browser.conftest import put

pytestmark = pytest.mark.django_db(transaction=True)

FOR_EVERYONE = ("/", "/search?query=picture", "/albums", "/tags", "/tags/sea", "/u/alice", "/nothing-here")
TO_SIGN_IN = ("/accounts/login", "/accounts/register", "/accounts/password-reset")
ONES_OWN = (
    "/library",
    "/duplicates",
    "/upload",
    "/trash",
    "/shared",
    "/account",
    "/albums/new",
    "/search?taken_after=x",
)
LEAST_WIDTH = 360
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def addresses(alice: User, bob: User, carol: User, trip: Album, pictures: list[Image]) -> tuple[list[str], list[str]]:
    """Paths for everybody, and for alice alone; every page has something to show."""
    tree.plant(owner=alice, name="Day one " + "x" * 60, parent=trip)
    trash.trash([put(alice, 90).pk])
    album_changes.trash_album(tree.plant(owner=alice, name="Deleted " + "x" * 60))
    for image in pictures[:3]:
        near_pairs.liken(image, likeness=0, tones=tones_of(bytes(48)))
    put(alice, 91, title="A-title-that-has-no-place-to-break-" * 4, privacy="private")
    image = f"/images/{pictures[2].uid}?album={trip.uid}"
    album = f"/albums/{trip.uid}"
    for person in (bob, carol):
        sharing.let_in(person, into=trip, by=alice)
    sharing.make_link(trip, by=alice, password="x", expires_at=timezone.now() + timedelta(days=1))
    _, token = sharing.make_link(trip, by=alice, password="y")
    closet = tree.plant(owner=alice, name="Closet")
    its_owners = [f"{album}/{rest}" for rest in ("edit", "arrange", "sharing", "mine")]
    its_owners += [f"{album}?as=member:bob", f"/albums/{closet.uid}?as=nobody"]
    return [*FOR_EVERYONE, image, album, f"{album}/report", f"/s/{token}"], [*ONES_OWN, "/", image, album, *its_owners]


def _violations(page: Page) -> list[str]:
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    return [
        f"{page.url}: {violation['id']} {[node['target'] for node in violation['nodes']]}"
        for violation in found.response["violations"]
    ]


def _troubles(page: Page, base: str, paths: list[str]) -> list[str]:
    """What is wrong with these pages: axe's findings, and how far they reach beyond a narrow screen."""
    troubles = []
    for path in paths:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(base + path)
        troubles += _violations(page)
        page.set_viewport_size({"width": LEAST_WIDTH, "height": 740})
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if beyond > 0:
            troubles.append(f"{path}: {beyond} px too wide")
    return troubles


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_for_everyone(page: Page, live_server: LiveServer, addresses: tuple[list[str], list[str]], scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    assert _troubles(page, live_server.url, [*addresses[0], *TO_SIGN_IN]) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_for_a_member(
    page: Page,
    live_server: LiveServer,
    alice: User,
    addresses: tuple[list[str], list[str]],
    sign_in: Callable[[User], None],
    scheme: str,
) -> None:
    sign_in(alice)
    page.emulate_media(color_scheme=scheme)
    assert _troubles(page, live_server.url, addresses[1]) == []


def test_of_a_gallery_without_anybody(page: Page, live_server: LiveServer) -> None:
    assert _troubles(page, live_server.url, ["/"]) == []


def test_the_question_before_more_is_shown_is_accessible(
    page: Page, live_server: LiveServer, sign_in: Callable[[User], None], alice: User, pictures: list[Image]
) -> None:
    closet = tree.plant(owner=alice, name="Closet")
    put(alice, 92, album=closet, privacy="inherit")
    sign_in(alice)
    page.set_viewport_size({"width": LEAST_WIDTH, "height": 740})
    page.goto(f"{live_server.url}/albums/{closet.uid}/edit")
    page.get_by_label("Who may see it").select_option("public")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("1 photo and 1 album become visible to everyone.").wait_for()
    assert not _violations(page)
    page.get_by_role("button", name="Save and show").click()
    page.wait_for_url(f"{live_server.url}/albums/{closet.uid}")
    closet.refresh_from_db()
    assert closet.privacy_setting == "public"
