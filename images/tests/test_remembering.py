"""Verdicts on thumbnails are remembered as long as they hold, and no longer."""

import threading
from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts import suspension
from accounts.models import BearerToken, User
from accounts.viewer import OPENED_LINKS
from albums import sharing, tree
from albums.models import Album
from conftest import signed_in
from images import moderation, remembering, store, trash
from images.album_changes import edit_album
from images.models import Image
from images.remembering import memory
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_is_known() -> Iterator[None]:
    memory._known.clear()
    yield
    memory._known.clear()


@pytest.fixture
def album(alice: User, bob: User) -> Album:
    """Alice's, that bob is let into."""
    album = tree.plant(owner=alice, name="A", privacy_setting="shared")
    sharing.let_in(bob, into=album, by=alice)
    return album


@pytest.fixture
def image(upload: Callable[..., Image], album: Album) -> Image:
    return upload(jpeg(700, 350), album_id=str(album.uid))


def address(image: Image, query: str = "size=640&v=1") -> str:
    return f"/api/images/{image.uid}/thumbnail?{query}"


def cost(client: APIClient, url: str, **headers: str) -> tuple[int, int]:
    """Status, and queries."""
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(url, headers=headers)
    return answer.status_code, len(queries)


def test_the_second_look_costs_no_query(as_alice: APIClient, as_bob: APIClient, image: Image) -> None:
    for client in (as_alice, as_bob):
        first = client.get(address(image))
        assert cost(client, address(image)) == (200, 0)
        second = client.get(address(image))
        assert second.content == first.content
        for name in ("ETag", "Last-Modified", "Cache-Control", "Content-Type", "Content-Security-Policy"):
            assert second[name] == first[name]
        assert {"Accept", "Cookie"} <= set(second["Vary"].split(", "))
        assert cost(client, address(image), **{"If-None-Match": first["ETag"]}) == (304, 0)
        assert cost(client, address(image), Range="bytes=0-9") == (206, 0)


def test_each_question_has_its_own_answer(as_alice: APIClient, image: Image) -> None:
    large = as_alice.get(address(image, "size=640"))
    for query, headers in [("size=320", {}), ("size=640&format=png", {}), ("size=640", {"Accept": "image/webp"})]:
        answer = as_alice.get(address(image, query), headers=headers)
        assert answer.status_code == 200
        assert answer["ETag"] != large["ETag"]
        assert as_alice.get(address(image, query), headers=headers)["ETag"] == answer["ETag"]
    assert "immutable" in as_alice.get(address(image, "size=640&v=1"))["Cache-Control"]
    assert "immutable" not in as_alice.get(address(image, "size=640&v=2"))["Cache-Control"]


def test_what_one_may_see_another_may_not(
    as_alice: APIClient, as_carol: APIClient, as_nobody: APIClient, image: Image
) -> None:
    for _ in range(2):
        assert as_alice.get(address(image)).status_code == 200
        for client in (as_carol, as_nobody):
            assert client.get(address(image)).status_code == 404


def test_after_a_revoke_the_next_look_is_refused(
    as_alice: APIClient, as_bob: APIClient, alice: User, bob: User, mia: User, image: Image, album: Album
) -> None:
    Album.objects.filter(pk=album.pk).update(open_reports=1)  # so that a moderator sees it

    def let_bob_in() -> None:
        sharing.let_in(bob, into=album, by=alice)

    for revoke, grant in [
        (lambda: sharing.let_go(bob, out_of=album, by=alice), let_bob_in),
        (
            lambda: edit_album(album, {"privacy_setting": "private"}),
            lambda: edit_album(album, {"privacy_setting": "shared"}),
        ),
        (
            lambda: Image.objects.filter(pk=image.pk).update(privacy_setting="private"),
            lambda: Image.objects.filter(pk=image.pk).update(privacy_setting="inherit"),
        ),
        (lambda: trash.trash([image.pk]), lambda: trash.restore([image.pk])),
        (
            lambda: moderation.hide([album], by=mia, reason="spam"),
            lambda: moderation.unhide([album], by=mia, reason="ok"),
        ),
        (
            lambda: suspension.suspend([alice], by=mia, reason="spam"),
            lambda: suspension.unsuspend([alice], by=mia, reason="ok"),
        ),
    ]:
        assert as_bob.get(address(image)).status_code == 200
        assert cost(as_bob, address(image)) == (200, 0)
        revoke()
        assert as_bob.get(address(image)).status_code == 404
        grant()


def test_a_revoke_on_another_connection_counts_too(
    as_bob: APIClient, bob: User, alice: User, album: Album, image: Image
) -> None:
    assert as_bob.get(address(image)).status_code == 200
    assert cost(as_bob, address(image)) == (200, 0)

    def revoke() -> None:
        sharing.let_go(bob, out_of=album, by=alice)
        connections.close_all()

    thread = threading.Thread(target=revoke)
    thread.start()
    thread.join()
    assert as_bob.get(address(image)).status_code == 404


def test_who_signs_out_is_nobody(as_bob: APIClient, bob: User, image: Image) -> None:
    other = signed_in(bob)
    cookie = other.cookies.output(header="", sep=";")
    assert other.get(address(image)).status_code == 200
    assert cost(other, address(image)) == (200, 0)
    other.post("/api/auth/logout")
    assert APIClient().get(address(image), headers={"Cookie": cookie}).status_code == 404
    assert as_bob.get(address(image)).status_code == 200


def test_threads_remember_for_each_other(as_alice: APIClient, alice: User, image: Image) -> None:
    """What one has found holds for the others as soon as they know that nothing changed since."""
    costs: list[tuple[int, int]] = []

    def look() -> None:
        cost(as_alice, "/healthz")
        remembering.unchanged_since()
        ready.wait(timeout=30)
        asked.wait(timeout=30)
        costs.append(cost(as_alice, address(image)))
        connections.close_all()

    ready, asked = threading.Barrier(2), threading.Event()
    thread = threading.Thread(target=look)
    thread.start()
    ready.wait(timeout=30)
    assert as_alice.get(address(image)).status_code == 200
    asked.set()
    thread.join()
    assert costs == [(200, 0)]


def test_a_verdict_has_its_time(as_alice: APIClient, image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    as_alice.get(address(image))
    now = remembering.monotonic_ns()
    monkeypatch.setattr(remembering, "monotonic_ns", lambda: now + remembering.LONGEST)
    assert cost(as_alice, address(image))[1] > 0


def test_links_and_tokens_are_looked_up_each_time(
    as_nobody: APIClient, alice: User, album: Album, image: Image
) -> None:
    link, _ = sharing.make_link(album, by=alice)
    holder = APIClient()
    session = holder.session
    session[OPENED_LINKS] = [link.pk]
    session.save()
    secret = "s" * 40
    BearerToken.objects.create(user=alice, name="t", token_hash=BearerToken.hash_of(secret))
    for client, headers in [(holder, {}), (APIClient(), {"Authorization": f"Bearer {secret}"})]:
        for _ in range(4):  # the first notes the use of the token, which is a change
            status, queries = cost(client, address(image), **headers)
            assert (status, queries > 0) == (200, True)
    assert as_nobody.get(address(image)).status_code == 404


@pytest.mark.parametrize("spoil", ["missing", "empty"])
def test_a_file_that_is_gone_is_made_again(as_alice: APIClient, image: Image, spoil: str) -> None:
    first = as_alice.get(address(image))
    file = store.on_disk(image.thumbnail_path)
    file.unlink() if spoil == "missing" else file.write_bytes(b"")
    second = as_alice.get(address(image))
    assert (second.status_code, second.content) == (200, first.content)


def test_the_longest_unused_is_forgotten(as_alice: APIClient, image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembering, "MOST", 2)
    addresses = [address(image, f"size={size}") for size in (160, 320, 640)]
    for each in (*addresses[:2], addresses[0], addresses[2]):
        as_alice.get(each)
    assert [cost(as_alice, each)[1] == 0 for each in (addresses[0], addresses[2])] == [True, True]
    assert cost(as_alice, addresses[1])[1] > 0
