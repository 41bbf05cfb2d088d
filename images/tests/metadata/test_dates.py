"""Moments as text: what counts as one, and that nothing is added to it or lost."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from images.metadata.dates import exif_date, instant_of, iptc_date, parse_date_taken, parse_offset

moments = (
    st.datetimes().filter(lambda moment: 1000 <= moment.year <= 9998).map(lambda moment: moment.replace(microsecond=0))
)
fractions = st.text("0123456789", max_size=9)
offsets = st.integers(-14 * 60, 14 * 60)


def _offset_text(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021:06:15 18:30:45", "2021-06-15T18:30:45"),
        ("2020-05-06T07:08:09", "2020-05-06T07:08:09"),
        ("2020-05-06 07:08:09", "2020-05-06T07:08:09"),
        ("2007/09/03 10:11:12", "2007-09-03T10:11:12"),
        ("2020-05-06t07:08:09z", "2020-05-06T07:08:09+00:00"),
        ("2020-05-06T07:08:09Z", "2020-05-06T07:08:09+00:00"),
        ("2021:06:15 18:30:45.05", "2021-06-15T18:30:45.05"),
        ("2021:06:15 18:30:45.880-03:30", "2021-06-15T18:30:45.880-03:30"),
        ("2021:06:15 18:30:45 +05:30", "2021-06-15T18:30:45+05:30"),
        ("2021-06-15T18:30:45+0530", "2021-06-15T18:30:45+05:30"),
        ("2021-06-15T18:30:45.1234567891", "2021-06-15T18:30:45.123456789"),
        ("2021-06-15T18:30", "2021-06-15T18:30:00"),
        (" 2021:06:15 18:30:45 ", "2021-06-15T18:30:45"),
        ("1601:06:06 16:39:33", "1601-06-06T16:39:33"),
        ("2099:01:01 00:00:00", "2099-01-01T00:00:00"),
        ("2024:02:29 00:00:00", "2024-02-29T00:00:00"),
        ("", ""),
        ("0000:00:00 00:00:00", ""),
        ("0001:01:01 00:00:00", ""),
        ("    :  :     :  :  ", ""),
        ("not a date at all!!", ""),
        ("2021:02:30 12:00:00", ""),
        ("2023:02:29 12:00:00", ""),
        ("2016:12:31 23:59:60", ""),
        ("2016:12:31 24:00:00", ""),
        ("9999:12:31 23:59:59", ""),
        ("2021:06:15", ""),
        ("1998-07", ""),
        ("2021:06:15 18:30:45 tomorrow", ""),
        ("2021-06-15T18:30:45+25:00", ""),
        ("٢٠٢١:06:15 18:30:45", ""),
        ("2021:06:15 18:30:45" + " " * 60 + "x", ""),
    ],
)
def test_parse(text: str, expected: str) -> None:
    assert parse_date_taken(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Z", "+00:00"),
        ("+05:30", "+05:30"),
        ("-03:30", "-03:30"),
        ("+0530", "+05:30"),
        ("+5:30", "+05:30"),
        ("-00:00", "+00:00"),
        ("+14:00", "+14:00"),
        ("+14:01", ""),
        ("+05:60", ""),
        ("05:30", ""),
        ("   :  ", ""),
        ("", ""),
    ],
)
def test_offset(text: str, expected: str) -> None:
    assert parse_offset(text) == expected


@pytest.mark.parametrize(
    ("moment", "subseconds", "offset", "expected"),
    [
        ("2021:06:15 18:30:45", "", "", "2021-06-15T18:30:45"),
        ("2021:06:15 18:30:45", "05", "", "2021-06-15T18:30:45.05"),
        ("2021:06:15 18:30:45", "000123", "-03:30", "2021-06-15T18:30:45.000123-03:30"),
        ("2021:06:15 18:30:45", "880   ", "+05:30", "2021-06-15T18:30:45.880+05:30"),
        ("2021:06:15 18:30:45", "0123456789", "", "2021-06-15T18:30:45.012345678"),
        ("2021:06:15 18:30:45", "-5", "noon", "2021-06-15T18:30:45"),
        ("2021:06:15 18:30:45.7", "05", "", "2021-06-15T18:30:45.7"),
        ("2021:06:15 18:30:45+01:00", "05", "+02:00", "2021-06-15T18:30:45.05+01:00"),
        ("0000:00:00 00:00:00", "05", "+02:00", ""),
    ],
)
def test_exif(moment: str, subseconds: str, offset: str, expected: str) -> None:
    assert exif_date(moment, subseconds, offset) == expected


@pytest.mark.parametrize(
    ("day", "time", "expected"),
    [
        ("20210615", "183045+0100", "2021-06-15T18:30:45+01:00"),
        ("20210615", "183045", "2021-06-15T18:30:45"),
        ("2021:06:15", "18:30:45-03:30", "2021-06-15T18:30:45-03:30"),
        ("20210615", "183045+9900", "2021-06-15T18:30:45"),
        ("20210615", "", ""),
        ("", "183045+0100", ""),
        ("00000000", "000000+0000", ""),
        ("20210230", "120000", ""),
        ("20210615", "240000", ""),
    ],
)
def test_iptc(day: str, time: str, expected: str) -> None:
    assert iptc_date(day, time) == expected


def test_instant_is_in_utc() -> None:
    assert instant_of("2021-06-15T18:30:45.05-03:30") == datetime(2021, 6, 15, 22, 0, 45, 50_000, UTC)


def test_instant_without_an_offset_is_taken_as_utc() -> None:
    assert instant_of("2021-06-15T18:30:45") == datetime(2021, 6, 15, 18, 30, 45, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "2021-02-30T00:00:00"])
def test_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"isoformat|day"):
        instant_of(text)


@given(moments, fractions, st.none() | offsets)
def test_what_is_written_is_read(moment: datetime, fraction: str, minutes: int | None) -> None:
    text = (
        moment.isoformat() + (f".{fraction}" if fraction else "") + ("" if minutes is None else _offset_text(minutes))
    )
    assert parse_date_taken(text) == text
    microseconds = int(fraction.ljust(6, "0")[:6])
    zone = UTC if minutes is None else timezone(timedelta(minutes=minutes))
    assert instant_of(text) == moment.replace(microsecond=microseconds, tzinfo=zone)
    assert instant_of(text).utcoffset() == timedelta(0)


@given(st.text(max_size=80) | st.text("0123456789:-/T .+Z", max_size=40))
def test_any_text_is_a_moment_or_none(text: str) -> None:
    parsed = parse_date_taken(text)
    if parsed:
        instant_of(parsed)
        assert parse_date_taken(parsed) == parsed
        assert len(parsed) <= 40
