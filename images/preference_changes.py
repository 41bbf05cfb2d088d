"""Changes of preferences that reach the images: what lies over them for others follows."""

from collections.abc import Mapping
from typing import Any, Final

from accounts.models import User
from gallery_site.writing import writing
from images import purging, watermark_pictures
from images.models import Image

MARKING: Final = ("watermark", "allow_download")  # what one may download has no watermark


def choose(user: User, chosen: Mapping[str, Any]) -> None:
    """`User.choose`, with the shared cache told which images others see with another watermark now, or newly with one
    or without.

    Raises images.watermark_pictures.NotThere for a watermark whose picture is not there.
    """
    with writing():
        watermark_pictures.claim(chosen.get("watermark"), owner=user)
        watch = purging.Watch()
        marking = {name: chosen[name] for name in MARKING if name in chosen}
        if marking and not marking.items() <= _preferences(user).items():
            watch.look_at(Image.objects.filter(user=user))
        user.choose(chosen)
        watch.purge()


def _preferences(user: User) -> Mapping[str, Any]:
    """As they are now, and stay until this transaction ends."""
    return User.objects.select_for_update().get(pk=user.pk).preferences
