"""Renditions that are missing: made once for all who ask, never seen half-written, and no failure is for ever."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections
from PIL import Image as Picture
from rest_framework.test import APIClient

from accounts.models import User
from conftest import signed_in
from images import developing, store
from images.models import Image
from images.renditions import RenditionKey
from tests.pictures import encoded, jpeg

CLIENTS = 100


def thumbnail(image: Image, form: str) -> str:
    return f"/api/images/{image.uid}/thumbnail?size=640&format={form}"


@pytest.mark.django_db(transaction=True)
def test_a_hundred_clients_ask_for_one_missing_webp(
    alice: User, upload: Callable[..., Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = upload(encoded(Picture.effect_noise((1600, 800), 80).convert("RGB"), "JPEG"))
    file = store.on_disk(store.rendition_path(image.uid, image.version, RenditionKey(640, "webp")))
    assert not file.exists()
    made: list[object] = []
    real = developing.develop_again

    def counted(*args: object, **how: object) -> None:
        made.append(args)
        real(*args, **how)  # type: ignore[arg-type]

    monkeypatch.setattr("images.imagegenerators.develop_again", counted)
    client = signed_in(alice)
    start, done = threading.Barrier(CLIENTS + 1), threading.Event()
    answers: list[tuple[int, bytes]] = []
    seen: set[bytes] = set()

    def ask() -> None:
        own = APIClient()
        own.cookies.load(client.cookies.output(header="", sep=";"))
        start.wait(timeout=60)
        answer = own.get(thumbnail(image, "webp"))
        answers.append((answer.status_code, answer.getvalue()))
        connections.close_all()

    def watch() -> None:
        """Whatever stands under the final name at any moment."""
        start.wait(timeout=60)
        while not done.is_set():
            if file.exists():
                seen.add(file.read_bytes())

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    watcher = threading.Thread(target=watch)
    for thread in (*threads, watcher):
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    done.set()
    watcher.join(timeout=60)
    assert len(made) == 1
    assert len(answers) == CLIENTS
    assert set(answers) == {(200, file.read_bytes())}
    assert seen == {file.read_bytes()}
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.django_db
@pytest.mark.parametrize("form", ["jpeg", "webp", "png", "avif"])
def test_a_truncated_original_is_told_each_time_and_works_again_once_it_is_mended(
    as_alice: APIClient, upload: Callable[..., Image], form: str
) -> None:
    image = upload(jpeg(1400, 700))
    original = store.on_disk(image.file_path)
    whole = original.read_bytes()
    folder = store.on_disk(store.renditions_path(image.uid, image.version))
    for file in folder.iterdir():
        file.unlink()
    for length in (len(whole) // 2, 10, 0):
        original.write_bytes(whole[:length])
        for _ in range(2):
            answer = as_alice.get(thumbnail(image, form))
            assert answer.status_code == 410
            assert answer.json()["errors"][0]["code"] == "gone"
        assert list(folder.iterdir()) == []
    original.write_bytes(whole)
    answer = as_alice.get(thumbnail(image, form))
    assert answer.status_code == 200
    assert answer["Content-Type"] == f"image/{form}"
