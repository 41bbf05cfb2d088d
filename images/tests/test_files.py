"""Originals and thumbnails over HTTP."""

import io
import threading
import uuid
from collections.abc import Callable
from email.message import Message
from pathlib import Path

import pytest
from django.db import connections
from PIL import Image as Picture
from PIL import ImageCms
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from conftest import signed_in
from images import developing, store, trash
from images.darkroom.pool import Refused
from images.models import Image
from images.renditions import LADDER
from images.tests.animations import animated, frames
from images.tests.conftest import post_files
from tests.pictures import encoded, jpeg, jpeg_with_place, picture

pytestmark = pytest.mark.django_db


def download(image: Image) -> str:
    return f"/api/images/{image.uid}/download"


def thumbnail(image: Image, size: int | str = "medium") -> str:
    return f"/api/images/{image.uid}/thumbnail?size={size}"


def opened(answer: object) -> Picture.Image:
    return Picture.open(io.BytesIO(answer.getvalue()))


def saved_name(answer: object) -> str | None:
    """The file name that a browser reads from Content-Disposition."""
    message = Message()
    message["Content-Disposition"] = answer["Content-Disposition"]  # type: ignore[index]
    assert message.get_content_disposition() == "attachment"
    return message.get_filename()


# --- 10: originals ------------------------------------------------------------------------------------------------


def test_the_original_comes_back_byte_for_byte(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    content = jpeg_with_place()
    image = upload(content)
    answer = as_alice.get(download(image))
    assert answer.status_code == 200
    assert answer.getvalue() == content
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Content-Length"] == str(len(content))
    assert answer["ETag"] == f'"{image.file_hash}"'
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "private" in answer["Cache-Control"]
    assert "public" not in answer["Cache-Control"]


def test_a_large_original_is_streamed_whole(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    content = jpeg() + bytes(range(256)) * 4_096  # bytes after the end are kept too
    image = upload(content)
    answer = as_alice.get(download(image))
    assert answer.streaming
    assert answer.getvalue() == content
    part = as_alice.get(download(image), headers={"Range": "bytes=5-700000"})
    assert (part.status_code, part.getvalue()) == (206, content[5:700_001])


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [("bytes=0-0", 0, 1), ("bytes=10-19", 10, 20), ("bytes=-7", -7, None), ("bytes=5-", 5, None)],
)
def test_a_range(as_alice: APIClient, upload: Callable[..., Image], wanted: str, start: int, stop: int | None) -> None:
    content = jpeg()
    answer = as_alice.get(download(upload(content)), headers={"Range": wanted})
    assert answer.status_code == 206
    assert answer.getvalue() == content[start:stop]
    first = start % len(content)
    last = first + len(content[start:stop]) - 1
    assert answer["Content-Range"] == f"bytes {first}-{last}/{len(content)}"
    assert answer["Content-Length"] == str(len(content[start:stop]))


@pytest.mark.parametrize("wanted", ["bytes=0-1,5-6", "items=0-1", "bytes=5-2", "nonsense"])
def test_a_range_that_is_none_of_ours_gets_the_whole(
    as_alice: APIClient, upload: Callable[..., Image], wanted: str
) -> None:
    content = jpeg()
    answer = as_alice.get(download(upload(content)), headers={"Range": wanted})
    assert (answer.status_code, answer.getvalue()) == (200, content)


def test_a_range_beyond_the_end(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    content = jpeg()
    answer = as_alice.get(download(upload(content)), headers={"Range": f"bytes={len(content)}-"})
    assert answer.status_code == 416
    assert answer["Content-Range"] == f"bytes */{len(content)}"


def test_if_range(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload()
    whole = as_alice.get(download(image))
    for condition, status in [
        (whole["ETag"], 206),
        (whole["Last-Modified"], 206),
        ('"other"', 200),
        (f"W/{whole['ETag']}", 200),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 200),
    ]:
        answer = as_alice.get(download(image), headers={"Range": "bytes=0-3", "If-Range": condition})
        assert answer.status_code == status, condition


def test_conditions(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload()
    whole = as_alice.get(download(image))
    for headers, status in [
        ({"If-None-Match": whole["ETag"]}, 304),
        ({"If-None-Match": f'"a", W/{whole["ETag"]}'}, 304),
        ({"If-None-Match": '"a"'}, 200),
        ({"If-Modified-Since": whole["Last-Modified"]}, 304),
        ({"If-None-Match": whole["ETag"], "Range": "bytes=0-1"}, 304),
        ({"If-Match": '"a"'}, 412),
        ({"If-Unmodified-Since": "Fri, 01 Jan 1971 00:00:00 GMT"}, 412),
    ]:
        answer = as_alice.get(download(image), headers=headers)
        assert answer.status_code == status, headers
        assert status == 200 or answer.getvalue() == b""


def test_head(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    content = jpeg()
    image = upload(content)
    for headers in ({}, {"Range": "bytes=0-3"}):  # RFC 9110: Range is for GET alone
        answer = as_alice.head(download(image), headers=headers)
        assert (answer.status_code, answer.getvalue()) == (200, b"")
        assert answer["Content-Length"] == str(len(content))


@pytest.mark.parametrize(
    "name",
    [
        "plain.jpg",
        "Ferien in Österreich.jpg",
        "日本の山 🏔.jpg",
        'quoted "name".jpg',
        "semi;colon, comma.jpg",
        "percent %41.jpg",
        "it's.jpg",
    ],
)
def test_the_name_of_the_download(as_alice: APIClient, upload: Callable[..., Image], name: str) -> None:
    image = upload(name=name)
    assert image.original_filename == name
    answer = as_alice.get(download(image))
    assert saved_name(answer) == name
    assert answer["Content-Disposition"].isascii()


@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: b=1.jpg", "a\nb.jpg", "a\0b.jpg", "../../etc/passwd", "\u202egpj.exe"]
)
def test_a_name_breaks_out_of_nothing(as_alice: APIClient, name: str) -> None:
    answer = post_files(as_alice, (name, jpeg()))
    assert answer.status_code == 201
    image = Image.objects.get()
    answer = as_alice.get(download(image))
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    found = saved_name(answer) or ""
    assert "/" not in found
    assert not [c for c in found if ord(c) < 32 or c == "\u202e"]


def test_an_original_that_one_may_not_see_is_not_there(
    as_alice: APIClient, as_carol: APIClient, as_nobody: APIClient, upload: Callable[..., Image]
) -> None:
    public, private = upload(privacy_setting="public"), upload()
    for client in (as_carol, as_nobody):
        unseen, unknown = client.get(download(private)), client.get(f"/api/images/{uuid.uuid4()}/download")
        assert unseen.status_code == unknown.status_code == 404
        assert unseen.content == unknown.content
    assert as_alice.get(f"/api/images/{public.uid}").json()["download_url"] == download(public)
    trash.trash([public.pk])
    assert as_alice.get(download(public)).status_code == 200
    assert as_carol.get(download(public)).status_code == 404


def test_the_owners_downloads_do_not_count(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload()
    as_alice.get(download(image))
    image.refresh_from_db()
    assert image.download_count == 0


@pytest.mark.parametrize("size", [(80, 60), (500, 400)])
def test_the_widest_of_an_animated_picture_moves_however_small_it_is(
    as_alice: APIClient, upload: Callable[..., Image], size: tuple[int, int]
) -> None:
    image = upload(animated("GIF", frames(size)))
    candidates = as_alice.get(f"/api/images/{image.uid}").json()["srcset"].split(", ")
    url, width = candidates[-1].split()
    shown = Picture.open(io.BytesIO(as_alice.get(url, headers={"Accept": "image/webp"}).getvalue()))
    assert (shown.n_frames > 1, shown.size, width) == (True, size, f"{size[0]}w")


def test_an_original_that_is_cut_off_is_not_passed_for_the_whole(
    as_alice: APIClient, upload: Callable[..., Image]
) -> None:
    image = upload()
    path = store.on_disk(image.file_path)
    data = path.read_bytes()
    path.write_bytes(data[:100])
    assert as_alice.get(download(image)).status_code == 410
    path.write_bytes(data)
    assert as_alice.get(download(image)).getvalue() == data


def test_an_original_that_is_missing(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload()
    store.on_disk(image.file_path).unlink()
    answer = as_alice.get(download(image))
    assert answer.status_code == 410
    assert answer.json()["errors"][0]["code"] == "gone"
    assert as_alice.get(f"/api/images/{image.uid}").status_code == 200
    assert as_alice.get(thumbnail(image)).status_code == 200  # made at the upload, still there


# --- 11: thumbnails -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("small", (320, 160)),
        ("medium", (640, 320)),
        ("large", (1280, 640)),
        ("square", (320, 320)),
        ("160", (160, 80)),
        ("320", (320, 160)),
        ("640", (640, 320)),
        ("1280", (1280, 640)),
        ("2048", (1400, 700)),  # never enlarged
    ],
)
def test_sizes(as_alice: APIClient, upload: Callable[..., Image], size: str, expected: tuple[int, int]) -> None:
    image = upload(jpeg(1400, 700))
    answer = as_alice.get(thumbnail(image, size))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert opened(answer).size == expected


def test_medium_is_the_default(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(jpeg(1400, 700))
    assert opened(as_alice.get(f"/api/images/{image.uid}/thumbnail")).size == (640, 320)


@pytest.mark.parametrize("size", ["huge", "0", "-1", "641", "320.0", "", "SMALL", "9" * 400, "..%2F..%2Fetc"])
def test_an_unknown_size(as_alice: APIClient, upload: Callable[..., Image], size: str) -> None:
    answer = as_alice.get(thumbnail(upload(), size))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "size"


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3000, 1), (1, 3000)])
def test_thin_pictures_keep_a_side(as_alice: APIClient, upload: Callable[..., Image], width: int, height: int) -> None:
    image = upload(jpeg(width, height))
    thumb = opened(as_alice.get(thumbnail(image, 160)))
    assert thumb.size == (min(width, 160), min(height, 160))
    assert opened(as_alice.get(thumbnail(image, "square"))).size == (1, 1)


@pytest.mark.parametrize("size", [(1000, 333), (3900, 100)])
def test_what_the_json_says_is_what_is_served(
    as_alice: APIClient, upload: Callable[..., Image], size: tuple[int, int]
) -> None:
    image = upload(jpeg(*size))
    detail = as_alice.get(f"/api/images/{image.uid}").json()
    for told in detail["thumbnails"].values():
        assert opened(as_alice.get(told["url"])).size == (told["width"], told["height"])
    for candidate in detail["srcset"].split(", "):
        url, width = candidate.split(" ")
        assert opened(as_alice.get(url)).width == int(width.removesuffix("w"))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_for_every_orientation(as_alice: APIClient, upload: Callable[..., Image], orientation: int) -> None:
    """The red corner is top left when the picture is shown as its file asks."""
    stored = picture(200, 100)
    turns = {
        2: Picture.Transpose.FLIP_LEFT_RIGHT,
        3: Picture.Transpose.ROTATE_180,
        4: Picture.Transpose.FLIP_TOP_BOTTOM,
        5: Picture.Transpose.TRANSPOSE,
        6: Picture.Transpose.ROTATE_90,
        7: Picture.Transpose.TRANSVERSE,
        8: Picture.Transpose.ROTATE_270,
    }
    if orientation in turns:
        stored = stored.transpose(turns[orientation])
    exif = Picture.Exif()
    exif[0x0112] = orientation
    image = upload(encoded(stored, "JPEG", exif=exif, quality=95))
    assert (image.image_width, image.image_height) == (200, 100)
    thumb = opened(as_alice.get(thumbnail(image, 160))).convert("RGB")
    assert thumb.size == (160, 80)
    red, green, blue = thumb.getpixel((5, 5))
    assert red > 200
    assert max(green, blue) < 60
    for corner in [(154, 5), (5, 74), (154, 74)]:
        assert thumb.getpixel(corner) != (red, green, blue)


@pytest.mark.parametrize("size", ["160", "square", "large"])
def test_pixels_and_nothing_else(as_alice: APIClient, upload: Callable[..., Image], size: str) -> None:
    """No EXIF, comment, XMP or trailing bytes, whatever the original brings along."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = (
        encoded(
            picture(1400, 700),
            "JPEG",
            exif=Picture.open(io.BytesIO(jpeg_with_place())).getexif(),
            icc_profile=profile,
            comment=b"<?php secret",
            xmp=b"<x:xmpmeta>secret</x:xmpmeta>",
        )
        + b"trailing secret"
    )
    served = as_alice.get(thumbnail(upload(content), size)).getvalue()
    assert b"secret" not in served
    assert b"Exif" not in served
    assert served.endswith(b"\xff\xd9")
    thumb = Picture.open(io.BytesIO(served))
    assert thumb.mode == "RGB"
    assert not thumb.getexif()
    assert not {"comment", "xmp", "photoshop"} & thumb.info.keys()


def test_a_missing_or_empty_thumbnail_is_made_again(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload(jpeg(1400, 700))
    file = store.on_disk(image.thumbnail_path)
    for spoil in (file.unlink, lambda: file.write_bytes(b"")):
        spoil()
        answer = as_alice.get(thumbnail(image))
        assert answer.status_code == 200
        assert opened(answer).size == (640, 320)


@pytest.mark.parametrize("spoil", [Path.unlink, lambda path: path.write_bytes(b"\xff\xd8\xff\xe0 gone bad")])
def test_no_thumbnail_without_a_readable_original(
    as_alice: APIClient, upload: Callable[..., Image], spoil: Callable[[Path], object]
) -> None:
    image = upload()
    spoil(store.on_disk(image.file_path))
    for file in store.on_disk(store.renditions_path(image.uid, image.version)).iterdir():
        file.unlink()
    answer = as_alice.get(thumbnail(image))
    assert answer.status_code == 410
    assert answer.json()["errors"][0]["code"] == "gone"


def test_a_picture_whose_child_was_killed_is_not_said_to_be_lost(
    as_alice: APIClient, upload: Callable[..., Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was taken in: what kills a child now is the machine's trouble, and may pass."""
    image = upload()
    as_alice.raise_request_exception = False
    store.remove(store.renditions_path(image.uid, image.version))
    with monkeypatch.context() as patched:
        patched.setattr(developing.darkroom(), "develop", _killed)
        answer = as_alice.get(thumbnail(image))
        assert (answer.status_code, answer["Retry-After"]) == (503, "2")
        assert answer.json()["errors"][0]["code"] == "busy"
    assert as_alice.get(thumbnail(image)).status_code == 200


def _killed(*args: object, **kwargs: object) -> None:
    raise Refused("too_complex", "The picture is too much for the decoder.")


@pytest.mark.django_db(transaction=True)
def test_a_missing_thumbnail_is_made_once_for_all_who_ask(
    alice: User, upload: Callable[..., Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = upload(jpeg(1400, 700))
    store.on_disk(image.thumbnail_path).unlink()
    made: list[object] = []
    real = developing.develop_again

    def counted(*args: object, **kwargs: object) -> None:
        made.append(args)
        real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr("images.imagegenerators.develop_again", counted)
    clients = [signed_in(alice) for _ in range(12)]
    start, answers = threading.Barrier(len(clients)), []

    def ask(client: APIClient) -> None:
        start.wait(timeout=30)
        answer = client.get(thumbnail(image))
        answers.append((answer.status_code, answer.getvalue()))
        connections.close_all()

    threads = [threading.Thread(target=ask, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(answers) == len(clients)
    assert {status for status, _ in answers} == {200}
    assert len({content for _, content in answers}) == 1
    assert len(made) == 1


def test_a_browser_keeps_addresses_with_a_version_for_ever(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    image = upload()
    url = as_alice.get(f"/api/images/{image.uid}").json()["thumbnails"]["small"]["url"]
    assert as_alice.get(url)["Cache-Control"] == "private, max-age=31536000, immutable"
    for other in (thumbnail(image, "small"), thumbnail(image, "small") + f"&v={image.version + 1}"):
        cache_control = as_alice.get(other)["Cache-Control"]
        assert "immutable" not in cache_control
        assert "private" in cache_control


def test_etags_differ_by_size_and_by_image(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    first, second = upload(jpeg(2500, 2000, seed=1)), upload(jpeg(2500, 2000, seed=2))
    addresses = [thumbnail(image, size) for image in (first, second) for size in (*LADDER, "square")]
    etags = {as_alice.get(address)["ETag"] for address in addresses}
    assert len(etags) == len(addresses)
    answer = as_alice.get(addresses[0])
    assert as_alice.get(addresses[0], headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_after_a_revoke_the_same_address_is_not_there(
    as_nobody: APIClient, as_carol: APIClient, as_alice: APIClient, alice: User, upload: Callable[..., Image]
) -> None:
    album = tree.plant(owner=alice, name="A", privacy_setting="public")
    image = upload(jpeg(1400, 700), album_id=str(album.uid))
    addresses = [
        *(thumbnail(image, size) for size in ("small", "medium", "large", "square", *LADDER)),
        as_nobody.get(f"/api/images/{image.uid}").json()["thumbnails"]["medium"]["url"],
    ]
    etags = {address: as_nobody.get(address)["ETag"] for address in addresses}
    revokes = [
        lambda: as_alice.put(f"/api/albums/{album.uid}", {"privacy_setting": "private"}),
        lambda: as_alice.put(f"/api/images/{image.uid}", {"privacy_setting": "private"}),
        lambda: as_alice.delete(f"/api/images/{image.uid}"),
    ]
    for revoke in revokes:
        as_alice.post(f"/api/images/{image.uid}/restore")
        as_alice.put(f"/api/albums/{album.uid}", {"privacy_setting": "public"})
        as_alice.put(f"/api/images/{image.uid}", {"privacy_setting": "inherit"})
        assert as_nobody.get(addresses[0]).status_code == 200
        assert revoke().status_code in (200, 204)
        for client in (as_nobody, as_carol):
            for address in addresses:
                for headers in ({}, {"If-None-Match": etags[address]}, {"If-None-Match": "*"}, {"Range": "bytes=0-9"}):
                    answer = client.get(address, headers=headers)
                    assert answer.status_code == 404
                    assert answer["ETag"] != etags[address]
                    assert "immutable" not in answer["Cache-Control"]


def test_a_thumbnail_of_what_is_not_seen(as_carol: APIClient, upload: Callable[..., Image]) -> None:
    unseen, unknown = as_carol.get(thumbnail(upload())), as_carol.get(f"/api/images/{uuid.uuid4()}/thumbnail")
    assert unseen.status_code == unknown.status_code == 404
    assert unseen.content == unknown.content


def test_what_is_in_the_trash_is_not_there_whatever_its_row_says(
    as_carol: APIClient, as_alice: APIClient, upload: Callable[..., Image]
) -> None:
    """The flag that everyone sees it is kept by the deeds; the rule does not rely on it for what is trashed."""
    image = upload(privacy_setting="public")
    Image.objects.filter(pk=image.pk).update(trashed_at=image.uploaded_at)
    assert Image.objects.filter(pk=image.pk, is_listed=True).exists()
    assert as_carol.get(thumbnail(image)).status_code == 404
    assert as_alice.get(thumbnail(image)).status_code == 200
