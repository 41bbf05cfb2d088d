"""The secret key of an installation: made once, kept beside the data, never in the repository."""

import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def read_or_make(path: Path) -> str:
    """Return the key in `path`; make it (mode 0600, whole or not at all) when it is not there.

    Two processes that start together agree: the key is linked into place, which only one of them can do. Raises
    ImproperlyConfigured when the folder can't hold it.
    """
    try:
        return _read_or_make(path)
    except OSError as trouble:
        raise ImproperlyConfigured(f"no secret key can be kept in {path.parent} ({trouble.strerror}).") from trouble


def _read_or_make(path: Path) -> str:
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(50))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its key holds
    finally:
        draft.unlink()
    return path.read_text().strip()
