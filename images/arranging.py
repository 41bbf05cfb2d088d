"""Deeds on one image's place in an album, as the buttons of the arranging page name them."""

from collections.abc import Callable, Mapping, Sequence

from albums.models import Album
from images import placing

Deed = Callable[[Album, Sequence[int], int], object]


def _move(album: Album, order: Sequence[int], image_id: int, to: int) -> None:
    """Let the image stand at `to` in `order`, which holds the images of the album that the mover sees."""
    moved = [pk for pk in order if pk != image_id]
    moved.insert(max(to, 0), image_id)
    placing.reorder(moved, within=album)


# Each takes the album, the keys of its images in their order, and the key of the one meant.
DEEDS: Mapping[str, Deed] = {
    "first": lambda album, order, pk: _move(album, order, pk, 0),
    "earlier": lambda album, order, pk: _move(album, order, pk, order.index(pk) - 1),
    "later": lambda album, order, pk: _move(album, order, pk, order.index(pk) + 1),
    "cover": lambda album, order, pk: placing.set_cover(album, pk),
    "remove": lambda album, order, pk: placing.remove([pk], out_of=[album]),
}
