"""Camera, lens, exposure, orientation and dates out of EXIF."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.metadata import camera
from images.metadata.exif import Exif, read_exif_block
from images.metadata.xmp import Xmp, read_xmp
from images.tests.metadata import making as make


def _exif(main: make.Tags | None = None, taken: make.Tags | None = None, *, order: str = "<") -> Exif:
    return read_exif_block(make.tiff(main or {}, taken or {}, order=order))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Canon\0", "Canon"),
        (b"Canon", "Canon"),
        (b"NIKON D1X \0\0garbage", "NIKON D1X"),
        ("óüöúőű\0".encode(), "óüöúőű"),
        ("Caméra\0".encode("latin-1"), "Caméra"),
        (b"a\x1bb\0", "ab"),
        (b"x" * 200 + b"\0", "x" * 100),
        (b"\0\0\0", ""),
    ],
)
def test_names(raw: bytes, expected: str) -> None:
    exif = _exif({make.MAKE: make.ascii_(raw), make.MODEL: make.ascii_(raw)}, {make.LENS_MODEL: make.ascii_(raw)})
    assert camera.make(exif, Xmp()) == camera.model(exif, Xmp()) == camera.lens_model(exif, Xmp()) == expected


def test_names_out_of_xmp_where_exif_has_none() -> None:
    xmp = read_xmp(make.xmp("<tiff:Make>Canon</tiff:Make><tiff:Model>R5</tiff:Model><aux:Lens>RF 50</aux:Lens>"))
    exif = _exif({make.MAKE: make.ascii_("Nikon")}, {make.LENS_MODEL: make.ascii_("Z 85")})
    assert (camera.make(Exif(), xmp), camera.model(Exif(), xmp), camera.lens_model(Exif(), xmp)) == (
        "Canon",
        "R5",
        "RF 50",
    )
    assert (camera.make(exif, xmp), camera.model(exif, xmp), camera.lens_model(exif, xmp)) == ("Nikon", "R5", "Z 85")


@pytest.mark.parametrize(
    ("pair", "expected"),
    [
        ((10, 1600), "1/160"),
        ((1, 250), "1/250"),
        ((1000, 316_682), "1/317"),
        ((78, 10_000), "1/128"),
        ((1, 4), "1/4"),
        ((3, 10), "0.3"),
        ((1, 3), "0.3"),
        ((13, 10), "1.3"),
        ((200, 100), "2"),
        ((5, 2), "2.5"),
        ((30, 1), "30"),
        ((1, 1_000_000), "1/1000000"),
        ((0, 1), ""),
        ((1, 0), ""),
        ((0, 0), ""),
    ],
)
def test_shutter_speed(pair: tuple[int, int], expected: str) -> None:
    assert camera.shutter_speed(_exif(taken={make.EXPOSURE_TIME: make.rational(pair)})) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (make.rational((28, 10)), "2.8"),
        (make.rational((4, 1)), "4"),
        (make.rational((20, 1)), "20"),
        (make.rational((185, 100)), "1.85"),
        (make.rational((1_244_236, 699_009)), "1.78"),
        (make.rational((0, 1)), ""),
        (make.rational((1, 0)), ""),
        (make.rational((4_294_967_295, 1)), ""),
        (make.ascii_("2.8"), ""),
    ],
)
def test_aperture(value: make.Value, expected: str) -> None:
    assert camera.aperture(_exif(taken={make.F_NUMBER: value})) == expected


@pytest.mark.parametrize(
    ("pair", "expected"),
    [((50, 1), 50.0), ((162, 10), 16.2), ((0, 1), None), ((5, 0), None), ((4_294_967_295, 1), None)],
)
def test_focal_length(pair: tuple[int, int], expected: float | None) -> None:
    assert camera.focal_length(_exif(taken={make.FOCAL_LENGTH: make.rational(pair)})) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({make.ISO: make.short(200)}, 200),
        ({make.ISO: make.short(400, 0)}, 400),
        ({make.ISO: make.long(102_400)}, 102_400),
        ({make.ISO: make.short(65_535), 0x8832: make.long(102_400)}, 102_400),
        ({make.ISO: make.short(65_535)}, 65_535),
        ({0x8832: make.long(800)}, 800),
        ({make.ISO: make.short(0)}, None),
        ({make.ISO: make.long(4_294_967_295)}, None),
        ({make.ISO: make.ascii_("400")}, None),
        ({make.ISO: make.rational((0, 0))}, None),
        ({}, None),
    ],
)
def test_iso(tags: make.Tags, expected: int | None) -> None:
    assert camera.iso(_exif(taken=tags)) == expected


def test_exposure_may_stand_in_the_main_directory() -> None:
    main = {
        make.EXPOSURE_TIME: make.rational((1, 50)),
        make.F_NUMBER: make.rational((2, 1)),
        make.ISO: make.short(900),
        make.DATE_ORIGINAL: make.ascii_("2016:12:27 11:56:10"),
    }
    exif = _exif(main)
    assert camera.shutter_speed(exif) == "1/50"
    assert (camera.aperture(exif), camera.iso(exif), camera.date_original(exif)) == ("2", 900, "2016-12-27T11:56:10")


def test_the_cameras_own_directory_goes_before_the_main_one() -> None:
    exif = _exif({make.ISO: make.short(900)}, {make.ISO: make.short(100)})
    assert camera.iso(exif) == 100


def test_a_bad_value_does_not_hide_a_good_one() -> None:
    exif = _exif({make.EXPOSURE_TIME: make.rational((1, 50))}, {make.EXPOSURE_TIME: make.rational((1, 0))})
    assert camera.shutter_speed(exif) == "1/50"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((make.short(number), number) for number in range(1, 9)),
        (make.short(0), 1),
        (make.short(9), 1),
        (make.short(65_535), 1),
        (make.long(6), 6),
        (make.short(6, 6), 1),
        (make.ascii_("6"), 1),
        (make.rational((6, 1)), 1),
        (make.byte(6), 1),
    ],
)
def test_orientation(value: make.Value, expected: int) -> None:
    assert camera.orientation(_exif({make.ORIENTATION: value}), is_tiff=False) == expected


def test_orientation_in_a_byte_is_read_in_tiff_alone() -> None:
    exif = _exif({make.ORIENTATION: make.byte(6)})
    assert (camera.orientation(exif, is_tiff=True), camera.orientation(exif, is_tiff=False)) == (6, 1)


def test_orientation_stands_in_the_main_directory() -> None:
    assert camera.orientation(_exif(taken={make.ORIENTATION: make.short(6)}), is_tiff=False) == 1


def test_each_date_has_its_own_fraction_and_offset() -> None:
    exif = _exif(
        {make.DATE_TIME: make.ascii_("2023:01:01 00:00:00")},
        {
            make.DATE_ORIGINAL: make.ascii_("2021:06:15 18:30:45"),
            make.SUBSECONDS_ORIGINAL: make.ascii_("05"),
            make.OFFSET_ORIGINAL: make.ascii_("-03:30"),
            make.DATE_DIGITIZED: make.ascii_("2021:06:16 09:00:00"),
            make.SUBSECONDS_DIGITIZED: make.ascii_("7"),
            make.OFFSET_DIGITIZED: make.ascii_("+05:30"),
            make.SUBSECONDS: make.ascii_("99"),
            make.OFFSET: make.ascii_("+09:00"),
        },
    )
    assert camera.date_original(exif) == "2021-06-15T18:30:45.05-03:30"
    assert camera.date_digitized(exif) == "2021-06-16T09:00:00.7+05:30"


def test_the_offset_of_the_change_is_not_that_of_the_picture() -> None:
    taken = {make.DATE_ORIGINAL: make.ascii_("2021:06:15 18:30:45"), make.OFFSET: make.ascii_("+09:00")}
    assert camera.date_original(_exif(taken=taken)) == "2021-06-15T18:30:45"


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.sampled_from("<>"))
def test_any_rational_gives_a_value_or_none(top: int, bottom: int, order: str) -> None:
    tags = dict.fromkeys((make.EXPOSURE_TIME, make.F_NUMBER, make.FOCAL_LENGTH, make.ISO), make.rational((top, bottom)))
    exif = _exif(taken=tags, order=order)
    if top and bottom and 0.1 <= top / bottom <= 10_000:
        assert float(camera.aperture(exif)) == pytest.approx(top / bottom, abs=0.0051)
        assert camera.focal_length(exif) == pytest.approx(top / bottom, abs=0.0001)
    if not top or not bottom:
        assert (camera.aperture(exif), camera.shutter_speed(exif)) == ("", "")
        assert (camera.focal_length(exif), camera.iso(exif)) == (None, None)
    assert len(camera.shutter_speed(exif)) <= 20
    assert len(camera.aperture(exif)) <= 20
