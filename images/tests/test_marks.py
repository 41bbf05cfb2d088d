"""Who sees which watermark, over HTTP: by each road to an image, and by no trick another one."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from PIL import Image as Picture
from PIL import ImageChops
from rest_framework.test import APIClient

from accounts.models import User
from accounts.viewer import NOBODY, Viewer
from albums import sharing
from albums.models import Album, AlbumMember
from images import album_changes, delivery, ledger, mark_sweeping, marks, placing, reporting, store, trash
from images.models import Image, WatermarkPicture
from images.tests.rows import image_row
from images.watermarks import NONE, POSITIONS, Watermark
from tests.pictures import encoded

pytestmark = pytest.mark.django_db
SIZE = (240, 180)


def saying(position: str, **changes: Any) -> dict[str, Any]:
    """A watermark that is known by where it stands."""
    return {"kind": "text", "text": "© A", "position": position, "opacity": 1.0, "size": 0.2, **changes}


@pytest.fixture
def image(upload: Callable[..., Image], alice: User) -> Image:
    """Alice's; others may not download it, and her own watermark is at the bottom."""
    alice.choose({"allow_download": False, "watermark": saying("bottom")})
    return upload(encoded(Picture.new("RGB", SIZE, "#557799")))


def pixels(client: APIClient, image: Image, query: str = "size=320&format=png") -> Picture.Image:
    answer = client.get(f"/api/images/{image.uid}/thumbnail?{query}")
    assert answer.status_code == 200, answer.content
    return Picture.open(io.BytesIO(answer.getvalue()))


def mark_seen(client: APIClient, image: Image) -> str:
    """Where the watermark stands that this client gets: "" for none, else one of the nine places."""
    seen = pixels(client, image).convert("RGB")
    plain = Picture.new("RGB", seen.size, seen.getpixel((60, 30)))  # no mark reaches between the places
    box = ImageChops.difference(seen, plain).point(lambda level: 255 * (level > 8)).getbbox()
    if box is None:
        return ""
    across = ("left", "", "right")[3 * (box[0] + box[2]) // 2 // seen.width]
    down = ("top", "", "bottom")[3 * (box[1] + box[3]) // 2 // seen.height]
    return "_".join(filter(None, (down, across))) or "center"


def shared(owner: User, *members: User, watermark: dict | None = None, **values: Any) -> Album:
    album = album_changes.plant_album(
        owner=owner, name="A", **{"privacy_setting": "shared", "watermark": watermark, **values}
    )
    for member in members:
        sharing.let_in(member, into=album, by=owner, role=AlbumMember.Role.CONTRIBUTOR)
    return album


def put(image: Image, album: Album) -> None:
    placing.add([image.pk], to=album, by=image.user)


def publish(image: Image) -> None:
    with ledger.balanced([image.pk]):
        Image.objects.filter(pk=image.pk).update(privacy_setting="public")
    image.refresh_from_db()


# --- By each road -------------------------------------------------------------------------------------------------


def test_the_owner_sees_it_clean(as_alice: APIClient, as_nobody: APIClient, image: Image) -> None:
    publish(image)
    assert mark_seen(as_alice, image) == ""
    assert mark_seen(as_nobody, image) == "bottom"


def test_an_image_that_is_public_by_itself_has_its_owner_s(
    as_carol: APIClient, image: Image, alice: User, carol: User
) -> None:
    put(image, shared(alice, watermark=saying("top")))  # which carol does not see
    publish(image)
    assert mark_seen(as_carol, image) == "bottom"
    alice.choose({"watermark": None})
    assert mark_seen(as_carol, image) == ""


@pytest.mark.parametrize(
    ("said", "seen"), [(None, "bottom"), (saying("top_left"), "top_left"), (saying("center"), "center"), (NONE, "")]
)
def test_a_member_sees_what_the_album_says(
    as_carol: APIClient, image: Image, alice: User, carol: User, said: dict | None, seen: str
) -> None:
    put(image, shared(alice, carol, watermark=said))
    assert mark_seen(as_carol, image) == seen


def test_an_album_says_what_the_nearest_above_it_says(
    as_carol: APIClient, image: Image, alice: User, carol: User
) -> None:
    top = shared(alice, carol, watermark=saying("top"))
    middle = shared(alice, parent=top, privacy_setting="inherit")
    low = shared(alice, parent=middle, privacy_setting="inherit")
    put(image, low)
    assert mark_seen(as_carol, image) == "top"
    album_changes.edit_album(middle, {"watermark": dict(NONE)})
    assert mark_seen(as_carol, image) == ""
    album_changes.edit_album(low, {"watermark": saying("left")})
    assert mark_seen(as_carol, image) == "left"
    album_changes.edit_album(low, {"watermark": None})
    album_changes.edit_album(middle, {"watermark": None})
    assert mark_seen(as_carol, image) == "top"
    album_changes.edit_album(low, {"parent": None, "privacy_setting": "public"})
    assert mark_seen(as_carol, image) == "bottom"


def test_whoever_may_download_it_sees_it_clean(as_carol: APIClient, image: Image, alice: User, carol: User) -> None:
    album = shared(alice, carol, watermark=saying("top"))
    put(image, album)
    assert mark_seen(as_carol, image) == "top"
    album_changes.edit_album(album, {"allow_download": True})
    assert mark_seen(as_carol, image) == ""
    album_changes.edit_album(album, {"allow_download": False})
    assert mark_seen(as_carol, image) == "top"


@pytest.mark.parametrize(("may_download", "seen"), [(None, "top"), (False, "top"), (True, "")])
def test_by_a_link_it_is_the_album_s(
    as_nobody: APIClient, image: Image, alice: User, may_download: bool | None, seen: str
) -> None:
    album = shared(alice, watermark=saying("top"))
    put(image, album)
    _, token = sharing.make_link(album, by=alice, allow_download=may_download)
    as_nobody.get(f"/s/{token}")
    assert mark_seen(as_nobody, image) == seen


def test_in_a_public_album(as_nobody: APIClient, as_carol: APIClient, image: Image, alice: User) -> None:
    put(image, shared(alice, watermark=saying("right"), privacy_setting="public"))
    assert mark_seen(as_nobody, image) == mark_seen(as_carol, image) == "right"


def test_what_a_contributor_added_has_the_contributor_s(
    as_bob: APIClient, as_carol: APIClient, image: Image, alice: User, bob: User, carol: User
) -> None:
    """Carol's fellow member alice contributes to bob's album, which speaks for bob's images only."""
    put(image, shared(bob, alice, carol, watermark=saying("top")))
    assert mark_seen(as_carol, image) == mark_seen(as_bob, image) == "bottom"
    alice.choose({"watermark": None})
    assert mark_seen(as_carol, image) == mark_seen(as_bob, image) == ""


def test_being_public_is_a_road_of_its_own(as_carol: APIClient, image: Image, alice: User, carol: User) -> None:
    put(image, shared(alice, carol, watermark=saying("top")))
    alice.choose({"watermark": None})
    assert mark_seen(as_carol, image) == "top"
    publish(image)
    assert mark_seen(as_carol, image) == ""


def test_somebody_else_s_album_is_a_road_of_its_own(
    as_carol: APIClient, image: Image, alice: User, bob: User, carol: User
) -> None:
    put(image, shared(alice, carol, watermark=saying("top")))
    alice.choose({"watermark": None})
    assert mark_seen(as_carol, image) == "top"
    put(image, shared(bob, alice, carol, watermark=saying("left")))
    assert mark_seen(as_carol, image) == ""


def test_one_road_without_it_is_enough(as_carol: APIClient, image: Image, alice: User, carol: User) -> None:
    put(image, shared(alice, carol, watermark=saying("top")))
    clean = shared(alice, carol, watermark=dict(NONE))
    put(image, clean)
    assert mark_seen(as_carol, image) == ""
    sharing.let_go(carol, out_of=clean, by=alice)
    assert mark_seen(as_carol, image) == "top"


def test_of_several_it_is_always_the_same(
    as_carol: APIClient, image: Image, alice: User, carol: User, bob: User
) -> None:
    said = [saying("top"), saying("left")]
    least = min(said, key=lambda each: Watermark.from_json(each).mark)["position"]
    for each in said:
        put(image, shared(alice, carol, watermark=each))
    assert mark_seen(as_carol, image) == least
    for album in reversed(Album.objects.all()):
        placing.remove([image.pk], out_of=[album])
        put(image, album)
    assert mark_seen(as_carol, image) == least


def test_albums_that_grant_nothing_say_nothing(as_carol: APIClient, image: Image, alice: User, carol: User) -> None:
    put(image, shared(alice, carol, watermark=saying("top")))
    hidden, trashed = shared(alice, carol, watermark=dict(NONE)), shared(alice, carol, watermark=dict(NONE))
    private = shared(alice, carol, watermark=dict(NONE))
    for album in (hidden, trashed, private):
        put(image, album)
    album_changes.trash_album(trashed)
    album_changes.edit_album(private, {"privacy_setting": "private"})
    Album.objects.filter(pk=hidden.pk).update(is_hidden=True)
    assert mark_seen(as_carol, image) == "top"


def test_a_moderator_sees_what_others_see(as_mia: APIClient, image: Image, alice: User, carol: User, mia: User) -> None:
    """Of a private image, to which no album is a road, it is what its owner prefers."""
    put(image, shared(alice, carol, mia, watermark=dict(NONE)))
    assert mark_seen(as_mia, image) == ""
    reporting.report(image, by=Viewer(user=carol), address="", reason="spam", note="")
    with ledger.balanced([image.pk]):
        Image.objects.filter(pk=image.pk).update(privacy_setting="private")
    assert mark_seen(as_mia, image) == "bottom"


def test_one_s_own_cost_no_query(alice: User, django_assert_num_queries: Any) -> None:
    image = image_row(alice, album=shared(alice, watermark=saying("top")))
    with django_assert_num_queries(0):
        assert marks.due([image], Viewer(user=alice)) == {image.pk: None}


def test_many_images_take_as_many_queries_as_one(alice: User, carol: User, django_assert_max_num_queries: Any) -> None:
    alice.choose({"allow_download": False, "watermark": saying("bottom")})
    albums = [shared(alice, carol, watermark=saying(position)) for position in POSITIONS[:3]]
    images = [image_row(alice, album=albums[n % 3]) for n in range(12)]
    shown = list(Image.objects.filter(pk__in=[image.pk for image in images]).select_related("user"))
    with django_assert_max_num_queries(2):
        due = marks.due(shown, Viewer(user=carol))
    assert {pk: watermark and watermark.position for pk, watermark in due.items()} == {
        image.pk: POSITIONS[n % 3] for n, image in enumerate(images)
    }


def test_of_very_many_images_it_is_said_in_parts(
    alice: User, bob: User, carol: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(marks, "MOST_AT_ONCE", 3)
    alice.choose({"allow_download": False, "watermark": saying("bottom")})
    albums = [shared(alice, carol, bob, watermark=watermark) for watermark in (None, NONE, saying("left"))]
    images = [image_row(alice, album=albums[n % 3], privacy_setting=("inherit", "public")[n % 2]) for n in range(6)]
    put(images[0], albums[2])
    for owner, album in ((bob, albums[0]), (bob, None), (alice, None)):
        images.append(image_row(owner, album=album))
    with django_assert_num_queries(1):
        assert marks.lying_over(Image.objects.filter(user=bob), Viewer(user=carol)) == {}  # he has no watermark
    for viewer in (NOBODY, *(Viewer(user=user) for user in (alice, bob, carol))):
        visible = Image.objects.visible_to(viewer)
        shown = list(visible.select_related("user"))
        said = {pk: watermark.mark for pk, watermark in marks.due(shown, viewer).items() if watermark}
        assert marks.lying_over(visible, viewer) == said
        assert bool(said) is (viewer.user != alice)


# --- Addresses, and what they do not decide -----------------------------------------------------------------------


def told(client: APIClient, image: Image) -> dict[str, Any]:
    return client.get(f"/api/images/{image.uid}").json()


def test_addresses_carry_the_mark_that_is_due(
    as_alice: APIClient, as_carol: APIClient, image: Image, alice: User, carol: User
) -> None:
    said = saying("top")
    album = shared(alice, carol, watermark=said)
    put(image, album)
    mark = Watermark.from_json(said).mark
    card = told(as_carol, image)
    urls = [*(each["url"] for each in card["thumbnails"].values()), *card["srcset"].split(", ")]
    assert all(f"&m={mark}" in url for url in urls)
    assert "m=" not in told(as_alice, image)["srcset"]
    cover = as_carol.get(f"/api/albums/{album.uid}").json()["cover_image"]
    assert cover["thumbnails"] == card["thumbnails"]
    page = as_carol.get(f"/albums/{album.uid}").content.decode()
    assert f"m={mark}" in page
    assert f"v={image.version}&amp;m={mark}" in page
    for url in urls[:3]:
        answer = as_carol.get(url)
        assert answer["Cache-Control"] == delivery.FOR_EVER
        assert mark in answer["ETag"]


def test_a_change_of_the_watermark_is_another_address(
    as_carol: APIClient, image: Image, alice: User, carol: User
) -> None:
    album = shared(alice, carol)
    put(image, album)
    seen = set()
    for change in (None, saying("top"), saying("top", opacity=0.5), saying("top", text="© B"), dict(NONE)):
        album_changes.edit_album(album, {"watermark": change})
        url = told(as_carol, image)["thumbnails"]["small"]["url"]
        answer = as_carol.get(url)
        assert answer["Cache-Control"] == delivery.FOR_EVER
        seen.add((url, answer["ETag"], answer.content))
    assert len(seen) == len({url for url, _, _ in seen}) == len({etag for _, etag, _ in seen}) == 5
    assert len({body for *_, body in seen}) == 5


def test_no_address_brings_another_picture_than_is_due(
    as_alice: APIClient, as_carol: APIClient, image: Image, alice: User, carol: User
) -> None:
    """The owner's address, a mark of another, one that is none: what is answered follows from who asks."""
    put(image, shared(alice, carol, watermark=saying("top")))
    other = Watermark.from_json(saying("bottom")).mark
    clean = told(as_alice, image)["thumbnails"]["small"]["url"]
    due = told(as_carol, image)["thumbnails"]["small"]["url"]
    expected = as_carol.get(due).content
    assert as_alice.get(clean).content != expected
    for url in (
        clean,
        f"{clean}&m=",
        f"{clean}&m={other}",
        f"{clean}&m=../640",
        f"{due}&m=",
        f"{due}0",
        f"{clean}&m=%00",
    ):
        answer = as_carol.get(url)
        assert (answer.status_code, answer.content) == (200, expected), url
        assert answer["Cache-Control"] == delivery.ASK_AGAIN, url
    mine = as_alice.get(f"{clean}&m=0123456789ab")
    assert (mine.content, mine["Cache-Control"]) == (as_alice.get(clean).content, delivery.ASK_AGAIN)


def test_whoever_sees_it_clean_gets_no_mark_by_asking(
    as_alice: APIClient, as_carol: APIClient, image: Image, alice: User, carol: User
) -> None:
    put(image, shared(alice, carol, watermark=saying("top"), allow_download=True))
    clean = told(as_carol, image)["thumbnails"]["small"]["url"]
    mark = Watermark.from_json(saying("top")).mark
    asked = as_carol.get(f"{clean}&m={mark}")
    assert asked.content == as_carol.get(clean).content
    assert asked["Cache-Control"] == delivery.ASK_AGAIN
    assert as_alice.get(f"{clean}&m={mark}").content != asked.content


def test_its_owner_sees_it_as_others_do_where_the_address_says_so(
    as_alice: APIClient, as_carol: APIClient, as_nobody: APIClient, image: Image, alice: User, carol: User
) -> None:
    album = shared(alice, carol, watermark=saying("top"), privacy_setting="public")
    put(image, album)
    page = as_alice.get(f"/albums/{album.uid}?as=nobody").content.decode()
    [source] = re.findall(r'<img src="(/api/images/[^"]+)"', page)
    looked, seen = (client.get(source.replace("&amp;", "&")) for client in (as_alice, as_nobody))
    assert looked.content == seen.content
    assert (looked["ETag"], looked["Cache-Control"]) == (seen["ETag"], delivery.FOR_EVER)
    mark = re.search("m=([0-9a-f]{12})", source)
    assert mark
    assert looked.content != as_alice.get(source.replace("&amp;", "&").replace(mark[0], "")).content


def test_every_size_and_format_has_it(
    as_alice: APIClient, as_carol: APIClient, image: Image, alice: User, carol: User
) -> None:
    put(image, shared(alice, carol, watermark=saying("center", size=0.5)))
    for size in ("small", "medium", "large", "square", "160", "320", "640", "1280", "2048"):
        for form in ("jpeg", "webp", "png"):
            query = f"size={size}&format={form}"
            clean, marked = (pixels(client, image, query).convert("RGB") for client in (as_alice, as_carol))
            assert clean.size == marked.size
            _, high = ImageChops.difference(clean, marked).convert("L").getextrema()
            assert high > 60, query


def test_conditions_and_ranges_bring_no_byte_of_the_clean_one(
    as_alice: APIClient, as_carol: APIClient, image: Image, alice: User, carol: User
) -> None:
    put(image, shared(alice, carol, watermark=saying("top")))
    path = f"/api/images/{image.uid}/thumbnail?size=320&v={image.version}"
    clean, marked = as_alice.get(path), as_carol.get(path)
    assert clean["ETag"] != marked["ETag"]
    for headers in (
        {"If-None-Match": clean["ETag"]},
        {"If-Range": clean["ETag"], "Range": "bytes=0-99"},
        {"If-Modified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    ):
        answer = as_carol.get(path, headers=headers)
        assert (answer.status_code, answer.content) == (200, marked.content)
    part = as_carol.get(path, headers={"Range": "bytes=100-1000"})
    assert (part.status_code, part.content) == (206, marked.content[100:1001])
    assert as_carol.get(path, headers={"If-None-Match": marked["ETag"]}).status_code == 304
    assert as_carol.get(path, headers={"If-Match": clean["ETag"]}).status_code == 412
    assert as_carol.head(path)["Content-Length"] == str(len(marked.content))


def test_what_is_revoked_is_gone(as_carol: APIClient, image: Image, alice: User, carol: User) -> None:
    album = shared(alice, carol, watermark=saying("top"))
    put(image, album)
    url = told(as_carol, image)["thumbnails"]["small"]["url"]
    etag = as_carol.get(url)["ETag"]
    sharing.let_go(carol, out_of=album, by=alice)
    assert as_carol.get(url).status_code == 404
    assert as_carol.get(url, headers={"If-None-Match": etag}).status_code == 404


def test_clean_and_marked_stand_beside_each_other(
    as_alice: APIClient, as_carol: APIClient, image: Image, alice: User, carol: User
) -> None:
    put(image, shared(alice, carol, watermark=saying("top")))
    as_carol.get(f"/api/images/{image.uid}/thumbnail?size=320")
    folder = store.on_disk(store.renditions_path(image.uid, image.version))
    mark = Watermark.from_json(saying("top")).mark
    assert {path.name for path in folder.iterdir() if mark in path.name} == {f"320-{mark}.jpg"}
    trash.purge([image.pk])
    trash.remove_files()
    assert not folder.exists()


def test_one_that_can_t_be_drawn_is_never_clean(
    as_carol: APIClient, image: Image, alice: User, carol: User, media: Path
) -> None:
    """The picture of a watermark is lost: an error, no picture without it."""
    picture = WatermarkPicture.objects.create(user=alice, width=1, height=1)
    put(image, shared(alice, carol, watermark={"kind": "image", "picture": str(picture.uid)}))
    assert as_carol.get(f"/api/images/{image.uid}/thumbnail").status_code == 410


# --- What nobody needs any more -----------------------------------------------------------------------------------


def marks_standing(image: Image) -> set[str]:
    folder = store.on_disk(store.renditions_path(image.uid, image.version))
    return {path.stem.partition("-")[2] for path in folder.iterdir() if "-" in path.name}


def test_files_of_a_mark_that_nobody_has_are_swept(as_carol: APIClient, image: Image, alice: User, carol: User) -> None:
    def standing_after_housekeeping() -> set[str]:
        call_command("housekeep")
        return marks_standing(image)

    album = shared(alice, carol)
    put(image, album)
    assert mark_seen(as_carol, image) == "bottom"
    album_changes.edit_album(album, {"watermark": saying("top")})
    assert mark_seen(as_carol, image) == "top"
    preferred, said = (Watermark.from_json(saying(position)).mark for position in ("bottom", "top"))
    assert standing_after_housekeeping() == {preferred, said}
    alice.choose({"watermark": None})
    assert standing_after_housekeeping() == {said}
    album_changes.edit_album(album, {"watermark": dict(NONE)})
    assert standing_after_housekeeping() == set()
    clean = store.on_disk(store.renditions_path(image.uid, image.version)) / "320.jpg"
    assert clean.exists()
    assert mark_seen(as_carol, image) == ""


def test_sweeping_looks_at_one_shelf_at_a_time(as_carol: APIClient, image: Image, alice: User, carol: User) -> None:
    put(image, shared(alice, carol))
    mark_seen(as_carol, image)
    alice.choose({"watermark": None})
    own = image.uid.hex[-2:]
    assert mark_sweeping.sweep([shelf for shelf in mark_sweeping.SHELVES if shelf != own]) == 0
    assert marks_standing(image)
    assert mark_sweeping.sweep([own]) == 1
    assert not marks_standing(image)
