"""POST /api/auth/login and /api/auth/logout."""

import logging
import time

import pytest
from django.contrib.sessions.models import Session
from rest_framework.test import APIClient

from accounts.models import User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db
URL = "/api/auth/login"
LOGOUT = "/api/auth/logout"


def _payload(**spoiled):
    return {"username": "alice", "password": PASSWORD} | spoiled


@pytest.mark.parametrize(
    "who",
    [
        {"username": "alice"},
        {"username": "ALICE"},
        {"username": "Alice@Example.com"},
        {"username": None, "email": "alice@example.com"},
        {"username": None, "email": "alice"},
    ],
)
def test_by_name_or_email_in_any_case(api, alice, who):
    client = api()
    payload = {name: value for name, value in _payload(**who).items() if value}
    answer = client.post(URL, payload)
    assert answer.status_code == 200
    assert answer.json()["id"] == str(alice.uid)
    assert client.get("/api/auth/user").status_code == 200


def test_the_session_gets_a_new_key(api, alice):
    client = api()
    session = client.session
    session["seen"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    assert client.post(URL, _payload()).status_code == 200
    assert client.cookies["sessionid"].value != before
    assert not Session.objects.filter(session_key=before).exists()
    assert client.session["seen"] == 1


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(api, alice):
    cookie = api().post(URL, _payload()).cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_unknown_name_wrong_password_and_suspended_get_the_same_answer(api, alice, bob):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    spoiled = [{"username": "nosuch"}, {"password": "wrong"}, {"username": "bob"}, {"username": "no@such.example"}]
    answers = [api().post(URL, _payload(**spoil)) for spoil in spoiled]
    assert {answer.status_code for answer in answers} == {400}
    assert len({answer.content for answer in answers}) == 1


def test_an_unknown_name_costs_the_same_queries(api, alice, django_assert_num_queries):
    for name in ("alice", "nosuch"):
        with django_assert_num_queries(2):
            api().post(URL, _payload(username=name, password="wrong"))


def test_an_unknown_name_costs_the_same_time(api, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    User.objects.create_user("alice", "alice@example.com", PASSWORD)

    def quickest(name):
        times = []
        for _ in range(3):
            began = time.perf_counter()
            api().post(URL, _payload(username=name, password="wrong"))
            times.append(time.perf_counter() - began)
        return min(times)

    assert 0.5 < quickest("nosuch") / quickest("alice") < 2


@pytest.mark.parametrize("spoiled", [{"username": ""}, {"password": ""}, {"username": 7.5, "password": None}])
def test_what_is_missing_is_told(api, spoiled):
    assert api().post(URL, _payload(**spoiled)).status_code == 400


def test_neither_name_nor_email(api):
    answer = api().post(URL, {"password": "x"})
    assert answer.json()["errors"][0]["attr"] == "username"
    assert answer.json()["errors"][0]["code"] == "required"


# --- Throttles ------------------------------------------------------------------------------------------------------


def test_ten_wrong_passwords_in_five_minutes_and_no_more(api, alice, settings):
    settings.RATELIMIT_ENABLE = True
    names = ["alice", "ALICE", "alice@example.com"] * 4
    codes = [api().post(URL, _payload(username=name, password="wrong")).status_code for name in names[:10]]
    assert codes == [400] * 10
    refused = api().post(URL, _payload())
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 300
    assert refused.json()["errors"][0]["code"] == "throttled"


def test_one_account_held_up_holds_up_no_other(api, alice, bob, settings):
    settings.RATELIMIT_ENABLE = True
    for _ in range(11):
        api().post(URL, _payload(password="wrong"))
    assert api().post(URL, _payload(username="bob")).status_code == 200


def test_it_is_no_lasting_lock(api, alice, settings, monkeypatch):
    settings.RATELIMIT_ENABLE = True
    for _ in range(11):
        api().post(URL, _payload(password="wrong"))
    later = time.time() + 301
    monkeypatch.setattr("django_ratelimit.core.time.time", lambda: later)
    assert api().post(URL, _payload()).status_code == 200


def test_whoever_knows_the_password_is_not_held_up(api, alice, settings):
    settings.RATELIMIT_ENABLE = True
    assert {api().post(URL, _payload()).status_code for _ in range(60)} == {200}


def test_one_address_tries_fifty_accounts(api, settings):
    settings.RATELIMIT_ENABLE = True
    codes = [api().post(URL, _payload(username=f"user{number}")).status_code for number in range(51)]
    assert codes == [400] * 50 + [429]
    elsewhere = api().post(URL, _payload(username="user99"), REMOTE_ADDR="198.51.100.7")
    assert elsewhere.status_code == 400


def test_a_forged_address_gets_no_more_tries(api, settings):
    settings.RATELIMIT_ENABLE = True
    codes = [
        api().post(URL, _payload(username=f"user{n}"), headers={"x-forwarded-for": f"203.0.113.{n}"}).status_code
        for n in range(51)
    ]
    assert codes[-1] == 429


# --- CSRF -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [URL, LOGOUT, "/api/auth/register"])
def test_signing_in_out_and_up_need_the_csrf_token(alice, url):
    answer = APIClient(enforce_csrf_checks=True).post(url, _payload())
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "csrf_failed"


def test_the_cookie_comes_with_a_401_and_opens_the_door(alice):
    client = APIClient(enforce_csrf_checks=True)
    assert client.get("/api/auth/user").status_code == 401
    token = client.cookies["csrftoken"].value
    assert client.post(URL, _payload(), headers={"x-csrftoken": token}).status_code == 200
    assert client.cookies["csrftoken"].value != token
    assert client.post(LOGOUT, headers={"x-csrftoken": token}).status_code == 403
    assert client.post(LOGOUT, headers={"x-csrftoken": client.cookies["csrftoken"].value}).status_code == 204


def test_the_csrf_token_is_not_looked_for_in_a_form(alice):
    """It would have to be read whole before anyone is asked who he is: a gigabyte, for an upload."""
    client = APIClient(enforce_csrf_checks=True)
    client.get("/api/auth/user")
    form = f"csrfmiddlewaretoken={client.cookies['csrftoken'].value}"
    answer = client.generic("POST", URL, form, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "csrf_failed")


# --- Out ------------------------------------------------------------------------------------------------------------


def test_logout_ends_the_session_on_the_server(api, alice):
    client = api()
    client.post(URL, _payload())
    key = client.cookies["sessionid"].value
    assert client.post(LOGOUT).status_code == 204
    assert not Session.objects.filter(session_key=key).exists()
    client.cookies["sessionid"] = key
    assert client.get("/api/auth/user").status_code == 401


def test_nobody_logs_out_as_well(api):
    answer = api().post(LOGOUT)
    assert (answer.status_code, answer.content) == (204, b"")


# --- The log --------------------------------------------------------------------------------------------------------


def test_logins_and_refusals_are_logged_without_what_was_typed(api, alice, caplog):
    logging.getLogger("gallery.accounts").addHandler(caplog.handler)
    caplog.set_level(logging.INFO, "gallery.accounts")
    api().post(URL, _payload())
    api().post(URL, _payload(username="my secret in the wrong field", password="typed secret"))
    logging.getLogger("gallery.accounts").removeHandler(caplog.handler)
    told = [(record.getMessage(), record.account) for record in caplog.records if record.name == "gallery.accounts"]
    assert ("signed in", str(alice.uid)) in told
    assert ("sign-in refused", None) in told
    assert "secret" not in repr([vars(record) for record in caplog.records])
