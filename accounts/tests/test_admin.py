"""People and tokens in the admin."""

import pytest
from zeal import zeal_ignore

from accounts.models import BearerToken, User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(client, db):
    client.force_login(User.objects.create_superuser("root", "root@example.com", PASSWORD))
    with zeal_ignore([{"model": "accounts.User"}]):  # who looks, and whom he looks at
        yield client


def test_the_admin_has_no_door_of_its_own(client, alice):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/accounts/login?next=/admin/"
    client.force_login(alice)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0] == "/accounts/login?next=/admin/"


def test_lists_cost_the_same_however_long(root, django_assert_max_num_queries):
    for number in range(12):
        user = User.objects.create_user(f"user{number}", f"user{number}@example.com", PASSWORD)
        BearerToken.issue(user=user, name="phone")
    for path in ("/admin/accounts/user/", "/admin/accounts/bearertoken/"):
        with django_assert_max_num_queries(8):
            assert root.get(path, {"q": "user"}).status_code == 200


def test_a_person_is_looked_at_and_changed(root, alice):
    path = f"/admin/accounts/user/{alice.pk}/change/"
    assert root.get(path).status_code == 200
    given = {
        "username": "alice",
        "email": "alice@example.com",
        "is_verified": "on",
        "quota_bytes": "5",
        "is_active": "",
    }
    assert root.post(path, given).status_code == 302
    alice.refresh_from_db()
    assert (alice.quota_bytes, alice.is_verified, alice.is_active) == (5, True, True)


def test_a_person_is_added(root):
    given = {"username": "dora", "email": "dora@example.com", "usable_password": "true", "password1": PASSWORD}
    assert root.post("/admin/accounts/user/add/", given | {"password2": PASSWORD}).status_code == 302
    assert User.objects.get(username="dora").check_password(PASSWORD)


def test_a_name_in_another_case_is_not_added(root, alice):
    given = {"username": "ALICE", "email": "x@example.com", "usable_password": "true", "password1": PASSWORD}
    assert root.post("/admin/accounts/user/add/", given | {"password2": PASSWORD}).status_code == 200
    assert User.objects.count() == 2


def test_nobody_is_deleted_here(root, alice):
    assert root.post(f"/admin/accounts/user/{alice.pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.filter(pk=alice.pk).exists()


def test_tokens_are_revoked_but_never_made(root, alice):
    token, _ = BearerToken.issue(user=alice, name="phone")
    assert root.get("/admin/accounts/bearertoken/add/").status_code == 403
    page = root.get(f"/admin/accounts/bearertoken/{token.pk}/change/")
    assert token.token_hash not in page.content.decode()
    assert root.post(f"/admin/accounts/bearertoken/{token.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not BearerToken.objects.exists()
