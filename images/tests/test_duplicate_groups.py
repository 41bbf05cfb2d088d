"""Groups of duplicates over HTTP: who is in one with whom, what is proposed to keep, and pages of them."""

from collections.abc import Callable
from io import BytesIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Pictures
from PIL import ImageEnhance
from rest_framework.test import APIClient

from accounts.models import User
from images import duplicate_groups, merging, trash
from images.models import Image, NearPair
from images.tests.alike import URL, ask, groups, hashed, ids, look, sets
from tests.pictures import encoded, scene

pytestmark = pytest.mark.django_db

Upload = Callable[..., Image]


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


def test_other_peoples_play_no_part(as_alice: APIClient, as_bob: APIClient, alice: User, bob: User) -> None:
    look(alice, hashed(1), privacy_setting="public")
    look(bob, hashed(1), privacy_setting="public")
    assert (groups(as_alice), groups(as_bob)) == ([], [])
    pair = look(bob, hashed(1)), look(bob, hashed(1, 2))
    assert groups(as_alice) == []
    assert sets(as_bob) == [ids(*pair, Image.objects.get(user=bob, privacy_setting="public"))]


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


def test_a_thousand_shots_of_one_scene_are_not_one_group(
    as_alice: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicate_groups, "MOST_IN_GROUP", 4)
    for _ in range(12):
        look(alice, hashed())
    assert list(map(len, sets(as_alice))) == [4, 4, 4]


def test_the_newest_pairs_are_read_where_there_are_too_many(
    as_alice: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = [(look(alice, likeness), look(alice, likeness)) for likeness in (hashed(), hashed(*range(12)))]
    monkeypatch.setattr(duplicate_groups, "MOST_READ", 1)
    answer = as_alice.get(URL).json()
    assert (answer["count"], answer["count_is_exact"]) == (1, False)
    assert sets(as_alice) == [ids(*pairs[1])]
    merging.keep_apart([image.pk for image in pairs[1]], by=alice)  # which no longer count
    assert sets(as_alice) == [ids(*pairs[0])]


# --- The keeper ------------------------------------------------------------------------------------------------------


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


# --- Pages -----------------------------------------------------------------------------------------------------------


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
