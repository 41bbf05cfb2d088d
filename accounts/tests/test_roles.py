"""Who of the staff comes where in the admin, and that nobody lifts himself."""

from collections.abc import Iterator

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from zeal import zeal_ignore

from accounts.models import AuditEntry, BearerToken, User
from conftest import PASSWORD

pytestmark = pytest.mark.django_db

DESK = ("/admin/images/image/", "/admin/albums/album/")
OFFICE = (
    "/admin/accounts/user/",
    "/admin/auth/group/",
    "/admin/accounts/bearertoken/",
    "/admin/accounts/auditentry/",
    "/admin/images/blockedhash/",
    "/admin/images/tag/",
)


@pytest.fixture(autouse=True)
def twice() -> Iterator[None]:
    """Who looks and whom he looks at are two users; a session that ends is read once more by Django."""
    with zeal_ignore([{"model": "accounts.User"}, {"model": "sessions.Session"}]):
        yield


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.com", PASSWORD)


@pytest.fixture
def stan(db: None) -> User:
    """Of the staff, and in no group."""
    return User.objects.create_user("stan", "stan@example.com", PASSWORD, is_staff=True)


def _statuses(client: Client, paths: tuple[str, ...]) -> set[int]:
    return {client.get(path).status_code for path in paths}


def test_an_administrator_comes_everywhere(root: User) -> None:
    assert _statuses(_client(root), DESK + OFFICE) == {200}


def test_a_moderator_has_the_queue_and_nothing_else(mia: User, alice: User) -> None:
    client = _client(mia)
    assert _statuses(client, DESK) == {200}
    assert _statuses(client, OFFICE) == {403}
    assert client.get(f"/admin/accounts/user/{alice.pk}/change/").status_code == 403
    assert client.get(f"/admin/accounts/user/{mia.pk}/change/").status_code == 403
    assert client.get(f"/admin/accounts/user/{mia.pk}/password/").status_code == 403
    index = client.get("/admin/").content.decode()
    assert all(path in index for path in DESK)
    assert not any(path in index for path in OFFICE)


def test_the_staff_without_the_group_sees_an_empty_admin(stan: User) -> None:
    client = _client(stan)
    assert _statuses(client, DESK + OFFICE) == {403}
    index = client.get("/admin/").content.decode()
    assert not any(path in index for path in DESK + OFFICE)


def test_permissions_of_the_framework_open_nothing(stan: User) -> None:
    """Roles decide, whatever a row in a table of permissions says."""
    stan.user_permissions.set(Permission.objects.all())
    assert _statuses(_client(stan), DESK + OFFICE) == {403}


@pytest.mark.parametrize("who", ["alice", "in the group alone", "suspended"])
def test_others_do_not_come_in(who: str, alice: User, mia: User) -> None:
    user = alice
    if who == "in the group alone":
        alice.groups.add(Group.objects.get(name="Moderators"))
    client = _client(mia if who == "suspended" else user)
    if who == "suspended":
        User.objects.filter(pk=mia.pk).update(is_active=False)
    assert _statuses(client, DESK + OFFICE + ("/admin/",)) == {302}


# --- Rights are given by others ---------------------------------------------------------------------------------


def _given(user: User, **changes: object) -> dict[str, object]:
    fields = {"username": user.username, "email": user.email, "quota_bytes": ""}
    fields |= {name: "on" for name in ("is_staff", "is_superuser") if getattr(user, name)}
    return {name: value for name, value in (fields | changes).items() if value is not None}


def test_nobody_changes_his_own_rights(root: User) -> None:
    client = _client(root)
    path = f"/admin/accounts/user/{root.pk}/change/"
    group = Group.objects.get(name="Moderators")
    page = client.get(path).content.decode()
    for name in ("is_staff", "is_superuser", "groups", "is_active"):
        assert f'name="{name}"' not in page
    given = _given(root, is_staff=None, is_superuser=None, groups=[group.pk], email="new@example.com", is_active=None)
    assert client.post(path, given).status_code == 302
    root.refresh_from_db()
    assert (root.is_staff, root.is_superuser, root.is_active, root.email) == (True, True, True, "new@example.com")
    assert not root.groups.exists()
    assert not AuditEntry.objects.filter(action="change_rights").exists()


def test_a_moderator_does_not_make_himself_an_administrator(mia: User) -> None:
    answer = _client(mia).post(f"/admin/accounts/user/{mia.pk}/change/", _given(mia, is_superuser="on"))
    assert answer.status_code == 403
    mia.refresh_from_db()
    assert not mia.is_superuser


def test_rights_that_are_given_or_taken_are_in_the_log(root: User, alice: User) -> None:
    client, group = _client(root), Group.objects.get(name="Moderators")
    path = f"/admin/accounts/user/{alice.pk}/change/"
    assert client.post(path, _given(alice, is_staff="on", groups=[group.pk])).status_code == 302
    alice.refresh_from_db()
    assert alice.is_moderator
    [entry] = AuditEntry.objects.filter(action="change_rights")
    assert (entry.actor, entry.target_id) == (root, alice.uid)
    assert entry.reason == "is_staff: False → True; groups: none → Moderators"
    client.post(path, _given(alice, is_staff=None, groups=[]))
    alice.refresh_from_db()
    assert not alice.is_moderator
    newest = AuditEntry.objects.filter(action="change_rights").first()
    assert newest.reason == "is_staff: True → False; groups: Moderators → none"


def test_is_active_is_changed_by_suspending_alone(root: User, alice: User) -> None:
    client = _client(root)
    client.post(f"/admin/accounts/user/{alice.pk}/change/", _given(alice, is_active=None))
    alice.refresh_from_db()
    assert alice.is_active


def test_a_new_password_is_in_the_log_and_ends_tokens(root: User, alice: User) -> None:
    BearerToken.issue(user=alice, name="phone")
    new = "another horse battery"
    given = {"usable_password": "true", "password1": new, "password2": new, "set-password": "1"}
    answer = _client(root).post(f"/admin/accounts/user/{alice.pk}/password/", given)
    assert answer.status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(new)
    assert not BearerToken.objects.exists()
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.target_name, entry.reason) == ("change_user", "alice", "Changed password.")
    assert new not in entry.reason


def test_a_revoked_token_is_in_the_log(root: User, alice: User) -> None:
    token, _ = BearerToken.issue(user=alice, name="phone")
    _client(root).post(f"/admin/accounts/bearertoken/{token.pk}/delete/", {"post": "yes"})
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.target_name, entry.reason) == ("revoke_token", "alice", "Token “phone”.")


# --- What nobody changes ----------------------------------------------------------------------------------------


def test_the_log_is_only_read(root: User, alice: User) -> None:
    client = _client(root)
    entry = AuditEntry.objects.create(
        actor=root, actor_name="root", action="look", target_kind="image", target_id=alice.uid, reason="A court asks."
    )
    path = f"/admin/accounts/auditentry/{entry.pk}"
    assert "A court asks." in client.get(f"{path}/change/").content.decode()
    assert client.post(f"{path}/change/", {"reason": "Nothing."}).status_code == 403
    assert client.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert client.get("/admin/accounts/auditentry/add/").status_code == 403
    given = {"action": "delete_selected", "_selected_action": entry.pk, "post": "yes"}
    client.post("/admin/accounts/auditentry/", given)
    assert AuditEntry.objects.get().reason == "A court asks."


def test_the_group_stays(root: User, mia: User) -> None:
    client, group = _client(root), Group.objects.get(name="Moderators")
    assert "mia" in client.get("/admin/auth/group/").content.decode()
    for path in (f"{group.pk}/change/", f"{group.pk}/delete/", "add/"):
        assert client.post(f"/admin/auth/group/{path}", {"post": "yes", "name": "Others"}).status_code == 403
    assert Group.objects.get().name == "Moderators"


def test_ones_own_password_is_changed_on_the_account_page(mia: User) -> None:
    assert _client(mia).get("/admin/password_change/").url == "/account"
