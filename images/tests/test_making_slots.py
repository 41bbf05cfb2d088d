"""Pictures that are made for one answer take a share of the threads, and no more."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from gallery_site.making_slots import making_slot
from images.models import Image

Upload = Callable[..., Image]


@contextmanager
def all_taken() -> Iterator[None]:
    with ExitStack() as slots:
        for _ in range(settings.GALLERY_MAKING_SLOTS):
            slots.enter_context(making_slot())
        yield


def test_they_leave_most_threads_to_others() -> None:
    assert settings.GALLERY_MAKING_SLOTS + settings.GALLERY_UPLOAD_SLOTS < settings.GALLERY_WEB_THREADS


@pytest.mark.parametrize("query", ["", "?format=png", "?width=160"])
def test_what_has_to_be_made_waits_for_a_slot_and_what_stands_does_not(
    as_carol: APIClient, upload: Upload, query: str
) -> None:
    address = f"/api/images/{upload(privacy_setting='public').uid}/download{query}"
    as_carol.raise_request_exception = False
    with all_taken():
        answer = as_carol.get(address)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert answer.json()["errors"][0]["code"] == "busy"
    assert as_carol.get(address).status_code == 200
    with all_taken():
        assert as_carol.get(address).status_code == 200


def test_originals_and_thumbnails_need_no_slot(as_alice: APIClient, upload: Upload) -> None:
    image = upload()
    with all_taken():
        assert as_alice.get(f"/api/images/{image.uid}/download").status_code == 200
        assert as_alice.get(f"/api/images/{image.uid}/thumbnail?format=png").status_code == 200


def test_an_edit_takes_a_slot(as_alice: APIClient, upload: Upload) -> None:
    image = upload()
    as_alice.raise_request_exception = False
    step = {"operation": "rotate", "angle": 90}
    with all_taken():
        assert as_alice.post(f"/api/images/{image.uid}/edits", step).status_code == 503
        page = as_alice.post(f"/images/{image.uid}/edits", {"deed": "left"}, format="multipart", follow=True)
    assert "Many pictures are being made just now" in page.content.decode()
    assert as_alice.post(f"/api/images/{image.uid}/edits", step).status_code == 200
