"""What tests of images that look alike share: rows with a likeness, and what the API says of them."""

from typing import Any

from rest_framework.test import APIClient

from accounts.models import User
from images import near_pairs
from images.likeness import tones_of
from images.models import Image
from images.tests.rows import image_row

URL = "/api/images/duplicates"


def hashed(*bits: int) -> int:
    """A likeness of these bits."""
    value = sum(1 << bit for bit in bits)
    return value - 2**64 if value >= 2**63 else value


def look(owner: User, likeness: int | None, **values: Any) -> Image:
    """The row of an image with this likeness, as the upload of such a picture leaves it."""
    image = image_row(owner, **values)
    near_pairs.liken(image, likeness=likeness, tones=tones_of(bytes(48)))
    return image


def ids(*images: Image) -> set[str]:
    return {str(image.uid) for image in images}


def groups(client: APIClient, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(URL + query)
    assert answer.status_code == 200, answer.json()
    return answer.json()["results"]


def sets(client: APIClient) -> list[set[str]]:
    return [{image["id"] for image in group["images"]} for group in groups(client)]


def grades(client: APIClient) -> dict[str, str]:
    """Of every image in every group, but the keepers."""
    return {
        image["id"]: image["grade"]
        for group in groups(client)
        for image in group["images"]
        if image["id"] != group["keeper"]
    }


def ask(client: APIClient, deed: str, **body: Any) -> Any:
    return client.post(f"{URL}/{deed}", body, format="json")
