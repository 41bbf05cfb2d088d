"""Suspending: sessions, tokens and signing in end at once; who may do it to whom."""

from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from rest_framework.test import APIClient
from zeal import zeal_ignore

from accounts import suspension
from accounts.models import AuditEntry, BearerToken, User
from conftest import PASSWORD
from images.models import Image
from images.tests.rows import image_row
from images.tests.test_ledger import check

pytestmark = pytest.mark.django_db

USERS = "/admin/accounts/user/"


@pytest.fixture(autouse=True)
def twice() -> Iterator[None]:
    """Who looks and whom he looks at are two users; a session that ends is read once more by Django."""
    with zeal_ignore([{"model": "accounts.User"}, {"model": "sessions.Session"}]):
        yield


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.com", PASSWORD)


@pytest.fixture
def roots(root: User) -> Client:
    client = Client()
    client.force_login(root)
    return client


def _signs_in(name: str) -> int:
    given = {"username": name, "password": PASSWORD}
    return APIClient().post("/api/auth/login", given, format="json").status_code


def test_sessions_tokens_and_the_password_end(root: User, alice: User) -> None:
    session, program = Client(), APIClient()
    session.force_login(alice)
    token, secret = BearerToken.issue(user=alice, name="phone")
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert (session.get("/api/auth/user").status_code, program.get("/api/auth/user").status_code) == (200, 200)
    assert suspension.suspend([alice], by=root, reason="Spam.") == 1
    assert (session.get("/api/auth/user").status_code, program.get("/api/auth/user").status_code) == (401, 401)
    assert session.get("/library").status_code == 302
    assert _signs_in("alice") == 400
    assert not BearerToken.objects.filter(pk=token.pk).exists()


def test_what_ended_stays_ended(root: User, alice: User) -> None:
    session, program = Client(), APIClient()
    session.force_login(alice)
    _, secret = BearerToken.issue(user=alice, name="phone")
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    suspension.suspend([alice], by=root, reason="Spam.")
    assert suspension.unsuspend([alice], by=root, reason="A mistake.") == 1
    assert (session.get("/api/auth/user").status_code, program.get("/api/auth/user").status_code) == (401, 401)
    assert _signs_in("alice") == 200


def test_a_session_that_nobody_used_meanwhile_is_dead_too(root: User, alice: User) -> None:
    session = Client()
    session.force_login(alice)
    suspension.suspend([alice], by=root, reason="Spam.")
    suspension.unsuspend([alice], by=root, reason="A mistake.")
    assert session.get("/api/auth/user").status_code == 401


def test_it_is_done_once(root: User, alice: User, bob: User) -> None:
    suspension.suspend([alice], by=root, reason="Spam.")
    assert suspension.suspend([alice, bob], by=root, reason="Both.") == 1
    assert suspension.unsuspend([bob, alice], by=root, reason="Both.") == 2
    assert suspension.unsuspend([bob, alice], by=root, reason="Both.") == 0
    acts = list(AuditEntry.objects.order_by("pk").values_list("action", "target_name", "reason"))
    assert acts == [
        ("suspend", "alice", "Spam."),
        ("suspend", "bob", "Both."),
        ("unsuspend", "alice", "Both."),
        ("unsuspend", "bob", "Both."),
    ]


def test_what_was_listed_goes_and_comes_again(root: User, alice: User, bob: User) -> None:
    shown, private = image_row(alice, privacy_setting="public", tags=["sea"]), image_row(alice)
    other = image_row(bob, privacy_setting="public", tags=["sea"])
    suspension.suspend([alice], by=root, reason="Spam.")
    assert set(Image.objects.filter(is_listed=True)) == {other}
    check()
    suspension.unsuspend([alice], by=root, reason="A mistake.")
    assert set(Image.objects.filter(is_listed=True)) == {shown, other}
    assert private not in Image.objects.filter(is_listed=True)
    check()


# --- Who may do it to whom --------------------------------------------------------------------------------------


def _person(name: str, **rights: bool) -> User:
    return User.objects.create_user(name, f"{name}@example.com", PASSWORD, **rights)


@pytest.mark.parametrize("deed", [suspension.suspend, suspension.unsuspend])
def test_the_staff_is_for_administrators(deed: object, mia: User, root: User) -> None:
    wanted = deed is suspension.unsuspend
    for target in (_person("stan", is_staff=True), _person("ruth", is_superuser=True)):
        User.objects.filter(pk=target.pk).update(is_active=not wanted)
        with pytest.raises(PermissionDenied):
            deed([target], by=mia, reason="Why.")
        assert User.objects.get(pk=target.pk).is_active is not wanted
        assert deed([target], by=root, reason="Why.") == 1


@pytest.mark.parametrize("who", ["mia", "root"])
def test_nobody_suspends_himself(who: str, request: pytest.FixtureRequest) -> None:
    user = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied, match="himself"):
        suspension.suspend([user], by=user, reason="Why.")


def test_all_or_nobody(mia: User, alice: User) -> None:
    with pytest.raises(PermissionDenied):
        suspension.suspend([alice, _person("stan", is_staff=True)], by=mia, reason="Why.")
    assert User.objects.get(pk=alice.pk).is_active
    assert not AuditEntry.objects.exists()


def test_it_takes_a_moderator_and_a_reason(alice: User, bob: User, mia: User) -> None:
    for by in (bob, _person("stan", is_staff=True)):
        with pytest.raises(PermissionDenied):
            suspension.suspend([alice], by=by, reason="Why.")
    for reason in ("", " ", "x" * 501):
        with pytest.raises(ValidationError):
            suspension.suspend([alice], by=mia, reason=reason)
    assert User.objects.get(pk=alice.pk).is_active


def test_a_hundred_cost_as_many_queries_as_two(root: User, django_assert_max_num_queries: object) -> None:
    people = [_person(f"person{n}") for n in range(100)]
    for person in people:
        image_row(person, privacy_setting="public", tags=["sea"])
    with django_assert_max_num_queries(40):
        assert suspension.suspend(people, by=root, reason="A ring.") == 100


# --- In the admin -----------------------------------------------------------------------------------------------


def test_people_are_suspended_in_their_list(roots: Client, alice: User, bob: User) -> None:
    given = {"action": "suspend", "_selected_action": [alice.pk, bob.pk]}
    page = roots.post(USERS, given)
    assert page.status_code == 200
    assert "alice" in page.content.decode()
    assert roots.post(USERS, given | {"confirm": "yes"}).status_code == 400
    assert User.objects.filter(is_active=False).count() == 0
    assert roots.post(USERS, given | {"confirm": "yes", "reason": "Spam."}).status_code == 302
    assert User.objects.filter(is_active=False).count() == 2
    roots.post(USERS, given | {"action": "unsuspend", "confirm": "yes", "reason": "Sorry."})
    assert User.objects.filter(is_active=False).count() == 0


def test_not_oneself_in_the_list(roots: Client, root: User) -> None:
    given = {"action": "suspend", "_selected_action": root.pk, "confirm": "yes", "reason": "Tired."}
    assert roots.post(USERS, given).status_code == 403
    assert roots.get(USERS).status_code == 200
