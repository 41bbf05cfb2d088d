"""Which colour profiles stay in a stripped file: without its profile a picture's colours are others."""

from typing import Final

MAX_PROFILE: Final = 2**20  # bytes; the renditions ignore larger ones too
_SIGNATURE_AT, _SIGNATURE = 36, b"acsp"  # ICC.1:2010, 7.2.11: what lacks it is taken for a profile by nobody


def is_profile(data: bytes) -> bool:
    """Whether this is a colour profile, and of a size that profiles have."""
    return len(data) <= MAX_PROFILE and data[_SIGNATURE_AT : _SIGNATURE_AT + 4] == _SIGNATURE
