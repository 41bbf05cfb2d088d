"""Contributors: their own images in somebody else's album, and what stays theirs."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from albums import sharing, tree
from albums.models import Album
from images import placing
from images.models import AlbumImage, Image
from images.tests.conftest import post_files
from images.tests.rows import image_row
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def trip(alice: User, bob: User) -> Album:
    """Alice's album, into which bob puts photos of his own."""
    trip = tree.plant(owner=alice, name="Trip", privacy_setting="shared")
    sharing.let_in(bob, into=trip, role="contributor", by=alice)
    return trip


@pytest.fixture
def added(trip: Album, bob: User) -> Image:
    """Bob's photo in it."""
    image = image_row(bob, title="bob's")
    placing.add([image.pk], to=trip, by=bob)
    return image


def path(album: Album, image: Image | None = None) -> str:
    return f"/api/albums/{album.uid}/images{f'/{image.uid}' if image else ''}"


def ids(*images: Image) -> dict[str, list[str]]:
    return {"image_ids": [str(image.uid) for image in images]}


def codes(answer: Any) -> list[tuple[str | None, str]]:
    return [(error["attr"], error["code"]) for error in answer.json()["errors"]]


def titles(client: APIClient, album: Album) -> list[str]:
    return [card["title"] for card in client.get(path(album)).json()["results"]]


def albums_of(image: Image) -> set[str]:
    return set(AlbumImage.objects.filter(image=image).values_list("album__name", flat=True))


# --- In -----------------------------------------------------------------------------------------------------------


def test_a_contributor_adds_his_own_and_stays_their_owner(
    as_alice: APIClient, as_bob: APIClient, trip: Album, bob: User
) -> None:
    image = image_row(bob, title="bob's")
    answer = as_bob.post(path(trip), ids(image))
    assert answer.status_code == 200
    assert answer.json()["image_count"] == 1
    place = AlbumImage.objects.get()
    assert (place.is_contributed, place.added_by) == (True, bob)
    assert titles(as_alice, trip) == titles(as_bob, trip) == ["bob's"]
    address = f"/api/images/{image.uid}"
    assert as_alice.get(address).json()["user"]["username"] == "bob"
    assert as_alice.put(address, {"title": "alice's"}).status_code == 403
    assert as_alice.delete(address).status_code == 403


def test_only_as_long_as_he_is_one(as_bob: APIClient, trip: Album, bob: User, alice: User) -> None:
    image = image_row(bob)
    sharing.let_in(bob, into=trip, role="viewer", by=alice)
    assert as_bob.post(path(trip), ids(image)).status_code == 403
    sharing.let_in(bob, into=trip, role="contributor", by=alice)
    tree.edit(trip, {"privacy_setting": "private"})
    assert as_bob.post(path(trip), ids(image)).status_code == 404
    tree.edit(trip, {"privacy_setting": "public"})
    assert as_bob.post(path(trip), ids(image)).status_code == 200
    sharing.let_go(bob, out_of=trip, by=alice)
    assert as_bob.post(path(trip), ids(image_row(bob))).status_code == 403


def test_also_where_an_album_below_inherits(as_bob: APIClient, trip: Album, bob: User) -> None:
    day = tree.plant(owner=trip.user, name="Day", parent=trip)
    own = tree.plant(owner=trip.user, name="Own", parent=trip, privacy_setting="public")
    assert as_bob.post(path(day), ids(image_row(bob))).status_code == 200
    assert as_bob.post(path(own), ids(image_row(bob))).status_code == 403


def test_nobody_adds_what_is_somebody_elses(as_alice: APIClient, as_bob: APIClient, trip: Album, alice: User) -> None:
    hers = image_row(alice, privacy_setting="public")
    answer = as_bob.post(path(trip), ids(image_row(User.objects.get(username="bob")), hers))
    assert (answer.status_code, codes(answer)) == (403, [("image_ids.1", "permission_denied")])
    assert not AlbumImage.objects.exists()


def test_an_upload_goes_where_one_contributes(as_bob: APIClient, as_carol: APIClient, trip: Album) -> None:
    assert post_files(as_bob, ("a.jpg", jpeg(seed=1)), album_id=str(trip.uid)).status_code == 201
    assert AlbumImage.objects.get().is_contributed
    refused = post_files(as_carol, ("b.jpg", jpeg(seed=2)), album_id=str(trip.uid))
    assert (refused.status_code, codes(refused)) == (400, [("album_id", "does_not_exist")])
    assert Image.objects.count() == 1


def test_no_album_is_planted_below_somebody_elses(as_bob: APIClient, trip: Album) -> None:
    answer = as_bob.post("/api/albums", {"name": "Mine", "parent_id": str(trip.uid)})
    assert (answer.status_code, codes(answer)) == (400, [("parent_id", "does_not_exist")])


# --- By the image's own albums ------------------------------------------------------------------------------------


def test_an_image_goes_into_and_out_of_albums_by_its_own_list(as_bob: APIClient, trip: Album, bob: User) -> None:
    image = image_row(bob)
    mine = tree.plant(owner=bob, name="Mine")
    address = f"/api/images/{image.uid}"
    for asked, found in [
        ({"album_id": str(trip.uid)}, {"Trip"}),
        ({"album_ids": [str(trip.uid), str(mine.uid)]}, {"Trip", "Mine"}),
        ({"album_ids": [str(mine.uid)]}, {"Mine"}),
        ({"album_ids": [str(trip.uid)]}, {"Trip"}),
        ({"title": "x"}, {"Trip"}),
        ({"album_ids": []}, set()),
    ]:
        assert as_bob.put(address, asked).status_code == 200
        assert albums_of(image) == found, asked


def test_a_list_read_and_sent_again_changes_nothing_though_he_may_not_add_any_more(
    as_bob: APIClient, trip: Album, bob: User, added: Image
) -> None:
    sharing.let_in(bob, into=trip, role="viewer", by=trip.user)
    address = f"/api/images/{added.uid}"
    read = [album["id"] for album in as_bob.get(address).json()["albums"]]
    assert read == [str(trip.uid)]
    mine = tree.plant(owner=bob, name="Mine")
    assert as_bob.put(address, {"album_ids": [*read, str(mine.uid)]}).status_code == 200
    assert albums_of(added) == {"Trip", "Mine"}
    assert as_bob.put(address, {"album_ids": [str(mine.uid)]}).status_code == 200
    again = as_bob.put(address, {"album_ids": [str(mine.uid), str(trip.uid)]})
    assert (again.status_code, codes(again)) == (400, [("album_ids.1", "does_not_exist")])
    assert albums_of(added) == {"Mine"}


def test_the_list_takes_no_album_that_is_not_his_to_add_to(
    as_carol: APIClient, trip: Album, carol: User, django_assert_max_num_queries: Any
) -> None:
    image = image_row(carol)
    public = tree.plant(owner=trip.user, name="Public", privacy_setting="public")
    unknown = "00000000-0000-4000-8000-000000000000"
    told = as_carol.put(f"/api/images/{image.uid}", {"album_ids": [unknown, str(trip.uid), str(public.uid)]})
    assert (told.status_code, codes(told)) == (400, [(f"album_ids.{n}", "does_not_exist") for n in range(3)])
    assert {error["detail"] for error in told.json()["errors"]} == {"There is no such album that you may add to."}
    with django_assert_max_num_queries(12):
        as_carol.put(f"/api/images/{image.uid}", {"album_ids": [unknown] * 200})


# --- Out ----------------------------------------------------------------------------------------------------------


def test_the_albums_owner_takes_it_out_and_the_image_stays(as_alice: APIClient, trip: Album, added: Image) -> None:
    assert as_alice.delete(f"{path(trip, added)}?delete_image=true").status_code == 403
    assert albums_of(added) == {"Trip"}
    answer = as_alice.delete(path(trip, added))
    assert (answer.status_code, answer.json()) == (200, {"removed": True, "deleted": False})
    added.refresh_from_db()
    assert (albums_of(added), added.trashed_at) == (set(), None)


def test_he_takes_his_own_out_and_deletes_it(as_bob: APIClient, trip: Album, added: Image) -> None:
    answer = as_bob.delete(f"{path(trip, added)}?delete_image=true")
    assert (answer.status_code, answer.json()) == (200, {"removed": True, "deleted": True})
    added.refresh_from_db()
    assert (albums_of(added), added.trashed_at is None) == (set(), False)


def test_he_takes_out_nothing_else(
    as_bob: APIClient, as_carol: APIClient, trip: Album, added: Image, alice: User, carol: User
) -> None:
    sharing.let_in(carol, into=trip, role="contributor", by=alice)
    hers, carols = image_row(alice, album=trip), image_row(carol)
    placing.add([carols.pk], to=trip, by=carol)
    for image in (hers, carols):
        assert as_bob.delete(path(trip, image)).status_code == 403
    assert AlbumImage.objects.count() == 3


def test_his_own_comes_out_of_an_album_he_does_not_see_any_more(
    as_alice: APIClient, as_bob: APIClient, trip: Album, added: Image, bob: User
) -> None:
    sharing.let_go(bob, out_of=trip, by=trip.user)
    assert as_bob.get(path(trip)).status_code == 404
    assert titles(as_alice, trip) == ["bob's"]
    assert as_bob.delete(path(trip, image_row(trip.user, album=trip))).status_code == 404
    assert as_bob.delete(path(trip, added)).status_code == 200
    assert titles(as_alice, trip) == [""]
    assert as_bob.delete(path(trip, added)).status_code == 404


def test_made_private_it_is_gone_for_the_others(
    as_alice: APIClient, as_bob: APIClient, trip: Album, added: Image
) -> None:
    as_bob.put(f"/api/images/{added.uid}", {"privacy_setting": "private"})
    assert (titles(as_alice, trip), titles(as_bob, trip)) == ([], ["bob's"])
    assert as_alice.delete(path(trip, added)).status_code == 404


def test_order_and_cover_are_the_owners(as_alice: APIClient, as_bob: APIClient, trip: Album, added: Image) -> None:
    assert as_bob.patch(path(trip), ids(added)).status_code == 403
    assert as_bob.put(f"/api/albums/{trip.uid}", {"cover_image_id": str(added.uid)}).status_code == 403
    assert as_alice.put(f"/api/albums/{trip.uid}", {"cover_image_id": str(added.uid)}).status_code == 200
    assert as_alice.patch(path(trip), ids(added)).status_code == 200


def test_a_cover_is_chosen_among_what_the_owner_sees(
    as_alice: APIClient, as_bob: APIClient, trip: Album, added: Image
) -> None:
    as_bob.put(f"/api/images/{added.uid}", {"privacy_setting": "private"})
    answer = as_alice.put(f"/api/albums/{trip.uid}", {"cover_image_id": str(added.uid)})
    assert (answer.status_code, codes(answer)[0][0]) == (400, "cover_image_id")


# --- What the album's owner decides, and what not -----------------------------------------------------------------


def test_made_public_the_album_shows_nothing_of_his(
    as_alice: APIClient, as_bob: APIClient, as_carol: APIClient, as_nobody: APIClient, trip: Album, added: Image
) -> None:
    image_row(trip.user, title="alice's", album=trip)
    as_alice.put(f"/api/albums/{trip.uid}", {"privacy_setting": "public"})
    for client in (as_carol, as_nobody):
        assert titles(client, trip) == ["alice's"]
        assert client.get(f"/api/images/{added.uid}").status_code == 404
    assert titles(as_bob, trip) == ["bob's", "alice's"]


def test_his_preferences_speak_for_his_images(as_alice: APIClient, trip: Album, bob: User) -> None:
    image = image_row(bob, metadata={"location_lat": 1.5, "location_lon": 2.5})
    placing.add([image.pk], to=trip, by=bob)
    tree.edit(trip, {"show_location": True})
    address = f"/api/images/{image.uid}"
    assert "location_lat" not in as_alice.get(address).json()["metadata"]
    bob.choose({"show_location": True})
    tree.edit(trip, {"show_location": False})
    assert as_alice.get(address).json()["metadata"]["location_lat"] == 1.5


def test_deleting_the_album_deletes_none_of_his(as_alice: APIClient, trip: Album, added: Image) -> None:
    hers = image_row(trip.user, album=trip)
    assert as_alice.delete(f"/api/albums/{trip.uid}?images=all").status_code == 204
    for image, kept in [(added, True), (hers, False)]:
        image.refresh_from_db()
        assert (image.trashed_at is None) is kept
