"""Thumbnails in all formats: asked for by name or by `Accept`, pixels and no more."""

import io
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from imagekit.registry import generator_registry
from PIL import Image as Picture
from PIL import PngImagePlugin
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from images.imagegenerators import spec_id
from images.models import Image
from images.renditions import EXTENSIONS, LADDER, MEDIA_TYPES, SQUARE, RenditionKey
from tests.pictures import encoded, jpeg, jpeg_with_place, picture

pytestmark = pytest.mark.django_db

BROWSER = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
SIZES = (*LADDER, SQUARE)


def thumbnail(image: Image, size: int | str = 640, **asked: str) -> str:
    query = "".join(f"&{name}={value}" for name, value in asked.items())
    return f"/api/images/{image.uid}/thumbnail?size={size}{query}"


def opened(answer: object) -> Picture.Image:
    return Picture.open(io.BytesIO(answer.getvalue()))


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_a_format_by_name(as_alice: APIClient, upload: Callable[..., Image], form: str) -> None:
    image = upload(jpeg(700, 350))
    for accept in ("", BROWSER, "image/gif"):
        answer = as_alice.get(thumbnail(image, format=form), headers={"Accept": accept})
        assert answer.status_code == 200
        assert answer["Content-Type"] == MEDIA_TYPES[form]
        assert "Accept" not in answer.get("Vary", "")
        thumb = opened(answer)
        assert (thumb.format, thumb.size) == (form.upper(), (640, 320))


@pytest.mark.parametrize("form", ["gif", "JPEG", "jpg", "", "webp,jpeg"])
def test_an_unknown_format(as_alice: APIClient, upload: Callable[..., Image], form: str) -> None:
    answer = as_alice.get(thumbnail(upload(), format=form))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["attr"] == "format"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [("", "JPEG"), ("*/*", "JPEG"), ("image/gif", "JPEG"), ("image/webp;q=0.1,image/jpeg", "JPEG"), (BROWSER, "WEBP")],
)
def test_a_format_by_what_is_accepted(
    as_alice: APIClient, upload: Callable[..., Image], accept: str, expected: str
) -> None:
    answer = as_alice.get(thumbnail(upload(jpeg(700, 350))), headers={"Accept": accept})
    assert answer["Content-Type"] == f"image/{expected.lower()}"
    assert "Accept" in answer["Vary"]
    assert opened(answer).format == expected


def test_avif_comes_first_where_it_is_switched_on(
    as_alice: APIClient, upload: Callable[..., Image], settings: Settings
) -> None:
    image = upload(jpeg(700, 350))
    settings.GALLERY_AVIF = True
    assert as_alice.get(thumbnail(image), headers={"Accept": BROWSER})["Content-Type"] == "image/avif"
    assert as_alice.get(thumbnail(image), headers={"Accept": "image/webp,*/*"})["Content-Type"] == "image/webp"
    assert as_alice.get(thumbnail(image), headers={"Accept": "*/*"})["Content-Type"] == "image/jpeg"


def test_each_format_has_its_tag(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    """What a client has of one format is no answer to a question for another, at the same address."""
    image = upload(jpeg(700, 350))
    tags = {form: as_alice.get(thumbnail(image, format=form))["ETag"] for form in MEDIA_TYPES}
    assert len(set(tags.values())) == len(MEDIA_TYPES)
    for accept, form in (("", "jpeg"), ("image/webp", "webp")):
        told = {"Accept": accept, "If-None-Match": tags["jpeg"]}
        answer = as_alice.get(thumbnail(image), headers=told)
        assert answer.status_code == (304 if form == "jpeg" else 200)
        assert "Accept" in answer["Vary"]


def test_alpha_is_kept_where_the_format_has_it(as_alice: APIClient, upload: Callable[..., Image]) -> None:
    clear = Picture.new("RGBA", (700, 350), (255, 0, 0, 0))
    image = upload(encoded(clear, "PNG"), name="clear.png")
    for form in MEDIA_TYPES:
        shown = opened(as_alice.get(thumbnail(image, format=form))).convert("RGBA").getpixel((300, 100))
        assert shown[3] == (255 if form == "jpeg" else 0)
        assert form != "jpeg" or min(shown[:3]) > 250


def test_the_registry_is_imagekits() -> None:
    ours = {spec_id(RenditionKey(size, form)) for size in SIZES for form in EXTENSIONS}
    assert set(generator_registry.get_ids()) == ours | {"imagekit:thumbnail"}  # of its template tag


@pytest.mark.parametrize("form", MEDIA_TYPES)
def test_large_jpegs_are_progressive(as_alice: APIClient, upload: Callable[..., Image], form: str) -> None:
    image = upload(jpeg(2500, 1250))
    for size in LADDER:
        thumb = opened(as_alice.get(thumbnail(image, size, format=form)))
        assert bool(thumb.info.get("progressive")) == (form == "jpeg" and size >= 1280)


# --- Pixels and nothing else --------------------------------------------------------------------------------------


# The groups of exiftool's that say how a file is built; EXIF, XMP, IPTC, Photoshop, ICC_Profile and the rest tell more.
STRUCTURE = {"SourceFile", "ExifTool", "File", "JFIF", "RIFF", "PNG", "QuickTime", "Composite"}
TELLING = {"Comment", "Warning", "Error", "Title", "Author", "Description", "Copyright", "Software", "CreateDate"}


def full_of_secrets() -> bytes:
    return (
        encoded(
            picture(700, 350),
            "JPEG",
            exif=Picture.open(io.BytesIO(jpeg_with_place())).getexif(),
            comment=b"secret words",
            xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/">secret</x:xmpmeta>',
        )
        + b"trailing secret"
    )


def full_of_secrets_png() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Comment", "secret")
    told.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>secret</x:xmpmeta>")
    clear = picture(700, 350).convert("RGBA")
    clear.putalpha(128)
    return encoded(clear, "PNG", pnginfo=told, exif=Picture.open(io.BytesIO(jpeg_with_place())).getexif())


@pytest.mark.parametrize("form", MEDIA_TYPES)
@pytest.mark.parametrize("original", [full_of_secrets, full_of_secrets_png])
def test_no_rendition_tells_anything(
    as_alice: APIClient, upload: Callable[..., Image], form: str, original: Callable[[], bytes]
) -> None:
    image = upload(original())
    for size in SIZES:
        served = as_alice.get(thumbnail(image, size, format=form))
        content = served.getvalue()
        assert b"secret" not in content
        assert b"Canon" not in content
        assert content_ends(form, content)
        thumb = Picture.open(io.BytesIO(content))
        assert not thumb.getexif()
        assert not {"icc_profile", "exif", "xmp", "comment", "photoshop", "XML:com.adobe.xmp"} & thumb.info.keys()


def content_ends(form: str, content: bytes) -> bool:
    """Whether the file ends where its format says that it does."""
    if form == "jpeg":
        return content.endswith(b"\xff\xd9")
    if form == "png":
        return content.endswith(b"IEND\xaeB`\x82")
    if form == "webp":
        return int.from_bytes(content[4:8], "little") + 8 == len(content)
    at = 0
    while at < len(content):
        at += int.from_bytes(content[at : at + 4], "big")
    return at == len(content)


@pytest.mark.skipif(not shutil.which("exiftool"), reason="no exiftool (Debian: apt-get install libimage-exiftool-perl)")
@pytest.mark.parametrize("original", [full_of_secrets, full_of_secrets_png])
def test_exiftool_finds_nothing_in_any_rendition(
    as_alice: APIClient, upload: Callable[..., Image], tmp_path: Path, original: Callable[[], bytes]
) -> None:
    image, folder = upload(original()), tmp_path / "served"
    folder.mkdir()
    for size in SIZES:
        for form, extension in EXTENSIONS.items():
            served = as_alice.get(thumbnail(image, size, format=form))
            content = served.getvalue()
            (folder / f"{size}.{extension}").write_bytes(content)
    told = subprocess.run(
        ["exiftool", "-json", "-s", "-a", "-G0", str(folder)], capture_output=True, text=True, check=True
    )
    files = json.loads(told.stdout)
    assert len(files) == len(SIZES) * len(EXTENSIONS)
    for file in files:
        told_of = [name.partition(":")[::2] for name in file]
        assert {group for group, _ in told_of} <= STRUCTURE, file
        assert not TELLING & {name for _, name in told_of}, file
