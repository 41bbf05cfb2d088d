"""The pages about images, as a browser without scripts uses them."""

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings

from accounts import registration
from accounts.models import User
from albums import tree
from conftest import signed_in
from images import tagging, trash
from images.models import Image
from tests.pictures import encoded, jpeg, jpeg_with_place, scene

pytestmark = pytest.mark.django_db

Upload = Callable[..., Image]


@pytest.fixture
def browser_of() -> Callable[[User], Client]:
    def browser_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return browser_of


@pytest.fixture
def alices(alice: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(alice)


@pytest.fixture
def carols(carol: User, browser_of: Callable[[User], Client]) -> Client:
    return browser_of(carol)


def shown(answer: Any) -> list[str]:
    """Ids of the images on a page with a grid."""
    return [card["id"] for card in answer.context["cards"]]


def ids(*images: Image) -> list[str]:
    return [str(image.uid) for image in images]


def test_the_page_offers_the_original_and_what_is_shown_in_other_formats(
    upload: Upload, alices: Client, carols: Client
) -> None:
    image = upload(jpeg(400, 300), privacy_setting="public")
    offered = f'href="/api/images/{image.uid}/download" download>Download{{}}</a>'
    form = f'action="/api/images/{image.uid}/download"'
    for client, words in ((alices, " the original"), (carols, "")):
        page = client.get(f"/images/{image.uid}").content.decode()
        assert offered.format(words) in page
        assert form in page
        for kind in re.findall(r'<option value="(\w+)">(?:JPEG|WebP|PNG)<', page):
            assert client.get(f"/api/images/{image.uid}/download?format={kind}")["Content-Type"] == f"image/{kind}"


def test_a_hint_of_each_picture_stands_behind_it(upload: Upload, alices: Client) -> None:
    """What is seen before the picture comes, in the same place: filling its card, or whole where the picture is."""
    image = upload(encoded(scene(320, 240)), privacy_setting="public")
    other = upload(encoded(scene(320, 240), "JPEG", quality=50))
    for path, picture, fit in (
        ("/", image, "slice"),
        ("/library", other, "slice"),
        (f"/images/{image.uid}", image, "meet"),
        ("/duplicates", other, "meet"),
    ):
        page = alices.get(path).content.decode()
        assert re.search(rf'xMidYMid {fit}">\s*<image href="{re.escape(picture.placeholder)}"', page), path


# --- The public gallery ---------------------------------------------------------------------------------------------


def test_the_first_page_says_how_to_make_the_first_account(client: Client) -> None:
    page = client.get("/").content.decode()
    assert f"<code>{escape(registration.superuser_command())}</code>" in page
    assert 'href="/accounts/register"' in page


def test_where_nobody_may_sign_up_the_first_page_does_not_invite(client: Client, settings: Settings) -> None:
    settings.GALLERY_REGISTRATION = "closed"
    page = client.get("/").content.decode()
    assert f"<code>{escape(registration.superuser_command())}</code>" in page
    assert "Sign up here" not in page


def test_the_gallery_shows_what_everyone_may_see(client: Client, alices: Client, upload: Upload) -> None:
    upload(privacy_setting="private")
    first, second = upload(privacy_setting="public"), upload(privacy_setting="public")
    for visitor in (client, alices):
        assert shown(visitor.get("/")) == ids(second, first)
    assert "createsuperuser" not in client.get("/").content.decode()


def test_a_long_list_goes_on_and_comes_back(alices: Client, upload: Upload) -> None:
    images = [upload(privacy_setting="public") for _ in range(5)]
    seen, address = [], "/?page_size=2"
    while address:
        answer = alices.get(address)
        seen += shown(answer)
        address = answer.context["page"].next
    assert seen == ids(*reversed(images))
    last = alices.get("/?page_size=2&page=2")
    assert f'rel="prev" href="{last.context["page"].previous}"'.replace("&", "&amp;") in last.content.decode()


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=7", "page_size=5000", "cursor=nonsense"])
def test_a_place_that_no_list_has_is_not_there(alices: Client, upload: Upload, query: str) -> None:
    upload(privacy_setting="public")
    assert alices.get(f"/?{query}").status_code == 404


def test_a_page_of_many_costs_as_many_queries_as_a_page_of_one(
    client: Client, upload: Upload, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(6):
        upload(privacy_setting="public", tags=f'["sea", "{n}"]')
    with django_assert_max_num_queries(7):
        assert len(shown(client.get("/"))) == 6


# --- One image ------------------------------------------------------------------------------------------------------


def test_the_page_tells_what_the_viewer_may_know(client: Client, alices: Client, upload: Upload) -> None:
    image = upload(jpeg_with_place(), name="DSC_77.jpg", title="Low <tide>", privacy_setting="public", tags='["sea"]')
    owner, stranger = (visitor.get(f"/images/{image.uid}").content.decode() for visitor in (alices, client))
    for page in (owner, stranger):
        assert "Low &lt;tide&gt;" in page
        assert "Canon EOS R5" in page
        assert "3 May 2021, 10:20 +02:00" in page
        assert 'href="/tags?name=sea"' in page
        assert "srcset=" in page
    for secret in ("48.5", "DSC_77.jpg", "Move to trash", 'name="title"'):
        assert secret in owner
        assert secret not in stranger


def test_what_one_may_not_see_is_not_there(client: Client, carols: Client, alices: Client, upload: Upload) -> None:
    image = upload(privacy_setting="private")
    assert alices.get(f"/images/{image.uid}").status_code == 200
    for visitor in (client, carols):
        assert visitor.get(f"/images/{image.uid}").status_code == 404
        assert visitor.get(f"/images/{uuid.uuid4()}").status_code == 404
        assert visitor.post(f"/images/{image.uid}", {"title": "mine"}).status_code == 404


def test_looking_counts_once_and_never_for_the_owner(client: Client, alices: Client, upload: Upload) -> None:
    image = upload(privacy_setting="public")
    for visitor in (alices, client, client):
        visitor.get(f"/images/{image.uid}", headers={"user-agent": "Firefox"})
    client.head(f"/images/{image.uid}", headers={"user-agent": "another"})
    image.refresh_from_db()
    assert image.view_count == 1


def _edits(**changes: Any) -> dict[str, Any]:
    """The form as the page shows it, with changes."""
    return {"title": "", "description": "", "tags": "", "privacy_setting": "inherit", "rating": ""} | changes


def test_the_owner_edits(alices: Client, client: Client, upload: Upload) -> None:
    image = upload(title="Before")
    answer = alices.post(
        f"/images/{image.uid}?library=name",
        _edits(title="After", tags='sea, "Paris, Texas"', privacy_setting="public", rating="4"),
    )
    assert (answer.status_code, answer.url) == (302, f"/images/{image.uid}?library=name")
    image.refresh_from_db()
    assert (image.title, image.privacy_setting, image.rating, image.is_listed) == ("After", "public", 4, True)
    page = alices.get(f"/images/{image.uid}")
    assert page.context["image"]["tags"] == ["sea", "Paris, Texas"]
    assert page.context["form"]["tags"].value() == 'sea, "Paris, Texas"'
    assert client.get(f"/images/{image.uid}").status_code == 200


def test_saving_the_form_as_it_is_changes_nothing(alices: Client, upload: Upload) -> None:
    image = upload(title="As it was", tags='["sea"]', privacy_setting="private")
    before = alices.get(f"/api/images/{image.uid}").json()
    alices.post(f"/images/{image.uid}", _edits(title="As it was", tags="sea", privacy_setting="private"))
    assert alices.get(f"/api/images/{image.uid}").json() == before


def test_a_wrong_edit_changes_nothing_and_is_explained(alices: Client, upload: Upload) -> None:
    image = upload(title="Before")
    answer = alices.post(f"/images/{image.uid}", _edits(title="x" * 256, tags="y" * 101))
    assert answer.status_code == 400
    assert set(answer.context["form"].errors) == {"title", "tags"}
    assert 'id="id_title_error"' in answer.content.decode()
    image.refresh_from_db()
    assert image.title == "Before"


def test_only_the_owner_edits_and_trashes(carols: Client, client: Client, upload: Upload) -> None:
    image = upload(title="Mine", privacy_setting="public")
    assert carols.post(f"/images/{image.uid}", _edits(title="Hers")).status_code == 403
    assert client.post(f"/images/{image.uid}", _edits(title="Whose")).status_code == 403
    assert carols.post(f"/images/{image.uid}/trash").status_code == 403
    assert client.post(f"/images/{image.uid}/trash").url.startswith("/accounts/login")
    image.refresh_from_db()
    assert (image.title, image.trashed_at) == ("Mine", None)


def test_the_way_to_the_neighbours_stays_in_the_feed(alices: Client, alice: User, upload: Upload) -> None:
    album = tree.plant(owner=alice, name="Trip", privacy_setting="public")
    a = upload(album_id=str(album.uid))
    b = upload(privacy_setting="public")
    c = upload(album_id=str(album.uid))
    alone = upload()

    def beside(image: Image, query: str) -> tuple[str | None, str | None]:
        answer = alices.get(f"/images/{image.uid}{query}")
        return answer.context["previous"], answer.context["next"]

    in_album = f"?album={album.uid}"
    assert beside(a, in_album) == (None, f"/images/{c.uid}{in_album}")
    assert beside(c, in_album) == (f"/images/{a.uid}{in_album}", None)
    assert beside(b, "") == (f"/images/{c.uid}", f"/images/{a.uid}")
    assert beside(b, in_album) == (None, None)
    assert beside(b, "?library=uploaded_at") == (
        f"/images/{a.uid}?library=uploaded_at",
        f"/images/{c.uid}?library=uploaded_at",
    )
    assert beside(alone, "") == (None, None)


def test_neighbours_are_those_that_the_viewer_may_see(client: Client, upload: Upload) -> None:
    first, hidden, third = (upload(privacy_setting=privacy) for privacy in ("public", "private", "public"))
    page = client.get(f"/images/{third.uid}?user=alice")
    assert page.context["next"] == f"/images/{first.uid}?user=alice"
    assert str(hidden.uid) not in page.content.decode()
    assert client.get(f"/images/{first.uid}?library=-uploaded_at").context["previous"] is None


# --- Finding --------------------------------------------------------------------------------------------------------


def test_search_finds_what_the_viewer_may_see(client: Client, alices: Client, upload: Upload) -> None:
    public = upload(title="Harbour at dawn", privacy_setting="public")
    private = upload(title="Harbour at night", privacy_setting="private")
    upload(title="Mountains", privacy_setting="public")
    assert shown(client.get("/search?query=harbour")) == ids(public)
    assert shown(alices.get("/search?query=harbour")) == ids(private, public)
    assert shown(alices.get("/search?query=harbour+-night")) == ids(public)
    assert shown(alices.get("/search?query=harbour&mine=on&camera=nikon")) == []
    assert "No photo fits" in client.get("/search?query=glacier").content.decode()


def test_search_narrows_without_words(alices: Client, upload: Upload) -> None:
    tagged = upload(jpeg_with_place(), tags='["Sea"]')
    upload()
    assert shown(alices.get("/search?query=&tag=sea")) == ids(tagged)
    assert shown(alices.get("/search?taken_after=2021-05-03&taken_before=2021-05-04")) == ids(tagged)


def test_before_anything_is_asked_the_page_only_asks(client: Client, upload: Upload) -> None:
    upload(privacy_setting="public")
    answer = client.get("/search")
    assert answer.status_code == 200
    assert "cards" not in answer.context


@pytest.mark.parametrize("query", ["query=iso:100", "query=%22", "taken_after=yesterday", "query=" + "x" * 1001])
def test_a_query_that_cannot_be_read_is_explained(client: Client, alice: User, query: str) -> None:
    answer = client.get(f"/search?{query}")
    assert answer.context["form"].errors
    assert answer.status_code == 400


def test_tags_count_what_the_viewer_may_see(client: Client, alices: Client, upload: Upload) -> None:
    upload(tags='["sea", "secret"]', privacy_setting="private")
    upload(tags='["sea"]', privacy_setting="public")

    def counts(visitor: Client) -> dict[str, int]:
        return {tag.name: tag.count_seen for tag in visitor.get("/tags").context["tags"]}

    assert counts(client) == {"sea": 1}
    assert counts(alices) == {"sea": 2, "secret": 1}
    assert 'sea <span class="tag-count">2</span>' in alices.get("/tags?query=S").content.decode()
    assert client.get("/tags/secret").status_code == 404
    assert client.get("/tags?name=secret").status_code == 404


def test_a_tag_lists_its_images(client: Client, alices: Client, upload: Upload) -> None:
    public, private = upload(tags='["Étretat"]', privacy_setting="public"), upload(tags='["etretat"]')
    page = alices.get("/tags?name=ETRETAT", follow=True)
    assert shown(page) == ids(private, public)
    assert shown(client.get(page.request["PATH_INFO"])) == ids(public)


def test_a_person_has_a_page(client: Client, alice: User, upload: Upload) -> None:
    image = upload(privacy_setting="public")
    upload(privacy_setting="private")
    tree.plant(owner=alice, name="Shown", privacy_setting="public")
    tree.plant(owner=alice, name="Not shown")
    page = client.get("/u/Alice")
    assert shown(page) == ids(image)
    assert [album["name"] for album in page.context["albums"]] == ["Shown"]
    assert client.get("/u/nobody-of-that-name").status_code == 404


# --- Upload ---------------------------------------------------------------------------------------------------------


def _files(*contents: tuple[str, bytes]) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, content) for name, content in contents]


def test_upload_without_a_script_tells_of_each_file(alices: Client, alice: User, upload: Upload) -> None:
    album = tree.plant(owner=alice, name="Trip")
    twin = upload(jpeg(seed=900))
    answer = alices.post(
        "/upload",
        {
            "files": _files(("new.jpg", jpeg(seed=901)), ("again.jpg", jpeg(seed=900)), ("broken.jpg", b"\xff\xd8 no")),
            "album": str(album.uid),
            "title": "Beach",
            "tags": 'sea, "Paris, Texas"',
            "privacy_setting": "public",
        },
    )
    assert answer.status_code == 207
    assert [outcome.status for outcome in answer.context["outcomes"]] == ["created", "duplicate", "rejected"]
    page = answer.content.decode()
    assert "1 stored, 1 already there, 1 refused." in page
    assert answer.context["outcomes"][2].rejected.detail in page
    new = Image.objects.exclude(pk=twin.pk).get()
    assert f'href="/images/{new.uid}"' in page
    assert (new.title, new.privacy_setting, new.original_filename) == ("Beach", "public", "new.jpg")
    assert [use.spelling for use in new.tag_uses.order_by("pk")] == ["sea", "Paris, Texas"]
    assert set(album.images.all()) == {new, twin}


def test_an_upload_that_asks_for_what_cannot_be_stores_nothing(alices: Client, carol: User) -> None:
    hers = tree.plant(owner=carol, name="Carol's", privacy_setting="public")
    good = {"privacy_setting": "inherit"}
    for spoilt, field in (
        ({**good}, "files"),
        ({**good, "files": _files(("a.jpg", jpeg())), "album": str(hers.uid)}, "album"),
        ({**good, "files": _files(("a.jpg", jpeg())), "privacy_setting": "everyone"}, "privacy_setting"),
    ):
        answer = alices.post("/upload", spoilt)
        assert answer.status_code == 400
        assert list(answer.context["form"].errors) == [field]
    assert not Image.objects.exists()


def test_too_many_uploads_have_to_wait(alices: Client, settings: Settings) -> None:
    settings.RATELIMIT_ENABLE, settings.GALLERY_UPLOADS_PER_HOUR = True, 1
    statuses = [
        alices.post("/upload", {"files": _files(("a.jpg", jpeg(seed=n))), "privacy_setting": "inherit"}).status_code
        for n in range(2)
    ]
    assert statuses == [201, 429]
    assert Image.objects.count() == 1


def test_the_form_begins_with_the_album_one_came_from(alices: Client, alice: User) -> None:
    album = tree.plant(owner=alice, name="Trip")
    page = alices.get(f"/upload?album={album.uid}").content.decode()
    assert f'<option value="{album.uid}" selected>Trip</option>' in page


# --- Library and trash ----------------------------------------------------------------------------------------------


def test_the_library_holds_ones_own_in_the_asked_order(alices: Client, carol: User, upload: Upload) -> None:
    b, a = upload(title="B"), upload(title="A")
    signed_in(carol).post("/api/upload", {"files": _files(("c.jpg", jpeg(seed=950)))}, format="multipart")
    assert shown(alices.get("/library")) == ids(a, b)
    assert shown(alices.get("/library?ordering=-name")) == ids(b, a)
    assert shown(alices.get("/library?ordering=nonsense")) == ids(a, b)


def test_deeds_reach_what_is_ticked_and_nothing_else(alices: Client, alice: User, upload: Upload) -> None:
    album = tree.plant(owner=alice, name="Trip")
    one, two, other = upload(tags='["old"]'), upload(tags='["old"]'), upload(tags='["old"]')

    def do(deed: str, **said: str) -> None:
        answer = alices.post("/library?ordering=name", {"deed": deed, "image_ids": ids(one, two), **said})
        assert (answer.status_code, answer.url) == (302, "/library?ordering=name")
        for image in (one, two, other):
            image.refresh_from_db()

    do("tag", tags='sea, "a, b"')
    do("untag", tags="OLD")
    tags = [sorted(use.spelling for use in image.tag_uses.all()) for image in (one, two, other)]
    assert tags == [["a, b", "sea"], ["a, b", "sea"], ["old"]]
    do("place", album=str(album.uid))
    assert list(album.images.order_by("places__display_order")) == [one, two]
    do("privacy", privacy_setting="public")
    privacies = [(image.privacy_setting, image.is_listed) for image in (one, two, other)]
    assert privacies == [("public", True), ("public", True), ("inherit", False)]
    do("delete")
    assert [bool(i.trashed_at) for i in (one, two, other)] == [True, True, False]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"deed": "delete"}, "image_ids"),
        ({"deed": "tag", "tags": ""}, "tags"),
        ({"deed": "place", "album": str(uuid.uuid4())}, "album"),
        ({"deed": "privacy", "privacy_setting": "shared"}, "privacy_setting"),
        ({"deed": "burn"}, "__all__"),
        ({}, "__all__"),
    ],
)
def test_a_deed_that_cannot_be_done_is_explained(alices: Client, upload: Upload, said: dict, field: str) -> None:
    image = upload()
    ticked = {} if field == "image_ids" else {"image_ids": ids(image)}
    answer = alices.post("/library", {**said, **ticked})
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert ("checked" in answer.content.decode()) == bool(ticked)
    image.refresh_from_db()
    assert (image.trashed_at, image.tag_uses.count()) == (None, 0)


def test_nobody_does_anything_with_what_is_not_his(carols: Client, upload: Upload) -> None:
    image = upload(privacy_setting="public")
    for path, deed in (("/library", "delete"), ("/trash", "purge")):
        assert carols.post(path, {"deed": deed, "image_ids": ids(image)}).status_code == 400
    image.refresh_from_db()
    assert image.trashed_at is None


def test_a_tag_too_many_leaves_all_images_as_they_were(alices: Client, alice: User, upload: Upload) -> None:
    image = upload()
    tagging.add_tags([image.pk], [f"t{n}" for n in range(100)], by=alice)
    answer = alices.post("/library", {"deed": "tag", "tags": "one more", "image_ids": ids(image)})
    assert answer.status_code == 400
    assert "at most 100 tags" in answer.content.decode()
    assert image.tag_uses.count() == 100


def test_the_trash_gives_back_and_deletes_for_ever(alices: Client, carols: Client, upload: Upload) -> None:
    back, gone, stays = upload(), upload(), upload()
    for image in (back, gone, stays):
        alices.post(f"/images/{image.uid}/trash")
    assert set(shown(alices.get("/trash"))) == set(ids(back, gone, stays))
    assert shown(carols.get("/trash")) == []
    assert alices.get(f"/images/{back.uid}").url == "/trash"
    alices.post("/trash", {"deed": "restore", "image_ids": ids(back)})
    alices.post("/trash", {"deed": "purge", "image_ids": ids(gone)})
    assert shown(alices.get("/trash")) == ids(stays)
    assert shown(alices.get("/library")) == ids(back)
    assert not Image.objects.filter(pk=gone.pk).exists()


def test_emptying_the_trash_takes_all_of_it_and_only_ones_own(
    alices: Client, carols: Client, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("images.emptying.PURGED_AT_ONCE", 2)
    kept, *trashed = [upload() for _ in range(6)]
    trash.trash([image.pk for image in trashed])
    carols.post("/trash", {"deed": "empty"})
    assert Image.objects.count() == 6
    alices.post("/trash", {"deed": "empty"})
    assert list(Image.objects.all()) == [kept]


@pytest.mark.parametrize("path", ["/library", "/upload", "/trash", "/shared", "/albums/new"])
def test_what_is_ones_own_asks_for_a_sign_in(client: Client, alice: User, path: str) -> None:
    for answer in (client.get(path), client.post(path)):
        assert answer.status_code == 302 or (path == "/shared" and answer.status_code == 405)
        assert path == "/shared" or answer.url == f"/accounts/login?next={path}"


def test_shared_says_what_it_will_list(alices: Client) -> None:
    assert "Nobody has shared an album with you" in alices.get("/shared").content.decode()


# --- Everywhere -----------------------------------------------------------------------------------------------------


def test_a_form_without_its_token_does_nothing(alice: User, upload: Upload) -> None:
    image = upload(title="Before")
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(f"/images/{image.uid}", _edits(title="After")).status_code == 403
    image.refresh_from_db()
    assert image.title == "Before"


def test_the_theme_is_the_viewers(alices: Client, alice: User) -> None:
    assert '<html lang="en" data-theme="auto">' in alices.get("/").content.decode()
    alice.chosen_preferences = {"theme": "dark"}
    alice.save()
    assert '<html lang="en" data-theme="dark">' in alices.get("/").content.decode()


def test_a_page_is_as_long_as_its_viewer_likes(alices: Client, alice: User, upload: Upload) -> None:
    for _ in range(3):
        upload()
    alice.chosen_preferences = {"page_size": 2}
    alice.save()
    assert len(shown(alices.get("/library"))) == 2


def test_an_unknown_address_is_a_page_that_leads_on(client: Client, alice: User) -> None:
    answer = client.get("/nothing-here")
    assert answer.status_code == 404
    assert 'action="/search"' in answer.content.decode()
