"""The pages of accounts."""

import re
import shlex
import sys
from pathlib import Path

import pytest
from django.core import mail, signing
from django.core.management import call_command
from django.test import Client
from django.utils.html import escape
from zeal import zeal_ignore

from accounts import registration, verification
from accounts.models import BearerToken, User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db
NEW = "another long secret"


@pytest.fixture
def hers(alice, client):
    client.force_login(alice)
    return client


def _text(answer):
    return answer.content.decode()


# --- In, up and out -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/accounts/login", "/accounts/register", "/accounts/password-reset"])
def test_pages_to_come_in_by(client, alice, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert '<form class="form" method="post">' in _text(answer)


def test_login(client, alice):
    answer = client.post("/accounts/login", {"username": "alice@example.com", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/library")
    assert client.get("/account").status_code == 200


def test_a_wrong_password_is_told(client, alice):
    answer = client.post("/accounts/login", {"username": "alice", "password": "wrong"})
    assert answer.status_code == 200
    assert "The name or the password is wrong." in _text(answer)
    assert client.get("/account").status_code == 302


@pytest.mark.parametrize(
    ("goal", "lands"),
    [
        ("/account", "/account"),
        ("https://evil.example/", "/library"),
        ("//evil.example/", "/library"),
        ("javascript:alert(1)", "/library"),
        ("", "/library"),
    ],
)
def test_one_lands_where_one_was_going_on_this_site(client, alice, goal, lands):
    shown = client.get("/accounts/login", {"next": goal})
    assert (goal in _text(shown)) or not goal.isascii()
    answer = client.post("/accounts/login", {"username": "alice", "password": PASSWORD, "next": goal})
    assert answer["Location"] == lands


def test_a_throttled_login_is_a_429_with_the_form(client, alice, settings):
    settings.RATELIMIT_ENABLE = True
    for _ in range(10):
        client.post("/accounts/login", {"username": "alice", "password": "wrong"})
    answer = client.post("/accounts/login", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 300
    assert "Too many attempts" in _text(answer)


def test_api_and_page_share_one_throttle(client, api, alice, settings):
    settings.RATELIMIT_ENABLE = True
    for _ in range(10):
        api().post("/api/auth/login", {"username": "alice", "password": "wrong"})
    assert client.post("/accounts/login", {"username": "alice", "password": PASSWORD}).status_code == 429


def test_register(client, alice):
    given = {"username": "dora", "email": "dora@example.com", "password": NEW}
    answer = client.post("/accounts/register", given)
    assert answer.status_code == 302
    assert "dora" in _text(client.get("/account"))


@pytest.mark.parametrize(
    ("spoiled", "told"),
    [
        ({"username": "Alice"}, "This name is taken."),
        ({"email": "ALICE@example.com"}, "This email is taken."),
        ({"username": "a b"}, "3 to 30 letters"),
        ({"password": "12345"}, "too short"),
    ],
)
def test_what_is_wrong_with_a_registration_is_told(client, alice, spoiled, told):
    given = {"username": "dora", "email": "dora@example.com", "password": NEW} | spoiled
    answer = client.post("/accounts/register", given)
    assert answer.status_code == 200
    assert told in _text(answer)
    assert User.objects.count() == 1


def test_a_closed_gallery_says_so(client, alice, settings):
    settings.GALLERY_REGISTRATION = "closed"
    answer = client.post("/accounts/register", {})
    assert answer.status_code == 403
    assert "closed" in _text(answer)
    assert "/accounts/register" not in _text(client.get("/accounts/login")).split("<main", 1)[1]


@pytest.mark.parametrize("path", ["/accounts/login", "/accounts/register"])
def test_an_empty_gallery_says_how_to_begin(client, path):
    assert f"<code>{escape(registration.superuser_command())}</code>" in _text(client.get(path))


def test_the_command_that_makes_an_administrator_names_the_data_that_are_served(settings):
    manage = shlex.join([sys.executable, str(settings.BASE_DIR / "manage.py"), "createsuperuser"])
    settings.DATA_DIR = settings.BASE_DIR
    assert registration.superuser_command() == manage
    settings.DATA_DIR = Path("/srv/my photos")
    assert registration.superuser_command() == f"GALLERY_DATA_DIR='/srv/my photos' {manage}"


def test_createsuperuser_makes_the_first_account(client, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", username="root", email="root@example.com", interactive=False, verbosity=0)
    root = User.objects.get()
    assert root.is_superuser
    assert root.is_moderator
    assert client.post("/accounts/login", {"username": "root", "password": PASSWORD}).status_code == 302
    assert "createsuperuser" not in _text(Client().get("/accounts/login"))


def test_logout_is_a_post(hers):
    refused = hers.get("/accounts/logout")
    assert (refused.status_code, refused["Allow"]) == (405, "POST")
    assert "only takes what a form sends" in refused.content.decode()
    with zeal_ignore([{"model": "sessions.Session"}]):  # Django reads a session again to flush it
        assert hers.post("/accounts/logout").status_code == 302
    assert hers.get("/account").status_code == 302


def test_forms_of_other_sites_do_nothing(alice):
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/accounts/login", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 403
    assert answer["Content-Type"].startswith("text/html")


# --- Mails ----------------------------------------------------------------------------------------------------------


def _token(user, email=None, salt=verification.SALT):
    return signing.dumps([str(user.uid), email or user.email], salt=salt)


def test_the_link_confirms_the_email(client, alice):
    assert client.get(f"/accounts/verify/{_token(alice)}").status_code == 200
    alice.refresh_from_db()
    assert alice.is_verified
    assert client.get(f"/accounts/verify/{_token(alice)}").status_code == 200


@pytest.mark.parametrize("spoil", ["forged", "other email", "other salt", "old"])
def test_a_bad_link_confirms_nothing(client, alice, spoil, monkeypatch):
    token = {
        "forged": _token(alice)[:-1] + "_",
        "other email": _token(alice, "old@example.com"),
        "other salt": _token(alice, salt="something.else"),
        "old": _token(alice),
    }[spoil]
    if spoil == "old":
        later = signing.time.time() + verification.LINK_LIVES.total_seconds() + 1
        monkeypatch.setattr(signing.time, "time", lambda: later)
    assert client.get(f"/accounts/verify/{token}").status_code == 400
    alice.refresh_from_db()
    assert not alice.is_verified


def test_a_forgotten_password(client, alice, settings):
    settings.SITE_URL = "https://photos.example.com"
    settings.ALLOWED_HOSTS = ["*"]
    BearerToken.issue(user=alice, name="phone")
    answer = client.post("/accounts/password-reset", {"email": "ALICE@example.com"}, headers={"host": "evil.example"})
    assert answer.status_code == 302
    [message] = mail.outbox
    assert "evil.example" not in message.body
    [link] = re.findall(r"https://photos\.example\.com(/accounts/password-reset/\S+)", message.body)
    form = client.get(link, follow=True)
    assert "set-password" in form.redirect_chain[-1][0]
    given = {"new_password1": NEW, "new_password2": NEW}
    assert client.post(form.redirect_chain[-1][0], given, follow=True).status_code == 200
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert not BearerToken.objects.exists()
    assert "does not hold any more" in _text(Client().get(link))


def test_an_unknown_email_gets_the_same_answer_and_no_mail(client, alice):
    known, unknown = (
        client.post("/accounts/password-reset", {"email": f"{name}@example.com"}) for name in ("alice", "no")
    )
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert len(mail.outbox) == 1


def test_mails_for_one_account_are_throttled(client, alice, settings):
    settings.RATELIMIT_ENABLE = True
    codes = [client.post("/accounts/password-reset", {"email": "alice@example.com"}).status_code for _ in range(6)]
    assert codes == [302] * 5 + [429]


# --- The account ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/account", "/account/email", "/account/password", "/account/tokens"])
def test_nobody_is_sent_to_the_login(client, path):
    answer = client.get(path) if path == "/account" else client.post(path)
    assert answer["Location"] == f"/accounts/login?next={path}"


def test_the_account_shows_storage_preferences_and_tokens(hers, alice):
    BearerToken.issue(user=alice, name="<my> phone")
    User.objects.filter(pk=alice.pk).update(storage_used=5 * 2**30)
    page = _text(hers.get("/account"))
    assert "<meter" in page
    assert "5.0\xa0GB of 10.0\xa0GB" in page
    assert "&lt;my&gt; phone" in page
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_preferences_are_saved(hers, alice):
    given = {
        "default_privacy": "public",
        "theme": "dark",
        "page_size": "20",
        "album_delete_mode": "all",
    }
    assert hers.post("/account", {**given, "show_location": "on"}).status_code == 302
    alice.refresh_from_db()
    assert alice.chosen_preferences == {**given, "page_size": 20, "allow_download": False, "show_location": True}
    assert 'data-theme="dark"' in _text(hers.get("/account"))


def test_a_wrong_preference_is_told(hers, alice):
    answer = hers.post("/account", {"theme": "pink", "page_size": "0"})
    assert "pink is not one of the available choices" in _text(answer)
    alice.refresh_from_db()
    assert alice.chosen_preferences == {}


def test_the_password_is_changed_with_the_present_one(hers, alice):
    elsewhere = Client()
    elsewhere.force_login(alice)
    assert hers.post("/account/password", {"current_password": PASSWORD, "new_password": NEW}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW)
    assert hers.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"current_password": "wrong", "new_password": NEW}, "This is not your password."),
        ({"current_password": PASSWORD, "new_password": "12345"}, "too short"),
    ],
)
def test_a_password_change_that_is_refused(hers, alice, given, told):
    answer = hers.post("/account/password", given)
    assert told in _text(answer)
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_the_email_is_changed_with_the_password(hers, alice, bob):
    path = "/account/email"
    assert "is not your password" in _text(hers.post(path, {"email": "a@example.com", "current_password": "no"}))
    assert "is taken" in _text(hers.post(path, {"email": "BOB@example.com", "current_password": PASSWORD}))
    assert hers.post(path, {"email": "a@example.com", "current_password": PASSWORD}).status_code == 302
    alice.refresh_from_db()
    assert alice.email == "a@example.com"


def test_the_present_password_cannot_be_guessed_here(hers, settings):
    settings.RATELIMIT_ENABLE = True
    given = {"current_password": "wrong", "new_password": NEW}
    codes = [hers.post("/account/password", given).status_code for _ in range(11)]
    assert codes == [200] * 10 + [429]


@pytest.mark.django_db(transaction=True)
def test_the_confirmation_can_be_had_again_but_not_for_ever(hers, alice, settings):
    settings.RATELIMIT_ENABLE = True
    codes = [hers.post("/account/verification").status_code for _ in range(6)]
    assert codes == [302] * 5 + [429]
    assert len(mail.outbox) == 5


def test_a_token_is_made_shown_once_and_revoked(hers, api, alice):
    page = _text(hers.post("/account/tokens", {"name": "phone"}))
    [secret] = re.findall(r"<code>([\w-]{40,})</code>", page)
    bearer = {"authorization": f"Bearer {secret}"}
    assert api().get("/api/auth/user", headers=bearer).status_code == 200
    assert secret not in _text(hers.get("/account"))
    token = BearerToken.objects.get()
    assert hers.post(f"/account/tokens/{token.uid}/revoke").status_code == 302
    assert api().get("/api/auth/user", headers=bearer).status_code == 401


def test_nobody_elses_token_is_revoked(hers, bob):
    token, _ = BearerToken.issue(user=bob, name="phone")
    assert hers.post(f"/account/tokens/{token.uid}/revoke").status_code == 404
    assert BearerToken.objects.exists()


def test_a_token_that_ended_already_is_refused(hers):
    assert "in the past" in _text(hers.post("/account/tokens", {"name": "x", "expires_at": "2001-01-01T00:00"}))
    assert not BearerToken.objects.exists()


def test_pages_with_secrets_are_not_kept(hers):
    assert "no-store" in hers.post("/account/tokens", {"name": "phone"})["Cache-Control"]
