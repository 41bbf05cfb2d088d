"""`manage.py rederive`: renditions made again, all or the missing ones, and gone on with."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from PIL import Image as Picture
from pytest_django.fixtures import Settings

from images import rederiving, store
from images.management.commands.rederive import STATE
from images.models import Image
from tests.pictures import jpeg

pytestmark = pytest.mark.django_db(transaction=True)
Upload = Callable[..., Image]


@pytest.fixture(autouse=True)
def data(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


def run(**options: Any) -> tuple[str, str]:
    told, trouble = io.StringIO(), io.StringIO()
    call_command("rederive", stdout=told, stderr=trouble, **options)
    return told.getvalue(), trouble.getvalue()


def files(image: Image) -> dict[str, Path]:
    folder = store.on_disk(store.renditions_path(image.uid, image.version))
    return {path.name: path for path in folder.iterdir()}


def test_all_are_made_again(upload: Upload) -> None:
    images = [upload(jpeg(700, 500, seed=n)) for n in range(3)]
    before = [files(image) for image in images]
    for made in before:
        for path in made.values():
            path.write_bytes(b"worn out")
    told, _ = run()
    assert told == f"3 images: {sum(map(len, before))} renditions made, 0 images could not be developed.\n"
    assert [files(image).keys() for image in images] == [made.keys() for made in before]
    assert all(path.read_bytes()[:2] == b"\xff\xd8" for made in before for path in made.values())


def test_only_what_is_missing(upload: Upload) -> None:
    whole, holed = upload(jpeg(700, 500)), upload(jpeg(700, 500, seed=1))
    files(holed)["320.jpg"].unlink()
    files(holed)["160.jpg"].write_bytes(b"")
    stamps = {path: path.stat().st_ino for path in files(whole).values()}
    told, _ = run(missing=True)
    assert told.startswith("2 images: 2 renditions made")
    assert {"320.jpg", "160.jpg"} <= files(holed).keys()
    assert stamps == {path: path.stat().st_ino for path in files(whole).values()}


def test_only_some_sizes_in_another_format(upload: Upload) -> None:
    image = upload(jpeg(700, 500))
    told, _ = run(size=["320", "square"], form="webp", missing=True)
    assert told.startswith("1 images: 2 renditions made")
    assert {"320.webp", "square.webp"} <= files(image).keys()


def test_what_can_not_be_developed_is_told_and_passed_by(upload: Upload) -> None:
    lost, damaged, good = (upload(jpeg(seed=n)) for n in range(3))
    store.on_disk(lost.file_path).unlink()
    store.on_disk(damaged.file_path).write_bytes(b"no picture any more")
    told, trouble = run()
    assert "2 images could not be developed" in told
    assert str(lost.uid) in trouble
    assert str(damaged.uid) in trouble
    assert str(good.uid) not in trouble


def test_a_run_that_was_stopped_is_gone_on_with(upload: Upload, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = [upload(jpeg(seed=n)) for n in range(6)]
    developed: list[int] = []
    develop = rederiving._develop

    def until_the_third(image: Image, *args: Any, **how: Any) -> int:
        if image.pk == images[2].pk:
            raise KeyboardInterrupt
        developed.append(image.pk)
        return develop(image, *args, **how)

    monkeypatch.setattr(rederiving, "_develop", until_the_third)
    with pytest.raises(KeyboardInterrupt):
        run()
    reached = json.loads((data / STATE).read_text())["after"] if (data / STATE).exists() else 0
    assert reached < images[2].pk
    monkeypatch.setattr(rederiving, "_develop", develop)
    told, _ = run()
    assert told.splitlines()[-1].startswith(f"{sum(image.pk > reached for image in images)} images")
    assert not (data / STATE).exists()


def test_another_wish_or_restart_begins_anew(upload: Upload, data: Path) -> None:
    first, last = upload(jpeg(seed=1)), upload(jpeg(seed=2))
    state = {"sizes": ["320"], "format": "jpeg", "missing": False, "after": first.pk}
    for options, count in (({"size": ["320"]}, 1), ({"size": ["640"]}, 2), ({"size": ["320"], "restart": True}, 2)):
        (data / STATE).write_text(json.dumps(state))
        assert f"{count} images:" in run(**options)[0]
    assert last.pk > first.pk


def test_an_edited_image_keeps_its_cut(upload: Upload, as_alice: Any) -> None:
    image = upload(jpeg(64, 48))
    as_alice.post(f"/api/images/{image.uid}/edits", {"operation": "crop", "x": 0, "y": 0, "width": 20, "height": 40})
    image.refresh_from_db()
    for path in files(image).values():
        path.unlink()
    run()
    shown = as_alice.get(f"/api/images/{image.uid}/thumbnail?size=small")

    assert Picture.open(io.BytesIO(shown.content)).size == (20, 40)
