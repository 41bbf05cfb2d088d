"""An image that is edited or purged while a file of it is asked for: what is cut away or removed does not come back."""

import errno
import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as Picture
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from images import delivery, making, reframing, signing, store, trash
from images.clean_copies import clean_copy
from images.conversion import Conversion
from images.darkroom.pool import DarkroomError
from images.developing import convert_again
from images.imagegenerators import rendition
from images.making import Outdated
from images.models import FileRemoval, Image
from images.renditions import RenditionKey
from tests.pictures import jpeg

Upload = Callable[..., Image]
CROP = {"operation": "crop", "x": 0, "y": 0, "width": 40, "height": 30}
TURN = {"operation": "rotate", "angle": 90}


def opened(answer: Any) -> Picture.Image:
    return Picture.open(io.BytesIO(answer.getvalue()))


def thumbnail(image: Image) -> None:
    file = rendition(image, RenditionKey(160, "png"))
    file.generate()


def conversion(image: Image) -> None:
    convert_again(image, Conversion("png"))


MAKERS = pytest.mark.parametrize("make", [thumbnail, conversion, clean_copy])


def files_of(image: Image) -> list[str]:
    folders = (store.renditions_path(image.uid), store.converted_path(image.uid))
    return [str(path) for folder in folders for path in store.on_disk(folder).glob("*")]


@MAKERS
def test_nothing_is_made_of_a_version_that_is_gone(upload: Upload, make: Callable[[Image], object]) -> None:
    image = upload(jpeg(64, 48))
    stale = Image.objects.get(pk=image.pk)
    reframing.add_step(image, CROP)
    trash.remove_files()
    with pytest.raises(Outdated):
        make(stale)
    assert files_of(image) == [str(store.on_disk(store.renditions_path(image.uid, image.version)))]


@MAKERS
def test_nothing_is_made_of_a_purged_image(upload: Upload, make: Callable[[Image], object]) -> None:
    image = upload(jpeg(64, 48))
    original = store.on_disk(image.file_path).read_bytes()
    trash.purge([image.pk])
    trash.remove_files()
    store.on_disk(image.file_path).write_bytes(original)  # as if it were removed a moment later
    with pytest.raises(Outdated):
        make(image)
    assert not store.on_disk(store.renditions_path(image.uid)).exists()
    assert not store.on_disk(store.converted_path(image.uid)).exists()


def while_it_is_made(monkeypatch: pytest.MonkeyPatch, deed: Callable[[], object]) -> None:
    """Let something happen in the moments before pictures are made, and after they were found to be missing."""
    deeds = [deed]
    real = making.is_current

    def later(image: Image) -> bool:
        current = real(image)
        if current and deeds:
            deeds.pop()()
            trash.remove_files()
        return current

    monkeypatch.setattr(making, "is_current", later)


@pytest.mark.parametrize("query", ["thumbnail?size=160&format=png", "download?format=png", "download"])
def test_who_asks_meanwhile_gets_what_is_shown_then(
    as_carol: APIClient, upload: Upload, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    image = upload(jpeg(64, 48), privacy_setting="public")
    while_it_is_made(monkeypatch, lambda: reframing.add_step(Image.objects.get(pk=image.pk), CROP))
    answer = as_carol.get(f"/api/images/{image.uid}/{query}")
    assert answer.status_code == 200
    assert opened(answer).size == (40, 30)


@pytest.mark.parametrize("query", ["thumbnail?size=160&format=png", "download?format=png", "download"])
def test_who_asks_for_what_is_purged_meanwhile_is_told_that_it_is_not_there(
    as_carol: APIClient, upload: Upload, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    image = upload(jpeg(64, 48), privacy_setting="public")
    while_it_is_made(monkeypatch, lambda: trash.purge([image.pk]))
    assert as_carol.get(f"/api/images/{image.uid}/{query}").status_code == 404
    assert not store.on_disk(store.renditions_path(image.uid)).exists()


def test_a_file_that_goes_between_its_making_and_its_answer(
    as_carol: APIClient, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = upload(jpeg(64, 48), privacy_setting="public")
    real, deeds = delivery.serve, [lambda: reframing.add_step(Image.objects.get(pk=image.pk), CROP)]

    def later(request: Any, path: Path, **how: Any) -> Any:
        if deeds:
            deeds.pop()()
            trash.remove_files()
        return real(request, path, **how)

    monkeypatch.setattr(delivery, "serve", later)
    answer = as_carol.get(f"/api/images/{image.uid}/thumbnail?size=160")
    assert answer.status_code == 200
    assert opened(answer).size == (40, 30)


def test_who_asks_for_what_never_holds_still_is_told_to_come_again(
    as_carol: APIClient, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = upload(jpeg(64, 48), privacy_setting="public")
    monkeypatch.setattr(making, "is_current", lambda image: False)  # edited whenever somebody looks
    as_carol.raise_request_exception = False
    answer = as_carol.get(f"/api/images/{image.uid}/thumbnail?size=160&format=png")
    assert answer.status_code == 503
    assert answer["Retry-After"]


def test_a_signed_address_of_what_is_cut_away_meanwhile_is_not_here(
    as_alice: APIClient, upload: Upload, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    image = upload(jpeg(64, 48))
    path = store.rendition_path(image.uid, image.version, RenditionKey(160, "png"))
    while_it_is_made(monkeypatch, lambda: reframing.add_step(Image.objects.get(pk=image.pk), CROP))
    assert as_alice.get(signing.signed(f"/{path}")).status_code == 404


@pytest.mark.parametrize(
    ("address", "body", "form"),
    [("/api/images/{}/edits", TURN, "json"), ("/images/{}/edits", {"deed": "left"}, "multipart")],
)
@pytest.mark.parametrize("moment", ["before", "while", "after"])
def test_an_edit_of_an_image_that_is_purged_meanwhile(
    as_alice: APIClient,
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    body: dict,
    form: str,
    moment: str,
) -> None:
    image = upload(jpeg(64, 48))
    real = reframing.develop_framed

    def purged() -> None:
        trash.purge([image.pk])
        trash.remove_files()

    def developed(*args: Any, **how: Any) -> Any:
        if moment == "while":
            purged()
        made = real(*args, **how)
        if moment == "after":
            purged()
        return made

    @contextmanager
    def only_maker(folder: Path) -> Iterator[None]:
        with making.only_maker(folder):
            if moment == "before":
                purged()
                folder.mkdir(parents=True)  # by somebody who comes even later
            yield

    monkeypatch.setattr(reframing, "develop_framed", developed)
    monkeypatch.setattr(reframing, "only_maker", only_maker)
    answer = as_alice.post(address.format(image.uid), body, format=form)
    assert answer.status_code == 404
    trash.remove_files()
    assert not store.on_disk(store.renditions_path(image.uid)).exists()
    assert not FileRemoval.objects.exists()


def test_trouble_with_an_image_that_is_as_it_was_stays_trouble(
    as_alice: APIClient, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = upload(jpeg(64, 48))

    def full(*args: object, **how: object) -> None:
        raise DarkroomError("No space left on device", errno.ENOSPC)

    monkeypatch.setattr("images.imagegenerators.develop_again", full)
    with pytest.raises(DarkroomError):
        thumbnail(image)
    as_alice.raise_request_exception = False
    answer = as_alice.get(f"/api/images/{image.uid}/thumbnail?format=png")
    assert answer.status_code == 507
    assert answer.json()["errors"][0]["code"] == "storage_full"
