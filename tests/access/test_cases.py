"""Each case of docs/access.md, by the words of the querysets and by the plain reading of the rule."""

import pytest

from albums.models import Album
from images.models import Image
from tests.access.cases import ALBUMS, IMAGES, PRINCIPALS
from tests.access.gallery import Gallery
from tests.plain_access import DOWNLOAD, PLACE, Reading

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("access")]


@pytest.mark.parametrize("principal", PRINCIPALS)
def test_albums(gallery: Gallery, reading: Reading, principal: str) -> None:
    who = gallery.askers[principal]
    expected = {key for key, case in ALBUMS.items() if principal in case.seen}
    seen = set(Album.objects.visible_to(who.viewer).values_list("pk", flat=True))
    assert {key for key in ALBUMS if gallery.albums[key].pk in seen} == expected
    assert {key for key in ALBUMS if reading.sees_album(who, reading.albums[gallery.albums[key].pk])} == expected


@pytest.mark.parametrize("principal", PRINCIPALS)
def test_images(gallery: Gallery, reading: Reading, principal: str) -> None:
    who = gallery.askers[principal]
    viewer, images = who.viewer, Image.objects.all()
    for may, by_query, by_reading in [
        ("seen", images.visible_to(viewer), reading.sees_image),
        ("fetched", images.downloadable_by(viewer), lambda who, image: reading.may(DOWNLOAD, who, image)),
        ("placed", images.located(viewer), lambda who, image: reading.may(PLACE, who, image)),
        ("edited", images.editable_by(viewer), reading.edits_image),
    ]:
        expected = {case.words for case in IMAGES if principal in getattr(case, may)}
        found = set(by_query.values_list("pk", flat=True))
        assert {case.words for case in IMAGES if gallery.images[case.words].pk in found} == expected, may
        plainly = {case.words for case in IMAGES if by_reading(who, reading.images[gallery.images[case.words].pk])}
        assert plainly == expected, may


def test_no_two_cases_are_called_the_same() -> None:
    assert len({case.words for case in IMAGES}) == len(IMAGES)
    assert len({case.words for case in ALBUMS.values()}) == len(ALBUMS)
