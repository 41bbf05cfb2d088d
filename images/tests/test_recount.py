"""`manage.py recount`: it finds what is wrong, mends it, and leaves alone what is right."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model
from django.utils import timezone

from accounts.models import User
from albums import tree
from albums.models import Album
from images import placing, trash
from images.models import AlbumImage, Image, Report, Tag
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def library(alice: User, bob: User) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="public", show_location=True)
    image = image_row(alice, album=album, tags=["a"])
    image_row(alice, privacy_setting="private", album=album, tags=["a"])
    trash.trash([image_row(alice).pk])
    for n in range(2):
        Report.objects.create(image=image, reporter_hash=f"{n}", reason="spam")
    Report.objects.create(image=image, reporter_hash="closed", reason="spam", closed_at=timezone.now())
    Image.objects.filter(pk=image.pk).update(open_reports=2)


@pytest.fixture
def below() -> Album:
    """Below the album that is public, and reported."""
    top = Album.objects.get(name="A")
    below = tree.plant(owner=top.user, name="B", parent=tree.plant(owner=top.user, name="M", parent=top))
    Report.objects.create(album=below, reporter_hash="x", reason="spam")
    Album.objects.filter(pk=below.pk).update(open_reports=1)
    return below


def recount(*, check: bool = False) -> tuple[str, str]:
    """What it says of its work, and of what was wrong."""
    out, wrong = io.StringIO(), io.StringIO()
    call_command("recount", check=check, stdout=out, stderr=wrong)
    return out.getvalue(), wrong.getvalue()


def assert_mends(model: type[Model], column: str, *pks: int, to: object) -> None:
    """With this column wrong, a check finds it and mends nothing; a recount mends it, once."""
    right = dict(model.objects.values_list("pk", column))
    model.objects.filter(pk__in=pks).update(**{column: to})
    spoilt = dict(model.objects.values_list("pk", column))
    assert spoilt != right
    with pytest.raises(CommandError):
        recount(check=True)
    assert dict(model.objects.values_list("pk", column)) == spoilt
    out, wrong = recount()
    assert out.endswith("mended.\n")
    assert column.removesuffix("_id") in wrong or column == "parent_id"
    assert dict(model.objects.values_list("pk", column)) == right
    assert recount(check=True) == ("All is right.\n", "")


def test_all_is_right(below: Album) -> None:
    assert recount(check=True) == ("All is right.\n", "")
    assert recount() == ("All is right.\n", "")


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (User, "total_images"),
        (User, "storage_used"),
        (User, "trash_bytes"),
        (Album, "image_count"),
        (Album, "listed_count"),
        (Album, "open_reports"),
        (Tag, "usage_count"),
        (Image, "open_reports"),
    ],
)
@pytest.mark.parametrize("spoilt", [77, 0], ids=["more", "none"])
def test_a_wrong_count_is_found_and_mended(below: Album, model: type[Model], column: str, spoilt: int) -> None:
    pks = model.objects.exclude(**{column: 0}).values_list("pk", flat=True)[:1]
    assert_mends(model, column, *pks, to=spoilt)


@pytest.mark.parametrize("listed", [True, False])
def test_a_wrong_flag_is_found_and_mended(listed: bool) -> None:
    assert_mends(Image, "is_listed", *Image.objects.values_list("pk", flat=True), to=listed)


@pytest.mark.parametrize(
    ("column", "spoilt"),
    [
        ("path", ""),
        ("path", "0000001"),
        ("policy_id", None),
        ("is_hidden", True),
        ("shows_location", None),
        ("shows_location", False),
        ("allows_download", True),
        ("settled_watermark", {"kind": "none"}),
    ],
)
def test_what_an_album_takes_from_above(below: Album, column: str, spoilt: object) -> None:
    assert_mends(Album, column, below.pk, to=spoilt)
    assert_mends(Album, column, *Album.objects.values_list("pk", flat=True), to=spoilt)


def test_a_wrong_policy_lists_nothing_for_long(below: Album, alice: User) -> None:
    """What follows from the tree is mended before what follows from that."""
    private = tree.plant(owner=alice, name="P")
    image = image_row(alice, album=below)
    Album.objects.filter(pk=below.pk).update(policy=private)
    Image.objects.filter(pk=image.pk).update(is_listed=False)
    recount()
    image.refresh_from_db()
    assert image.is_listed
    assert recount(check=True)[0] == "All is right.\n"


def test_whose_image_it_is(bob: User) -> None:
    album = Album.objects.get(name="A")
    image = image_row(bob)
    placing.add([image.pk], to=album, by=bob)
    assert recount(check=True)[0] == "All is right.\n"
    for contributed in (True, False):
        assert_mends(AlbumImage, "is_contributed", *AlbumImage.objects.values_list("pk", flat=True), to=contributed)


def test_a_circle_is_cut(below: Album) -> None:
    top, middle = Album.objects.get(name="A"), Album.objects.get(name="M")
    deeper = tree.plant(owner=top.user, name="C", parent=below)
    Album.objects.filter(pk=middle.pk).update(parent=below)
    with pytest.raises(CommandError):
        recount(check=True)
    recount()
    middle.refresh_from_db()
    assert (middle.parent, middle.privacy_setting) == (None, "private")
    for album in (below, deeper):
        album.refresh_from_db()
        assert album.policy == middle
    assert recount(check=True)[0] == "All is right.\n"
