"""`manage.py import_photos`: a tree of folders into somebody's library."""

import gc
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from albums.models import Album
from gallery_site.stopping import Stopped
from images import store
from images.intake import take_in
from images.intake.staging import Staged
from images.management.commands import import_photos
from images.models import Image
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four pictures (two of them the same), a text, and what an import leaves alone."""
    top = tmp_path / "photos"
    (top / "2021" / "Ferien ü").mkdir(parents=True)
    (top / "2022").mkdir()
    (top / ".hidden").mkdir()
    (top / "top.jpg").write_bytes(jpeg(seed=1))
    (top / "2021" / "a.jpg").write_bytes(jpeg(seed=2))
    (top / "2021" / "Ferien ü" / "b.jpg").write_bytes(jpeg(seed=3))
    (top / "2022" / "same as b.jpg").write_bytes(jpeg(seed=3))
    (top / "2022" / "notes.txt").write_text("no picture")
    (top / ".hidden" / "c.jpg").write_bytes(jpeg(seed=4))
    (top / ".d.jpg").write_bytes(jpeg(seed=5))
    (top / "loop").symlink_to(top)
    return top


def run(folder: Path, user: str = "alice", **options: bool) -> str:
    out = io.StringIO()
    call_command("import_photos", str(folder), user=user, stdout=out, **options)
    return out.getvalue()


def test_every_picture_below_the_folder(alice: User, folder: Path) -> None:
    told = run(folder)
    assert told.endswith("3 taken in, 1 already there, 1 not taken.\n")
    assert f"not taken: {folder / '2022' / 'notes.txt'}: " in told
    assert sorted(Image.objects.values_list("original_filename", flat=True)) == ["a.jpg", "b.jpg", "top.jpg"]
    for image in Image.objects.all():
        assert image.user == alice
        assert store.on_disk(image.file_path).exists()
    assert (folder / "2021" / "a.jpg").read_bytes() == jpeg(seed=2)
    assert not Album.objects.exists()
    alice.refresh_from_db()
    assert alice.total_images == 3
    assert alice.storage_used == sum(Image.objects.values_list("file_size", flat=True))


def test_an_album_for_each_folder(alice: User, folder: Path) -> None:
    run(folder, album_per_folder=True)
    albums = {album.name: album for album in Album.objects.select_related("parent")}
    assert sorted(albums) == ["2021", "2022", "Ferien ü"]
    assert albums["Ferien ü"].parent == albums["2021"]
    assert albums["2021"].parent is None
    inside = {name: [image.original_filename for image in album.images.all()] for name, album in albums.items()}
    assert inside == {"2021": ["a.jpg"], "Ferien ü": ["b.jpg"], "2022": ["b.jpg"]}
    assert {album.effective_privacy for album in albums.values()} == {"private"}


def test_twice_is_as_once(alice: User, folder: Path, media: Path) -> None:
    run(folder, album_per_folder=True)

    def state() -> tuple[object, ...]:
        files = sorted(str(path) for path in media.rglob("*"))
        rows = list(Image.objects.order_by("pk").values())
        return files, rows, list(Album.objects.order_by("pk").values_list("name", "parent", "image_count"))

    before = state()
    assert "0 taken in, 4 already there, 1 not taken." in run(folder, album_per_folder=True)
    assert state() == before


def test_the_owner_by_email(alice: User, folder: Path) -> None:
    assert "3 taken in" in run(folder, user="ALICE@example.com")
    assert Image.objects.first().user == alice


def test_a_full_quota_ends_it_with_a_summary(alice: User, folder: Path) -> None:
    alice.quota_bytes = len(jpeg(seed=1)) + 10
    alice.save()
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command("import_photos", str(folder), user="alice", stdout=out)
    assert "1 taken in" in out.getvalue()
    assert Image.objects.count() == 1


@pytest.mark.usefixtures("alice")
def test_nobody_and_nowhere(folder: Path) -> None:
    with pytest.raises(CommandError, match="no user"):
        run(folder, user="zoe")
    with pytest.raises(CommandError, match="no folder"):
        run(folder / "top.jpg")


def test_ctrl_c_tells_that_it_can_be_gone_on_with(alice: User, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []

    def take_one(*args: Any, **how: Any) -> Any:
        if taken:
            raise KeyboardInterrupt
        taken.append(take_in(*args, **how))
        return taken[-1]

    with monkeypatch.context() as patched:
        patched.setattr(import_photos, "take_in", take_one)
        with pytest.raises(Stopped, match="Run the same command again") as stopped:
            run(folder)
    assert stopped.value.returncode == 130
    assert Image.objects.count() == 1
    assert "2 taken in, 2 already there, 1 not taken." in run(folder)


@pytest.mark.parametrize("step", ["mkdir", "open"])
def test_what_is_stopped_while_it_begins_leaves_nothing(
    media: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """And does not complain: what is said where an object ends is an error in tests."""

    def stopped(*args: Any, **how: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, step, stopped)
        with pytest.raises(KeyboardInterrupt):
            Staged()
    gc.collect()
    assert not list((media / store.INCOMING).glob("*/*"))
    assert not list((media / store.INCOMING).glob("*-*"))
