"""`manage.py recount`: it finds what is wrong, mends it, and leaves alone what is right."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.db.models import F

from accounts.models import User
from albums import tree
from albums.models import Album
from images import trash
from images.models import Image, Tag
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def library(alice: User) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="public")
    image_row(alice, album=album, tags=["a"])
    image_row(alice, privacy_setting="private", album=album, tags=["a"])
    trash.trash([image_row(alice).pk])


def recount(*, check: bool = False) -> tuple[str, str]:
    """What it says of its work, and of what was wrong."""
    out, wrong = io.StringIO(), io.StringIO()
    call_command("recount", check=check, stdout=out, stderr=wrong)
    return out.getvalue(), wrong.getvalue()


def test_all_is_right() -> None:
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
        (Tag, "usage_count"),
    ],
)
@pytest.mark.parametrize("change", [F, lambda column: 0], ids=["more", "none"])
def test_a_wrong_count_is_found_and_mended(model: type, column: str, change: object) -> None:
    right = model.objects.values_list(column, flat=True).get()
    model.objects.update(**{column: F(column) + 5 if change is F else 0})
    with pytest.raises(CommandError, match="1 difference"):
        recount(check=True)
    assert model.objects.values_list(column, flat=True).get() != right  # a check mends nothing
    out, wrong = recount()
    assert out == "1 mended.\n"
    assert column in wrong
    assert model.objects.values_list(column, flat=True).get() == right
    assert recount(check=True)[0] == "All is right.\n"


def test_a_wrong_flag_is_found_and_mended() -> None:
    right = dict(Image.objects.values_list("pk", "is_listed"))
    for listed in (True, False):
        Image.objects.update(is_listed=listed)
        with pytest.raises(CommandError):
            recount(check=True)
        recount()
        assert dict(Image.objects.values_list("pk", "is_listed")) == right
        assert recount(check=True)[0] == "All is right.\n"
