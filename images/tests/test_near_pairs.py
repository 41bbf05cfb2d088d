"""Who is noted as near to whom: when an image comes, when its likeness is found again, and when it goes."""

from collections.abc import Callable

import pytest
from PIL import Image as Pictures
from rest_framework.test import APIClient

from accounts.models import User
from images import near_pairs
from images.likeness import tones_of
from images.models import Image, NearPair
from images.tests.alike import groups, hashed, look
from tests.pictures import encoded

pytestmark = pytest.mark.django_db

Upload = Callable[..., Image]


def test_pictures_of_nothing_are_no_duplicates(as_alice: APIClient, upload: Upload) -> None:
    for colour in ("black", "white"):
        for side in (60, 90):
            upload(encoded(Pictures.new("RGB", (side, side), colour)))
    assert groups(as_alice) == []


@pytest.mark.parametrize(("bits", "near"), [(0, True), (1, True), (7, True), (8, False)])
def test_how_near(as_alice: APIClient, alice: User, bits: int, near: bool) -> None:
    """The bits lie as far apart as they can."""
    look(alice, hashed())
    look(alice, hashed(*range(7, 7 + 8 * bits, 8)))
    assert bool(groups(as_alice)) is near


def test_a_thousand_shots_of_one_scene_are_not_a_million_pairs(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_pairs, "MOST_NOTED", 3)
    shots = [look(alice, hashed()) for _ in range(12)]
    assert NearPair.objects.count() == 1 + 2 + 3 * 9
    last = NearPair.objects.filter(second=shots[-1]).values_list("first", flat=True)
    assert set(last) == {shot.pk for shot in shots[-4:-1]}


def test_another_likeness_has_other_neighbours(alice: User) -> None:
    look(alice, hashed())
    other, third = look(alice, hashed()), look(alice, hashed(*range(30)))
    near_pairs.liken(other, likeness=hashed(*range(31)), tones=tones_of(bytes(48)))
    assert list(NearPair.objects.values_list("first", "second", "distance")) == [(other.pk, third.pk, 1)]
    near_pairs.liken(other, likeness=None, tones=tones_of(bytes(48)))
    assert not NearPair.objects.exists()
