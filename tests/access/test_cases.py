"""Each case of docs/access.md, by the words of the querysets and by the plain reading of the rule."""

import pytest

from albums import tree
from albums.models import Album, ShareLink
from images.models import Image
from tests.access.cases import ALBUMS, IMAGES, PRINCIPALS
from tests.access.gallery import Gallery
from tests.plain_access import DOWNLOAD, PLACE, Asker, Reading

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


def test_two_links_open_no_more_than_each_of_them(gallery: Gallery) -> None:
    """One above an album with a policy of its own, the other below it: neither reaches that album."""
    alice = gallery.people["alice"]
    top = tree.plant(owner=alice, name="top", privacy_setting="shared")
    middle = tree.plant(owner=alice, name="middle", parent=top, privacy_setting="shared")
    bottom = tree.plant(owner=alice, name="bottom", parent=middle)
    links = [ShareLink.objects.create(album=album, token_hash=album.name) for album in (top, bottom)]
    who = Asker(links=frozenset(link.pk for link in links))
    reading = Reading()
    assert [reading.sees_album(who, reading.albums[album.pk]) for album in (top, middle, bottom)] == [True, False, True]
    assert list(Album.objects.visible_to(who.viewer).below(top).order_by("path")) == [top, bottom]
