"""Downloads of those who are not the owner: who gets a copy, and that it tells nothing but the picture."""

import io
from collections.abc import Callable
from email.message import Message
from typing import Any

import pytest
from PIL import Image as Picture
from rest_framework.test import APIClient

from accounts.models import User
from accounts.viewer import OPENED_LINKS
from albums import tree
from albums.models import Album, AlbumMember, ShareLink
from images import placing, store
from images.downloads import public_name
from images.models import Image
from images.tests.rows import image_row
from tests.pictures import jpeg, jpeg_with_place

pytestmark = pytest.mark.django_db
Upload = Callable[..., Image]


def fetched(client: APIClient, image: Image, **how: Any) -> Any:
    return client.get(f"/api/images/{image.uid}/download", **how)


def offered(client: APIClient, image: Image) -> bool:
    """Whether the detail offers it; the list has to say the same."""
    detail = client.get(f"/api/images/{image.uid}").json()
    listed = {card["id"]: card for card in client.get("/api/images").json()["results"]}
    assert listed[str(image.uid)]["download_url"] == detail["download_url"]
    return detail["download_url"] is not None


def saved_name(answer: Any) -> str | None:
    message = Message()
    message["Content-Disposition"] = answer["Content-Disposition"]
    return message.get_filename()


def with_link(client: APIClient, album: Album, **values: Any) -> APIClient:
    """A browser that has opened a link to the album."""
    link = ShareLink.objects.create(album=album, token_hash=ShareLink.hash_of(ShareLink.new_token()), **values)
    session = client.session
    session[OPENED_LINKS] = [link.pk]
    session.save()
    return client


# --- What comes ---------------------------------------------------------------------------------------------------


def test_others_get_the_picture_and_not_what_it_tells(as_carol: APIClient, as_alice: APIClient, upload: Upload) -> None:
    content = jpeg_with_place() + b"a secret after the end"
    image = upload(content, name="my child at home.jpg", privacy_setting="public", title="Low tide")
    answer = fetched(as_carol, image)
    copy = answer.getvalue()
    assert answer.status_code == 200
    assert Picture.open(io.BytesIO(copy)).tobytes() == Picture.open(io.BytesIO(content)).tobytes()
    for secret in (b"Canon", b"EOS R5", b"GPS", b"secret", b"2021:05:03"):
        assert secret not in copy
    assert saved_name(answer) == f"Low tide-{image.uid.hex[-8:]}.jpg"
    assert "child" not in str(answer.headers)
    assert image.file_hash not in str(answer.headers)
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "private, no-cache"
    assert fetched(as_alice, image).getvalue() == content


def test_a_copy_comes_in_parts_and_conditionally(as_carol: APIClient, upload: Upload) -> None:
    image = upload(privacy_setting="public")
    whole = fetched(as_carol, image)
    copy = whole.getvalue()
    part = fetched(as_carol, image, headers={"Range": "bytes=10-19", "If-Range": whole["ETag"]})
    assert (part.status_code, part.getvalue()) == (206, copy[10:20])
    assert fetched(as_carol, image, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    assert whole["ETag"] != f'"{image.file_hash}"'
    assert as_carol.head(f"/api/images/{image.uid}/download")["Content-Length"] == str(len(copy))


def test_a_copy_of_a_lost_original_is_gone(as_carol: APIClient, upload: Upload) -> None:
    image = upload(privacy_setting="public")
    store.on_disk(image.file_path).unlink()
    assert fetched(as_carol, image).status_code == 410


def test_a_strangers_download_counts_once(as_carol: APIClient, upload: Upload) -> None:
    image = upload(privacy_setting="public")
    for _ in range(2):
        fetched(as_carol, image)
    image.refresh_from_db()
    assert image.download_count == 1


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("", "photo"),
        ("a/b\\c:d", "a b c d"),
        ("x\r\nSet-Cookie: y", "x Set-Cookie y"),
        ("gpj.\u202eexe", "gpj. exe"),
        ("Été à Łódź 海", "Été à Łódź 海"),
        ("..", "photo"),
        ("t" * 300, "t" * 100),
    ],
)
def test_the_name_of_a_copy(alice: User, title: str, name: str) -> None:
    image = image_row(alice, title=title[:255])
    assert public_name(image, "jpg") == f"{name}-{image.uid.hex[-8:]}.jpg"


# --- Who gets it --------------------------------------------------------------------------------------------------


def allows(user: User, allowed: bool) -> None:
    user.choose({"allow_download": allowed})


@pytest.mark.parametrize("allowed", [True, False])
def test_a_public_image_is_offered_unless_its_owner_says_no(
    as_nobody: APIClient, as_alice: APIClient, alice: User, upload: Upload, allowed: bool
) -> None:
    allows(alice, allowed)
    image = upload(privacy_setting="public")
    assert offered(as_nobody, image) is allowed
    assert fetched(as_nobody, image).status_code == (200 if allowed else 403)
    assert offered(as_alice, image)


@pytest.mark.parametrize(
    ("top", "below", "preferred", "expected"),
    [
        (None, None, True, True),
        (None, None, False, False),
        (True, None, False, True),
        (False, None, True, False),
        (True, False, True, False),
        (False, True, False, True),
    ],
)
def test_the_nearest_album_that_says_decides_for_a_member(
    as_bob: APIClient, alice: User, bob: User, upload: Upload, top: bool, below: bool, preferred: bool, expected: bool
) -> None:
    allows(alice, preferred)
    parent = tree.plant(owner=alice, name="P", privacy_setting="shared", allow_download=top)
    child = tree.plant(owner=alice, name="C", parent=parent, allow_download=below)
    AlbumMember.objects.create(album=parent, user=bob)
    image = upload(album_id=str(child.uid))
    assert offered(as_bob, image) is expected
    assert fetched(as_bob, image).status_code == (200 if expected else 403)


@pytest.mark.parametrize(
    ("of_album", "of_link", "expected"),
    [(False, True, True), (True, False, False), (True, None, True), (False, None, False)],
)
def test_a_link_speaks_for_who_comes_by_it(
    as_nobody: APIClient, alice: User, upload: Upload, of_album: bool, of_link: bool | None, expected: bool
) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="shared", allow_download=of_album)
    image = upload(album_id=str(album.uid))
    assert fetched(as_nobody, image).status_code == 404
    visitor = with_link(as_nobody, album, allow_download=of_link)
    assert offered(visitor, image) is expected
    assert fetched(visitor, image).status_code == (200 if expected else 403)


def test_one_road_that_allows_is_enough(as_bob: APIClient, alice: User, bob: User, upload: Upload) -> None:
    strict = tree.plant(owner=alice, name="S", privacy_setting="shared", allow_download=False)
    generous = tree.plant(owner=alice, name="G", privacy_setting="shared", allow_download=True)
    for album in (strict, generous):
        AlbumMember.objects.create(album=album, user=bob)
    image = upload(album_id=str(strict.uid))
    assert fetched(as_bob, image).status_code == 403
    placing.add([image.pk], to=generous, by=alice)
    assert fetched(as_bob, image).status_code == 200


def test_what_a_contributor_adds_follows_his_own_preference(
    as_bob: APIClient, as_alice: APIClient, alice: User, bob: User, upload: Upload
) -> None:
    """The image is alice's, the album bob's: what his album allows is not his to allow."""
    album = tree.plant(owner=bob, name="B", privacy_setting="shared", allow_download=True)
    AlbumMember.objects.create(album=album, user=alice, role="contributor")
    image = upload()
    placing.add([image.pk], to=album, by=alice)
    allows(alice, False)
    assert fetched(as_bob, image).status_code == 403
    allows(alice, True)
    assert fetched(as_bob, image).status_code == 200


# --- The place of an image goes the same roads ---------------------------------------------------------------------


def place_of(client: APIClient, image: Image) -> float | None:
    metadata = client.get(f"/api/images/{image.uid}").json()["metadata"]
    found = {card["id"] for card in client.get("/api/images?has_location=true").json()["results"]}
    assert (str(image.uid) in found) is (metadata.get("location_lat") is not None)
    return metadata.get("location_lat")


@pytest.mark.parametrize(
    ("of_album", "preferred", "expected"),
    [(True, False, 48.5), (False, True, None), (None, True, 48.5), (None, False, None)],
)
def test_a_member_knows_the_place_where_the_album_shows_it(
    as_bob: APIClient, alice: User, bob: User, upload: Upload, of_album: bool, preferred: bool, expected: float | None
) -> None:
    alice.choose({"show_location": preferred})
    album = tree.plant(owner=alice, name="A", privacy_setting="shared", show_location=of_album)
    AlbumMember.objects.create(album=album, user=bob)
    image = upload(jpeg_with_place(), album_id=str(album.uid))
    assert place_of(as_bob, image) == expected


def test_a_link_may_show_the_place(as_nobody: APIClient, alice: User, upload: Upload) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="shared")
    image = upload(jpeg_with_place(), album_id=str(album.uid))
    assert place_of(with_link(as_nobody, album), image) is None
    assert place_of(with_link(APIClient(), album, show_location=True), image) == 48.5


def test_a_public_album_that_shows_places_shows_them_to_everyone(
    as_nobody: APIClient, alice: User, upload: Upload
) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="public", show_location=True)
    inside = upload(jpeg_with_place(seed=1), album_id=str(album.uid))
    outside = upload(jpeg_with_place(seed=2), privacy_setting="public")
    assert place_of(as_nobody, inside) == 48.5
    assert place_of(as_nobody, outside) is None


def test_pictures_of_other_kinds_are_made_anew(as_carol: APIClient, upload: Upload) -> None:
    content = io.BytesIO()
    Picture.open(io.BytesIO(jpeg())).save(content, "TIFF")
    image = upload(content.getvalue(), name="a.tif", privacy_setting="public")
    answer = fetched(as_carol, image)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert saved_name(answer) == f"photo-{image.uid.hex[-8:]}.jpg"
    assert Picture.open(io.BytesIO(answer.getvalue())).size == (64, 48)
