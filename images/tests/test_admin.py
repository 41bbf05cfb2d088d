"""The admin's list of images: what everyone may see, with thumbnails, found by filters and words."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from images.models import Image

LIST = "/admin/images/image/"


@pytest.fixture
def staff(db: None) -> Client:
    root = User.objects.create_superuser("root", "root@example.com", "correct horse battery")
    client = Client()
    client.force_login(root)
    return client


def test_it_shows_what_is_listed_and_nothing_private(staff: Client, upload: Callable[..., Image]) -> None:
    shown = upload(title="Everyone's", privacy_setting="public")
    hidden = upload(title="Mine alone", privacy_setting="private")
    page = staff.get(LIST).content.decode()
    assert f"/api/images/{shown.uid}/thumbnail" in page
    assert "Mine alone" not in page
    assert staff.get(f"{LIST}{shown.pk}/change/").status_code == 200
    assert staff.get(f"{LIST}{hidden.pk}/change/").status_code == 302


@pytest.mark.parametrize(
    ("query", "found"),
    [("?mime_type=image/png", False), ("?mime_type=image/jpeg", True), ("?q=every", True), ("?q=xyz", False)],
)
def test_filters_and_words(staff: Client, upload: Callable[..., Image], query: str, found: bool) -> None:
    upload(title="Everyone's", privacy_setting="public")
    assert ("Everyone&#x27;s" in staff.get(LIST + query).content.decode()) is found


def test_nobody_else_comes_in(alice: User) -> None:
    client = Client()
    client.force_login(alice)
    assert client.get(LIST).status_code in (302, 403)
