"""Names of colour profiles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import ImageCms

from images.metadata.icc import profile_name
from images.tests.metadata import making as make


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (make.icc_v2(b"Adobe RGB (1998)"), "Adobe RGB (1998)"),
        (make.icc_v2(b"Dot Gain 20%\0\0old"), "Dot Gain 20%"),
        (make.icc_v2(b"Gr\xe4u"), "Gräu"),
        (make.icc_v4(de="Graustufen", en="Gray"), "Gray"),
        (make.icc_v4(ja="表示"), "表示"),
        (make.icc(b"text\0\0\0\0plain\0"), "plain"),
        (make.icc_v2(b"x" * 400), "x" * 255),
        (make.icc(b"mluc\0\0\0\0\xff\xff\xff\xff\0\0\0\x0c"), ""),
        (make.icc(b"mluc\0\0\0\0\0\0\0\1\0\0\0\0" + b"x" * 20), ""),
        (make.icc(b"desc"), ""),
        (make.icc(b"other"), ""),
        (make.icc_v2(b"Display P3")[:140], ""),
        (b"not a profile" * 20, ""),
        (b"", ""),
    ],
)
def test_name(profile: bytes, expected: str) -> None:
    assert profile_name(profile) == expected


def test_a_real_profile() -> None:
    assert profile_name(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()) == "sRGB built-in"


@given(st.binary(max_size=100), st.integers(0, 300))
def test_any_bytes(data: bytes, cut: int) -> None:
    for profile in (
        data,
        make.icc(data),
        make.icc(b"mluc" + data),
        make.icc(b"desc" + data),
        make.icc_v4(en="x")[:cut],
    ):
        profile_name(profile).encode()
