"""GALLERY_X_ACCEL: a trusted front server is told which file to send; everybody else gets the bytes."""

import base64
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from images import signing, store
from images.models import Image
from images.tests.conftest import post_files
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db

FRONT = "/protected/"


@pytest.fixture(autouse=True)
def front(settings: Settings) -> None:
    settings.GALLERY_X_ACCEL = FRONT
    settings.TRUSTED_PROXIES = ["127.0.0.0/8"]


def addresses(image: Image) -> list[str]:
    rendition = "/" + image.thumbnail_path
    return [f"/api/images/{image.uid}/download", f"/api/images/{image.uid}/thumbnail", signing.signed(rendition)]


def test_the_front_is_told_the_file_and_gets_every_header(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(jpeg(700, 350))
    for address, path in zip(addresses(image), [image.file_path, *[image.thumbnail_path] * 2], strict=True):
        direct = as_alice.get(address, REMOTE_ADDR="192.0.2.7")
        for headers in ({}, {"Range": "bytes=0-9"}):
            answer = as_alice.get(address, headers=headers)
            assert answer.status_code == 200
            assert answer.getvalue() == b""
            assert unquote(answer["X-Accel-Redirect"]) == FRONT + path
            same = {"ETag", "Last-Modified", "Cache-Control", "Content-Type", "Content-Security-Policy"}
            same |= {"Cross-Origin-Resource-Policy", "X-Content-Type-Options", "Content-Disposition"}
            for name in same:
                assert answer.get(name) == direct.get(name), name
        assert store.on_disk(path).read_bytes() == direct.getvalue()


def test_others_get_the_bytes_and_are_told_no_place(
    as_alice: APIClient, upload: Callable[..., Image], settings: Settings
) -> None:
    image = upload(jpeg(700, 350))
    for address in addresses(image):
        answer = as_alice.get(address, REMOTE_ADDR="192.0.2.7")
        assert answer.getvalue()
        assert "X-Accel-Redirect" not in answer.headers
    settings.TRUSTED_PROXIES = []
    for address in addresses(image):
        assert "X-Accel-Redirect" not in as_alice.get(address).headers


def test_what_the_front_can_not_answer_by_our_tags_is_answered_here(
    as_alice: APIClient, upload: Callable[..., Image]
) -> None:
    image = upload()
    address = addresses(image)[0]
    tag = as_alice.get(address)["ETag"]
    for headers, status in [
        ({"If-None-Match": tag}, 304),
        ({"If-Match": '"other"'}, 412),
        ({"If-Match": tag}, 200),
        ({"If-Unmodified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200),
    ]:
        answer = as_alice.get(address, headers=headers)
        assert answer.status_code == status
        assert "X-Accel-Redirect" not in answer.headers
        assert bool(answer.getvalue()) == (status == 200)


def test_refusals_are_as_ever(as_alice: APIClient, as_carol: APIClient, upload: Callable[..., Image]) -> None:
    image = upload()
    for address in addresses(image)[:2]:
        answer = as_carol.get(address)
        assert answer.status_code == 404
        assert "X-Accel-Redirect" not in answer.headers
    assert Client().get("/" + image.thumbnail_path).status_code == 403
    store.on_disk(image.file_path).unlink()
    assert as_alice.get(addresses(image)[0]).status_code == 410


def test_downloads_are_counted(as_alice: APIClient, as_carol: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(privacy_setting="public")
    assert as_carol.get(addresses(image)[0])["X-Accel-Redirect"].startswith(FRONT)
    image.refresh_from_db()
    assert image.download_count == 1


def test_no_name_breaks_out_of_the_header(as_alice: APIClient) -> None:
    png = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
    )
    assert post_files(as_alice, ("../a%2F\r\nX: y.png", png)).status_code == 201
    answer = as_alice.get(addresses(Image.objects.get())[0])
    assert answer["X-Accel-Redirect"] == FRONT + Image.objects.get().file_path
