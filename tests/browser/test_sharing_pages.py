"""Sharing in a real browser: a link from its making to its opening, under the headers that its page has."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from albums import sharing, tree
from albums.models import Album

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "open sesame"


@pytest.fixture
def closet(trip: Album) -> Album:
    tree.edit(trip, {"privacy_setting": "shared"})
    return trip


def test_a_link_is_made_and_copied(
    page: Page, live_server: LiveServer, sign_in: Callable[[User], None], alice: User, closet: Album
) -> None:
    sign_in(alice)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=live_server.url)
    page.goto(f"{live_server.url}/albums/{closet.uid}")
    page.get_by_role("link", name="Share", exact=True).click()
    page.get_by_role("button", name="Make a link").click()
    address = page.get_by_label("Your new link").input_value()
    assert address.startswith(f"{live_server.url}/s/")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == address
    page.context.clear_cookies()
    page.goto(address)
    assert page.url == f"{live_server.url}/albums/{closet.uid}"


def test_the_form_for_the_password_passes_the_csrf_check_and_tells_nobody_its_path(
    page: Page, live_server: LiveServer, alice: User, closet: Album
) -> None:
    """Under `Referrer-Policy: no-referrer` a browser sends the form with `Origin: null`, which is refused."""
    _, token = sharing.make_link(closet, by=alice, password=SECRET)
    told: list[str] = []
    page.on("request", lambda request: told.append(request.headers.get("referer", "")))
    page.goto(f"{live_server.url}/s/{token}")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Open the album").click()
    expect(page.get_by_text("This is not the password of the link.")).to_be_visible()
    page.get_by_label("Password").fill(SECRET)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/albums/{closet.uid}")
    expect(page.get_by_role("heading", name="Trip")).to_be_visible()
    assert any(told)
    assert not [referer for referer in told if token in referer]
