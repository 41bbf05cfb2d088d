"""A walk through a list by its `next` and back by its `previous` shows each principal what he sees, once, and no cursor
leads anybody to what he does not."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tests.access.gallery import COMMON, PRINCIPALS, Gallery
from tests.plain_access import Reading, Row

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("access: revoked")]

ORDERINGS = ("-uploaded_at", "name", "-date_taken", "file_size", "view_count")
WALKERS = [name for name in PRINCIPALS if name not in ("administrator", "locked link", "unlocked link")]


@pytest.mark.parametrize("principal", WALKERS)
def test_images(gallery: Gallery, reading: Reading, principal: str) -> None:
    who, client = gallery.askers[principal], gallery.client(principal)
    seen = _ids(image for image in reading.images.values() if reading.sees_image(who, image))
    for start in [*(f"/api/images?ordering={name}" for name in ORDERINGS), f"/api/search?query={COMMON}"]:
        assert _walked(client, f"{start}&page_size=13", expected=len(seen)) == seen, start


@pytest.mark.parametrize("principal", WALKERS)
def test_albums(gallery: Gallery, reading: Reading, principal: str) -> None:
    who, client = gallery.askers[principal], gallery.client(principal)
    seen = _ids(album for album in reading.albums.values() if reading.sees_album(who, album))
    for name in ("name", "-created_at", "-updated_at"):
        assert _walked(client, f"/api/albums?ordering={name}&page_size=13", expected=len(seen)) == seen, name


def test_somebody_elses_cursor(gallery: Gallery, reading: Reading) -> None:
    """It is a place in an order: who follows it sees what is his to see from there on."""
    first = gallery.client("owner").get("/api/images?page_size=5&ordering=name").json()
    nobody = gallery.askers["nobody"]
    seen = set(_ids(image for image in reading.images.values() if reading.sees_image(nobody, image)))
    followed = list(_pages(gallery.client("nobody"), first["next"]))
    assert followed
    for page in followed:
        assert page["count"] == len(seen)
        assert {result["id"] for result in page["results"]} <= seen


def _ids(rows: Iterator[Row]) -> list[str]:
    return sorted(str(row.uid) for row in rows)


def _pages(client: Client, address: str | None, by: str = "next") -> Iterator[dict[str, Any]]:
    while address:
        parts = urlsplit(address)
        page = client.get(f"{parts.path}?{parts.query}").json()
        yield page
        address = page[by]


def _walked(client: Client, start: str, *, expected: int) -> list[str]:
    """The ids met on the way to the end, in the order of ids: each page counts as many as there are."""
    pages = list(_pages(client, start))
    assert {page["count"] for page in pages} == {expected}
    return sorted(result["id"] for page in pages for result in page["results"])
