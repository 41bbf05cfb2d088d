"""Which format of a picture a client is sent: what its `Accept` prefers among what we make. Pure text."""

import re
from collections.abc import Sequence
from typing import Final

from images.renditions import MEDIA_TYPES, Format

_LONGEST: Final = 1_000  # characters of a header that are read
_QUALITY: Final = re.compile(r"(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)", re.ASCII)  # RFC 9110, 12.4.2


def choose(accept: str, better: Sequence[Format]) -> Format:
    """The one of the `better` formats (the first is dearest to us) that the client likes best, else JPEG.

    A better format has to be named: `image/*` and `*/*` are said by clients that take whatever they know. It must also
    be liked no less than JPEG. Where nothing we have is acceptable it is JPEG: a picture beats a refusal.
    """
    liked = _preferences(accept)
    jpeg = next((liked[name] for name in (MEDIA_TYPES["jpeg"], "image/*", "*/*") if name in liked), 0.0)
    named = [form for form in better if liked.get(MEDIA_TYPES[form], 0.0) > 0]
    best = max(named, key=lambda form: liked[MEDIA_TYPES[form]], default=None)
    return best if best is not None and liked[MEDIA_TYPES[best]] >= jpeg else "jpeg"


def _preferences(accept: str) -> dict[str, float]:
    """Media ranges with their weights (RFC 9110, 12.5.1), the higher where one is named twice. What can't be read is
    passed over, and so is a range that asks for a parameter of a type which has none."""
    weights: dict[str, float] = {}
    for part in accept[:_LONGEST].lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = (piece.strip() for piece in parameter.partition("="))
            if key != "q" or not _QUALITY.fullmatch(value):
                break
            weight = float(value)
        else:
            weights[name] = max(weight, weights.get(name, 0.0))
    return weights
