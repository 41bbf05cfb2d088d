"""Real and hostile files stripped, where the environment names their folders: same pixels, and nothing that tells."""

import json
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from images.darkroom import headers
from images.darkroom.limits import Limits, Refused
from images.stripping import BrokenStructure, strip
from images.stripping.colour import is_profile
from images.tests.stripping.making import MIME, frames, profile_in, turn_in

MOST_PIXELS = 60_000_000  # decoding more proves no more
# What exiftool may find, by group: what shows the picture, and what the file system knows of it.
STRUCTURE = {
    "File": "Directory FileName FileSize FileModifyDate FileAccessDate FileInodeChangeDate FilePermissions FileType"
    " FileTypeExtension MIMEType ExifByteOrder ImageWidth ImageHeight EncodingProcess BitsPerSample ColorComponents"
    " YCbCrSubSampling",
    "EXIF": "Orientation",
    "JFIF": "JFIFVersion ResolutionUnit XResolution YResolution",
    "APP14": "DCTEncodeVersion APP14Flags0 APP14Flags1 ColorTransform",
    "PNG": "ImageWidth ImageHeight BitDepth ColorType Compression Filter Interlace Palette Transparency BackgroundColor"
    " SignificantBits Gamma WhitePointX WhitePointY RedX RedY GreenX GreenY BlueX BlueY SRGBRendering ProfileName"
    " PixelsPerUnitX PixelsPerUnitY PixelUnits AnimationFrames AnimationPlays",
    "RIFF": "WebP_Flags ImageWidth ImageHeight VP8Version HorizontalScale VerticalScale AlphaPreprocessing"
    " AlphaFiltering AlphaCompression BackgroundColor AnimationLoopCount Duration",
    "GIF": "GIFVersion ImageWidth ImageHeight HasColorMap ColorResolutionDepth BitsPerPixel BackgroundColor"
    " AnimationIterations FrameCount Duration TransparentColor",
    "ExifTool": "ExifToolVersion",
    "Composite": "ImageSize Megapixels",
}


def folder(variable: str) -> Path:
    if variable not in os.environ:
        pytest.skip(f"{variable} names no folder of test files")
    return Path(os.environ[variable])


def strippable(root: Path) -> Iterator[tuple[Path, str]]:
    """The files below a folder that an upload would get as far as the decoder, and what they are."""
    for path in sorted(root.rglob("*")):
        if path.is_file():
            try:
                header = headers.inspect(path.read_bytes(), Limits())
            except Refused:
                continue
            if header.kind in MIME and (header.width or 0) * (header.height or 0) * header.frames < MOST_PIXELS:
                yield path, header.kind


def decodes(data: bytes) -> bool:
    try:
        return bool(frames(data))
    except (OSError, SyntaxError, ValueError, EOFError, IndexError):
        return False


def wrong_with(path: Path, kind: str) -> str:
    """What is wrong with the stripped file; nothing if all is well, or if the file does not decode anyway."""
    data, target = path.read_bytes(), BytesIO()
    if not decodes(data):
        return ""
    try:
        strip(data, target, MIME[kind])
    except BrokenStructure as failure:
        return f"broken: {failure}"
    copy, again = target.getvalue(), BytesIO()
    strip(copy, again, MIME[kind])
    profile = profile_in(data)
    checks = {
        "other pixels": frames(copy) == frames(data),
        "other profile": profile_in(copy) == (profile if profile and is_profile(profile) else None),
        "other orientation": turn_in(copy) == turn_in(data),
        "not the same again": again.getvalue() == copy,
    }
    return ", ".join(name for name, is_well in checks.items() if not is_well)


def wrong_in(root: Path) -> tuple[int, dict[str, str]]:
    files = list(strippable(root))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's, about the files
        results = {path.name: wrong_with(path, kind) for path, kind in files}
    return len(files), {name: wrong for name, wrong in results.items() if wrong}


def test_real_photos_keep_their_pixels_their_profile_and_their_orientation() -> None:
    checked, wrong = wrong_in(folder("GALLERY_PHOTOS"))
    assert checked > 300
    assert wrong == {}


def test_hostile_files_that_decode_do_so_too_or_are_left_to_the_decoder() -> None:
    """Three orientations at once are none by our rule, where Pillow takes the first."""
    checked, wrong = wrong_in(folder("GALLERY_HOSTILE"))
    assert checked > 100
    changed = {name: what for name, what in wrong.items() if not what.startswith("broken")}
    assert changed == {"own__exif_orient_multi.jpg": "other orientation"}
    assert len(wrong) - len(changed) < checked / 10


def test_exiftool_finds_nothing_that_tells(tmp_path: Path) -> None:
    root = folder("GALLERY_PHOTOS")
    exiftool = shutil.which("exiftool")
    if exiftool is None:
        pytest.skip("no exiftool on this machine (Debian: apt-get install libimage-exiftool-perl)")
    names = {}
    for number, (path, kind) in enumerate(strippable(root)):
        target = BytesIO()
        try:
            strip(path.read_bytes(), target, MIME[kind])
        except BrokenStructure:
            continue
        copy = tmp_path / f"{number}.{kind.lower()}"
        copy.write_bytes(target.getvalue())
        names[str(copy)] = path.name
    command = [exiftool, "-json", "-G0", "-a", "-U", "-ee", "-r", "-q", "-struct", str(tmp_path)]
    said = subprocess.run(command, capture_output=True, check=False)
    files = json.loads(said.stdout)
    assert len(files) == len(names) > 300
    told = {f"{names[file['SourceFile']]}: {tag}" for file in files for tag in file if not is_structure(tag)}
    assert told == set()


def is_structure(tag: str) -> bool:
    group, _, name = tag.partition(":")
    return group in ("SourceFile", "ICC_Profile") or name in STRUCTURE.get(group, "").split()
