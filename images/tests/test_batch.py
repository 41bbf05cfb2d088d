"""/api/images/batch: one deed on many images, all or none."""

import threading
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from albums.models import Album, AlbumMember
from conftest import signed_in
from images import placing, store, tagging, trash
from images.models import AlbumImage, Image, KeptAnswer
from images.tests.rows import image_row
from images.tests.test_ledger import check

pytestmark = pytest.mark.django_db

URL = "/api/images/batch"
DONE = {
    "delete": "deleted",
    "restore": "restored",
    "move": "moved",
    "tag": "tagged",
    "untag": "untagged",
    "privacy": "updated",
}


def ids(*images: Image) -> list[str]:
    return [str(image.uid) for image in images]


def ask(client: APIClient, operation: str, images: Any, key: str | None = None, query: str = "", **said: Any) -> Any:
    body = {"operation": operation, "image_ids": ids(*images), **said}
    return client.post(URL + query, body, headers={"Idempotency-Key": key} if key is not None else {})


def told(answer: Any) -> list[tuple[str, str]]:
    return [(error["attr"], error["code"]) for error in answer.json()["errors"]]


def inside(album: Album) -> list[str]:
    return list(album.images.order_by("places__display_order").values_list("title", flat=True))


def tags_of(image: Image) -> list[str]:
    return sorted(image.tag_uses.values_list("spelling", flat=True))


def state() -> list[Any]:
    """Everything that a batch may change."""
    return [
        list(Image.objects.order_by("pk").values_list("pk", "privacy_setting", "trashed_at", "is_listed")),
        list(AlbumImage.objects.order_by("album", "display_order").values_list("album", "image", "display_order")),
        [(image.pk, tags_of(image)) for image in Image.objects.order_by("pk")],
        list(User.objects.order_by("pk").values_list("total_images", "storage_used", "trash_bytes")),
    ]


@pytest.fixture
def three(alice: User) -> list[Image]:
    return [image_row(alice, title=title, tags=["old"]) for title in "abc"]


@pytest.fixture
def said(alice: User) -> dict[str, dict[str, Any]]:
    """What each operation needs to be told."""
    return {
        "delete": {},
        "restore": {},
        "move": {"album_id": str(tree.plant(owner=alice, name="Target").uid)},
        "tag": {"tags": ["sea"]},
        "untag": {"tags": ["OLD"]},
        "privacy": {"privacy_setting": "public"},
    }


# --- What it does -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", DONE)
def test_the_answer_names_each_once_in_the_order_asked(
    as_alice: APIClient, three: list[Image], said: dict[str, dict[str, Any]], operation: str
) -> None:
    a, b, c = three
    if operation == "restore":
        trash.trash([image.pk for image in three])
    answer = ask(as_alice, operation, [c, a, c, b, a], **said[operation])
    assert answer.status_code == 200, answer.json()
    results = [{"id": uid, "status": DONE[operation]} for uid in ids(c, a, b)]
    assert answer.json() == {"operation": operation, "processed": 3, "results": results}
    check()


def test_delete_and_restore(as_alice: APIClient, alice: User, three: list[Image]) -> None:
    a, b, c = three
    assert ask(as_alice, "delete", [a, b]).status_code == 200
    assert list(Image.objects.filter(trashed_at=None)) == [c]
    assert ask(as_alice, "restore", [b]).status_code == 200
    assert list(Image.objects.filter(trashed_at=None).order_by("pk")) == [b, c]
    check()


def test_where_no_trash_is_kept_they_are_gone(as_alice: APIClient, three: list[Image], settings: Settings) -> None:
    settings.GALLERY_TRASH_DAYS = 0
    assert ask(as_alice, "delete", three[:2]).status_code == 200
    assert list(Image.objects.all()) == three[2:]


def test_tags_and_privacy(as_alice: APIClient, three: list[Image]) -> None:
    a, b, c = three
    ask(as_alice, "tag", [a, b], tags=["Sea", "a, b"])
    ask(as_alice, "untag", [b, c], tags=["OLD", "never there"])
    ask(as_alice, "privacy", [c], privacy_setting="public")
    assert [tags_of(image) for image in three] == [["Sea", "a, b", "old"], ["Sea", "a, b"], []]
    assert list(Image.objects.filter(is_listed=True)) == [c]
    check()


def test_a_move_leaves_all_own_albums(as_alice: APIClient, alice: User, three: list[Image]) -> None:
    a, b, c = three
    one, two, target = (tree.plant(owner=alice, name=name) for name in ("one", "two", "target"))
    for album in (one, two, target):
        image_row(alice, title="stays", album=album)
    place(one, *three)
    place(two, b, c)
    place(target, c)
    assert ask(as_alice, "move", [b, a, c], album_id=str(target.uid)).status_code == 200
    assert (inside(one), inside(two)) == (["stays"], ["stays"])
    assert inside(target) == ["stays", "c", "b", "a"]
    check()


def test_a_move_leaves_the_album_that_is_named(as_alice: APIClient, alice: User, three: list[Image]) -> None:
    one, two, target = (tree.plant(owner=alice, name=name) for name in ("one", "two", "target"))
    place(one, *three)
    place(two, *three)
    said = {"album_id": str(target.uid), "source_album_id": str(one.uid)}
    assert ask(as_alice, "move", three[:2], **said).status_code == 200
    assert (inside(one), inside(two), inside(target)) == (["c"], ["a", "b", "c"], ["a", "b"])
    check()


def test_a_move_to_where_one_contributes_and_away(as_bob: APIClient, alice: User, bob: User, carol: User) -> None:
    shared = tree.plant(owner=alice, name="shared", privacy_setting="shared")
    AlbumMember.objects.create(album=shared, user=bob, role="contributor")
    own, trashed = tree.plant(owner=bob, name="own"), tree.plant(owner=bob, name="trashed")
    image = image_row(bob, title="his", album=own)
    place(trashed, image)
    Album.objects.filter(pk=trashed.pk).update(trashed_at=timezone.now())
    assert ask(as_bob, "move", [image], album_id=str(shared.uid)).status_code == 200
    assert (inside(own), inside(shared), inside(trashed)) == ([], ["his"], ["his"])
    assert shared.places.get().is_contributed
    AlbumMember.objects.update(role="viewer")  # who added it takes it out
    said = {"album_id": str(own.uid), "source_album_id": str(shared.uid)}
    assert ask(as_bob, "move", [image], **said).status_code == 200
    assert (inside(own), inside(shared)) == (["his"], [])
    assert told(ask(as_bob, "move", [image], album_id=str(shared.uid))) == [("album_id", "does_not_exist")]
    check()


def place(album: Album, *images: Image) -> None:
    placing.add([image.pk for image in images], to=album, by=images[0].user)


# --- All or nothing ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", DONE)
def test_unseen_before_forbidden_before_impossible(
    as_alice: APIClient, alice: User, carol: User, said: dict[str, dict[str, Any]], operation: str
) -> None:
    able, unable = image_row(alice), image_row(alice)
    trash.trash([(able if operation == "restore" else unable).pk])
    private, public = image_row(carol), image_row(carol, privacy_setting="public")
    nothing = Image(uid=uuid.uuid4())
    before = state()
    expected = "not_in_trash" if operation == "restore" else "in_trash"
    for images, status, kind, errors in [
        ([able, unable, unable], 400, "validation_error", [("image_ids.1", expected)]),
        ([unable, public, able], 403, "client_error", [("image_ids.1", "permission_denied")]),
        (
            [unable, public, private, able, nothing, private],
            404,
            "client_error",
            [("image_ids.2", "not_found"), ("image_ids.4", "not_found")],
        ),
    ]:
        answer = ask(as_alice, operation, images, **said[operation])
        assert (answer.status_code, answer.json()["type"], told(answer)) == (status, kind, errors)
        assert state() == before
    unseen, unknown = (ask(as_alice, operation, [one], **said[operation]).json() for one in (private, nothing))
    assert unseen == unknown


def test_nobody_is_told_to_sign_in(as_nobody: APIClient, three: list[Image]) -> None:
    for images in (three, [Image(uid=uuid.uuid4())]):
        answer = ask(as_nobody, "delete", images)
        assert answer.status_code == 401
        assert "Bearer" in answer["WWW-Authenticate"]
    assert as_nobody.post(URL, {}).status_code == 401


def test_a_tag_too_many_is_told_of_each_image(as_alice: APIClient, alice: User, three: list[Image]) -> None:
    a, b, c = three
    tagging.add_tags([b.pk, c.pk], [f"t{n}" for n in range(99)], by=alice)
    before = state()
    answer = ask(as_alice, "tag", [c, a, b], tags=["sea"])
    assert (answer.status_code, told(answer)) == (
        400,
        [("image_ids.0", "too_many_tags"), ("image_ids.2", "too_many_tags")],
    )
    assert state() == before


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"operation": "burn"}, "operation", "invalid_choice"),
        ({"operation": None}, "operation", "null"),
        ({"image_ids": []}, "image_ids", "min_length"),
        ({"image_ids": ["x"]}, "image_ids.0", "invalid"),
        ({"image_ids": [str(uuid.uuid4())] * 1_001}, "image_ids", "max_length"),
        ({"operation": "tag"}, "tags", "required"),
        ({"operation": "untag", "tags": []}, "tags", "required"),
        ({"operation": "tag", "tags": ["\u200b"]}, "tags", "blank_tag"),
        ({"operation": "move", "album_id": None}, "album_id", "required"),
        ({"operation": "move", "album_id": "x"}, "album_id", "invalid"),
        ({"operation": "privacy"}, "privacy_setting", "required"),
        ({"operation": "privacy", "privacy_setting": "shared"}, "privacy_setting", "invalid_choice"),
        ({"tags": ["a"]}, "tags", "unexpected"),
        ({"operation": "restore", "album_id": str(uuid.uuid4())}, "album_id", "unexpected"),
        ({"operation": "tag", "tags": ["a"], "privacy_setting": "public"}, "privacy_setting", "unexpected"),
        ({"dry_run": "perhaps"}, "dry_run", "invalid"),
        ({"user": 1}, "user", "unknown_field"),
    ],
)
def test_what_can_not_be_asked(
    as_alice: APIClient, three: list[Image], body: dict[str, Any], field: str, code: str
) -> None:
    before = state()
    answer = as_alice.post(URL, {"operation": "delete", "image_ids": ids(*three), **body})
    assert (answer.status_code, told(answer)) == (400, [(field, code)])
    assert state() == before


def test_null_is_as_not_sent(as_alice: APIClient, three: list[Image]) -> None:
    nothing = dict.fromkeys(("album_id", "source_album_id", "tags", "privacy_setting"))
    assert ask(as_alice, "delete", three, **nothing).status_code == 200


def test_albums_that_are_not_there(as_alice: APIClient, alice: User, carol: User, three: list[Image]) -> None:
    target = tree.plant(owner=alice, name="target")
    hidden = tree.plant(owner=carol, name="hers")
    public = tree.plant(owner=carol, name="hers", privacy_setting="public")
    gone = tree.plant(owner=alice, name="gone")
    Album.objects.filter(pk=gone.pk).update(trashed_at=timezone.now())
    before = state()
    for album in (hidden, public, gone):
        answer = ask(as_alice, "move", three, album_id=str(album.uid))
        assert (answer.status_code, told(answer)) == (400, [("album_id", "does_not_exist")])
    for album in (hidden, gone):
        answer = ask(as_alice, "move", three, album_id=str(target.uid), source_album_id=str(album.uid))
        assert (answer.status_code, told(answer)) == (400, [("source_album_id", "does_not_exist")])
    same = ask(as_alice, "move", three, album_id=str(target.uid), source_album_id=str(target.uid))
    assert told(same) == [("source_album_id", "same_album")]
    assert state() == before


# --- Asking what would be ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", DONE)
@pytest.mark.parametrize("how", ["body", "query"])
def test_a_dry_run_answers_the_same_and_does_nothing(
    as_alice: APIClient, alice: User, three: list[Image], said: dict[str, dict[str, Any]], operation: str, how: str
) -> None:
    if operation == "restore":
        trash.trash([image.pk for image in three])
    place(tree.plant(owner=alice, name="A"), *three)
    before = state()
    dry = {"query": "?dry_run=true"} if how == "query" else {"dry_run": True}
    rehearsed = ask(as_alice, operation, three, key="k", **said[operation], **dry)
    assert rehearsed.status_code == 200
    assert state() == before
    assert not KeptAnswer.objects.exists()
    check()
    done = ask(as_alice, operation, three, key="k", **said[operation])
    assert rehearsed.json() == done.json()
    assert state() != before


def test_a_dry_run_finds_what_would_be_wrong(as_alice: APIClient, alice: User, three: list[Image]) -> None:
    tagging.add_tags([three[1].pk], [f"t{n}" for n in range(99)], by=alice)
    answer = ask(as_alice, "tag", three, tags=["sea"], dry_run=True)
    assert told(answer) == [("image_ids.1", "too_many_tags")]


def test_a_rehearsed_purge_removes_no_file(
    as_alice: APIClient, upload: Callable[..., Image], settings: Settings, django_capture_on_commit_callbacks: Any
) -> None:
    settings.GALLERY_TRASH_DAYS = 0
    image = upload()
    with django_capture_on_commit_callbacks(execute=True):
        assert ask(as_alice, "delete", [image], dry_run=True).status_code == 200
    assert len(store.files_of(image.uid)) == 2
    with django_capture_on_commit_callbacks(execute=True):
        assert ask(as_alice, "delete", [image]).status_code == 200
    assert store.files_of(image.uid) == []


# --- The same request twice -------------------------------------------------------------------------------------------


def test_the_same_key_gives_the_first_answer_again(as_alice: APIClient, three: list[Image]) -> None:
    first = ask(as_alice, "delete", three, key="k-1")
    trash.restore([image.pk for image in three])
    again = ask(as_alice, "delete", three, key="k-1")
    assert (again.status_code, again.content) == (200, first.content)
    assert not Image.objects.filter(trashed_at__isnull=False).exists()
    trash.purge([image.pk for image in three])
    assert ask(as_alice, "delete", three, key="k-1").content == first.content
    assert ask(as_alice, "delete", three, key="k-2").status_code == 404


def test_the_same_is_the_same_however_it_is_written(as_alice: APIClient, three: list[Image]) -> None:
    body = {"operation": "tag", "image_ids": ids(*three), "tags": ["sea"]}
    key = {"headers": {"Idempotency-Key": "k"}}
    first = as_alice.post(URL, body, **key)
    spelt = {"tags": ["sea"], "image_ids": [uid.upper() for uid in ids(*three)], "operation": "tag", "dry_run": False}
    assert as_alice.post(f"{URL}/", spelt, **key).content == first.content
    for change in ({"tags": ["sky"]}, {"image_ids": ids(*three[:2])}, {"image_ids": ids(*three[::-1])}):
        answer = as_alice.post(URL, {**body, **change}, **key)
        assert (answer.status_code, told(answer)) == (409, [(None, "idempotency_key_taken")])
    assert [tags_of(image) for image in three] == [["old", "sea"]] * 3


def test_a_key_is_its_owners(as_alice: APIClient, as_carol: APIClient, carol: User, three: list[Image]) -> None:
    ask(as_alice, "delete", three, key="k")
    hers = image_row(carol)
    assert ask(as_carol, "delete", [hers], key="k").json()["results"][0]["id"] == str(hers.uid)
    assert ask(as_carol, "delete", three, key="l").status_code == 404


def test_a_refusal_is_not_kept(as_alice: APIClient, three: list[Image]) -> None:
    assert ask(as_alice, "restore", three, key="k").status_code == 400
    assert not KeptAnswer.objects.exists()
    trash.trash([image.pk for image in three])
    assert ask(as_alice, "restore", three, key="k").status_code == 200


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256, "a\tb"])
def test_keys_that_are_none(as_alice: APIClient, three: list[Image], key: str) -> None:
    answer = ask(as_alice, "delete", three, key=key)
    assert (answer.status_code, told(answer)) == (400, [("Idempotency-Key", "invalid")])
    assert Image.objects.filter(trashed_at=None).count() == 3


def test_a_day_later_the_key_is_free(as_alice: APIClient, three: list[Image]) -> None:
    ask(as_alice, "delete", three, key="x" * 255)
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=23, minutes=59))
    call_command("housekeep")
    assert KeptAnswer.objects.count() == 1
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=24))
    assert ask(as_alice, "restore", three, key="x" * 255).status_code == 200
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=24))
    call_command("housekeep")
    assert not KeptAnswer.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_done_once(alice: User) -> None:
    image, album = image_row(alice), tree.plant(owner=alice, name="A")
    together = threading.Barrier(4)
    answers: list[Any] = []

    def one() -> None:
        client = signed_in(alice)
        together.wait()
        answers.append(ask(client, "delete", [image], key="k"))
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert KeptAnswer.objects.count() == 1
    assert album.image_count == 0


# --- What it costs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", DONE)
def test_queries_do_not_grow_with_the_images(
    as_alice: APIClient, alice: User, said: dict[str, dict[str, Any]], operation: str
) -> None:
    albums = [tree.plant(owner=alice, name=f"{n}") for n in range(2)]
    image_row(alice, tags=["sea"])  # a tag that is new to the gallery costs three more
    costs = []
    for number in (1, 30):
        images = [image_row(alice, album=albums[n % 2], tags=[f"{n}", "old"]) for n in range(number)]
        if operation == "restore":
            trash.trash([image.pk for image in images])
        with CaptureQueriesContext(connection) as queries:
            assert ask(as_alice, operation, images, **said[operation]).status_code == 200
        costs.append([query["sql"] for query in queries.captured_queries])
    assert len(costs[0]) == len(costs[1]) <= 45, "\n".join(costs[1])
