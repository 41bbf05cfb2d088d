"""What merging and keeping apart do, over HTTP."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from albums.models import Album, AlbumMember
from images import merging, placing, trash
from images.models import AlbumImage, Image, NotDuplicate
from images.tests.alike import ask, groups, hashed, ids, look, sets
from images.tests.rows import image_row
from images.tests.test_ledger import check

pytestmark = pytest.mark.django_db


def test_kept_apart(as_alice: APIClient, alice: User) -> None:
    a, b, c = (look(alice, hashed()) for _ in range(3))
    assert ask(as_alice, "dismiss", image_ids=list(ids(a, b))).status_code == 204
    assert ask(as_alice, "dismiss", image_ids=list(ids(a, b))).status_code == 204
    [group] = sets(as_alice)
    assert group in (ids(a, c), ids(b, c))
    assert ask(as_alice, "dismiss", image_ids=list(ids(a, b, c))).status_code == 204
    assert sets(as_alice) == []
    d = look(alice, hashed())  # like all of them, which does not bring them together
    [group] = sets(as_alice)
    assert len(group) == 2
    assert str(d.uid) in group


def test_dismissing_is_all_or_nothing(as_alice: APIClient, alice: User, bob: User) -> None:
    mine, trashed = look(alice, hashed()), look(alice, hashed())
    his = look(bob, hashed(), privacy_setting="public")
    trash.trash([trashed.pk])
    for wrong, status in ((str(his.uid), 403), (str(trashed.uid), 400), (str(uuid.uuid4()), 404)):
        answer = ask(as_alice, "dismiss", image_ids=[str(mine.uid), wrong])
        assert answer.status_code == status
        assert [error["attr"] for error in answer.json()["errors"]] == ["image_ids.1"]
    for body in ({}, {"image_ids": [str(mine.uid)]}, {"image_ids": [str(uuid.uuid4())] * 101}):
        assert ask(as_alice, "dismiss", **body).status_code == 400
    assert not NotDuplicate.objects.exists()
    with pytest.raises(PermissionDenied):
        merging.keep_apart([mine.pk, his.pk], by=alice)


@pytest.fixture
def trip(alice: User) -> Album:
    return tree.plant(owner=alice, name="Trip")


def merge(client: APIClient, keeper: Image, *others: Image) -> Any:
    answer = ask(client, "merge", keeper=str(keeper.uid), image_ids=[str(image.uid) for image in others])
    assert answer.status_code == 200, answer.json()
    assert answer.json() == {"keeper": str(keeper.uid), "trashed": len(set(others) - {keeper})}
    keeper.refresh_from_db()
    check()
    return answer


def test_the_keeper_gets_what_it_lacks(as_alice: APIClient, alice: User) -> None:
    keeper = look(alice, hashed(), title="Mine", tags=["Sea"], file_size=9_000)
    worse = look(
        alice,
        hashed(),
        title="Worse",
        description="told",
        rating=4,
        tags=["sea", "Dawn"],
        file_size=10,
        metadata={"date_taken": "2021-05-03T10:00:00", "location_lat": 1.0, "location_lon": 2.0, "altitude": 3.0},
    )
    better = look(alice, hashed(), description="better told", tags=["beach"], file_size=500)
    merge(as_alice, keeper, worse, better, keeper)
    assert (keeper.title, keeper.description, keeper.rating) == ("Mine", "better told", 4)
    assert sorted(keeper.tag_uses.values_list("spelling", flat=True)) == ["Dawn", "Sea", "beach"]
    facts = keeper.metadata
    assert (facts.date_taken, facts.location_lat, facts.location_lon) == ("2021-05-03T10:00:00", 1.0, 2.0)
    assert keeper.taken_sort.isoformat() == "2021-05-03T10:00:00+00:00"
    assert set(Image.objects.filter(trashed_at__isnull=False)) == {worse, better}
    assert groups(as_alice) == []
    hits = as_alice.get("/api/search?query=better dawn").json()["results"]
    assert [hit["id"] for hit in hits] == [str(keeper.uid)]


def test_what_it_has_it_keeps(as_alice: APIClient, alice: User) -> None:
    told = {"date_taken": "2020-01-01T00:00:00", "location_lat": 5.0, "location_lon": 6.0}
    keeper = look(alice, hashed(), title="T", description="D", rating=0, metadata=told)
    other = look(
        alice,
        hashed(),
        title="t",
        description="d",
        rating=5,
        metadata={"date_taken": "1999-01-01T00:00:00", "location_lat": 1.0, "location_lon": 2.0, "altitude": 3.0},
    )
    before = Image.objects.get(pk=keeper.pk).taken_sort
    merge(as_alice, keeper, other)
    assert (keeper.title, keeper.description, keeper.rating, keeper.taken_sort) == ("T", "D", 0, before)
    assert (keeper.metadata.date_taken, keeper.metadata.location_lat) == ("2020-01-01T00:00:00", 5.0)
    assert keeper.metadata.altitude is None


def test_it_takes_their_places(as_alice: APIClient, alice: User, trip: Album) -> None:
    second = tree.plant(owner=alice, name="Second")
    keeper, other, third = (look(alice, hashed()) for _ in range(3))
    before = image_row(alice, album=trip)
    placing.add([other.pk], to=trip, by=alice)
    after = image_row(alice, album=trip)
    placing.add([third.pk, keeper.pk], to=second, by=alice)
    placing.set_cover(trip, other.pk)
    placing.set_cover(second, third.pk)
    merge(as_alice, keeper, other, third)
    shown = trip.images.filter(trashed_at=None).order_by("places__display_order", "pk")
    assert list(shown) == [before, keeper, after]
    assert AlbumImage.objects.filter(image=keeper, is_cover=True).count() == 2
    assert keeper.places.count() == 2
    trash.restore([other.pk, third.pk])  # they still have theirs
    assert trip.images.count() == 4
    check()


def test_into_others_albums_only_where_one_may_add(as_bob: APIClient, alice: User, bob: User, trip: Album) -> None:
    closed = tree.plant(owner=alice, name="Closed", privacy_setting="shared")
    shared = tree.plant(owner=alice, name="Open", privacy_setting="shared")
    for album in (closed, shared):
        AlbumMember.objects.create(album=album, user=bob, role="contributor")
    keeper, other = look(bob, hashed()), look(bob, hashed(), album=shared)
    placing.add([other.pk], to=closed, by=bob)
    placing.set_cover(shared, other.pk)
    AlbumMember.objects.filter(album=closed).update(role="viewer")
    merge(as_bob, keeper, other)
    place = keeper.places.get()
    assert (place.album, place.is_contributed, place.is_cover) == (shared, True, False)


def test_what_was_public_by_its_album_is_so_again(as_alice: APIClient, alice: User) -> None:
    album = tree.plant(owner=alice, name="Open", privacy_setting="public")
    keeper, private = look(alice, hashed()), look(alice, hashed(), privacy_setting="private")
    other = look(alice, hashed(), album=album)
    merge(as_alice, private, other)
    assert not private.is_listed
    trash.restore([other.pk])
    merge(as_alice, keeper, other)
    assert keeper.is_listed


def test_merging_is_all_or_nothing(as_alice: APIClient, alice: User, bob: User, trip: Album) -> None:
    keeper, other = look(alice, hashed()), look(alice, hashed(), album=trip, tags=["a"])
    his = look(bob, hashed(), privacy_setting="public")
    trashed = look(alice, hashed())
    trash.trash([trashed.pk])
    for status, wrong in [(403, his), (400, trashed), (404, Image(uid=uuid.uuid4()))]:
        answer = ask(as_alice, "merge", keeper=str(keeper.uid), image_ids=[str(other.uid), str(wrong.uid)])
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (status, "image_ids.1")
        answer = ask(as_alice, "merge", keeper=str(wrong.uid), image_ids=[str(other.uid)])
        assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "keeper")
    assert ask(as_alice, "merge", keeper=str(keeper.uid), image_ids=[]).status_code == 400
    with pytest.raises(PermissionDenied):
        merging.merge([his.pk], into=keeper.pk, by=alice)
    assert Image.objects.filter(trashed_at=None).count() == 3
    assert not keeper.places.exists()
    assert not keeper.tag_uses.exists()


def test_where_no_trash_is_kept_they_are_gone(as_alice: APIClient, alice: User, settings: Any) -> None:
    settings.GALLERY_TRASH_DAYS = 0
    keeper, other = look(alice, hashed()), look(alice, hashed(), title="T")
    merge(as_alice, keeper, other)
    assert list(Image.objects.all()) == [keeper]
    assert keeper.title == "T"


def test_as_many_queries_for_one_as_for_many(as_alice: APIClient, alice: User) -> None:
    counts = []
    for many in (1, 6):
        keeper = look(alice, hashed())
        others = []
        for n in range(many):
            album = tree.plant(owner=alice, name=f"A{many}{n}")
            others.append(look(alice, hashed(), album=album, tags=[f"t{many}{n}"]))
        with CaptureQueriesContext(connection) as queries:
            merge(as_alice, keeper, *others)
        counts.append(len(queries))
        trash.purge([keeper.pk])
    assert counts[0] == counts[1]
