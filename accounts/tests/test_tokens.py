"""/api/auth/tokens, and what a token opens."""

import sqlite3
import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import BearerToken

pytestmark = pytest.mark.django_db
URL = "/api/auth/tokens"
ACCOUNT = "/api/auth/user"


def _get(secret, url=ACCOUNT, scheme="Bearer"):
    return APIClient().get(url, headers={"authorization": f"{scheme} {secret}"})


def test_a_token_is_shown_once_and_kept_as_a_hash(api, alice):
    made = api(alice).post(URL, {"name": "phone"})
    assert made.status_code == 201
    body = made.json()
    assert body.keys() == {"id", "name", "created_at", "expires_at", "last_used_at", "token"}
    assert len(body["token"]) >= 40
    row = BearerToken.objects.get()
    assert body["token"] not in {str(value) for value in vars(row).values()}
    listed = api(alice).get(URL).json()
    assert (listed["count"], listed["count_is_exact"]) == (1, True)
    [token] = listed["results"]
    assert token == {name: value for name, value in body.items() if name != "token"}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_token_opens_the_account(alice, scheme):
    _, secret = BearerToken.issue(user=alice, name="phone")
    assert _get(secret, scheme=scheme).json()["username"] == "alice"


def test_a_token_needs_no_csrf(alice):
    _, secret = BearerToken.issue(user=alice, name="phone")
    client = APIClient(enforce_csrf_checks=True)
    answer = client.patch(ACCOUNT, {"theme": "dark"}, headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 200


def test_a_session_without_csrf_changes_nothing(alice):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.patch(ACCOUNT, {"theme": "dark"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "csrf_failed")


@pytest.mark.parametrize("secret", ["", "wrong", "a b", "ÿ", "x" * 5000])
def test_a_bad_token_is_a_401_even_beside_a_session(api, alice, secret):
    for client, url in [(api(alice), ACCOUNT), (api(), "/api/auth/logout")]:
        ask = client.get if url == ACCOUNT else client.post
        answer = ask(url, headers={"authorization": f"Bearer {secret}"})
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")


def test_another_scheme_is_none_of_ours(api, alice):
    assert api(alice).get(ACCOUNT, headers={"authorization": "Basic YWxpY2U6eA=="}).status_code == 200
    assert api().get(ACCOUNT, headers={"authorization": "Basic YWxpY2U6eA=="}).status_code == 401


def test_an_expired_token_opens_nothing(alice):
    _, secret = BearerToken.issue(user=alice, name="phone", expires_at=timezone.now() - timedelta(seconds=1))
    assert _get(secret).status_code == 401


def test_a_token_of_a_suspended_user_opens_nothing(alice):
    _, secret = BearerToken.issue(user=alice, name="phone")
    type(alice).objects.filter(pk=alice.pk).update(is_active=False)
    assert _get(secret).status_code == 401


@pytest.mark.parametrize(
    ("spoiled", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"expires_at": "2001-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "soon"}, "expires_at"),
        ({"user": 1}, "user"),
    ],
)
def test_a_wrong_request_for_a_token(api, alice, spoiled, field):
    answer = api(alice).post(URL, {"name": "phone"} | spoiled)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == field
    assert not BearerToken.objects.exists()


def test_a_revoked_token_opens_nothing(api, alice):
    token, secret = BearerToken.issue(user=alice, name="phone")
    assert api(alice).delete(f"{URL}/{token.uid}").status_code == 204
    assert _get(secret).status_code == 401


def test_nobody_elses_token_is_there(api, alice, bob):
    token, secret = BearerToken.issue(user=alice, name="phone")
    assert api(bob).get(URL).json()["results"] == []
    other, unknown = (api(bob).delete(f"{URL}/{uid}") for uid in (token.uid, uuid.uuid4()))
    assert other.status_code == unknown.status_code == 404
    assert other.content == unknown.content
    assert _get(secret).status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_nobody_has_no_tokens(api, method):
    assert getattr(api(), method)(URL).status_code == 401


def test_pages_of_tokens(api, alice):
    for number in range(3):
        BearerToken.issue(user=alice, name=f"t{number}")
    first = api(alice).get(URL, {"page_size": 2}).json()
    assert [token["name"] for token in first["results"]] == ["t2", "t1"]
    assert [token["name"] for token in api(alice).get(first["next"]).json()["results"]] == ["t0"]


# --- Last used ------------------------------------------------------------------------------------------------------


def test_use_is_noted_once_a_minute(alice, django_assert_num_queries):
    token, secret = BearerToken.issue(user=alice, name="phone")
    _get(secret)
    token.refresh_from_db()
    first = token.last_used_at
    assert timezone.now() - first < timedelta(seconds=30)
    with django_assert_num_queries(3):  # the token with its user, the sums, the albums
        _get(secret)
    token.refresh_from_db()
    assert token.last_used_at == first
    BearerToken.objects.update(last_used_at=first - timedelta(seconds=61))
    _get(secret)
    token.refresh_from_db()
    assert token.last_used_at > first


@pytest.mark.django_db(transaction=True)
def test_a_token_reads_while_somebody_else_writes(alice):
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has one writer at a time")
    token, secret = BearerToken.issue(user=alice, name="phone")
    writer = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    began = timezone.now()
    answer = _get(secret)
    took = timezone.now() - began
    writer.execute("ROLLBACK")
    writer.close()
    assert answer.status_code == 200
    assert took < timedelta(seconds=3)
    token.refresh_from_db()
    assert token.last_used_at is None
    with connection.cursor() as cursor:
        assert cursor.execute("PRAGMA busy_timeout").fetchone()[0] == 10_000
