"""The pages about sharing, as a browser without scripts uses them."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import User
from albums import sharing, tree
from albums.models import Album, AlbumMember, ShareLink
from images import placing
from images.models import AlbumImage, Image
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def browse() -> Callable[[User], Client]:
    def browse(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browse


@pytest.fixture
def alices(alice: User, browse: Callable[[User], Client]) -> Client:
    return browse(alice)


@pytest.fixture
def bobs(bob: User, browse: Callable[[User], Client]) -> Client:
    return browse(bob)


@pytest.fixture
def carols(carol: User, browse: Callable[[User], Client]) -> Client:
    return browse(carol)


@pytest.fixture
def trip(alice: User) -> Album:
    return tree.plant(owner=alice, name="Trip", privacy_setting="shared")


def sharing_of(album: Album) -> str:
    return f"/albums/{album.uid}/sharing"


def sentence(client: Client, album: Album) -> str:
    """What the page says about who sees the album."""
    found = re.search(r'<p class="audience">(.*?)</p>', client.get(sharing_of(album)).content.decode(), re.DOTALL)
    assert found
    return " ".join(strip_tags(found[1]).split())


def text(answer: Any) -> str:
    return " ".join(strip_tags(answer.content.decode().partition("<main")[2]).split())


# --- Who sees it --------------------------------------------------------------------------------------------------


def test_one_sentence_says_who_sees_it(alices: Client, trip: Album, bob: User, carol: User, mia: User) -> None:
    def let_in(person: User) -> str:
        sharing.let_in(person, into=trip, by=trip.user)
        return sentence(alices, trip)

    def link() -> str:
        sharing.make_link(trip, by=trip.user)
        return sentence(alices, trip)

    assert sentence(alices, trip) == "Only you can see this album."
    assert link() == "You and whoever has its link can see this album."
    assert let_in(bob) == "You and bob, and whoever has its link, can see this album."
    ShareLink.objects.all().delete()
    assert sentence(alices, trip) == "You and bob can see this album."
    assert let_in(carol) == "You, bob and carol can see this album."
    for n in range(5):
        sentence_now = let_in(User.objects.create_user(f"dora{n}", f"dora{n}@example.com"))
    assert sentence_now == "You, bob, carol, dora0, dora1, dora2 and 2 more can see this album."
    link()
    assert link().endswith("and 2 more, and whoever has one of its 2 links, can see this album.")
    tree.edit(trip, {"privacy_setting": "private"})
    assert sentence(alices, trip) == "Only you can see this album."
    tree.edit(trip, {"privacy_setting": "public"})
    assert sentence(alices, trip) == "Everyone can see this album."
    Album.objects.filter(pk=trip.pk).update(hidden_at=timezone.now(), is_hidden=True)
    assert sentence(alices, trip) == "A moderator has hidden this album: beside you nobody sees it."


def test_the_sentence_leaves_out_what_has_no_effect(alices: Client, trip: Album, bob: User) -> None:
    sharing.let_in(bob, into=trip, by=trip.user)
    sharing.make_link(trip, by=trip.user, expires_at=timezone.now() + timedelta(hours=1))
    ShareLink.objects.update(expires_at=timezone.now())
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert sentence(alices, trip) == "Only you can see this album."


def test_an_album_that_follows_another_says_which(alices: Client, trip: Album, bob: User) -> None:
    sharing.let_in(bob, into=trip, by=trip.user)
    sharing.make_link(trip, by=trip.user)
    day = tree.plant(owner=trip.user, name="Day", parent=trip)
    assert sentence(alices, day) == "You and bob, and whoever has its link, can see this album."
    page = alices.get(sharing_of(day))
    assert f'It follows the album <a href="{sharing_of(trip)}">Trip</a>' in page.content.decode()
    assert "/members" not in page.content.decode()
    assert f'action="/albums/{day.uid}/links"' in page.content.decode()
    assert alices.post(sharing_of(day), {"privacy_setting": "shared"}).url == sharing_of(day)
    assert sentence(alices, day) == "Only you can see this album."


def test_the_privacy_is_changed_in_place(alices: Client, client: Client, trip: Album) -> None:
    assert alices.post(sharing_of(trip), {"privacy_setting": "private"}).url == sharing_of(trip)
    page = alices.get(sharing_of(trip)).content.decode()
    assert "/members" not in page
    assert f'action="/albums/{trip.uid}/links"' not in page
    refused = alices.post(sharing_of(trip), {"privacy_setting": "inherit"})
    assert refused.status_code == 400
    assert "privacy_setting" in refused.context["privacy_form"].errors
    trip.refresh_from_db()
    assert trip.privacy_setting == "private"


def test_what_would_be_shown_to_more_people_is_asked_first(alices: Client, client: Client, trip: Album) -> None:
    image_row(trip.user, album=trip)
    asked = alices.post(sharing_of(trip), {"privacy_setting": "public"})
    assert asked.status_code == 200
    assert client.get(f"/albums/{trip.uid}").status_code == 404
    agreed = {"privacy_setting": "public", "agreed": asked.context["agreed"]}
    assert alices.post(sharing_of(trip), agreed).url == sharing_of(trip)
    assert client.get(f"/albums/{trip.uid}").status_code == 200


@pytest.mark.parametrize("rest", ["sharing", "members", "links", "edit"])
def test_only_the_owner_shares(bobs: Client, carols: Client, client: Client, trip: Album, bob: User, rest: str) -> None:
    sharing.let_in(bob, into=trip, role="contributor", by=trip.user)
    path, said = f"/albums/{trip.uid}/{rest}", {"username": "carol", "role": "viewer", "privacy_setting": "public"}
    assert bobs.post(path, said).status_code == 403
    assert carols.post(path, said).status_code == 404
    assert client.post(path, said).url.startswith("/accounts/login")
    trip.refresh_from_db()
    assert (trip.privacy_setting, AlbumMember.objects.count(), ShareLink.objects.count()) == ("shared", 1, 0)


# --- People -------------------------------------------------------------------------------------------------------


def test_people_are_let_in_changed_and_removed(alices: Client, bobs: Client, trip: Album, bob: User) -> None:
    members = f"/albums/{trip.uid}/members"
    assert alices.post(members, {"username": "bob", "role": "viewer"}).url == sharing_of(trip)
    assert "bob is let in." in text(alices.get(sharing_of(trip)))
    assert bobs.get(f"/albums/{trip.uid}").status_code == 200
    assert alices.post(f"{members}/{bob.uid}", {"role": "contributor"}).url == sharing_of(trip)
    assert AlbumMember.objects.get().role == "contributor"
    assert alices.post(f"{members}/{bob.uid}", {"role": "owner"}).status_code == 404
    assert alices.post(f"{members}/{bob.uid}/remove").url == sharing_of(trip)
    assert bobs.get(f"/albums/{trip.uid}").status_code == 404
    for rest in ("", "/remove"):
        assert alices.post(f"{members}/{bob.uid}{rest}", {"role": "viewer"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "told"),
    [("nosuch", "There is nobody of this name."), ("alice", "The album is this person&#x27;s own."), ("", "required")],
)
def test_who_can_not_be_let_in_is_told(alices: Client, trip: Album, name: str, told: str) -> None:
    answer = alices.post(f"/albums/{trip.uid}/members", {"username": name, "role": "viewer"})
    assert answer.status_code == 400
    assert told in str(answer.context["member_form"].errors["username"])
    assert not AlbumMember.objects.exists()


def test_a_private_album_keeps_its_people_and_says_that_they_see_nothing(
    alices: Client, trip: Album, bob: User
) -> None:
    sharing.let_in(bob, into=trip, by=trip.user)
    sharing.make_link(trip, by=trip.user)
    tree.edit(trip, {"privacy_setting": "private"})
    told = text(alices.get(sharing_of(trip)))
    assert told.count("Without effect while this album is for you alone") == 2
    assert alices.post(f"/albums/{trip.uid}/members", {"username": "bob", "role": "viewer"}).status_code == 400
    assert alices.post(f"/albums/{trip.uid}/members/{bob.uid}", {"role": "contributor"}).status_code == 302
    assert AlbumMember.objects.get().role == "viewer"
    assert "The album is private" in text(alices.get(sharing_of(trip)))
    assert alices.post(f"/albums/{trip.uid}/members/{bob.uid}/remove").status_code == 302
    assert not AlbumMember.objects.exists()


# --- Links --------------------------------------------------------------------------------------------------------


def test_a_link_is_made_shown_once_and_revoked(alices: Client, client: Client, trip: Album) -> None:
    made = alices.post(f"/albums/{trip.uid}/links", {"allow_download": "unknown", "show_location": "unknown"})
    assert made.status_code == 200
    assert "no-store" in made["Cache-Control"]
    address = re.search(r'readonly value="(http://testserver/s/[\w-]+)"', made.content.decode())
    assert address
    assert address[1] not in alices.get(sharing_of(trip)).content.decode()
    assert client.get(address[1]).url == f"/albums/{trip.uid}"
    link = ShareLink.objects.get()
    assert (link.has_password, link.expires_at, link.allow_download, link.show_location) == (False, None, None, None)
    assert alices.post(f"/albums/{trip.uid}/links/{link.uid}/revoke").url == sharing_of(trip)
    assert client.get(f"/albums/{trip.uid}").status_code == 404
    assert alices.post(f"/albums/{trip.uid}/links/{link.uid}/revoke").status_code == 404


def test_all_that_can_be_said_of_a_link(alices: Client, trip: Album) -> None:
    said = {"password": "x y", "expires_at": "2999-05-03T10:00", "allow_download": "true", "show_location": "false"}
    assert alices.post(f"/albums/{trip.uid}/links", said).status_code == 200
    link = ShareLink.objects.get()
    assert link.opens_with("x y")
    assert (str(link.expires_at), link.allow_download, link.show_location) == ("2999-05-03 10:00:00+00:00", True, False)
    told = text(alices.get(sharing_of(trip)))
    assert "with a password, ends 2999-05-03 10:00 never opened, with downloads, without places" in told


def test_what_a_link_can_not_be_is_told(alices: Client, trip: Album) -> None:
    answer = alices.post(f"/albums/{trip.uid}/links", {"expires_at": "2001-01-01T00:00"})
    assert answer.status_code == 400
    assert answer.context["link_form"].errors["expires_at"] == ["This is in the past."]
    tree.edit(trip, {"privacy_setting": "private"})
    answer = alices.post(f"/albums/{trip.uid}/links", {})
    assert answer.status_code == 400
    assert "The album is private" in str(answer.context["link_form"].non_field_errors())
    assert not ShareLink.objects.exists()


@pytest.mark.parametrize(("rest", "said"), [("links", {}), ("members", {"username": "nosuch", "role": "viewer"})])
def test_from_the_answer_to_a_form_everything_goes_on(
    alices: Client, trip: Album, bob: User, carol: User, rest: str, said: dict[str, str]
) -> None:
    for person in (bob, carol):
        sharing.let_in(person, into=trip, by=trip.user)
    trip.user.choose({"page_size": 1})
    page = alices.post(f"/albums/{trip.uid}/{rest}", said)
    assert [member.user for member, _ in page.context["members"]] == [bob]
    assert f'method="post" action="{sharing_of(trip)}"' in page.content.decode()
    on = alices.get(page.context["page"].next, follow=True)
    assert on.redirect_chain[0][0].startswith(f"{sharing_of(trip)}?cursor=")
    assert [member.user for member, _ in on.context["members"]] == [carol]


# --- For those who are let in -------------------------------------------------------------------------------------


def test_shared_with_me_lists_each_tree_once_and_lets_one_leave(
    bobs: Client, alice: User, trip: Album, bob: User
) -> None:
    tree.plant(owner=alice, name="Day", parent=trip)
    open_to_all = tree.plant(owner=alice, name="Open", privacy_setting="public")
    inside = tree.plant(owner=alice, name="Inside", parent=open_to_all, privacy_setting="shared")
    for album in (trip, inside):
        sharing.let_in(bob, into=album, by=alice)
    page = bobs.get("/shared")
    assert {album["name"] for album in page.context["albums"]} == {"Trip", "Inside"}
    assert "by alice" in text(page)
    assert f'action="/albums/{trip.uid}/leave"' in page.content.decode()
    assert bobs.post(f"/albums/{trip.uid}/leave").url == "/shared"
    assert {album["name"] for album in bobs.get("/shared").context["albums"]} == {"Inside"}
    assert bobs.post(f"/albums/{trip.uid}/leave").status_code == 404


def test_what_came_by_a_link_can_not_be_left(bobs: Client, trip: Album) -> None:
    _, token = sharing.make_link(trip, by=trip.user)
    bobs.get(f"/s/{token}")
    page = bobs.get("/shared")
    assert [album["name"] for album in page.context["albums"]] == ["Trip"]
    assert "/leave" not in page.content.decode()
    assert bobs.post(f"/albums/{trip.uid}/leave").status_code == 404


OFFERS = {
    "upload": "/upload?album=",
    "library": "/library?album=",
    "mine": "/mine",
    "arrange": "/arrange",
    "share": "/sharing",
    "edit": "/edit",
    "leave": "/leave",
}


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        ("owner", {"upload", "arrange", "share", "edit"}),
        ("contributor", {"upload", "library", "leave"}),
        ("viewer", {"leave"}),
        ("stranger", set()),
        ("nobody", set()),
    ],
)
def test_an_album_offers_each_what_he_may_do(
    browse: Any, client: Client, trip: Album, bob: User, carol: User, who: str, offered: set[str]
) -> None:
    if who in ("contributor", "viewer"):
        sharing.let_in(bob, into=trip, role=who, by=trip.user)
    tree.edit(trip, {"privacy_setting": "public"})
    people = {"owner": trip.user, "contributor": bob, "viewer": bob, "stranger": carol}
    visitor = browse(people[who]) if who in people else client
    page = visitor.get(f"/albums/{trip.uid}").content.decode()
    assert {name for name, part in OFFERS.items() if part in page} == offered


def test_who_has_photos_in_an_album_finds_them_there(bobs: Client, trip: Album, bob: User) -> None:
    sharing.let_in(bob, into=trip, role="contributor", by=trip.user)
    placing.add([image_row(bob).pk], to=trip, by=bob)
    sharing.let_in(bob, into=trip, role="viewer", by=trip.user)
    page = bobs.get(f"/albums/{trip.uid}").content.decode()
    assert {name for name, part in OFFERS.items() if part in page} == {"mine", "leave"}


def test_uploads_and_the_library_offer_albums_one_contributes_to(
    bobs: Client, trip: Album, bob: User, alice: User
) -> None:
    mine = tree.plant(owner=bob, name="Mine")
    tree.plant(owner=bob, name="Below", parent=mine)
    other = tree.plant(owner=alice, name="Other", privacy_setting="shared")
    sharing.let_in(bob, into=trip, role="contributor", by=alice)
    sharing.let_in(bob, into=other, by=alice)
    image = image_row(bob)
    for path in ("/upload", "/library"):
        form = bobs.get(f"{path}?album={trip.uid}").context["form"]
        assert [str(label) for _, label in form["album"].field.choices] == [
            "none",
            "Mine",
            "— Below",
            "Trip (by alice)",
        ]
        assert f'<option value="{trip.uid}" selected>' in str(form["album"])
    said = {"deed": "place", "album": str(trip.uid), "image_ids": [str(image.uid)]}
    assert bobs.post("/library", said).status_code == 302
    assert AlbumImage.objects.get().is_contributed
    assert bobs.post("/library", said | {"album": str(other.uid)}).status_code == 400


def test_a_contributor_takes_his_own_out(alices: Client, bobs: Client, trip: Album, bob: User) -> None:
    sharing.let_in(bob, into=trip, role="contributor", by=trip.user)
    hers, his = image_row(trip.user, title="hers", album=trip), image_row(bob, title="his")
    placing.add([his.pk], to=trip, by=bob)
    path = f"/albums/{trip.uid}/mine"
    assert [card["title"] for card in bobs.get(path).context["cards"]] == ["his"]
    assert bobs.post(path, {"remove": str(hers.uid)}).status_code == 404
    assert bobs.post(path, {"remove": str(his.uid)}).url == path
    assert [card["title"] for card in alices.get(f"/albums/{trip.uid}").context["cards"]] == ["hers"]
    assert Image.objects.get(pk=his.pk).trashed_at is None


# --- The album's own settings -------------------------------------------------------------------------------------


def test_an_album_says_what_others_may_do_and_know(alices: Client, trip: Album) -> None:
    path = f"/albums/{trip.uid}/edit"
    said = {"name": "Trip", "description": "", "privacy_setting": "shared", "parent": ""}
    for word, value in [("true", True), ("false", False), ("unknown", None)]:
        assert alices.post(path, said | {"allow_download": word, "show_location": word}).url == f"/albums/{trip.uid}"
        trip.refresh_from_db()
        assert (trip.allow_download, trip.show_location) == (value, value)
        form = alices.get(path).context["form"]
        assert f'<option value="{word}" selected>' in str(form["allow_download"])
