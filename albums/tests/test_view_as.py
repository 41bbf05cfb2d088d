"""`/albums/<id>?as=…`: the owner sees the album as somebody else does, and nothing of what is not his to see."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.viewer import Viewer
from albums import guises, tree
from albums.models import Album, AlbumMember, ShareLink
from images import placing
from images.models import AlbumImage, Image
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db

Plant = Callable[..., Album]
SLOW = list(HealthCheck)


@pytest.fixture
def alices(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def plant(alice: User) -> Plant:
    def plant(name: str, parent: Album | None = None, **values: Any) -> Album:
        return tree.plant(owner=alice, name=name, parent=parent, **values)

    return plant


def let_in(user: User, album: Album, role: str = "viewer") -> None:
    AlbumMember.objects.create(user=user, album=album, role=role)


def link_to(album: Album, **values: Any) -> ShareLink:
    return ShareLink.objects.create(album=album, token_hash=uuid.uuid4().hex, **values)


def contribute(owner: User, album: Album, **values: Any) -> Image:
    image = image_row(owner, **values)
    placing.add([image.pk], to=album, by=owner)
    return image


def page(client: Client, album: Album, said: str = "") -> Any:
    answer = client.get(f"/albums/{album.uid}", {"as": said} if said else {})
    assert answer.status_code == 200, answer.status_code
    return answer


def titles(answer: Any) -> list[str]:
    return [card["title"] for card in answer.context["cards"]]


def shown(answer: Any) -> dict[str, Any]:
    """What the page shows of the album, but for the frame around it."""
    context = answer.context
    return {
        "album": context["album"],
        "albums": context["albums"],
        "cards": context["cards"],
        "count": context["page"].count,
        "is_owner": bool(context.get("is_owner")),
    }


@pytest.fixture
def trip(alice: User, bob: User, carol: User, plant: Plant) -> Album:
    """Shared with bob and carol; with images of all kinds, and albums inside with other rules."""
    top = plant("Year", privacy_setting="private")
    trip = plant("Trip", top, privacy_setting="shared")
    let_in(bob, trip)
    let_in(carol, trip, "contributor")
    image_row(alice, album=trip, title="own")
    image_row(alice, album=trip, title="own private", privacy_setting="private")
    image_row(alice, album=trip, title="own public", privacy_setting="public")
    contribute(carol, trip, title="carol's")
    contribute(carol, trip, title="carol's private", privacy_setting="private")
    image_row(alice, album=plant("Day", trip), title="day")
    image_row(alice, album=plant("Shut", trip, privacy_setting="private"), title="shut")
    image_row(alice, album=plant("Open", trip, privacy_setting="public"), title="open")
    return trip


def test_a_member_sees_what_he_sees(alices: Client, bob: User, trip: Album) -> None:
    """The very same as when he comes himself, who owns nothing in it."""
    bobs = Client()
    bobs.force_login(bob)
    seen = page(alices, trip, "member:bob")
    assert titles(seen) == ["own", "own public", "carol's"]
    assert [album["name"] for album in seen.context["albums"]] == ["Day", "Open"]
    assert seen.context["album"]["path"] == []
    assert seen.context["album"]["total_image_count"] == 5
    assert shown(seen) == shown(page(bobs, trip))
    assert "original_filename" not in seen.context["cards"][0]


def test_a_holder_of_a_link_sees_what_he_sees(alices: Client, trip: Album, client: Client) -> None:
    link = link_to(trip)
    session = client.session
    session["opened_links"] = [link.pk]
    session.save()
    seen = page(alices, trip, f"link:{link.uid}")
    assert titles(seen) == ["own", "own public"]
    assert shown(seen) == shown(page(client, trip))


def test_nobody_sees_what_everyone_does(alices: Client, client: Client, trip: Album) -> None:
    [opened] = Album.objects.filter(name="Open")
    seen = page(alices, opened, "nobody")
    assert titles(seen) == ["open"]
    assert shown(seen) == shown(page(client, opened))


def test_the_owner_is_told_and_finds_the_way_back(alices: Client, trip: Album) -> None:
    html = page(alices, trip, "member:BOB").content.decode()
    assert "You see this album as bob does." in html
    assert f'<a href="/albums/{trip.uid}">Back to your own view</a>' in html
    for owners in ("/edit", "/arrange", "/sharing", "See it as"):
        assert owners not in html
    own = page(alices, trip).content.decode()
    assert "You see this album as" not in own
    assert "/edit" in own


def test_albums_inside_and_above_are_seen_in_the_same_guise(alices: Client, trip: Album) -> None:
    [day] = Album.objects.filter(name="Day")
    carried = escape("?as=member%3Abob")
    assert f'href="/albums/{day.uid}{carried}"' in page(alices, trip, "member:bob").content.decode()
    below = page(alices, day, "member:bob")
    assert titles(below) == ["day"]
    assert f'<a href="/albums/{trip.uid}{carried}">Trip</a>' in below.content.decode()
    assert carried not in page(alices, trip).content.decode()


def test_pages_go_on_in_the_same_guise(alices: Client, trip: Album) -> None:
    first = alices.get(f"/albums/{trip.uid}?as=member:bob&page_size=2")
    rest = alices.get(first.context["page"].next)
    assert (titles(first), titles(rest)) == (["own", "own public"], ["carol's"])


def test_an_album_that_is_not_seen_is_said_to_be_so(alices: Client, trip: Album, plant: Plant) -> None:
    link = link_to(trip, expires_at=timezone.now())
    [shut] = Album.objects.filter(name="Shut")
    for album, said, name in [
        (trip, "nobody", "somebody without an account"),
        (trip, f"link:{link.uid}", "whoever holds the link made on"),
        (shut, "member:bob", "bob"),
    ]:
        seen = page(alices, album, said)
        html = seen.content.decode()
        assert f"This album can’t be seen by {name}" in html
        assert f'<a href="/albums/{album.uid}">Back to your own view</a>' in html
        assert "cards" not in seen.context


@pytest.mark.parametrize(
    "said", ["member:dan", "member:", "link:x", "link:00000000-0000-4000-8000-000000000000", "alice", "member:alice"]
)
def test_a_viewer_whom_no_album_of_his_knows_is_none(alices: Client, trip: Album, said: str) -> None:
    User.objects.create_user("dan", "dan@example.com")
    assert alices.get(f"/albums/{trip.uid}", {"as": said}).status_code == 404


def test_others_albums_lend_nobody(alices: Client, trip: Album, carol: User) -> None:
    """Neither a member nor a link of somebody else's album is a viewer that alice may be."""
    dan = User.objects.create_user("dan", "dan@example.com")
    carols = tree.plant(owner=carol, name="C", privacy_setting="shared")
    let_in(dan, carols)
    link = link_to(carols)
    for said in ("member:dan", f"link:{link.uid}"):
        assert alices.get(f"/albums/{trip.uid}", {"as": said}).status_code == 404


def test_of_anybody_but_the_owner_it_is_not_heard(bob: User, carol: User, client: Client, trip: Album) -> None:
    bobs = Client()
    bobs.force_login(bob)
    link = link_to(trip)
    for said in ("nobody", "member:carol", f"link:{link.uid}", "member:dan"):
        seen = page(bobs, trip, said)
        assert shown(seen) == shown(page(bobs, trip))
        assert "You see this album as" not in seen.content.decode()
        assert client.get(f"/albums/{trip.uid}", {"as": said}).status_code == 404


def test_a_contributor_is_seen_without_what_is_her_own_and_private(alices: Client, trip: Album) -> None:
    """Carol sees her private image in it; alice, as carol, does not."""
    assert titles(page(alices, trip, "member:carol")) == ["own", "own public", "carol's"]
    assert titles(page(alices, trip)) == ["own", "own private", "own public", "carol's"]


def test_what_others_let_a_member_into_is_not_told(alices: Client, bob: User, carol: User, trip: Album) -> None:
    """Bob sees an album of carol's that alice doesn't, with an image of hers that stands in alice's too."""
    hers = tree.plant(owner=carol, name="carol's secret", privacy_setting="shared")
    let_in(bob, hers)
    for image in Image.objects.filter(title__in=("carol's", "own")):
        placing.add([image.pk], to=hers, by=image.user)
    seen = page(alices, trip, "member:bob")
    assert titles(seen) == ["own", "own public", "carol's"]
    assert "carol's secret" not in str(shown(seen)) + seen.content.decode()
    assert alices.get(f"/albums/{hers.uid}", {"as": "member:bob"}).status_code == 404


def test_the_chooser_offers_everyone_members_and_links(alices: Client, bob: User, client: Client, trip: Album) -> None:
    link = link_to(trip)
    [day] = Album.objects.filter(name="Day")
    own = link_to(day)
    for album, links in [(trip, [link]), (day, [own, link])]:
        html = page(alices, album).content.decode()
        for said in ["nobody", "member:bob", "member:carol", *(f"link:{made.uid}" for made in links)]:
            assert html.count(f'<option value="{said}">') == 1, said
        assert html.count("<option") == 3 + len(links)
    bobs = Client()
    bobs.force_login(bob)
    assert "<option" not in page(bobs, trip).content.decode()


# --- Never more than the owner sees himself -----------------------------------------------------------------------

PRIVACIES = st.sampled_from(["private", "shared", "public"])
PLACE = st.tuples(st.integers(0, 3), st.sampled_from(["inherit", "private", "public"]), st.sets(st.integers(0, 4)))


@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@given(
    privacies=st.lists(PRIVACIES, min_size=5, max_size=5),
    places=st.lists(PLACE, max_size=6),
    memberships=st.sets(st.tuples(st.integers(0, 3), st.integers(0, 4)), max_size=8),
    hidden=st.sets(st.integers(0, 5), max_size=2),
)
def test_in_no_guise_the_owner_sees_more_than_by_himself(
    alice: User,
    bob: User,
    carol: User,
    mia: User,
    privacies: list[str],
    places: list[tuple[int, str, set[int]]],
    memberships: set[tuple[int, int]],
    hidden: set[int],
) -> None:
    """Three albums of alice's, one of bob's and one of carol's, everybody's images in all of them, any membership."""
    people = [alice, bob, carol, mia]
    owners = [alice, alice, alice, bob, carol]
    albums = [
        tree.plant(owner=owner, name=str(n), privacy_setting=privacy)
        for n, (owner, privacy) in enumerate(zip(owners, privacies, strict=True))
    ]
    for who, privacy, where in places:
        image = image_row(people[who], privacy_setting=privacy)
        for number in where:
            placing.add([image.pk], to=albums[number], by=people[who])
    for n, image in enumerate(Image.objects.order_by("pk")):
        if n in hidden:
            Image.objects.filter(pk=image.pk).update(hidden_at=timezone.now(), is_listed=False)
    for who, number in memberships:
        if people[who] != owners[number]:
            let_in(people[who], albums[number])
    own = Viewer(user=alice)
    for album in albums[:3]:
        link_to(album)
        for guise in guises.offered(album):
            seen = Image.objects.visible_to(guise.viewer).in_album(album)
            assert not seen.exclude(pk__in=Image.objects.visible_to(own).values("pk")).exists(), guise
            inside = AlbumImage.objects.filter(album__in=Album.objects.visible_to(guise.viewer))
            assert not inside.exclude(album__in=Album.objects.visible_to(own)).exists(), guise
    Album.objects.all().delete()
    Image.objects.all().delete()
