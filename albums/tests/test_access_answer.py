"""`GET /api/albums/<id>/access`: who can see this, and through which rule."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from albums.models import Album, AlbumMember, ShareLink
from images import placing, trash
from images.models import Image
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db

Plant = Callable[..., Album]


@pytest.fixture
def plant(alice: User) -> Plant:
    def plant(name: str, parent: Album | None = None, **values: Any) -> Album:
        return tree.plant(owner=alice, name=name, parent=parent, **values)

    return plant


def let_in(user: User, album: Album, role: str = "viewer") -> None:
    AlbumMember.objects.create(user=user, album=album, role=role)


def link_to(album: Album, **values: Any) -> ShareLink:
    return ShareLink.objects.create(album=album, token_hash=uuid.uuid4().hex, **values)


def asked(client: APIClient, album: Album) -> dict[str, Any]:
    answer = client.get(f"/api/albums/{album.uid}/access")
    assert answer.status_code == 200, answer.json()
    return answer.json()


def named(album: Album) -> dict[str, str]:
    return {"id": str(album.uid), "name": album.name}


def told(body: dict[str, Any]) -> list[str]:
    return [f"{rule['who']} {rule['what']}: {rule['because']}." for rule in body["rules"]]


def test_only_the_owner_is_answered(
    api: Callable[..., APIClient], alice: User, bob: User, carol: User, mia: User, plant: Plant
) -> None:
    shared, private, public = plant("s", privacy_setting="shared"), plant("p"), plant("o", privacy_setting="public")
    let_in(bob, shared, "contributor")

    def statuses(user: User | None) -> list[int]:
        ids = [shared.uid, private.uid, public.uid, uuid.uuid4()]
        return [api(user).get(f"/api/albums/{uid}/access").status_code for uid in ids]

    assert statuses(alice) == [200, 200, 200, 404]
    assert statuses(bob) == [403, 404, 403, 404]
    assert statuses(carol) == statuses(mia) == [404, 404, 403, 404]
    assert statuses(None) == [401, 401, 401, 401]


def test_a_private_album(as_alice: APIClient, alice: User, plant: Plant) -> None:
    album = plant("Closet")
    image_row(alice, album=album)
    body = asked(as_alice, album)
    assert body | {"rules": []} == {
        "album": named(album),
        "owner": {"id": str(alice.uid), "username": "alice"},
        "privacy_setting": "private",
        "effective_privacy": "private",
        "policy": named(album) | {"inherited": False},
        "is_hidden": False,
        "hidden": None,
        "everyone": False,
        "members": [],
        "links": [],
        "images": {
            "total": 1,
            "seen_by_everyone": 0,
            "seen_by_members": 0,
            "seen_by_link_holders": 0,
            "private": 0,
            "contributed": 0,
            "hidden": 0,
        },
        "rules": [],
    }
    assert told(body) == [
        "alice can see and change the album and 1 photo in it: it is the owner's.",
        "Everyone can't see the album: “Closet” is private.",
        "Moderators can see what everyone can, and what is reported or hidden: they look after the gallery.",
    ]


def test_the_rule_of_an_album_above(as_alice: APIClient, alice: User, bob: User, carol: User, plant: Plant) -> None:
    """Members and links of the policy album count below it; a link in between reaches what is below it alone."""
    top = plant("Trip", privacy_setting="shared")
    middle = plant("Week", top)
    leaf = plant("Day", middle)
    let_in(bob, top)
    let_in(carol, top, "contributor")
    upper = link_to(top, allow_download=True)
    lower = link_to(middle, show_location=False)
    lower.set_password("secret words")
    lower.save()
    link_to(plant("Elsewhere", top))
    image_row(alice, album=leaf)
    image_row(alice, album=leaf, privacy_setting="private")
    image_row(alice, album=leaf, privacy_setting="public")
    added = image_row(carol)
    placing.add([added.pk], to=leaf, by=carol)
    body = asked(as_alice, leaf)
    assert (body["privacy_setting"], body["effective_privacy"]) == ("inherit", "shared")
    assert body["policy"] == named(top) | {"inherited": True}
    assert body["everyone"] is False
    assert body["members"] == [
        {
            "user": {"id": str(user.uid), "username": user.username},
            "role": role,
            "in_force": True,
            "through": named(top),
        }
        for user, role in [(bob, "viewer"), (carol, "contributor")]
    ]
    links = {link["id"]: link for link in body["links"]}
    assert set(links) == {str(upper.uid), str(lower.uid)}
    assert links[str(lower.uid)] | {"created_at": 0} == {
        "id": str(lower.uid),
        "has_password": True,
        "expires_at": None,
        "allow_download": None,
        "show_location": False,
        "created_at": 0,
        "last_used_at": None,
        "in_force": True,
        "through": named(middle),
    }
    assert links[str(upper.uid)]["through"] == named(top)
    assert body["images"] == {
        "total": 4,
        "seen_by_everyone": 1,
        "seen_by_members": 3,
        "seen_by_link_holders": 2,
        "private": 1,
        "contributed": 1,
        "hidden": 0,
    }
    day = f"{upper.created_at.day} {upper.created_at:%B %Y}"
    assert told(body) == [
        "alice can see and change the album and 4 photos in it: it is the owner's.",
        "Everyone can't see the album: “Trip” is shared, and this album inherits from it.",
        "Everyone can see 1 photo of those in it, and not the album: photos that are public by themselves or by "
        "another album can be seen wherever they are.",
        "bob can see the album and 3 photos in it: “Trip” lets them in as viewer, and this album inherits from it.",
        "carol can see the album and 3 photos in it and add their own: “Trip” lets them in as contributor, and this "
        "album inherits from it.",
        f"Whoever holds the link made on {day} can, with its password, see the album and 2 photos in it: it opens "
        "“Week”, and this album inherits from it.",
        f"Whoever holds the link made on {day} can see the album and 2 photos in it: it opens “Trip”, and this album "
        "inherits from it.",
        "Nobody but their owner can see 1 photo of those in it: private photos stay so.",
        "Everyone and holders of links can't see 1 photo added by others, but for those that these made public: what a "
        "contributor adds is shown to members alone.",
        "Moderators can see what everyone can, and what is reported or hidden: they look after the gallery.",
    ]


def test_a_public_album(as_alice: APIClient, alice: User, bob: User, plant: Plant) -> None:
    album = plant("Trip", privacy_setting="public")
    let_in(bob, album)
    image_row(alice, album=album)
    trash.trash([image_row(alice, album=album).pk])
    hers = image_row(bob)
    placing.add([hers.pk], to=album, by=bob)
    body = asked(as_alice, album)
    assert body["everyone"] is True
    counts = body["images"]
    assert (counts["total"], counts["seen_by_everyone"], counts["seen_by_members"]) == (2, 1, 2)
    assert "Everyone can see the album and 1 photo in it: “Trip” is public." in told(body)


def test_what_is_kept_without_effect(as_alice: APIClient, bob: User, plant: Plant) -> None:
    """Of a private album, and a link that has expired of one that is shared."""
    private = plant("Closet")
    let_in(bob, private)
    link_to(private)
    body = asked(as_alice, private)
    assert [member["in_force"] for member in body["members"]] == [False]
    assert [link["in_force"] for link in body["links"]] == [False]
    assert "bob can see no more than everyone: “Closet” lets them in as viewer, but that is private." in told(body)
    assert any(line.endswith("it opens “Closet”, but that is private.") for line in told(body))
    shared = plant("Trip", privacy_setting="shared")
    link_to(shared, expires_at=timezone.now() - timedelta(seconds=1))
    link_to(shared, expires_at=timezone.now() + timedelta(days=1))
    body = asked(as_alice, shared)
    assert [link["in_force"] for link in body["links"]] == [True, False]
    assert body["images"]["seen_by_link_holders"] == 0
    assert any(line.endswith("it opens “Trip”, but has expired.") for line in told(body))


def test_a_hidden_album_says_so(as_alice: APIClient, alice: User, bob: User, plant: Plant) -> None:
    top = plant("Trip", privacy_setting="public")
    leaf = plant("Day", top)
    let_in(bob, top)
    link_to(top)
    image_row(alice, album=leaf)
    now = timezone.now()
    Album.objects.filter(pk=top.pk).update(hidden_at=now, hidden_reason="spam")
    top.refresh_from_db()
    tree.settle(top)
    hidden = image_row(alice, album=leaf)
    Image.objects.filter(pk=hidden.pk).update(hidden_at=now, is_listed=False)
    body = asked(as_alice, leaf)
    assert (body["is_hidden"], body["everyone"]) == (True, False)
    assert body["hidden"] == {"reason": "spam", "at": now.isoformat().replace("+00:00", "Z"), "through": named(top)}
    assert [member["in_force"] for member in body["members"]] == [False]
    assert [link["in_force"] for link in body["links"]] == [False]
    assert (body["images"]["hidden"], body["images"]["seen_by_members"]) == (1, 0)
    assert "Everyone else can't see the album: a moderator hid “Trip”: spam." in told(body)
    assert not any(line.startswith("Everyone can see the album") for line in told(body))


def test_many_members_are_named_in_short(as_alice: APIClient, plant: Plant) -> None:
    album = plant("Trip", privacy_setting="shared")
    for name in ("ann", "ben", "cem", "dan", "eva"):
        let_in(User.objects.create_user(name, f"{name}@example.com"), album)
    assert any(line.startswith("ann, ben, cem and 2 others can see") for line in told(asked(as_alice, album)))


def test_the_page_of_sharing_tells_the_same(alice: User, bob: User, plant: Plant) -> None:
    album = plant("Trip & more", privacy_setting="shared")
    let_in(bob, album)
    client = Client()
    client.force_login(alice)
    html = client.get(f"/albums/{album.uid}/sharing").content.decode()
    said = "bob can see the album and 0 photos in it: “Trip &amp; more” lets them in as viewer."
    assert f"<li>{said}</li>" in html


def test_it_costs_the_same_whatever_hangs_on_it(as_alice: APIClient, alice: User, plant: Plant) -> None:
    costs = []
    for number in (2, 12):
        top = plant("Trip", privacy_setting="shared")
        leaf = plant("Day", top)
        for n in range(number):
            let_in(User.objects.create_user(f"user-{number}-{n}", f"{number}-{n}@example.com"), top)
            link_to(top)
            image_row(alice, album=leaf)
        with CaptureQueriesContext(connection) as queries:
            asked(as_alice, leaf)
        costs.append(len(queries))
    assert costs[0] == costs[1] <= 20
