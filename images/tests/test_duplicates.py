"""Duplicates: who is grouped with whom, what is proposed, and what merging and keeping apart do. Over HTTP."""

import uuid
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image as Pictures
from PIL import ImageEnhance
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from albums.models import Album, AlbumMember
from images import comparing, developing, duplicates, placing, store, trash
from images.darkroom.pool import DarkroomError
from images.likeness import distance, tones_of
from images.models import AlbumImage, Image, NearPair, NotDuplicate
from images.nearness import near
from images.tests.rows import image_row
from images.tests.test_ledger import check
from tests.pictures import encoded, scene

pytestmark = pytest.mark.django_db

URL = "/api/images/duplicates"
Upload = Callable[..., Image]


def groups(client: APIClient, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(URL + query)
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def sets(client: APIClient) -> list[set[str]]:
    return [{image["id"] for image in group["images"]} for group in groups(client)]


def ids(*images: Image) -> set[str]:
    return {str(image.uid) for image in images}


def grades(client: APIClient) -> dict[str, str]:
    """Of every image in every group, but the keepers."""
    return {
        image["id"]: image["grade"]
        for group in groups(client)
        for image in group["images"]
        if image["id"] != group["keeper"]
    }


def hashed(*bits: int) -> int:
    """A likeness of these bits."""
    value = sum(1 << bit for bit in bits)
    return value - 2**64 if value >= 2**63 else value


def look(owner: User, likeness: int | None, **values: Any) -> Image:
    """The row of an image with this likeness, as the upload of such a picture leaves it."""
    image = image_row(owner, **values)
    duplicates.liken(image, likeness=likeness, tones=tones_of(bytes(48)))
    return image


def ask(client: APIClient, deed: str, **body: Any) -> Any:
    return client.post(f"{URL}/{deed}", body, format="json")


# --- Who is found -----------------------------------------------------------------------------------------------------


def test_from_upload_to_group(as_alice: APIClient, upload: Upload) -> None:
    picture = scene(320, 240)
    original = upload(encoded(picture, "JPEG", quality=90))
    half = upload(encoded(picture.resize((160, 120)), "JPEG"))
    bright = upload(encoded(ImageEnhance.Brightness(picture).enhance(1.2), "JPEG"))
    upload(encoded(scene(320, 240, seed=1), "JPEG"))
    [group] = groups(as_alice)
    assert group["keeper"] == str(original.uid)
    assert group["images"] == [
        {"id": str(original.uid), "grade": "same_pixels"},
        {"id": str(half.uid), "grade": "reencoded"},
        {"id": str(bright.uid), "grade": "edited"},
    ]
    assert group["grade"] == "edited"


def test_pictures_of_nothing_are_no_duplicates(as_alice: APIClient, upload: Upload) -> None:
    for colour in ("black", "white"):
        for side in (60, 90):
            upload(encoded(Pictures.new("RGB", (side, side), colour)))
    assert groups(as_alice) == []


def test_other_peoples_play_no_part(as_alice: APIClient, as_bob: APIClient, alice: User, bob: User) -> None:
    look(alice, hashed(1), privacy_setting="public")
    look(bob, hashed(1), privacy_setting="public")
    assert (groups(as_alice), groups(as_bob)) == ([], [])
    pair = look(bob, hashed(1)), look(bob, hashed(1, 2))
    assert groups(as_alice) == []
    assert sets(as_bob) == [ids(*pair, Image.objects.get(user=bob, privacy_setting="public"))]


@pytest.mark.parametrize(("bits", "near"), [(0, True), (1, True), (7, True), (8, False)])
def test_how_near(as_alice: APIClient, alice: User, bits: int, near: bool) -> None:
    """The bits lie as far apart as they can."""
    look(alice, hashed())
    look(alice, hashed(*range(7, 7 + 8 * bits, 8)))
    assert bool(groups(as_alice)) is near


def test_nobody_has_none(as_nobody: APIClient) -> None:
    for answer in (as_nobody.get(URL), ask(as_nobody, "dismiss"), ask(as_nobody, "merge")):
        assert answer.status_code == 401


def test_the_trash_is_no_library(as_alice: APIClient, alice: User) -> None:
    one, other = look(alice, hashed()), look(alice, hashed())
    trash.trash([other.pk])
    assert groups(as_alice) == []
    trash.restore([other.pk])
    assert sets(as_alice) == [ids(one, other)]
    trash.purge([one.pk])
    assert groups(as_alice) == []
    assert not NearPair.objects.exists()


def test_no_chain_of_small_steps_leads_to_another_picture(as_alice: APIClient, alice: User) -> None:
    """Each image is near to the middle of its group, here 5 bits from step to step."""
    chain = [look(alice, hashed(*range(5 * step))) for step in range(9)]
    found = sets(as_alice)
    assert sum(map(len, found)) <= len(chain)
    likenesses = {str(image.uid): image.likeness for image in chain}
    for group in found:
        values = [likenesses[uid] for uid in group]
        assert min(max((one ^ other).bit_count() for other in values) for one in values) <= 7
    assert len(found) >= 3


def test_a_thousand_shots_of_one_scene_are_not_a_million_pairs(
    alice: User, monkeypatch: pytest.MonkeyPatch, as_alice: APIClient
) -> None:
    monkeypatch.setattr(duplicates, "MOST_NOTED", 3)
    shots = [look(alice, hashed()) for _ in range(12)]
    assert NearPair.objects.count() == 1 + 2 + 3 * 9
    last = NearPair.objects.filter(second=shots[-1]).values_list("first", flat=True)
    assert set(last) == {shot.pk for shot in shots[-4:-1]}
    monkeypatch.setattr(duplicates, "MOST_IN_GROUP", 4)
    assert max(map(len, sets(as_alice))) == 4


def test_the_newest_pairs_are_read_where_there_are_too_many(
    as_alice: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [(look(alice, likeness), look(alice, likeness)) for likeness in (hashed(), hashed(*range(12)))]
    monkeypatch.setattr(duplicates, "MOST_READ", 1)
    answer = as_alice.get(URL).json()
    assert (answer["count"], answer["count_is_exact"]) == (1, False)
    assert sets(as_alice) == [ids(*pairs[1])]
    duplicates.keep_apart([image.pk for image in pairs[1]], by=alice)  # which no longer count
    assert sets(as_alice) == [ids(*pairs[0])]


# --- What is said of them ---------------------------------------------------------------------------------------------


def keeper(client: APIClient) -> str:
    [group] = groups(client)
    assert group["images"][0]["id"] == group["keeper"]
    return group["keeper"]


def test_the_keeper_has_most_pixels_then_tells_most_then_is_packed_least_then_is_oldest(
    as_alice: APIClient, alice: User
) -> None:
    """All of the rule is in test_keeper; this is what it is told of the images."""
    oldest = look(alice, hashed(), file_size=100)
    look(alice, hashed(), file_size=110)
    assert keeper(as_alice) == str(oldest.uid)
    unpacked = look(alice, hashed(), file_size=200)
    assert keeper(as_alice) == str(unpacked.uid)
    dated = look(alice, hashed(), file_size=1, metadata={"date_taken": "2021-05-03T10:20:30"})
    assert keeper(as_alice) == str(dated.uid)
    told = look(alice, hashed(), file_size=1, metadata={"date_taken": "2021-05-03T10:20:30", "camera_model": "X1"})
    assert keeper(as_alice) == str(told.uid)
    wide = look(alice, hashed(), file_size=1, image_width=65)
    assert keeper(as_alice) == str(wide.uid)
    cut = look(alice, hashed(), image_width=10, edits={"of": [100, 100], "steps": []})
    assert keeper(as_alice) == str(cut.uid)


def test_what_was_saved_again_without_loss_is_not_the_keeper(as_alice: APIClient, upload: Upload) -> None:
    photo = encoded(scene(320, 240), "JPEG", quality=90)
    with Pictures.open(BytesIO(photo)) as picture:
        bulky = [upload(encoded(picture, form)) for form in ("PNG", "BMP")]
    original = upload(photo)
    assert original.file_size < min(image.file_size for image in bulky) / 2
    call_command("housekeep")
    assert keeper(as_alice) == str(original.uid)


def test_the_keeper_lies_in_the_middle_of_its_edits(as_alice: APIClient, upload: Upload) -> None:
    picture = scene(320, 240)
    edits = (ImageEnhance.Contrast(picture).enhance(1.2), ImageEnhance.Brightness(picture).enhance(0.85))
    for edit in edits:
        upload(encoded(edit, "JPEG", quality=95))
    original = upload(encoded(picture, "JPEG", quality=95))
    assert keeper(as_alice) == str(original.uid)


def test_same_pixels_are_proved_in_the_background(as_alice: APIClient, upload: Upload, alice: User) -> None:
    picture = scene(320, 240)
    first = upload(encoded(picture, "PNG"))
    same = upload(encoded(picture, "BMP"))
    with Pictures.open(BytesIO(encoded(picture, "PNG"))) as copy:
        copy.putpixel((0, 0), (1, 2, 3))
        other = upload(encoded(copy, "PNG"))
    small = upload(encoded(picture.resize((160, 120)), "PNG"))
    assert set(grades(as_alice).values()) == {"reencoded"}
    assert NearPair.objects.filter(pixels_due=True).count() == 3
    call_command("housekeep")
    assert not NearPair.objects.filter(pixels_due=True).exists()
    [group] = groups(as_alice)
    told = {image["id"]: image["grade"] for image in group["images"]}
    assert told[str(other.uid)] == told[str(small.uid)] == "reencoded"
    assert told[str(first.uid)] == told[str(same.uid)] == "same_pixels"
    small.refresh_from_db()
    assert small.pixel_hash == ""  # nobody decodes what can't be the same


def test_so_many_images_in_one_round(upload: Upload) -> None:
    for form in ("PNG", "BMP", "TIFF"):
        upload(encoded(scene(), form))
    assert [comparing.prove_some(2), comparing.prove_some(2), comparing.prove_some(2)] == [1, 2, 0]


def test_a_round_ends_in_time(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [upload(encoded(scene(), form)) for form in ("PNG", "BMP", "TIFF")]
    monkeypatch.setattr(comparing, "LONGEST_ROUND", -1.0)
    assert [comparing.prove_some() for _ in range(4)] == [0, 1, 2, 0]
    _forget(*images)
    assert [comparing.likeness_of_some() for _ in range(4)] == [1, 1, 1, 0]


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Image]:
    """The images whose pixels were hashed, in this order; all of one owner show the same."""
    seen: list[Image] = []

    def hash_pixels(image: Image) -> str:
        seen.append(image)
        return f"{image.user_id:064x}"

    monkeypatch.setattr(comparing, "hash_pixels", hash_pixels)
    return seen


def test_an_image_is_decoded_once_however_many_it_is_near_to(alice: User, decoded: list[Image]) -> None:
    burst = [look(alice, hashed()) for _ in range(12)]
    assert comparing.prove_some(12) == 12 * 11 / 2
    assert decoded == burst
    late = look(alice, hashed())
    assert comparing.prove_some(12) == 12
    assert decoded == [*burst, late]


def test_nobody_waits_for_another_ones_thousands(alice: User, bob: User, decoded: list[Image]) -> None:
    for _ in range(12):
        look(alice, hashed())
    pair = [look(bob, hashed()) for _ in range(2)]
    assert comparing.prove_some(4) == 2
    assert {image.pk for image in pair} < {image.pk for image in decoded}
    assert not NearPair.objects.filter(user=bob, pixels_due=True).exists()
    while comparing.prove_some(4):
        pass
    assert len(decoded) == 14
    assert not NearPair.objects.filter(pixels_due=True).exists()


def test_the_nearest_first(alice: User, decoded: list[Image]) -> None:
    for n, apart in enumerate((3, 0, 2)):
        start = 20 * n
        for likeness in (hashed(*range(start, start + 20)), hashed(*range(start + apart, start + 20))):
            look(alice, likeness)
    found = []
    while comparing.prove_some(2):
        found.append(distance(decoded[-1].likeness or 0, decoded[-2].likeness or 0))
    assert found == [0, 2, 3]


def test_nothing_is_written_where_nothing_is_due(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for bits in (0, 1, 6):
        look(alice, hashed(*range(bits)))
    NearPair.objects.update(pixels_due=False)

    def write() -> Any:
        raise AssertionError("this takes a turn of the writers")

    monkeypatch.setattr(comparing, "writing", write)
    with CaptureQueriesContext(connection) as queries:
        assert comparing.prove_some() == 0
    [query] = queries
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            plan = [row[3] for row in cursor.fetchall()]
        assert any("near_pair_due" in step for step in plan), plan


def test_an_animation_proves_nothing(upload: Upload) -> None:
    frames = [scene(seed=seed).quantize(64) for seed in range(2)]
    upload(encoded(frames[0].convert("RGB"), "PNG"))
    upload(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert NearPair.objects.count() == 1
    assert comparing.prove_some() == 0


@pytest.mark.parametrize("gone", [(0,), (2,), (1, 2)])
def test_a_file_that_is_gone_is_the_same_as_no_other(
    as_alice: APIClient, upload: Upload, gone: tuple[int, ...]
) -> None:
    images = [upload(encoded(scene(), form)) for form in ("PNG", "BMP", "TIFF")]
    for n in gone:
        store.remove(images[n].file_path)
    assert comparing.prove_some() == 3
    assert comparing.prove_some() == 0
    for n, image in enumerate(images):
        image.refresh_from_db()
        assert bool(image.pixel_hash) is (n not in gone)
    assert list(grades(as_alice).values()).count("reencoded") >= len(gone)


# --- Images from before -----------------------------------------------------------------------------------------------


def _forget(*images: Image) -> None:
    NearPair.objects.all().delete()
    for image in images:
        image.refresh_from_db()
        image.take_likeness(None)
        image.tones = ""
        image.save()


def test_housekeeping_finds_the_likeness_of_older_images(as_alice: APIClient, upload: Upload) -> None:
    picture = scene(400, 300)
    images = [upload(encoded(picture, "JPEG", quality=quality)) for quality in (60, 95)]
    flat = upload(encoded(Pictures.new("RGB", (60, 60))))
    known = [(image.likeness, image.likeness_3) for image in images]
    _forget(*images, flat)
    assert [comparing.likeness_of_some(2), comparing.likeness_of_some(2), comparing.likeness_of_some(2)] == [2, 1, 0]
    for image, (likeness, band) in zip(images, known, strict=True):
        image.refresh_from_db()
        assert (image.likeness ^ likeness).bit_count() <= 2
        assert ((image.likeness_3 or 0) ^ band).bit_count() <= 2
        assert len(image.tones) == 64
    assert len(sets(as_alice)) == 1


def test_it_is_the_originals_whatever_was_cut(upload: Upload) -> None:
    image = upload(encoded(scene(400, 300), "JPEG"))
    known = image.likeness
    _forget(image)
    Image.objects.update(edits={"of": [400, 300], "steps": [{"operation": "rotate", "angle": 90}]})
    small = store.on_disk(store.rendition_path(image.uid, image.version, developing.SMALLEST))
    small.write_bytes(encoded(scene(seed=1), "JPEG"))  # shows what was made of it
    comparing.likeness_of_some()
    image.refresh_from_db()
    assert (image.likeness ^ known).bit_count() <= 2


def test_trouble_of_ours_is_tried_again(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    def in_trouble(image: Image) -> Any:
        raise DarkroomError("no child could be had")

    images = [upload(encoded(scene(), form)) for form in ("PNG", "BMP")]
    monkeypatch.setattr(comparing, "hash_pixels", in_trouble)
    assert comparing.prove_some() == 0
    monkeypatch.undo()
    assert comparing.prove_some() == 1
    _forget(*images)
    monkeypatch.setattr(comparing, "develop_likeness", in_trouble)
    assert comparing.likeness_of_some() == 0
    monkeypatch.undo()
    assert comparing.likeness_of_some() == 2


def test_who_has_no_file_is_asked_once(upload: Upload) -> None:
    image = upload(encoded(scene(), "JPEG"))
    _forget(image)
    store.remove(image.file_path)
    store.remove(store.renditions_path(image.uid))
    assert comparing.likeness_of_some() == 0
    image.refresh_from_db()
    assert (image.likeness, image.tones) == (None, comparing.UNKNOWABLE)
    assert not Image.objects.filter(tones="").exists()


def test_another_likeness_has_other_neighbours(alice: User) -> None:
    look(alice, hashed())
    other, third = look(alice, hashed()), look(alice, hashed(*range(30)))
    duplicates.liken(other, likeness=hashed(*range(31)), tones=tones_of(bytes(48)))
    assert list(NearPair.objects.values_list("first", "second", "distance")) == [(other.pk, third.pk, 1)]
    duplicates.liken(other, likeness=None, tones=tones_of(bytes(48)))
    assert not NearPair.objects.exists()


# --- Pages of groups --------------------------------------------------------------------------------------------------


def test_pages_and_the_walk(as_alice: APIClient, alice: User) -> None:
    pairs = []
    for n in range(5):
        likeness = hashed(*range(12 * n, 12 * n + 12))
        pairs.append((look(alice, likeness), look(alice, likeness)))
    newest_first = [ids(*pair) for pair in reversed(pairs)]
    assert sets(as_alice) == newest_first
    second = as_alice.get(f"{URL}?page=2&page_size=2").json()
    assert [{image["id"] for image in group["images"]} for group in second["results"]] == newest_first[2:4]
    assert (second["count"], second["count_is_exact"]) == (5, True)
    assert "page=1" in second["previous"]
    walked, address = [], f"{URL}?page_size=2"
    while address:
        page = as_alice.get(address).json()
        walked += [{image["id"] for image in group["images"]} for group in page["results"]]
        ask(as_alice, "dismiss", image_ids=[image["id"] for image in page["results"][0]["images"]])
        address = page["next"]
    assert walked == newest_first
    assert as_alice.get(f"{URL}?page_size=0").status_code == 400
    assert as_alice.get(f"{URL}?cursor=x").status_code == 400


def test_as_many_queries_for_one_group_as_for_many(as_alice: APIClient, alice: User) -> None:
    counts = []
    for n in range(4):
        likeness = hashed(*range(12 * n, 12 * n + 12))
        for _ in range(n + 2):
            look(alice, likeness)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(groups(as_alice)) == n + 1
        counts.append(len(queries))
    assert len(set(counts)) == 1


# --- Not duplicates ---------------------------------------------------------------------------------------------------


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
        duplicates.keep_apart([mine.pk, his.pk], by=alice)


# --- Merging ----------------------------------------------------------------------------------------------------------


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
        duplicates.merge([his.pk], into=keeper.pk, by=alice)
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


# --- The search behind it ---------------------------------------------------------------------------------------------


def test_nearness_is_within_and_in_order(alice: User, bob: User) -> None:
    far, older, newer, same = (look(alice, hashed(*bits)) for bits in [range(8), (60, 61), (1, 2), ()])
    look(bob, hashed())
    mine = Image.objects.filter(user=alice)
    assert near(mine, hashed()) == [(same.pk, 0), (newer.pk, 2), (older.pk, 2)]
    assert near(mine, hashed(), within=1) == [(same.pk, 0)]
    assert len(near(Image.objects.all(), hashed())) == 4
    assert far.pk not in dict(near(mine, hashed()))
    assert near(mine, hashed(63, *range(8)))[0] == (far.pk, 1)
    with pytest.raises(ValueError, match="7 bits"):
        near(mine, 0, within=8)


def test_nearness_reads_the_indexes_alone(alice: User) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is told in SQLite's words")
    with CaptureQueriesContext(connection) as queries:
        near(Image.objects.filter(user=alice), hashed(1, 2))
    [query] = queries
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
        plan = [row[3] for row in cursor.fetchall()]
    for n in range(4):
        assert any(f"USING COVERING INDEX image_likeness_{n} (likeness_{n}=? AND user_id=?)" in step for step in plan)


# --- The page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def alices(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


PAGE = "/duplicates"


def test_the_page_shows_them_side_by_side(alices: Client, alice: User, trip: Album) -> None:
    assert "No duplicates" in alices.get(PAGE).content.decode()
    keeper = look(alice, hashed(), file_size=9_000_000, original_filename="large.jpg", album=trip)
    look(alice, hashed(*range(6)), mime_type="image/webp", title="Small one", tags=["sea"])
    html = alices.get(PAGE).content.decode()
    assert html.index("large.jpg") < html.index("Small one")
    for text in ("1 group", "2 photos, similar", "suggested to keep", "8.6", "WEBP", "Trip", "sea"):
        assert text in html, text
    assert html.count("Keep this one") == 2
    assert html.count(f'name="keeper" value="{keeper.uid}"') == 1
    assert 'href="/duplicates"' in alices.get("/library").content.decode()


def test_keep_this_one(alices: Client, alice: User) -> None:
    keeper, other, third = (look(alice, hashed()) for _ in range(3))
    answer = alices.post(PAGE, {"image_ids": [str(other.uid)], "keeper": str(keeper.uid)}, follow=True)
    assert "Kept one; 1 photo moved to the trash." in answer.content.decode()
    assert list(Image.objects.filter(trashed_at=None)) == [keeper, third]


def test_not_duplicates(alices: Client, as_alice: APIClient, alice: User) -> None:
    images = [look(alice, hashed()) for _ in range(2)]
    answer = alices.post(PAGE, {"image_ids": list(ids(*images)), "keeper": ""}, follow=True)
    assert "No duplicates" in answer.content.decode()
    assert groups(as_alice) == []


def test_what_can_not_be_done_is_said(alices: Client, alice: User, bob: User) -> None:
    mine, other = look(alice, hashed()), look(alice, hashed())
    his = look(bob, hashed(), privacy_setting="public")
    for chosen, keeper, said in [
        ([], mine, "Nothing is selected."),
        ([mine], mine, "Select at least two photos"),
        ([mine], None, "Select at least two photos"),
        ([mine, his], mine, "not there any more"),
        ([mine, other], his, "not there any more"),
    ]:
        posted = {"image_ids": [str(image.uid) for image in chosen], "keeper": str(keeper.uid) if keeper else ""}
        answer = alices.post(PAGE, posted)
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert not Image.objects.filter(trashed_at__isnull=False).exists()
    assert not NotDuplicate.objects.exists()


def test_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_the_page_asks_as_much_for_one_as_for_many(alices: Client, alice: User) -> None:
    counts = []
    for n in range(3):
        for _ in range(2):
            look(alice, hashed(*range(12 * n, 12 * n + 12)), tags=["a"])
        with CaptureQueriesContext(connection) as queries:
            assert alices.get(PAGE).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
