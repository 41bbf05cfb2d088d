"""POST /api/auth/register."""

import pytest
from django.core import mail

from accounts.models import User

pytestmark = pytest.mark.django_db
URL = "/api/auth/register"


def _payload(**spoiled):
    return {"username": "dora", "email": "Dora@Example.com", "password": "a long enough secret"} | spoiled


def _error(answer):
    assert answer.json()["type"] == "validation_error"
    [error] = answer.json()["errors"]
    return error["attr"], error["code"]


def test_makes_an_account_and_begins_its_session(api):
    client = api()
    answer = client.post(URL, _payload())
    assert answer.status_code == 201
    user = User.objects.get()
    assert answer.json() == {
        "id": str(user.uid),
        "username": "dora",
        "email": "Dora@example.com",
        "created_at": user.created_at.isoformat().replace("+00:00", "Z"),
        "is_verified": False,
        "total_images": 0,
        "storage_used": 0,
    }
    assert client.get("/api/auth/user").json()["username"] == "dora"
    assert "no-cache" in answer["Cache-Control"]


def test_the_password_is_kept_as_argon2(api, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    api().post(URL, _payload())
    assert User.objects.get().password.startswith("argon2$argon2id$")


@pytest.mark.parametrize("name", ["ab", "x" * 31, "with space", "a@b", "dôra", "dora\n", "a/b"])
def test_a_name_has_3_to_30_plain_characters(api, name):
    answer = api().post(URL, _payload(username=name))
    if name == "dora\n":  # blanks at the ends are not part of it
        assert (answer.status_code, answer.json()["username"]) == (201, "dora")
        return
    assert answer.status_code == 400
    assert {error["attr"] for error in answer.json()["errors"]} == {"username"}
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["abc", "x" * 30, "A.b_c-9", "..."])
def test_names_at_the_edge_are_taken(api, name):
    assert api().post(URL, _payload(username=name)).status_code == 201


@pytest.mark.parametrize(("field", "value"), [("username", "ALICE"), ("email", "ALICE@EXAMPLE.COM")])
def test_a_taken_name_or_email_in_any_case_is_an_error_of_its_field(api, alice, field, value):
    answer = api().post(URL, _payload(**{field: value}))
    assert answer.status_code == 400
    assert _error(answer) == (field, "taken")
    assert User.objects.count() == 1


def test_two_who_ask_for_one_name_at_once_get_one_account(api, alice, monkeypatch):
    """The first look finds the name free, as it would for both of them; the index decides."""
    looks = iter([None, "username"])
    monkeypatch.setattr("accounts.registration.taken_field", lambda *_: next(looks))
    answer = api().post(URL, _payload(username="Alice"))
    assert _error(answer) == ("username", "taken")


@pytest.mark.parametrize("password", ["short", "12345678901234", "password123", "dora@example", ""])
def test_a_weak_password_is_refused_on_its_field(api, password):
    answer = api().post(URL, _payload(password=password))
    assert answer.status_code == 400
    assert {error["attr"] for error in answer.json()["errors"]} == {"password"}


def test_blanks_are_part_of_a_password(api):
    api().post(URL, _payload(password="  blanks around it  "))
    assert User.objects.get().check_password("  blanks around it  ")


@pytest.mark.parametrize("email", ["", "dora", "dora@", "dora@example.com\nBcc: x@example.com", "x" * 250 + "@a.de"])
def test_an_email_must_be_one(api, email):
    answer = api().post(URL, _payload(email=email))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "email"


@pytest.mark.parametrize("field", ["id", "is_staff", "is_superuser", "storage_used", "is_verified", "surprise"])
def test_a_field_it_does_not_know_is_refused(api, field):
    answer = api().post(URL, _payload(**{field: True}))
    assert answer.status_code == 400
    assert _error(answer) == (field, "unknown_field")


def test_all_that_is_wrong_is_told_at_once(api):
    answer = api().post(URL, {"surprise": 1})
    assert {error["attr"] for error in answer.json()["errors"]} == {"username", "email", "password", "surprise"}


def test_a_closed_gallery_says_so(api, settings):
    settings.GALLERY_REGISTRATION = "closed"
    answer = api().post(URL, _payload())
    assert answer.status_code == 403
    assert "closed" in answer.json()["errors"][0]["detail"]
    assert not User.objects.exists()


def test_asking_which_names_are_taken_is_throttled(api, alice, settings):
    settings.RATELIMIT_ENABLE = True
    answers = [api().post(URL, _payload(username="alice")) for _ in range(21)]
    assert {answer.status_code for answer in answers[:20]} == {400}
    assert answers[20].status_code == 429
    assert 0 < int(answers[20]["Retry-After"]) <= 300


def test_accounts_that_are_made_do_not_count_against_it(api, settings):
    settings.RATELIMIT_ENABLE = True
    for number in range(22):
        made = api().post(URL, _payload(username=f"dora{number}", email=f"dora{number}@example.com"))
        assert made.status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_mail_with_a_link_confirms_the_email(api, client, settings):
    settings.SITE_URL = "https://photos.example.com"
    api().post(URL, _payload())
    [message] = mail.outbox
    assert message.to == ["Dora@example.com"]
    [link] = [word for word in message.body.split() if "/accounts/verify/" in word]
    assert link.startswith("https://photos.example.com/accounts/verify/")
    settings.SITE_URL = ""
    assert client.get(link.removeprefix("https://photos.example.com")).status_code == 200
    assert User.objects.get().is_verified


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_away_costs_no_account(api, monkeypatch):
    def refuse(*args, **kwargs):
        raise ConnectionRefusedError

    monkeypatch.setattr("accounts.verification.send_mail", refuse)
    assert api().post(URL, _payload()).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_the_host_header_never_gets_into_a_mail(api):
    api().post(URL, _payload(), headers={"host": "evil.example"})
    assert "evil.example" not in mail.outbox[0].body
