"""The moderation desk: the queue, one thing with all that was said of it, and acts that ask why."""

import re
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from zeal import zeal_ignore

from accounts.models import AuditEntry, User
from accounts.staff import MOST_AT_ONCE
from accounts.viewer import NOBODY, Viewer
from albums import tree
from albums.models import Album
from conftest import PASSWORD
from images import blocking, looking, moderation, reporting, tagging
from images.models import BlockedHash, Image, Report
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db

IMAGES, ALBUMS, BLOCKED = "/admin/images/image/", "/admin/albums/album/", "/admin/images/blockedhash/"
LOOK = "/admin/images/image/look"
Upload = Callable[..., Image]


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def mias(mia: User) -> Client:
    return _client(mia)


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root", "root@example.com", PASSWORD)


@pytest.fixture
def roots(root: User) -> Client:
    return _client(root)


def report(thing: Image | Album, *, by: User | None = None, reason: str = "spam", note: str = "") -> None:
    viewer = Viewer(user=by) if by else NOBODY
    reporting.report(thing, by=viewer, address="192.0.2.1", reason=reason, note=note)


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return answer.content.decode()


def _order(page: str, *names: str) -> list[str]:
    """These names in the order in which the page shows them."""
    return sorted((name for name in names if name in page), key=page.index)


# --- The queue --------------------------------------------------------------------------------------------------


def test_the_reported_come_first_the_most_reported_before_others(
    mias: Client, alice: User, bob: User, carol: User
) -> None:
    names = ["once", "never", "twice"]
    once, _, twice = (image_row(alice, title=name, privacy_setting="public") for name in names)
    report(once, by=bob)
    for person in (bob, carol):
        report(twice, by=person)
    assert _order(_page(mias, IMAGES), *names) == ["twice", "once", "never"]
    for state, shown in [("waiting", ["twice", "once"]), ("hidden", []), ("all", ["twice", "once", "never"])]:
        assert _order(_page(mias, f"{IMAGES}?state={state}"), *names) == shown


def test_the_queue_tells_what_was_said(mias: Client, alice: User, bob: User, carol: User) -> None:
    image = image_row(alice, title="Crossing", privacy_setting="public")
    report(image, by=bob, reason="privacy", note="That is <me>.")
    report(image, by=carol, reason="privacy", note="And my car.")
    report(image, reason="spam")
    page = _page(mias, IMAGES)
    assert "(2 privacy, 1 spam)" in page
    assert "<strong>3</strong>" in page
    assert "That is &lt;me&gt;." in page
    assert "And my car." in page
    assert f"/api/images/{image.uid}/thumbnail?size=320" in page


def test_nothing_private_is_on_the_desk(mias: Client, roots: Client, alice: User) -> None:
    private = image_row(alice, title="Mine alone", privacy_setting="private")
    album = tree.plant(owner=alice, name="Diary")
    for client in (mias, roots):
        assert "Mine alone" not in _page(client, IMAGES)
        assert "Diary" not in _page(client, ALBUMS)
        for path in (f"{IMAGES}{private.pk}", f"{IMAGES}{private.uid}", f"{ALBUMS}{album.pk}"):
            assert client.get(f"{path}/change/").status_code == 302
    report(private, by=alice)
    assert "Mine alone" in _page(mias, IMAGES)


def test_no_file_name_is_on_the_desk(mias: Client, alice: User) -> None:
    image = image_row(alice, original_filename="my-secret.jpg", privacy_setting="public")
    for path in (IMAGES, f"{IMAGES}{image.pk}/change/"):
        assert "my-secret" not in _page(mias, path)
    asked = mias.post(IMAGES, {"action": "hide", "_selected_action": image.pk}).content.decode()
    assert "my-secret" not in asked


def test_states_are_told(mias: Client, mia: User, alice: User, bob: User) -> None:
    top = tree.plant(owner=alice, name="Top", privacy_setting="public")
    tree.plant(owner=alice, name="Below", parent=top)
    hidden = image_row(bob, title="Bad", privacy_setting="public")
    moderation.hide([hidden], by=mia, reason="Not nice.")
    moderation.hide([top], by=mia, reason="Not here.")
    assert "hidden: Not nice." in _page(mias, f"{IMAGES}?state=hidden")
    page = _page(mias, f"{ALBUMS}?state=hidden")
    assert "hidden: Not here." in page
    assert "hidden with an album above it" in page
    moderation.suspend_owner([hidden], by=mia, reason="Enough.")
    assert "owner suspended" in _page(mias, f"{IMAGES}?state=suspended")


@pytest.mark.parametrize("path", [IMAGES, ALBUMS])
def test_the_queue_costs_the_same_however_long(path: str, mias: Client, alice: User, bob: User, carol: User) -> None:
    costs = []
    for number in (2, 18):
        for n in range(number):
            album = tree.plant(owner=alice, name=f"{n}", privacy_setting="public")
            image = image_row(alice, title=f"{n}", album=album)
            for thing in (image, album):
                report(thing, by=bob, note="Look.")
                report(thing, by=carol, note="Look again.")
        with CaptureQueriesContext(connection) as queries:
            _page(mias, path)
        costs.append(len(queries))
    assert costs[0] == costs[1]
    assert costs[1] <= 16


@pytest.mark.parametrize(
    ("query", "found"),
    [("?mime_type=image/png", False), ("?mime_type=image/jpeg", True), ("?q=every", True), ("?q=xyz", False)],
)
def test_filters_and_words(mias: Client, alice: User, query: str, found: bool) -> None:
    image_row(alice, title="Everyone's", privacy_setting="public")
    assert ("Everyone&#x27;s" in _page(mias, IMAGES + query)) is found


# --- One thing ----------------------------------------------------------------------------------------------------


def test_all_that_was_said_and_done(mias: Client, mia: User, roots: Client, alice: User, bob: User) -> None:
    image = image_row(alice, title="Crossing", privacy_setting="public")
    report(image, by=bob, note="First.")
    moderation.dismiss_reports([image], by=mia, reason="Harmless.")
    report(image, note="From a visitor.")
    for key in (image.pk, image.uid):
        page = _page(mias, f"{IMAGES}{key}/change/")
        for said in ("First.", "Harmless.", "From a visitor.", "a visitor", "bob", "dismiss_reports", "mia", "alice"):
            assert said in page, said
        assert f"/api/images/{image.uid}/thumbnail?size=1280" in page
    assert "/admin/accounts/user/" not in page
    assert f'href="/admin/accounts/user/{alice.pk}/change/"' in _page(roots, f"{IMAGES}{image.pk}/change/")
    assert mias.get(f"{IMAGES}{image.pk}/history/").status_code == 302


def test_an_album_with_its_pictures(mias: Client, alice: User) -> None:
    album = tree.plant(owner=alice, name="Streets", privacy_setting="public")
    image = image_row(alice, title="Crossing", album=album)
    private = image_row(alice, album=album, privacy_setting="private")
    page = _page(mias, f"{ALBUMS}{album.uid}/change/")
    assert f'href="{IMAGES}{image.pk}/change/"' in page
    assert str(private.uid) not in page


def test_the_buttons_are_those_that_change_something(mias: Client, mia: User, alice: User) -> None:
    image = image_row(alice, privacy_setting="public")

    def offered() -> set[str]:
        page = _page(mias, f"{IMAGES}{image.pk}/change/")
        return set(re.findall(r'name="action" value="(\w+)"', page))

    assert offered() == {"hide", "delete_and_block", "suspend_owner"}
    report(image)
    assert offered() == {"dismiss_reports", "hide", "delete_and_block", "suspend_owner"}
    moderation.hide([image], by=mia, reason="Why.")
    moderation.suspend_owner([image], by=mia, reason="Why.")
    assert offered() == {"unhide", "delete_and_block", "unsuspend_owner"}


def test_the_desk_changes_nothing_by_itself(mias: Client, alice: User) -> None:
    image = image_row(alice, title="Before", privacy_setting="public")
    assert mias.post(f"{IMAGES}{image.pk}/change/", {"title": "After"}).status_code == 403
    assert mias.post(f"{IMAGES}{image.pk}/delete/", {"post": "yes"}).status_code == 403
    assert mias.get(f"{IMAGES}add/").status_code == 403
    image.refresh_from_db()
    assert image.title == "Before"


# --- Acts ask why -------------------------------------------------------------------------------------------------

ACTS = ["dismiss_reports", "hide", "unhide", "delete_and_block", "suspend_owner", "unsuspend_owner"]


@pytest.mark.parametrize("action", ACTS)
@pytest.mark.parametrize("said", [{}, {"reason": "Why."}, {"confirm": "yes"}, {"post": "yes", "reason": "  "}])
def test_nothing_is_done_before_a_reason_is_given(action: str, said: dict[str, str], mias: Client, alice: User) -> None:
    image = image_row(alice, title="Crossing", privacy_setting="public")
    report(image)
    answer = mias.post(IMAGES, {"action": action, "_selected_action": image.pk, **said})
    assert answer.status_code == (400 if {"confirm", "post"} & set(said) else 200)
    page = answer.content.decode()
    assert "Crossing" in page
    assert f'name="_selected_action" value="{image.pk}"' in page
    assert ("This field is required." in page) is (answer.status_code == 400)
    assert said.get("reason", "").strip() in page
    image.refresh_from_db()
    assert (image.open_reports, image.hidden_at, image.user.is_active) == (1, None, True)
    assert not AuditEntry.objects.exists()


def test_the_menu_offers_the_acts(mias: Client, alice: User) -> None:
    image_row(alice, privacy_setting="public")
    for path in (IMAGES, ALBUMS):
        page = _page(mias, path)
        assert [action for action in re.findall(r'<option value="(\w+)"', page) if action in ACTS] == ACTS
        assert "delete_selected" not in page


def test_the_page_tells_what_follows(mias: Client, alice: User, bob: User) -> None:
    album = tree.plant(owner=alice, name="Streets", privacy_setting="public")
    tree.plant(owner=alice, name="Side streets", parent=album)
    image_row(alice, album=album)
    image_row(bob, album=album)
    page = mias.post(ALBUMS, {"action": "delete_and_block", "_selected_action": album.pk}).content.decode()
    for told in ("with those below: 2.", "deleted and blocked: 1.", "stay theirs: 1."):
        assert told in page
    page = mias.post(ALBUMS, {"action": "suspend_owner", "_selected_action": album.pk}).content.decode()
    assert "It is about alice" in page


def test_what_was_asked_is_done_from_the_page_itself(mias: Client, alice: User) -> None:
    """The fields of the page, sent back with a reason."""
    images = [image_row(alice, privacy_setting="public") for _ in range(3)]
    first = mias.post(IMAGES, {"action": "hide", "_selected_action": [image.pk for image in images[:2]], "index": 0})
    page = first.content.decode()
    hidden_fields = re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', page)
    fields: dict[str, list[str]] = {}
    for name, value in hidden_fields:
        fields.setdefault(name, []).append(value)
    answer = mias.post(IMAGES, {**fields, "reason": "Number plates."}, follow=True)
    assert "Hide: done with 2." in answer.content.decode()
    assert Image.objects.filter(hidden_reason="Number plates.").count() == 2


@pytest.mark.parametrize("keys", ["x", "1e3", "9" * 30, "-1", "１"])
def test_what_is_no_key_is_refused(mias: Client, keys: str) -> None:
    assert mias.post(IMAGES, {"action": "hide", "_selected_action": keys}).status_code == 400


def test_too_many_at_once_are_refused(mias: Client, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.staff.MOST_AT_ONCE", 2)
    images = [image_row(alice, privacy_setting="public") for _ in range(3)]
    given = {"action": "hide", "select_across": 1, "_selected_action": images[0].pk, "confirm": "yes", "reason": "Why."}
    answer = mias.post(IMAGES, given, follow=True)
    assert "Choose at most 2 at once." in answer.content.decode()
    assert not Image.objects.filter(hidden_at__isnull=False).exists()
    assert MOST_AT_ONCE == 500


def test_a_refusal_is_told_on_the_page(mias: Client, roots: Client, root: User) -> None:
    image = image_row(root, privacy_setting="public")
    given = {"action": "suspend_owner", "_selected_action": image.pk, "confirm": "yes", "reason": "Why."}
    answer = mias.post(IMAGES, given)
    assert answer.status_code == 403
    assert "root is of the staff" in answer.content.decode()
    assert "Nobody suspends himself." in roots.post(IMAGES, given).content.decode()
    root.refresh_from_db()
    assert root.is_active
    assert not AuditEntry.objects.exists()


# --- An administrator's look at a private image ---------------------------------------------------------------------


def test_a_look_asks_why_is_logged_and_opens_nothing_else(roots: Client, root: User, upload: Upload) -> None:
    image = upload(title="Mine alone", privacy_setting="private")
    other = upload(title="Also mine", privacy_setting="private")
    assert "Mine alone" not in _page(roots, LOOK)
    refused = roots.post(LOOK, {"image": str(image.uid), "reason": " "})
    assert refused.status_code == 400
    assert "Mine alone" not in refused.content.decode()
    assert not AuditEntry.objects.exists()

    asked = {"image": f"https://example.org/images/{image.uid}?x=1", "reason": "A court asks."}
    answer = roots.post(LOOK, asked)
    page = answer.content.decode()
    assert 'src="data:image/jpeg;base64,/9j/' in page
    for fact in ("Mine alone", image.file_hash, "alice"):
        assert fact in page
    assert image.original_filename not in page
    assert "no-store" in answer["Cache-Control"]
    [entry] = AuditEntry.objects.all()
    assert (entry.actor, entry.action, entry.target_id, entry.reason) == (root, "look", image.uid, "A court asks.")

    for path in (f"/api/images/{image.uid}", f"/api/images/{image.uid}/thumbnail", f"/images/{image.uid}"):
        assert roots.get(path).status_code == 404
    assert "Also mine" not in page
    assert str(other.uid) not in page


@pytest.mark.parametrize("text", ["", "nothing", "00000000-0000-7000-8000-000000000000"])
def test_a_look_at_nothing(roots: Client, text: str) -> None:
    assert roots.post(LOOK, {"image": text, "reason": "Why."}).status_code == 400
    assert not AuditEntry.objects.exists()


def test_a_look_at_what_is_lost_says_so(roots: Client, alice: User) -> None:
    image = image_row(alice, privacy_setting="private")
    assert "The picture can't be shown" in roots.post(LOOK, {"image": image.uid, "reason": "Why."}).content.decode()


def test_a_look_is_for_administrators(mias: Client, mia: User, upload: Upload) -> None:
    image = upload(privacy_setting="private")
    with pytest.raises(PermissionDenied):
        looking.look(image.uid, by=mia, reason="Why.")
    assert mias.get(LOOK).status_code == 403
    assert mias.post(LOOK, {"image": image.uid, "reason": "Why."}).status_code == 403
    assert "look" not in _page(mias, IMAGES)


# --- Blocked files and tags -----------------------------------------------------------------------------------------


def test_a_file_is_unblocked_for_a_reason(roots: Client, root: User) -> None:
    blocking.block({"ab" * 32: "Stolen."}, by=root)
    [row] = BlockedHash.objects.all()
    assert "ab" * 32 in _page(roots, BLOCKED)
    assert roots.post(f"{BLOCKED}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    given = {"action": "unblock", "_selected_action": row.pk, "confirm": "yes"}
    assert roots.post(BLOCKED, given).status_code == 400
    assert BlockedHash.objects.exists()
    roots.post(BLOCKED, given | {"reason": "It was his own."})
    assert not BlockedHash.objects.exists()
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.target_kind, entry.target_name) == ("unblock", "hash", "ab" * 32)


def test_tags_are_looked_at(roots: Client, alice: User) -> None:
    """As far as they are on images that an administrator sees: a private image's words are private."""
    tagging.add_tags([image_row(alice, privacy_setting="public").pk], ["traffic"], by=alice)
    tagging.add_tags([image_row(alice).pk], ["confession"], by=alice)
    with zeal_ignore():
        page = _page(roots, "/admin/images/tag/")
    assert "traffic" in page
    assert "confession" not in page


def test_reports_of_a_closed_account_stay(mias: Client, alice: User, carol: User) -> None:
    image = image_row(alice, privacy_setting="public")
    report(image, by=carol, note="Before I go.")
    carol.delete()
    assert Report.objects.get().reporter is None
    assert "Before I go." in _page(mias, f"{IMAGES}{image.pk}/change/")
