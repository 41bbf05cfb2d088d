"""A shared cache gets what everyone sees and nothing else, whoever asks in its place."""

import pytest
from pytest_django.fixtures import Settings

from images import addresses, store
from images.models import Image
from images.renditions import RenditionKey
from tests.access.gallery import Gallery
from tests.plain_access import Reading

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("access: revoked")]


@pytest.mark.parametrize("principal", ["nobody", "owner", "link", "moderator"])
def test_it_gets_what_everyone_sees(gallery: Gallery, reading: Reading, settings: Settings, principal: str) -> None:
    settings.CDN_URL = "https://cdn.example"
    client = gallery.client(principal)
    given = {words for words, image in gallery.images.items() if client.get(_public(image)).status_code == 200}
    listed = {words for words, image in gallery.images.items() if reading.is_listed(reading.images[image.pk])}
    assert given == listed
    assert listed
    assert listed != set(gallery.images)


def test_it_is_told_only_of_what_everyone_sees(gallery: Gallery, reading: Reading, settings: Settings) -> None:
    """What is not public has the addresses at which we are asked, in the answers to its owner too."""
    settings.CDN_URL = "https://cdn.example"
    cards = gallery.client("owner").get("/api/images?page_size=200").json()["results"]
    told = {card["id"] for card in cards if "https://cdn.example" in f"{card['thumbnails']} {card['srcset']}"}
    by_id = {str(image.uid): image for image in reading.images.values()}
    assert told == {card["id"] for card in cards if reading.is_listed(by_id[card["id"]])}


def _public(image: Image) -> str:
    key = RenditionKey(160, "jpeg").for_picture(image.image_width, image.image_height)
    return addresses.public_path(store.rendition_path(image.uid, image.version, key))
