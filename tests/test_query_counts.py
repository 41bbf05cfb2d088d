"""What an answer costs in queries: the same for two rows as for twenty."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from images import placing, store
from images.models import Image
from images.renditions import RenditionKey
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db

FEW, MANY = 2, 20


@pytest.fixture
def paths(alice: User) -> dict[str, str]:
    """Alice's library: `MANY` images in albums, with tags; `MANY` albums below one, each with a cover."""
    top = tree.plant(owner=alice, name="top", privacy_setting="public")
    for n in range(MANY):
        child = tree.plant(owner=alice, name=f"child {n}", parent=top)
        grandchild = tree.plant(owner=alice, name=f"grandchild {n}", parent=child)
        image = image_row(alice, title=f"same {n}", album=top, tags=[f"tag {n}", "common"], privacy_setting="public")
        for album in (child, grandchild):
            placing.add([image.pk], to=album, by=alice)
    return {"top": f"/api/albums/{top.uid}", "parent": str(top.uid)}


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as queries:
        yield queries


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/api/images?", 7),
        ("/api/images?user=alice&ordering=name&", 7),
        ("/api/images?tag=common&", 7),
        ("{top}/images?", 8),
        ("/api/albums?", 8),
        ("/api/albums?parent={parent}&", 8),
        ("/api/tags?", 4),
    ],
)
@pytest.mark.parametrize("who", ["alice", None])
def test_a_list_costs_the_same_whatever_its_length(
    paths: dict[str, str], address: str, most: int, who: str | None, request: pytest.FixtureRequest
) -> None:
    client = APIClient()
    if who:
        client.force_login(request.getfixturevalue(who))
    costs = []
    for size in (FEW, MANY):
        with counted() as queries:
            answer = client.get(f"{address.format(**paths)}page_size={size}")
        assert len(answer.json()["results"]) == size
        costs.append([query["sql"] for query in queries.captured_queries])
    few, many = costs
    assert len(few) == len(many), "\n".join(many)
    assert len(many) <= most, "\n".join(many)


def test_a_search_costs_at_most_its_tiers(paths: dict[str, str]) -> None:
    """Tier by tier until the page is full: a longer page may ask more of them, and there are four."""
    for size in (FEW, MANY):
        with counted() as queries:
            answer = APIClient().get(f"/api/search?query=same&page_size={size}")
        assert len(answer.json()["results"]) == size
        assert len(queries) <= 12


@pytest.mark.parametrize("kind", ["image", "album"])
def test_one_costs_the_same_whatever_hangs_on_it(alice: User, kind: str) -> None:
    client = APIClient()
    client.force_login(alice)
    costs = []
    for number in (FEW, MANY):
        image = image_row(alice, tags=[f"tag {n}" for n in range(number)])
        top = tree.plant(owner=alice, name="top")
        for n in range(number):
            placing.add([image.pk], to=tree.plant(owner=alice, name=f"album {n}", parent=top), by=alice)
        address = f"/api/images/{image.uid}" if kind == "image" else f"/api/albums/{top.uid}"
        with counted() as queries:
            assert client.get(address).status_code == 200
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 12


def with_thumbnail(image: Image) -> Image:
    key = RenditionKey(640, "jpeg").for_picture(image.image_width, image.image_height)
    file = store.on_disk(store.rendition_path(image.uid, image.version, key))
    file.parent.mkdir(parents=True)
    file.write_bytes(b"a picture")
    return image


def test_a_thumbnail_that_stands_costs_one_look(alice: User) -> None:
    """Who asks, and whether he may: nothing else is read from the database for a file."""
    image = with_thumbnail(image_row(alice, privacy_setting="public"))
    with counted() as queries:
        assert APIClient().get(f"/api/images/{image.uid}/thumbnail").status_code == 200
    assert len(queries) == 1


def test_ones_own_thumbnail_asks_for_no_album(alice: User) -> None:
    """What its own row says is asked first: the long question, about albums, is for those whom that does not let in."""
    image = with_thumbnail(image_row(alice))
    client = APIClient()
    client.force_login(alice)
    with counted() as queries:
        assert client.get(f"/api/images/{image.uid}/thumbnail").status_code == 200
    assert len(queries) == 3  # the session, who it is, the image
    assert "albums_" not in "".join(query["sql"] for query in queries.captured_queries)
