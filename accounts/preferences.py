"""What a user may choose, with its defaults; stored as one JSON object that holds only what was chosen."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

THEMES = ("auto", "light", "dark")
LANGUAGES = ("en",)
IMAGE_PRIVACIES = ("inherit", "private", "public")
LARGEST_PAGE = 200  # rows
ALBUM_DELETE_MODES = ("keep", "orphans", "all")

DEFAULTS: Mapping[str, Any] = {
    "default_privacy": "inherit",
    "theme": "auto",
    "language": "en",
    "page_size": 50,
    "album_delete_mode": "keep",
    "allow_download": True,
    "show_location": False,
    "watermark": None,
}


def with_defaults(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Every preference: the chosen value, else the default. Keys that are no preference (any more) are left out."""
    return {name: chosen.get(name, default) for name, default in DEFAULTS.items()}


def in_templates(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `preferences` of who is looking, the defaults for nobody."""
    return {"preferences": with_defaults(getattr(request.user, "chosen_preferences", {}))}
