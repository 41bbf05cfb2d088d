"""Whatever bytes stand where metadata should: nothing is raised, and what comes out is plain, finite JSON."""

import json
import math
from io import BytesIO
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from images.metadata.dates import parse_date_taken
from images.metadata.plain import LARGEST
from images.metadata.reading import Metadata, read_metadata
from images.tests.metadata import making as make

values = st.one_of(
    st.binary(max_size=40).map(make.ascii_).filter(lambda value: value.data),
    st.binary(min_size=1, max_size=40).map(make.undefined),
    st.lists(st.integers(0, 255), min_size=1, max_size=9).map(lambda numbers: make.byte(*numbers)),
    st.lists(st.integers(0, 65_535), min_size=1, max_size=9).map(lambda numbers: make.short(*numbers)),
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=9).map(lambda numbers: make.long(*numbers)),
    st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), min_size=1, max_size=4).map(
        lambda pairs: make.rational(*pairs)
    ),
    st.lists(st.tuples(st.integers(-(2**31), 2**31 - 1), st.integers(-5, 5)), min_size=1, max_size=4).map(
        lambda pairs: make.signed_rational(*pairs)
    ),
    st.lists(st.floats(), min_size=1, max_size=4).map(lambda numbers: make.double(*numbers)),
)
MAIN_TAGS = (
    *(make.MAKE, make.MODEL, make.ORIENTATION, make.DESCRIPTION, make.RATING, make.XP_TITLE, make.XP_KEYWORDS),
    *(make.ISO, make.EXPOSURE_TIME, make.DATE_ORIGINAL, 700, 33723, 34377, 0xFDE8),
)
TAKEN_TAGS = (
    *(make.EXPOSURE_TIME, make.F_NUMBER, make.ISO, make.FOCAL_LENGTH, make.LENS_MODEL, make.USER_COMMENT),
    *(make.DATE_ORIGINAL, make.SUBSECONDS_ORIGINAL, make.OFFSET_ORIGINAL, make.DATE_DIGITIZED, make.MAKER_NOTE),
    *(make.INTEROP_POINTER, make.GPS_POINTER, 0x8832),
)
PROPERTIES = ("dc:title", "dc:subject", "dc:description", "xmp:Rating", "exif:DateTimeOriginal", "tiff:Make")
DATASETS = (0, 5, 25, 55, 60, 90, 120, 199)

exif_blocks = st.builds(
    make.tiff,
    st.dictionaries(st.sampled_from(MAIN_TAGS), values, max_size=8),
    st.dictionaries(st.sampled_from(TAKEN_TAGS), values, max_size=8),
    st.dictionaries(st.integers(0, 31), values, max_size=12),
    order=st.sampled_from("<>"),
)
names = st.sampled_from(PROPERTIES)
markup = st.recursive(
    st.text(max_size=20) | st.sampled_from(["&amp;", "&x;", "<!--", "<![CDATA[", "\0", "\ufffe"]),
    lambda inner: (
        st.builds(lambda name, body: f"<{name}>{body}</{name}>", names, inner)
        | st.builds(lambda name, items: make.bag(name, *items), names, st.lists(inner, max_size=3))
        | st.builds(lambda name, text: make.alternatives(name, x_default=text), names, inner)
    ),
    max_leaves=6,
)
packets = st.lists(markup, max_size=4).map(
    lambda elements: make.xmp("".join(elements).encode("utf-8", "replace").decode())
)
records = st.lists(
    st.builds(
        make.dataset,
        st.sampled_from(DATASETS),
        st.binary(max_size=40),
        record=st.integers(0, 3),
    ),
    max_size=8,
).map(b"".join)


def spoilt(blocks: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Blocks whole, cut, or with some of their bytes changed, and bytes that are no block at all."""

    def change(block: bytes, changes: list[tuple[int, int]], cut: int) -> bytes:
        data = bytearray(block)
        for at, byte in changes:
            if data:
                data[at % len(data)] = byte
        return bytes(data[: len(data) - cut % (len(data) + 1)])

    changes = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=6)
    return blocks | st.builds(change, blocks, changes, st.integers(0, 10_000)) | st.binary(max_size=200)


def _check(metadata: Metadata) -> None:
    text = json.dumps(metadata.as_dict(), allow_nan=False)
    text.encode()
    assert Metadata.from_dict(json.loads(text)) == metadata
    assert all(len(json.dumps(part)) <= LARGEST for part in (metadata.exif_data, metadata.iptc, metadata.xmp))
    _check_texts(metadata.as_dict())
    assert metadata.orientation in range(1, 9)
    assert metadata.date_taken == parse_date_taken(metadata.date_taken)
    assert metadata.rating in (None, -1, 0, 1, 2, 3, 4, 5)
    assert (metadata.location_lat is None) == (metadata.location_lon is None)
    if metadata.location_lat is not None and metadata.location_lon is not None:
        assert abs(metadata.location_lat) <= 90
        assert abs(metadata.location_lon) <= 180
    assert metadata.iso is None or 1 <= metadata.iso <= 10_000_000
    assert metadata.focal_length is None or metadata.focal_length > 0
    assert len(metadata.title) <= 255
    assert len(metadata.description) <= 10_000
    assert len(metadata.keywords) == len(set(metadata.keywords)) <= 500
    assert all(0 < len(word) <= 100 for word in metadata.keywords)
    assert max(map(len, (metadata.camera_make, metadata.camera_model, metadata.lens_model))) <= 100
    assert max(map(len, (metadata.shutter_speed, metadata.aperture))) <= 20


def _check_texts(value: Any) -> None:
    """All texts at any depth can be stored: no NUL, no other control but line feed and tab, no lone surrogate."""
    if isinstance(value, dict):
        _check_texts([*value.keys(), *value.values()])
    elif isinstance(value, list):
        for item in value:
            _check_texts(item)
    elif isinstance(value, str):
        assert not {c for c in value if c < " " or "\x7f" <= c <= "\x9f" or "\ud800" <= c <= "\udfff"} - {"\n", "\t"}
    else:
        assert value is None or math.isfinite(value)


@given(spoilt(exif_blocks), spoilt(packets), spoilt(records), spoilt(st.just(make.icc_v4(en="P3", de="P3"))))
@example(make.tiff({700: make.undefined(b"<rdf:RDF" * 9)}), b"", b"", b"")
def test_in_a_jpeg(exif: bytes, xmp: bytes, iptc: bytes, icc: bytes) -> None:
    picture = make.opened(make.jpeg())
    assert isinstance(picture, Image.Image)
    picture.info["exif"], picture.info["icc_profile"] = exif, icc
    picture.applist = [("APP1", make.xmp_segment(xmp)[1]), ("APP13", make.photoshop_segment(iptc)[1])]
    _check(read_metadata(picture))


@given(spoilt(exif_blocks), spoilt(packets), spoilt(records), st.binary(max_size=30))
def test_in_a_png(exif: bytes, xmp: bytes, iptc: bytes, title: bytes) -> None:
    data = make.png(
        behind=(
            make.chunk(b"eXIf", exif),
            make.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
            make.chunk(b"tEXt", make.raw_profile(b"iptc", iptc)),
            make.chunk(b"tEXt", b"Title\0" + title),
        )
    )
    _check(read_metadata(make.opened(data)))


@given(spoilt(packets))
def test_in_a_gif(xmp: bytes) -> None:
    _check(read_metadata(make.opened(make.gif(behind=(make.gif_xmp(xmp),)))))


@given(spoilt(exif_blocks))
def test_in_a_tiff(block: bytes) -> None:
    picture = make.opened(make.encoded("TIFF"))
    picture.fp = BytesIO(block)
    _check(read_metadata(picture))


@given(st.dictionaries(st.sampled_from(["exif", "xmp", "icc_profile", "Title"]), st.none() | st.text() | st.integers()))
def test_odd_things_in_pillows_info(info: dict[str, object]) -> None:
    for kind in ("PNG", "WEBP", None):
        picture = make.picture()
        picture.format, picture.info = kind, info
        _check(read_metadata(picture))
