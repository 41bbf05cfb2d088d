"""Places out of EXIF's GPS directory."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.metadata.exif import read_exif_block
from images.metadata.gps import altitude, position
from images.metadata.tiff import Directory
from images.tests.metadata import making as make

REFS = {make.LATITUDE_REF: make.ascii_("N"), make.LONGITUDE_REF: make.ascii_("E")}
VALUES = {make.LATITUDE: make.rational((30, 1)), make.LONGITUDE: make.rational((20, 1))}


def _gps(tags: make.Tags, *, order: str = "<") -> Directory:
    return read_exif_block(make.tiff({}, gps=tags, order=order)).gps


def _at(latitude: make.Value, north: str, longitude: make.Value, east: str) -> Directory:
    return _gps(
        {
            make.LATITUDE_REF: make.ascii_(north),
            make.LATITUDE: latitude,
            make.LONGITUDE_REF: make.ascii_(east),
            make.LONGITUDE: longitude,
        }
    )


def _dms(degrees: float) -> make.Value:
    millionths = round(abs(degrees) * 3600 * 1_000_000)
    minutes, seconds = divmod(millionths, 60_000_000)
    return make.rational((minutes // 60, 1), (minutes % 60, 1), (seconds, 1_000_000))


@pytest.mark.parametrize(
    ("north", "east", "signs"), [("N", "E", (1, 1)), ("S", "E", (-1, 1)), ("N", "W", (1, -1)), ("S", "W", (-1, -1))]
)
def test_quadrants(north: str, east: str, signs: tuple[int, int]) -> None:
    gps = _at(_dms(33.856784), north, _dms(151.215297), east)
    assert position(gps) == pytest.approx((signs[0] * 33.856784, signs[1] * 151.215297), abs=1e-7)


@pytest.mark.parametrize(
    ("latitude", "expected"),
    [
        (make.rational((41, 1), (1732, 100), (0, 1)), 41.2886667),  # decimal minutes
        (make.rational((41, 1), (1732, 100)), 41.2886667),
        (make.rational((412886667, 10_000_000)), 41.2886667),
        (make.double(41.2886667), 41.2886667),
        (make.rational((0, 1), (0, 1), (0, 1)), 0.0),  # the equator
        (make.rational((90, 1), (0, 1), (0, 1)), 90.0),  # the pole
    ],
)
def test_latitude(latitude: make.Value, expected: float) -> None:
    assert position(_at(latitude, "N", make.rational((20, 1)), "E")) == (expected, 20.0)


@pytest.mark.parametrize(("longitude", "east", "expected"), [(180, "E", 180.0), (180, "W", -180.0), (0, "W", 0.0)])
def test_longitude_at_the_edge(longitude: int, east: str, expected: float) -> None:
    found = position(_at(make.rational((10, 1)), "N", make.rational((longitude, 1)), east))
    assert found == (10.0, expected)
    assert str(found[1]) == str(expected)  # never -0.0


@pytest.mark.parametrize(
    ("spoilt", "value"),
    [
        (make.LATITUDE, make.rational((0, 0), (0, 0), (0, 0))),
        (make.LATITUDE, make.rational((30, 1), (0, 0), (0, 1))),
        (make.LATITUDE, make.rational((90, 1), (0, 1), (1, 100))),
        (make.LATITUDE, make.signed_rational((-30, 1))),
        (make.LATITUDE, make.ascii_("30.5")),
        (make.LATITUDE, make.double(float("inf"))),
        (make.LATITUDE, make.double(float("nan"))),
        (make.LONGITUDE, make.rational((18_001, 100))),
        (make.LATITUDE_REF, make.ascii_("\0")),
        (make.LATITUDE_REF, make.ascii_("E")),
        (make.LATITUDE_REF, make.ascii_("?")),
        (make.LONGITUDE_REF, make.ascii_("")),
        (make.LONGITUDE_REF, make.short(1)),
    ],
)
def test_no_place(spoilt: int, value: make.Value) -> None:
    assert position(_gps({**REFS, **VALUES})) == (30.0, 20.0)
    assert position(_gps({**REFS, **VALUES, spoilt: value})) is None


@pytest.mark.parametrize("missing", [make.LATITUDE, make.LATITUDE_REF, make.LONGITUDE, make.LONGITUDE_REF])
def test_no_place_without_all_four(missing: int) -> None:
    tags = {**REFS, **VALUES}
    del tags[missing]
    assert position(_gps(tags)) is None


def test_no_place_where_both_are_zero() -> None:
    assert position(_at(make.rational((0, 1)), "N", make.rational((0, 1)), "E")) is None


def test_references_in_small_letters() -> None:
    assert position(_at(make.rational((30, 1)), "s", make.rational((20, 1)), "West")) == (-30.0, -20.0)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({make.ALTITUDE: make.rational((4305, 10))}, 430.5),
        ({make.ALTITUDE: make.rational((4305, 10)), make.ALTITUDE_REF: make.byte(0)}, 430.5),
        ({make.ALTITUDE: make.rational((4305, 10)), make.ALTITUDE_REF: make.byte(1)}, -430.5),
        ({make.ALTITUDE: make.rational((4305, 10)), make.ALTITUDE_REF: make.ascii_("1")}, -430.5),
        ({make.ALTITUDE: make.rational((0, 1)), make.ALTITUDE_REF: make.byte(1)}, 0.0),
        ({make.ALTITUDE: make.signed_rational((-12, 1))}, -12.0),
        ({make.ALTITUDE: make.rational((4_294_967_284, 1))}, None),
        ({make.ALTITUDE: make.rational((1, 0))}, None),
        ({make.ALTITUDE: make.ascii_("high")}, None),
        ({make.ALTITUDE_REF: make.byte(1)}, None),
    ],
)
def test_altitude(tags: make.Tags, expected: float | None) -> None:
    assert altitude(_gps(tags)) == expected


@given(st.floats(-90, 90), st.floats(-180, 180), st.sampled_from("<>"))
def test_what_is_written_is_read(latitude: float, longitude: float, order: str) -> None:
    tags = {
        make.LATITUDE_REF: make.ascii_("S" if latitude < 0 else "N"),
        make.LATITUDE: _dms(latitude),
        make.LONGITUDE_REF: make.ascii_("W" if longitude < 0 else "E"),
        make.LONGITUDE: _dms(longitude),
    }
    found = position(_gps(tags, order=order))
    if found is None:
        assert (latitude, longitude) == pytest.approx((0, 0), abs=1e-9)
    else:
        assert found == pytest.approx((latitude, longitude), abs=1e-7)
