"""What a file is by its bytes, as libmagic sees it. A first look, never a gate: it is easily fooled."""

import importlib
from functools import cache
from pathlib import Path
from types import ModuleType


@cache
def _libmagic() -> ModuleType:
    """python-magic on the system's library; pylibmagic's copy only where the system has none, since importing that
    one changes how the whole process loads libraries. Raises ImportError when there is neither."""
    try:
        import magic
    except ImportError:
        importlib.import_module("pylibmagic")  # puts its library where the next line finds it
        import magic
    return magic


def mime_of(path: Path) -> str:
    """The MIME type of the file's first bytes, such as "image/jpeg"; "application/octet-stream" for the unknown.

    Raises OSError when the file can't be read, ImportError when the machine has no libmagic.
    """
    return str(_libmagic().from_file(str(path), mime=True))
