"""Walking, selecting and the menu, by keyboard and on a small screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from albums.models import Album
from images.models import Image

pytestmark = pytest.mark.django_db(transaction=True)

PHONE = {"width": 360, "height": 740}


def test_arrow_keys_walk_through_the_feed(
    page: Page, live_server: LiveServer, trip: Album, pictures: list[Image]
) -> None:
    page.goto(f"{live_server.url}/albums/{trip.uid}")
    page.locator(".photo-card a").nth(1).click()
    expect(page.get_by_role("heading", name="Picture 1")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", name="Picture 2")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", name="Picture 1")).to_be_visible()


def test_arrow_keys_stay_in_a_field(
    page: Page, live_server: LiveServer, alice: User, pictures: list[Image], sign_in: Callable[[User], None]
) -> None:
    sign_in(alice)
    page.goto(f"{live_server.url}/images/{pictures[3].uid}")
    page.get_by_text("Edit", exact=True).click()
    page.get_by_label("Title").press("ArrowRight")
    expect(page.get_by_role("heading", name="Picture 3")).to_be_visible()
    assert page.url.endswith(str(pictures[3].uid))


def test_selecting_a_range_and_all(
    page: Page, live_server: LiveServer, alice: User, pictures: list[Image], sign_in: Callable[[User], None]
) -> None:
    sign_in(alice)
    page.goto(f"{live_server.url}/library")
    boxes = page.locator('input[name="image_ids"]')
    count = page.locator("[data-selection-count] span")
    expect(count).to_have_text("Nothing selected")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])
    expect(count).to_have_text("4 selected")
    page.get_by_role("button", name="Select all on this page").click()
    expect(count).to_have_text("8 selected")
    page.get_by_role("button", name="Select none").click()
    expect(count).to_have_text("Nothing selected")
    boxes.nth(0).click()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.get_by_role("status").first).to_contain_text("Done with 1 photo.")
    assert Image.objects.get(trashed_at__isnull=False) == pictures[7]


def test_the_deeds_are_at_hand_on_a_phone(
    page: Page, live_server: LiveServer, alice: User, pictures: list[Image], sign_in: Callable[[User], None]
) -> None:
    sign_in(alice)
    page.set_viewport_size(PHONE)
    page.goto(f"{live_server.url}/library")
    deed = page.get_by_role("button", name="Move to trash")
    expect(deed).to_be_hidden()
    page.locator('input[name="image_ids"]').last.check()
    expect(deed).to_be_visible()


def test_the_menu_of_a_phone_opens_and_closes_by_keyboard(page: Page, live_server: LiveServer, alice: User) -> None:
    page.set_viewport_size(PHONE)
    page.goto(live_server.url)
    link = page.get_by_role("link", name="Albums")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu").press("Enter")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()


def test_the_first_tab_offers_the_way_past_the_menu(page: Page, live_server: LiveServer, alice: User) -> None:
    page.goto(live_server.url)
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_a_photo_keeps_its_room_before_it_is_there(page: Page, live_server: LiveServer, pictures: list[Image]) -> None:
    """Each card has the shape of its photo, to a tenth, though no style attribute says so."""
    page.route("**/thumbnail**", lambda route: route.abort())
    page.goto(live_server.url)
    for card, image in zip(page.locator(".photo-card").all()[:3], reversed(pictures), strict=False):
        box = card.bounding_box()
        assert box
        assert box["width"] / box["height"] == pytest.approx(image.image_width / image.image_height, rel=0.1)


def test_the_dark_theme_is_dark(
    page: Page, live_server: LiveServer, alice: User, sign_in: Callable[[User], None]
) -> None:
    def brightness() -> int:
        page.goto(live_server.url)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))

    sign_in(alice)
    assert brightness() > 700
    page.emulate_media(color_scheme="dark")
    assert brightness() < 80
    alice.chosen_preferences = {"theme": "light"}
    alice.save()
    assert brightness() > 700
