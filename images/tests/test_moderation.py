"""From a report to a decision, over HTTP: what everyone, the owner and the moderators see before and after it."""

import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient
from zeal import zeal_ignore

from accounts.models import AuditEntry, BearerToken, User
from accounts.viewer import NOBODY
from albums import tree
from albums.models import Album, AlbumMember
from conftest import signed_in
from images import blocking, emptying, intake, moderation, placing, store, trash
from images.intake.staging import Staged
from images.models import AlbumImage, BlockedHash, FileRemoval, Image, Report
from images.tests.conftest import post_files
from images.tests.rows import image_row
from images.tests.test_ledger import check
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db

REASON = "Shows a number plate."
Upload = Callable[..., Image]


def decide(client: Client, action: str, *things: Image | Album, reason: str = REASON, **more: str) -> Any:
    """As a program would: one POST to the list of the admin."""
    kind = things[0]._meta.model_name
    app = "images" if kind == "image" else "albums"
    keys = [str(thing.pk) for thing in things]
    given = {"action": action, "_selected_action": keys, "confirm": "yes", "reason": reason, **more}
    return client.post(f"/admin/{app}/{kind}/", given)


@pytest.fixture
def mias(mia: User) -> Client:
    client = Client()
    client.force_login(mia)
    return client


@pytest.fixture
def album(alice: User) -> Album:
    return tree.plant(owner=alice, name="Streets", privacy_setting="public")


@pytest.fixture
def image(alice: User, album: Album) -> Image:
    return image_row(alice, title="Crossing", album=album, tags=["traffic"])


def _found(client: APIClient, path: str) -> list[str]:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return [row.get("id") or row["name"] for row in answer.json()["results"]]


def _is_seen_everywhere(client: APIClient, image: Image, album: Album) -> set[bool]:
    """Whether each way to an image leads this client there; one value if all agree."""
    uid = str(image.uid)
    listed = {
        uid in _found(client, path)
        for path in (
            "/api/images",
            "/api/images?user=alice",
            "/api/images?tag=traffic",
            f"/api/albums/{album.uid}/images",
            "/api/search?query=crossing",
        )
    }
    detail, thumbnail = client.get(f"/api/images/{uid}"), client.get(f"/api/images/{uid}/thumbnail")
    card = client.get(f"/api/albums/{album.uid}").json()
    tag = [row["usage_count"] for row in client.get("/api/tags?query=traffic").json()["results"]]
    return {
        *listed,
        detail.status_code == 200,
        thumbnail.status_code != 404,
        client.get(f"/images/{uid}").status_code == 200,
        card["image_count"] == 1,
        card["total_image_count"] == 1,
        card["cover_image"] is not None,
        tag == [1],
    }


# --- Hiding an image --------------------------------------------------------------------------------------------


def test_reported_hidden_shown_again(
    mias: Client, as_carol: APIClient, as_alice: APIClient, as_mia: APIClient, image: Image, album: Album
) -> None:
    nobody = APIClient()
    nobody.raise_request_exception = False  # there is no file behind the thumbnail
    path = f"/api/images/{image.uid}"
    assert _is_seen_everywhere(nobody, image, album) == {True}
    assert as_carol.post(f"{path}/report", {"reason": "privacy", "note": "My car."}, format="json").status_code == 201

    queue = mias.get("/admin/images/image/?state=waiting").content.decode()
    assert "Crossing" in queue
    assert "My car." in queue
    assert decide(mias, "hide", image).status_code == 302

    assert _is_seen_everywhere(nobody, image, album) == {False}
    assert as_carol.get(path).status_code == 404
    assert not Report.objects.filter(closed_at=None).exists()
    for client in (as_alice, as_mia):
        told = client.get(path).json()
        assert (told["is_hidden"], told["hidden_reason"]) == (True, REASON)
        page = client.get(f"/images/{image.uid}").content.decode()
        assert "Hidden by a moderator" in page
        assert REASON in page
    assert "Crossing" not in mias.get("/admin/images/image/?state=waiting").content.decode()
    assert "Crossing" in mias.get("/admin/images/image/?state=hidden").content.decode()

    assert decide(mias, "unhide", image, reason="It is his own car.").status_code == 302
    assert _is_seen_everywhere(nobody, image, album) == {True}
    assert as_alice.get(path).json()["is_hidden"] is False
    assert "Hidden by a moderator" not in as_alice.get(f"/images/{image.uid}").content.decode()
    acts = list(AuditEntry.objects.order_by("pk").values_list("actor_name", "action", "target_name", "reason"))
    assert acts == [("mia", "hide", "Crossing", REASON), ("mia", "unhide", "Crossing", "It is his own car.")]
    check()


def test_a_dismissed_report_changes_nothing_else(
    mias: Client, as_carol: APIClient, image: Image, album: Album, as_mia: APIClient
) -> None:
    as_carol.post(f"/api/images/{image.uid}/report", {"reason": "spam"}, format="json")
    assert as_mia.get(f"/api/images/{image.uid}").json()["open_reports"] == 1
    assert "Reported" in as_mia.get(f"/images/{image.uid}").content.decode()
    decide(mias, "dismiss_reports", image)
    image.refresh_from_db()
    assert (image.open_reports, image.hidden_at, image.is_listed) == (0, None, True)
    [report] = Report.objects.all()
    assert report.closed_at is not None
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.target_id, entry.target_kind) == ("dismiss_reports", image.uid, "image")


def test_moderators_see_marks_in_the_grids(as_mia: APIClient, as_carol: APIClient, mia: User, image: Image) -> None:
    as_carol.post(f"/api/images/{image.uid}/report", {"reason": "spam"}, format="json")
    assert '<span class="badge photo-mark">reported</span>' in as_mia.get("/u/alice").content.decode()
    moderation.hide([image], by=mia, reason=REASON)
    assert '<span class="badge photo-mark">hidden</span>' in as_mia.get("/u/alice").content.decode()
    assert "photo-mark" not in as_carol.get("/u/alice").content.decode()


def test_what_others_were_let_into_by_name_or_link_goes_too(
    mias: Client, as_bob: APIClient, alice: User, bob: User
) -> None:
    album = tree.plant(owner=alice, name="Family", privacy_setting="shared")
    AlbumMember.objects.create(album=album, user=bob)
    image = image_row(alice, album=album)
    assert as_bob.get(f"/api/images/{image.uid}").status_code == 200
    as_bob.post(f"/api/images/{image.uid}/report", {"reason": "privacy"}, format="json")
    decide(mias, "hide", image)
    assert as_bob.get(f"/api/images/{image.uid}").status_code == 404
    assert _found(as_bob, f"/api/albums/{album.uid}/images") == []


def test_hiding_again_gives_another_reason(mia: User, image: Image) -> None:
    for reason in ("first", "second"):
        assert moderation.hide([image], by=mia, reason=reason) == 1
    image.refresh_from_db()
    assert image.hidden_reason == "second"


def test_what_is_not_hidden_is_not_shown_again(mia: User, image: Image) -> None:
    assert moderation.unhide([image], by=mia, reason=REASON) == 0
    assert moderation.dismiss_reports([image], by=mia, reason=REASON) == 0
    assert not AuditEntry.objects.exists()


# --- Hiding an album --------------------------------------------------------------------------------------------


def test_an_album_is_hidden_with_what_inherits_from_it(
    mias: Client, as_alice: APIClient, as_mia: APIClient, alice: User, album: Album, image: Image
) -> None:
    nobody = APIClient()
    child = tree.plant(owner=alice, name="Side streets", parent=album)
    apart = tree.plant(owner=alice, name="Squares", parent=album, privacy_setting="public")
    below, beside = image_row(alice, album=child), image_row(alice, album=apart)
    public = image_row(alice, album=album, privacy_setting="public")
    nobody.get("/api/auth/user")
    decide(mias, "hide", album)
    for gone in (f"/api/albums/{album.uid}", f"/api/albums/{child.uid}", f"/api/images/{image.uid}"):
        assert nobody.get(gone).status_code == 404, gone
    assert set(_found(nobody, "/api/images")) == {str(beside.uid), str(public.uid)}
    assert _found(nobody, "/api/albums") == [str(apart.uid)]
    told = as_alice.get(f"/api/albums/{album.uid}").json()
    assert (told["is_hidden"], told["hidden_reason"]) == (True, REASON)
    assert as_mia.get(f"/api/albums/{child.uid}").json()["is_hidden"] is True
    page = as_alice.get(f"/albums/{child.uid}").content.decode()
    assert "It is hidden with the album that it is in." in page
    assert REASON in as_alice.get(f"/albums/{album.uid}").content.decode()
    check()

    decide(mias, "unhide", album)
    assert nobody.get(f"/api/images/{below.uid}").status_code == 200
    assert nobody.get(f"/api/albums/{child.uid}").status_code == 200
    check()


def test_a_reported_album_waits_and_is_dismissed(mias: Client, as_carol: APIClient, album: Album) -> None:
    note = {"reason": "other", "note": "All of it."}
    assert as_carol.post(f"/api/albums/{album.uid}/report", note, format="json").status_code == 201
    assert "All of it." in mias.get("/admin/albums/album/?state=waiting").content.decode()
    decide(mias, "dismiss_reports", album)
    album.refresh_from_db()
    assert album.open_reports == 0
    assert as_carol.get(f"/api/albums/{album.uid}").status_code == 200


# --- Gone for good ----------------------------------------------------------------------------------------------


def test_what_is_blocked_does_not_come_again(
    mias: Client, upload: Upload, as_alice: APIClient, as_bob: APIClient, media: Path, alice: User
) -> None:
    content = jpeg(seed=77)
    image = upload(content, privacy_setting="public")
    decide(mias, "delete_and_block", image, reason="Stolen.")
    assert as_alice.get(f"/api/images/{image.uid}").status_code == 404
    [blocked] = BlockedHash.objects.all()
    assert (blocked.file_hash, blocked.reason, blocked.blocked_by.username) == (image.file_hash, "Stolen.", "mia")
    for client in (as_alice, as_bob):
        answer = post_files(client, ("again.jpg", content), privacy_setting="public")
        assert answer.status_code == 400
        [result] = answer.json()["results"]
        assert (result["status"], result["id"]) == ("rejected", None)
        assert result["errors"][0]["code"] == "blocked"
    mixed = post_files(as_bob, ("again.jpg", content), ("other.jpg", jpeg(seed=78)))
    assert mixed.status_code == 207
    assert [result["status"] for result in mixed.json()["results"]] == ["rejected", "created"]
    assert Image.objects.count() == 1
    assert not list((media / store.INCOMING).iterdir())
    check()


def test_nothing_is_left_of_what_is_deleted_and_blocked(
    mias: Client, upload: Upload, media: Path, alice: User, django_capture_on_commit_callbacks: Any
) -> None:
    image = upload(privacy_setting="public", tags='["traffic"]')
    with django_capture_on_commit_callbacks(execute=True):
        decide(mias, "delete_and_block", image)
    assert store.files_of(image.uid) == []
    assert not FileRemoval.objects.exists()
    alice.refresh_from_db()
    assert (alice.storage_used, alice.total_images) == (0, 0)


def test_a_folder_import_takes_no_blocked_file(alice: User, mia: User, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for seed in (5, 6):
        (folder / f"{seed}.jpg").write_bytes(jpeg(seed=seed))
    staged = Staged.copy_of(folder / "5.jpg")
    blocking.block({staged.sha256: "Stolen."}, by=mia)
    staged.discard()
    said = io.StringIO()
    call_command("import_photos", folder, user="alice", stdout=said)
    assert Image.objects.count() == 1
    assert f"not taken: {folder}/5.jpg" in said.getvalue()


def test_a_blocked_file_is_not_even_opened(
    mias: Client, upload: Upload, as_alice: APIClient, as_bob: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor by who has it from before."""
    content = jpeg(seed=77)
    post_files(as_bob, ("mine.jpg", content))
    decide(mias, "delete_and_block", upload(content, privacy_setting="public"))
    monkeypatch.setattr(intake, "develop_upload", None)
    for client in (as_alice, as_bob):
        assert post_files(client, ("again.jpg", content)).json()["results"][0]["errors"][0]["code"] == "blocked"
    assert Image.objects.count() == 1


def test_a_block_in_the_midst_of_an_upload_holds(
    as_alice: APIClient, mia: User, monkeypatch: pytest.MonkeyPatch, media: Path
) -> None:
    """It was not blocked when the upload began, and is when it ends."""

    def develop_slowly(*args: Any) -> Any:
        picture = developed(*args)
        blocking.block({file_hash: "Stolen."}, by=mia)
        return picture

    developed = intake.develop_upload
    content = jpeg(seed=9)
    staged = Staged()
    staged.write(content)
    file_hash = staged.sha256
    staged.discard()
    monkeypatch.setattr(intake, "develop_upload", develop_slowly)
    answer = post_files(as_alice, ("a.jpg", content))
    assert answer.json()["results"][0]["errors"][0]["code"] == "blocked"
    assert not Image.objects.exists()
    assert not list(media.rglob("*.jpg"))


@pytest.mark.parametrize("how", ["permanent", "from the trash", "by age"])
def test_hiding_is_not_undone_by_deleting_and_uploading_again(
    how: str, mias: Client, upload: Upload, as_alice: APIClient
) -> None:
    content = jpeg(seed=3)
    image = upload(content, privacy_setting="public")
    decide(mias, "hide", image)
    if how == "permanent":
        assert as_alice.delete(f"/api/images/{image.uid}?permanent=true").status_code == 204
    else:
        as_alice.delete(f"/api/images/{image.uid}")
        if how == "from the trash":
            trash.purge([image.pk])
        else:
            emptying.purge_older_than(timezone.now())
    [blocked] = BlockedHash.objects.all()
    assert (blocked.reason, blocked.blocked_by) == (REASON, None)
    assert post_files(as_alice, ("again.jpg", content)).json()["results"][0]["errors"][0]["code"] == "blocked"


def test_what_is_not_hidden_may_come_again(upload: Upload, as_alice: APIClient) -> None:
    content = jpeg(seed=3)
    trash.purge([upload(content).pk])
    assert post_files(as_alice, ("again.jpg", content)).status_code == 201


def test_an_album_goes_with_its_owners_images_and_what_others_contributed_stays(
    mias: Client, alice: User, bob: User, album: Album, image: Image
) -> None:
    child = tree.plant(owner=alice, name="Side streets", parent=album, privacy_setting="private")
    elsewhere = tree.plant(owner=alice, name="Elsewhere", privacy_setting="public")
    below, other = image_row(alice, album=child, privacy_setting="private"), image_row(alice, album=elsewhere)
    placing.add([below.pk], to=elsewhere, by=alice)
    contributed = image_row(bob, album=album, tags=["traffic"], privacy_setting="public")
    decide(mias, "delete_and_block", album)
    assert set(Album.objects.values_list("pk", flat=True)) == {elsewhere.pk}
    assert set(Image.objects.values_list("pk", flat=True)) == {other.pk, contributed.pk}
    assert set(BlockedHash.objects.values_list("file_hash", flat=True)) == {image.file_hash, below.file_hash}
    assert Image.objects.visible_to(NOBODY).filter(pk=contributed.pk).exists()
    assert AlbumImage.objects.count() == 1
    check()


# --- The owner --------------------------------------------------------------------------------------------------


def test_a_suspended_owner_is_shut_out_with_all_that_was_public(
    mias: Client, as_carol: APIClient, as_mia: APIClient, alice: User, image: Image, album: Album
) -> None:
    session, program = signed_in(alice), APIClient()
    _, secret = BearerToken.issue(user=alice, name="phone")
    program.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    for client in (session, program):
        assert client.get("/api/auth/user").status_code == 200
    decide(mias, "suspend_owner", image)
    for client in (session, program):
        assert client.get("/api/auth/user").status_code == 401
    nobody = APIClient()
    for client in (nobody, as_carol):
        for path in (f"/api/images/{image.uid}", f"/api/albums/{album.uid}", f"/images/{image.uid}", "/u/alice"):
            assert client.get(path).status_code == 404, path
        assert _found(client, "/api/images") == _found(client, "/api/search?query=crossing") == []
    assert as_mia.get(f"/api/images/{image.uid}").status_code == 200
    check()

    decide(mias, "unsuspend_owner", image, reason="He took it down.")
    assert _is_seen_everywhere_but_the_file(nobody, image, album)
    with zeal_ignore([{"model": "sessions.Session"}]):  # one that ends is read once more by Django
        for client in (session, program):
            assert client.get("/api/auth/user").status_code == 401
    assert signed_in(User.objects.get(pk=alice.pk)).get("/api/auth/user").status_code == 200
    acts = list(AuditEntry.objects.order_by("pk").values_list("action", "target_kind", "target_name"))
    assert acts == [
        ("suspend_owner", "image", "Crossing"),
        ("suspend", "user", "alice"),
        ("unsuspend_owner", "image", "Crossing"),
        ("unsuspend", "user", "alice"),
    ]
    check()


def _is_seen_everywhere_but_the_file(client: APIClient, image: Image, album: Album) -> bool:
    client.raise_request_exception = False
    return _is_seen_everywhere(client, image, album) == {True}


# --- Who, why and how many --------------------------------------------------------------------------------------


@pytest.mark.parametrize("deed", ["dismiss_reports", "hide", "unhide", "delete_and_block", "suspend_owner"])
def test_only_a_moderator_decides_and_only_for_a_reason(deed: str, bob: User, mia: User, image: Image) -> None:
    Image.objects.filter(pk=image.pk).update(open_reports=1)
    do = getattr(moderation, deed)
    staff_alone = User.objects.create_user("stan", "stan@example.com", is_staff=True)
    for nobody_of_note in (bob, staff_alone):
        with pytest.raises(PermissionDenied):
            do([image], by=nobody_of_note, reason=REASON)
    for no_reason in ("", "  \n", "x" * 501):
        with pytest.raises(ValidationError):
            do([image], by=mia, reason=no_reason)
    image.refresh_from_db()
    assert (image.hidden_at, image.open_reports, image.user.is_active) == (None, 1, True)
    assert not AuditEntry.objects.exists()


def test_what_a_moderator_may_not_see_is_not_decided_about(mia: User, alice: User) -> None:
    private = image_row(alice, privacy_setting="private")
    assert moderation.delete_and_block([private], by=mia, reason=REASON) == 0
    assert Image.objects.filter(pk=private.pk).exists()
    assert not BlockedHash.objects.exists()


def test_no_name_of_a_file_gets_into_the_log(mia: User, alice: User) -> None:
    image = image_row(alice, original_filename="my-secret.jpg", privacy_setting="public")
    moderation.hide([image], by=mia, reason=REASON)
    [entry] = AuditEntry.objects.all()
    assert entry.target_name == image.filename


def test_what_is_undone_is_not_in_the_log_either(mia: User, image: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(trash, "purge", fail)
    with pytest.raises(OSError, match="disk full"):
        moderation.delete_and_block([image], by=mia, reason=REASON)
    assert not AuditEntry.objects.exists()
    assert not BlockedHash.objects.exists()


def test_each_act_is_told_to_the_servers_log(
    mias: Client, image: Image, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    with (
        caplog.at_level(logging.INFO, "gallery.moderation"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        decide(mias, "hide", image)
    [line] = [record for record in caplog.records if record.name == "gallery.moderation"]
    assert (line.getMessage(), line.by, line.target, line.reason) == ("hide", "mia", str(image.uid), REASON)


@pytest.mark.parametrize(("kind", "many"), [("image", 100), ("album", 12)])
@pytest.mark.parametrize(
    "deed", ["dismiss_reports", "hide", "unhide", "suspend_owner", "unsuspend_owner", "delete_and_block"]
)
def test_many_cost_as_many_queries_as_two(
    deed: str, kind: str, many: int, mias: Client, alice: User, bob: User
) -> None:
    costs = []
    for number in (2, many):
        albums = [tree.plant(owner=alice, name=f"{n}", privacy_setting="public") for n in range(min(number, 12))]
        images = [image_row(alice, album=albums[n % len(albums)], tags=["traffic"]) for n in range(number)]
        image_row(bob, album=albums[0])
        things: list[Any] = images if kind == "image" else albums
        model, pks = type(things[0]), [thing.pk for thing in things]
        model._default_manager.filter(pk__in=pks).update(
            open_reports=1, hidden_at=timezone.now() if deed == "unhide" else None
        )
        User.objects.filter(pk=alice.pk).update(is_active=deed != "unsuspend_owner")
        with CaptureQueriesContext(connection) as queries:
            assert decide(mias, deed, *things).status_code == 302
        costs.append(len(queries))
    assert AuditEntry.objects.filter(action=deed).count() == many + 2
    assert costs[1] <= costs[0], costs
