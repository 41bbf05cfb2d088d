"""GET and PATCH /api/auth/user."""

import uuid

import pytest
from django.core import mail
from zeal import zeal_ignore

from accounts import preferences
from accounts.models import BearerToken
from albums.models import Album
from conftest import PASSWORD
from images.models import Image

pytestmark = pytest.mark.django_db
URL = "/api/auth/user"
NEW = "another long secret"


def _image(user, **fields):
    return Image.objects.create(
        **{"user": user, "file_hash": uuid.uuid4().hex, "file_size": 10, "image_width": 1, "image_height": 1} | fields
    )


def test_nobody_is_told_to_sign_in(api):
    answer = api().get(URL)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["errors"][0]["code"] == "not_authenticated"


def test_the_account_with_statistics_and_preferences(api, alice, bob):
    _image(alice, view_count=3, download_count=1)
    _image(alice, view_count=4)
    _image(bob, view_count=100)
    album = Album.objects.create(user=alice, name="One")
    album.policy = album
    album.save()
    type(alice).objects.filter(pk=alice.pk).update(total_images=2, storage_used=20, trash_bytes=5, quota_bytes=1000)
    account = api(alice).get(URL).json()
    assert account["email"] == "alice@example.com"
    assert account["statistics"] == {
        "images": 2,
        "albums": 1,
        "storage_used": 20,
        "storage_quota": 1000,
        "trash_bytes": 5,
        "views": 7,
        "downloads": 1,
    }
    assert account["preferences"] == preferences.DEFAULTS


def test_the_quota_of_the_site_where_none_is_the_users_own(api, alice, settings):
    settings.GALLERY_QUOTA_BYTES = 77
    assert api(alice).get(URL).json()["statistics"]["storage_quota"] == 77


def test_queries_do_not_grow_with_what_there_is(api, alice, django_assert_num_queries):
    client = api(alice)
    for _ in range(2):
        _image(alice)
        Album.objects.create(user=alice, name="x")
        with django_assert_num_queries(4):  # the session, the user, the sums, the albums
            client.get(URL)


def test_what_has_not_changed_is_not_sent_again(api, alice):
    client = api(alice)
    first = client.get(URL)
    assert "private" in first["Cache-Control"]
    assert client.get(URL, headers={"if-none-match": first["ETag"]}).status_code == 304
    client.patch(URL, {"theme": "dark"})
    assert client.get(URL, headers={"if-none-match": first["ETag"]}).status_code == 200


# --- Preferences ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [{"theme": "dark"}, {"preferences": {"theme": "dark"}}])
def test_preferences_change_and_the_rest_stays(api, alice, body):
    client = api(alice)
    client.patch(URL, {"page_size": 20})
    answer = client.patch(URL, body)
    assert answer.status_code == 200
    chosen = answer.json()["preferences"]
    assert (chosen["theme"], chosen["page_size"], chosen["language"]) == ("dark", 20, "en")
    assert client.get(URL).json()["preferences"] == chosen


def test_every_preference_can_be_set(api, alice):
    wanted = {
        "default_privacy": "private",
        "theme": "light",
        "language": "en",
        "page_size": 200,
        "album_delete_mode": "all",
        "allow_download": False,
        "show_location": True,
        "watermark": {"kind": "text", "text": "© Alice", "position": "center", "opacity": 0.3, "size": 1.0},
    }
    assert wanted.keys() == preferences.DEFAULTS.keys()
    assert api(alice).patch(URL, {"preferences": wanted}).json()["preferences"] == wanted


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("default_privacy", "shared"),
        ("theme", "pink"),
        ("language", "xx"),
        ("page_size", 0),
        ("page_size", 201),
        ("page_size", None),
        ("page_size", "many"),
        ("album_delete_mode", "burn"),
        ("allow_download", "perhaps"),
        ("watermark", "© Alice"),
        ("surprise", 1),
    ],
)
def test_a_wrong_preference_changes_nothing(api, alice, name, value):
    client = api(alice)
    answer = client.patch(URL, {"preferences": {"theme": "dark", name: value}})
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [f"preferences.{name}"]
    assert client.get(URL).json()["preferences"] == preferences.DEFAULTS


@pytest.mark.parametrize("field", ["id", "username", "storage_used", "statistics", "is_verified", "total_images"])
def test_what_the_server_owns_stays_its_own(api, alice, field):
    answer = api(alice).patch(URL, {field: 1})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == field


def test_two_changes_at_once_both_stay(alice):
    mine, other = (type(alice).objects.get(pk=alice.pk) for _ in range(2))
    mine.choose({"theme": "dark"})
    other.choose({"page_size": 7})
    alice.refresh_from_db()
    assert (alice.preferences["theme"], alice.preferences["page_size"]) == ("dark", 7)


# --- Email and password ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [{"email": "new@example.com"}, {"password": NEW}])
@pytest.mark.parametrize(("proof", "code"), [({}, "required"), ({"current_password": "wrong"}, "wrong_password")])
def test_email_and_password_need_the_present_password(api, alice, change, proof, code):
    answer = api(alice).patch(URL, change | proof)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["attr"], error["code"]) == ("current_password", code)
    alice.refresh_from_db()
    assert (alice.email, alice.check_password(PASSWORD)) == ("alice@example.com", True)


@pytest.mark.django_db(transaction=True)
def test_a_new_email_is_to_be_confirmed_again(api, alice):
    type(alice).objects.filter(pk=alice.pk).update(is_verified=True)
    answer = api(alice).patch(URL, {"email": "new@example.com", "current_password": PASSWORD})
    assert answer.status_code == 200
    assert (answer.json()["email"], answer.json()["is_verified"]) == ("new@example.com", False)
    assert [message.to for message in mail.outbox] == [["new@example.com"]]


def test_another_spelling_of_the_own_email_is_no_conflict(api, alice):
    answer = api(alice).patch(URL, {"email": "Alice@example.com", "current_password": PASSWORD})
    assert answer.json()["email"] == "Alice@example.com"


def test_the_email_of_another_is_taken(api, alice, bob):
    answer = api(alice).patch(URL, {"email": "BOB@example.com", "current_password": PASSWORD})
    [error] = answer.json()["errors"]
    assert (error["attr"], error["code"]) == ("email", "taken")


def test_a_new_password_keeps_this_session_and_ends_all_else(api, alice):
    here, elsewhere = api(alice), api(alice)
    _, secret = BearerToken.issue(user=alice, name="phone")
    answer = here.patch(URL, {"password": NEW, "current_password": PASSWORD})
    assert answer.status_code == 200
    assert here.get(URL).status_code == 200
    with zeal_ignore([{"model": "sessions.Session"}]):  # Django reads a session again to flush it
        assert elsewhere.get(URL).status_code == 401
    assert api().get(URL, headers={"authorization": f"Bearer {secret}"}).status_code == 401
    signed_in = [
        api().post("/api/auth/login", {"username": "alice", "password": p}).status_code for p in (PASSWORD, NEW)
    ]
    assert signed_in == [400, 200]


def test_a_weak_new_password_is_refused(api, alice):
    answer = api(alice).patch(URL, {"password": "alice", "current_password": PASSWORD})
    assert {error["attr"] for error in answer.json()["errors"]} == {"password"}


def test_the_present_password_cannot_be_guessed_here(api, alice, settings):
    settings.RATELIMIT_ENABLE = True
    client = api(alice)
    body = {"email": "new@example.com", "current_password": "wrong"}
    codes = [client.patch(URL, body).status_code for _ in range(11)]
    assert codes == [400] * 10 + [429]
    assert client.patch(URL, body | {"current_password": PASSWORD}).status_code == 429


def test_a_suspended_user_is_nobody(api, alice):
    client = api(alice)
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    assert client.get(URL).status_code == 401
