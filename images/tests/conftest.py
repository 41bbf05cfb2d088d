"""What tests of images share: an empty media root of their own, and uploads."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from images import store
from images.models import Image
from tests.pictures import jpeg


@pytest.fixture(autouse=True)
def media(settings: Settings, tmp_path: Path) -> Path:
    """A mounted, empty media root."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / store.MARKER).touch()
    return settings.MEDIA_ROOT


def post_files(client: APIClient, *files: tuple[str, bytes], **fields: Any) -> Any:
    """Upload files as (name, bytes) through the API."""
    data = {"files": [SimpleUploadedFile(name, content) for name, content in files], **fields}
    return client.post("/api/upload", data, format="multipart")


@pytest.fixture
def upload(as_alice: APIClient) -> Callable[..., Image]:
    """Upload one picture as alice and get its row; every call has other bytes."""
    made = iter(range(1_000))

    def upload(content: bytes | None = None, *, name: str = "IMG_1.jpg", **fields: Any) -> Image:
        answer = post_files(as_alice, (name, content or jpeg(seed=next(made))), **fields)
        assert answer.status_code == 201, answer.json()
        return Image.objects.get(uid=answer.json()["results"][0]["id"])

    return upload
