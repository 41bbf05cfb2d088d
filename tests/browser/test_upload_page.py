"""The upload page in a browser, with its script and without."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as site
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from albums.models import Album
from images.models import Image
from tests.browser.conftest import put
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db(transaction=True)


def _file(name: str, content: bytes) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


@pytest.fixture
def upload_page(page: Page, live_server: LiveServer, alice: User, sign_in: Callable[[User], None]) -> Page:
    sign_in(alice)
    page.goto(f"{live_server.url}/upload")
    return page


def _choose(page: Page, *files: dict[str, Any]) -> None:
    page.get_by_label("Photos", exact=True).set_input_files(list(files))
    page.get_by_role("button", name="Upload", exact=True).click()


def test_each_file_has_its_own_outcome(upload_page: Page, alice: User, trip: Album) -> None:
    upload_page.reload()  # the album is there now
    put(alice, 1, privacy="private")
    upload_page.get_by_label("Into the album").select_option("Trip")
    upload_page.get_by_label("Title").fill("Beach")
    upload_page.get_by_label("Tags").fill('sea, "Paris, Texas"')
    _choose(
        upload_page,
        _file("new.jpg", jpeg(600, 400, seed=50)),
        _file("again.jpg", jpeg(400, 600, seed=1)),
        _file("broken.jpg", b"\xff\xd8 no picture"),
    )
    expect(upload_page.get_by_role("status")).to_have_text("1 stored, 1 already there, 1 refused.")
    items = upload_page.locator(".upload-item")
    expect(items.nth(0)).to_contain_text("Stored")
    expect(items.nth(1)).to_contain_text("Already in your library")
    expect(items.nth(1)).to_have_css("display", "grid")  # a row as the others are, whatever it is called
    expect(items.nth(2)).to_have_class("upload-item rejected")
    expect(items.nth(2).locator(".upload-outcome")).not_to_be_empty()
    new = Image.objects.get(original_filename="new.jpg")
    assert (new.title, [use.spelling for use in new.tag_uses.order_by("pk")]) == ("Beach", ["sea", "Paris, Texas"])
    assert trip.images.count() == 2
    upload_page.get_by_role("link", name="new.jpg").click()
    expect(upload_page.get_by_role("heading", name="Beach")).to_be_visible()


def test_a_busy_server_is_asked_again(upload_page: Page) -> None:
    asked = []

    def busy_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=503, headers={"Retry-After": "1"}, json={"type": "server_error", "errors": []})
        else:
            route.continue_()

    upload_page.route("**/api/upload", busy_once)
    _choose(upload_page, _file("patient.jpg", jpeg(seed=60)))
    expect(upload_page.locator(".upload-outcome")).to_have_text("The server is busy; trying again in 1 s")
    expect(upload_page.get_by_role("status")).to_have_text("1 stored.")
    assert len(asked) == 2
    assert Image.objects.filter(original_filename="patient.jpg").exists()


def test_a_lost_connection_is_told(upload_page: Page) -> None:
    upload_page.route("**/api/upload", lambda route: route.abort())
    _choose(upload_page, _file("lost.jpg", jpeg(seed=61)))
    expect(upload_page.locator(".upload-outcome")).to_contain_text("The connection was lost.")
    expect(upload_page.get_by_role("status")).to_have_text("0 stored, 1 refused.")


def test_a_file_beyond_the_limit_is_not_sent(upload_page: Page) -> None:
    upload_page.evaluate("document.querySelector('[data-upload]').dataset.maxBytes = 1000")
    upload_page.route("**/api/upload", lambda route: pytest.fail("it was sent"))
    _choose(upload_page, _file("large.jpg", jpeg(seed=62) + bytes(1000)))
    expect(upload_page.locator(".upload-item")).to_have_class("upload-item rejected")


def test_files_can_be_dropped(upload_page: Page) -> None:
    dropped = upload_page.evaluate_handle(
        """(bytes) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "dropped.jpg", { type: "image/jpeg" }));
            return data;
        }""",
        list(jpeg(seed=63)),
    )
    upload_page.dispatch_event("[data-drop-zone]", "drop", {"dataTransfer": dropped})
    expect(upload_page.get_by_role("status")).to_have_text("1 stored.")
    assert Image.objects.filter(original_filename="dropped.jpg").exists()


def test_it_works_without_a_script(
    browser: Browser, page: Page, live_server: LiveServer, alice: User, sign_in: Callable[[User], None]
) -> None:
    sign_in(alice)
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies([cookie for cookie in page.context.cookies() if cookie["name"] == site.SESSION_COOKIE_NAME])
    tab = plain.new_page()
    tab.goto(f"{live_server.url}/upload")
    _choose(tab, _file("one.jpg", jpeg(seed=70)), _file("two.jpg", b"no"))
    expect(tab.get_by_role("heading", name="What became of your files")).to_be_visible()
    expect(tab.get_by_role("status")).to_have_text("1 stored, 1 refused.")
    plain.close()
    assert Image.objects.get().original_filename == "one.jpg"
