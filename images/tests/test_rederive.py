"""`manage.py rederive`: renditions made again, all or the missing ones, and gone on with; likeness of older images."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image as Picture
from pytest_django.fixtures import Settings

from gallery_site.stopping import Stopped
from images import comparing, rederiving, store, trash
from images.likeness import BANDS, distance
from images.management.commands import rederive
from images.management.commands.rederive import STATE
from images.models import Image, NearPair
from tests.pictures import encoded, jpeg, scene

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


def stop_at(stopped: Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C when an image is to be developed."""
    develop = rederiving._develop

    def develop_others(image: Image, *args: Any, **how: Any) -> Any:
        if image.pk == stopped.pk:
            raise KeyboardInterrupt
        return develop(image, *args, **how)

    monkeypatch.setattr(rederiving, "_develop", develop_others)


def test_a_run_that_was_stopped_is_gone_on_with(
    upload: Upload, data: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CORES = 1
    images = [upload(jpeg(seed=n)) for n in range(8)]
    with monkeypatch.context() as patched:
        stop_at(images[4], patched)
        with pytest.raises(Stopped, match="Run the same command again"):
            run()
    reached = json.loads((data / STATE).read_text())["after"]
    assert images[1].pk <= reached < images[4].pk
    told, _ = run()
    assert told.splitlines()[0] == f"Going on after image {reached}."
    assert told.splitlines()[-1].startswith(f"{sum(image.pk > reached for image in images)} images")
    assert not (data / STATE).exists()


def test_what_waits_for_its_turn_when_it_is_stopped_is_not_begun(
    upload: Upload, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CORES = 1
    images = [upload(jpeg(seed=n)) for n in range(3)]
    begun: list[Image] = []
    is_ending = Event()

    class Threads(ThreadPoolExecutor):
        def shutdown(self, *args: Any, **how: Any) -> None:
            is_ending.set()
            super().shutdown(*args, **how)

    def develop(image: Image, *args: Any, **how: Any) -> Any:
        begun.append(image)
        assert image == images[0] or is_ending.wait(30)
        return rederiving._Developed(0, None)

    def wait_once(*args: Any, **how: Any) -> Any:
        if not waits:
            raise KeyboardInterrupt
        return waits.pop()(*args, **how)

    waits = [wait]
    monkeypatch.setattr(rederiving, "ThreadPoolExecutor", Threads)
    monkeypatch.setattr(rederiving, "_develop", develop)
    monkeypatch.setattr(rederiving, "wait", wait_once)
    with pytest.raises(Stopped):
        run()
    assert images[2] not in begun


@pytest.mark.parametrize(("options", "same"), [((), "the same command again"), (("--restart",), "without --restart")])
def test_ctrl_c_ends_it_with_one_line(
    upload: Upload,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: tuple[str, ...],
    same: str,
) -> None:
    stop_at(upload(), monkeypatch)
    with pytest.raises(SystemExit) as ended:
        rederive.Command().run_from_argv(["manage.py", "rederive", *options])
    assert ended.value.code == 130
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("Stopped: Run")
    assert same in line


def test_where_it_came_to_is_kept_whole_whenever_it_is_stopped(
    upload: Upload, data: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CORES = 1
    images = [upload(jpeg(seed=n)) for n in range(3)]
    write, written = Path.write_text, []

    def stopped_midway(path: Path, text: str, *args: Any, **how: Any) -> int:
        written.append(path)
        if len(written) == 2:
            write(path, text[: len(text) // 2])
            raise KeyboardInterrupt
        return write(path, text, *args, **how)

    monkeypatch.setattr(Path, "write_text", stopped_midway)
    with pytest.raises(Stopped):
        run()
    assert json.loads((data / STATE).read_text())["after"] == images[0].pk


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


@pytest.mark.parametrize("options", [{}, {"missing": True}])
def test_of_what_is_edited_or_purged_meanwhile_nothing_is_made(
    upload: Upload, as_alice: Any, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    edited, purged, good = (upload(jpeg(400, 300, seed=n)) for n in range(3))
    forget(edited, purged)
    before = list(Image.objects.all())
    cut = {"operation": "crop", "x": 0, "y": 0, "width": 200, "height": 200}
    as_alice.post(f"/api/images/{edited.uid}/edits", cut)
    trash.purge([purged.pk])
    monkeypatch.setattr(rederiving, "_images", lambda after: iter(before))
    told, trouble = run(**options)
    assert told.startswith(f"3 images: {0 if options else len(files(good))} renditions made, 0 images could")
    assert not trouble
    assert not store.on_disk(store.renditions_path(edited.uid, 1)).exists()
    assert not store.on_disk(store.renditions_path(purged.uid)).exists()


# --- Images from before their likeness was kept -------------------------------------------------------------------


def forget(*images: Image, tones: str = "") -> None:
    """Leave these rows as one that is older leaves them, and the objects as they were."""
    NearPair.objects.all().delete()
    bands = {f"likeness_{n}": None for n in range(BANDS)}
    Image.objects.filter(pk__in=[image.pk for image in images]).update(likeness=None, tones=tones, **bands)


def pairs() -> set[tuple[int, int]]:
    return set(NearPair.objects.values_list("first", "second"))


def is_alike(image: Image, *, within: int = 0) -> bool:
    """Whether its row says of its likeness and tones what this object says."""
    now = Image.objects.get(pk=image.pk)
    assert image.likeness is not None
    assert len(now.tones) == len(image.tones)
    return now.likeness is not None and distance(now.likeness, image.likeness) <= within


def refuse(*args: Any, **how: Any) -> Any:
    raise AssertionError("this was not to be decoded")


def test_they_are_found_as_duplicates_by_the_same_decode(
    upload: Upload, as_alice: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (upload(encoded(scene(400, 300), "JPEG", quality=quality)) for quality in (60, 95))
    third, flat = upload(encoded(scene(400, 300, seed=1), "JPEG")), upload(encoded(Picture.new("RGB", (60, 60)), "PNG"))
    forget(one, other, third, flat)
    monkeypatch.setattr(rederiving, "develop_likeness", refuse)
    told, trouble = run()
    assert "4 images from before" in told
    assert not trouble
    assert pairs() == {(one.pk, other.pk)}
    for image in (one, other, third):
        assert is_alike(image)
        assert Image.objects.get(pk=image.pk).tones == image.tones
    [group] = as_alice.get("/api/images/duplicates").json()["results"]
    assert {told["id"] for told in group["images"]} == {str(one.uid), str(other.uid)}
    now = Image.objects.get(pk=flat.pk)
    assert (now.likeness, len(now.tones)) == (None, 64)  # that there is nothing to know it by is known
    NearPair.objects.all().delete()
    assert "from before" not in run()[0]
    assert not pairs()


@pytest.mark.parametrize("form", ["jpeg", "webp"])
def test_it_is_that_of_the_whole_original(upload: Upload, as_alice: Any, form: str) -> None:
    image = upload(encoded(scene(400, 300), "JPEG"))
    cut = {"operation": "crop", "x": 0, "y": 0, "width": 200, "height": 200}
    as_alice.post(f"/api/images/{image.uid}/edits", cut)
    forget(image)
    run(form=form)
    assert is_alike(image, within=2)


@pytest.mark.parametrize("options", [{"missing": True}, {"missing": True, "size": ["640"]}])
def test_where_all_is_there_the_smallest_rendition_is_enough(upload: Upload, options: dict[str, Any]) -> None:
    one, other = (upload(encoded(scene(400, 300), "JPEG", quality=quality)) for quality in (60, 95))
    forget(one, other)
    for image in (one, other):
        store.on_disk(image.file_path).unlink()
    told, trouble = run(**options)
    assert told.startswith("2 images: 0 renditions made, 0 images could not be developed.\n2 images from before")
    assert not trouble
    assert is_alike(one, within=2)
    assert pairs() == {(one.pk, other.pk)}


def test_other_sizes_are_no_measure_of_it(upload: Upload) -> None:
    """What is near is measured in a few bits: a rendition of 2048 pixels differs in some of them from one of 160."""
    image = upload(encoded(scene(400, 300), "JPEG"))
    files(image)["160.jpg"].write_bytes(encoded(scene(160, 120, seed=1), "JPEG"))
    forget(image)
    run(size=["2048"])
    assert not is_alike(image, within=10)  # so it was the small one
    files(image)["160.jpg"].write_bytes(b"")
    forget(image)
    run(size=["2048"])
    assert is_alike(image, within=2)


def test_one_whose_original_was_lost_and_is_back(upload: Upload) -> None:
    image = upload(encoded(scene(400, 300), "JPEG"))
    forget(image, tones=comparing.UNKNOWABLE)
    run()
    assert is_alike(image)


def test_one_that_is_purged_meanwhile_is_no_trouble(upload: Upload, monkeypatch: pytest.MonkeyPatch) -> None:
    image = upload(encoded(scene(400, 300), "JPEG"))
    forget(image)
    likened = rederiving.near_pairs.liken

    def purged_first(image: Image, **found: Any) -> None:
        trash.purge([image.pk])
        likened(image, **found)

    monkeypatch.setattr(rederiving.near_pairs, "liken", purged_first)
    _, trouble = run()
    assert not trouble
    assert not Image.objects.exists()


def test_each_takes_as_many_queries(upload: Upload) -> None:
    images = [upload(encoded(scene(400, 300, seed=n // 2), "JPEG", quality=80 + n % 2)) for n in range(6)]
    costs = []
    for number in (2, 4, 6):
        forget(*images)
        Image.objects.exclude(pk__in=[image.pk for image in images[:number]]).update(tones="known")
        with CaptureQueriesContext(connection) as queries:
            run()
        assert len(pairs()) == number // 2
        costs.append(len(queries))
    assert costs[2] - costs[1] == costs[1] - costs[0]
