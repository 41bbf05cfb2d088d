"""The id by which the outside knows a row: a UUIDv7, beside the integer key that the database works with."""

import uuid

from uuid_utils.compat import uuid7


def new_public_id() -> uuid.UUID:
    """A fresh UUIDv7 (RFC 9562): unguessable in 74 bits, and rising with time, so that its index grows at one end."""
    return uuid7()
