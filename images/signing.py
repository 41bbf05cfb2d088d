"""Signed addresses of renditions: whoever holds one may fetch that one file until it expires, and nobody is asked.

They are handed out only in answers to viewers who may see the picture, each bound to its path, and so to image,
version, size, format and watermark. Two signatures stand in it, by two keys: `sig` is HMAC-SHA256 and is what we check
ourselves; `edge_sig` is what stock nginx can check (docs/adr/0013 tells why, and how strong it is).
"""

import base64
import hashlib
import hmac
import time
from functools import lru_cache
from typing import Final

from django.conf import settings

_OURS: Final = "signed addresses"
_EDGE: Final = "signed addresses at the edge"


def signed(path: str) -> str:
    """The path, signed. The same for half of GALLERY_SIGNED_URL_SECONDS, so that browsers may keep what they got, and
    valid for at most all of them."""
    window = max(1, settings.GALLERY_SIGNED_URL_SECONDS // 2)
    expires = str((int(time.time()) // window + 2) * window)
    return f"{path}?expires={expires}&sig={_signature(path, expires)}&edge_sig={_edge_signature(path, expires)}"


def is_signed(path: str, *, expires: str, sig: str) -> bool:
    """Whether this is our signature of the path, and not expired."""
    if not hmac.compare_digest(_signature(path, expires).encode(), sig.encode(errors="replace")):
        return False
    return int(expires) >= time.time()


def edge_key() -> str:
    """What the front server is told, 64 characters; it opens nothing that we check ourselves."""
    return _key(settings.SECRET_KEY, _EDGE).hex()


def _signature(path: str, expires: str) -> str:
    key = _key(settings.SECRET_KEY, _OURS)
    return _as_text(hmac.digest(key, f"{expires}{path}".encode(errors="replace"), "sha256"))


def _edge_signature(path: str, expires: str) -> str:
    """MD5 of the message between two copies of a key that fills a block of it."""
    key = edge_key()
    told = f"{key}{expires}{path}{key}".encode()
    return _as_text(hashlib.md5(told).digest())  # noqa: S324  nginx's secure_link knows nothing else


@lru_cache(maxsize=8)
def _key(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), f"gallery {purpose}".encode(), "sha256")


def _as_text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
