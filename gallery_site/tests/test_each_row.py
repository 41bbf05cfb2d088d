"""A value of its own for each of many rows, by one statement."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from albums import tree
from albums.models import Album
from gallery_site.each_row import add_to_each, set_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def albums(alice: User) -> list[Album]:
    return [tree.plant(owner=alice, name=name, allow_download=True) for name in "abc"]


def columns(*names: str) -> list[tuple]:
    return list(Album.objects.order_by("pk").values_list(*names))


def test_each_gets_its_own(albums: list[Album]) -> None:
    a, b, c = (album.pk for album in albums)
    with CaptureQueriesContext(connection) as queries:
        set_each(Album, ["name", "policy_id", "allow_download"], {a: ("Ä", b, False), c: ("'\"%s", c, None)})
    assert len(queries) == 1
    assert columns("name", "policy_id", "allow_download") == [("Ä", b, False), ("b", b, True), ("'\"%s", c, None)]


def test_differences_are_added_and_none_is_no_write(albums: list[Album]) -> None:
    a, b, c = (album.pk for album in albums)
    add_to_each(Album, "image_count", {a: 5, b: 0, c: 2})
    add_to_each(Album, "image_count", {a: -1, 10**9: 3})
    assert columns("image_count") == [(4,), (0,), (2,)]
    with CaptureQueriesContext(connection) as queries:
        add_to_each(Album, "image_count", {a: 0})
        set_each(Album, ["name"], {})
    assert len(queries) == 0
