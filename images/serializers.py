"""What both HTTP rooms show of images, as the API's JSON: plain dicts, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from accounts.viewer import Viewer
from albums import access as album_access
from albums.models import Album
from images import access, addresses, marks
from images.models import AlbumImage, Image, ImageMetadata, ImageTag, Visit
from images.watermarks import mark_of

PUBLIC_METADATA = (
    *("camera_make", "camera_model", "lens_model", "date_taken", "focal_length", "aperture", "iso", "shutter_speed"),
    *("orientation", "color_profile"),
)
LOCATION = ("location_lat", "location_lon")
OWNER_METADATA = ("altitude", "exif_data", "iptc", "xmp")
RECENT_VISITS = 50


def instant(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with `Z`."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def image_cards(images: Iterable[Image], viewer: Viewer) -> list[dict[str, Any]]:
    """The list form of these images (with `user` selected), five queries whatever their number."""
    shown = list(images)
    pks = [image.pk for image in shown]
    dates = dict(ImageMetadata.objects.filter(image__in=pks).values_list("image", "date_taken"))
    tags, albums, downloadable = _tags_of(pks), _albums_of(pks, viewer), _downloadable(shown, viewer)
    due = marks.due(shown, viewer, downloadable=downloadable)
    public = marks.same_for_everyone(shown, due, viewer)
    return [
        _card(
            image,
            viewer,
            date_taken=dates.get(image.pk, ""),
            tags=tags[image.pk],
            albums=albums[image.pk],
            downloadable=image.pk in downloadable,
            mark=mark_of(due[image.pk]),
            public=image.pk in public,
        )
        for image in shown
    ]


def image_detail(image: Image, viewer: Viewer) -> dict[str, Any]:
    """The whole of one image, as far as this viewer may know it."""
    return image_cards([image], viewer)[0] | {
        "metadata": _metadata(image, viewer),
        "statistics": _statistics(image, viewer),
    }


def _card(
    image: Image,
    viewer: Viewer,
    *,
    date_taken: str,
    tags: list[str],
    albums: list[dict[str, str]],
    downloadable: bool,
    mark: str,
    public: bool,
) -> dict[str, Any]:
    own, form = viewer.owns(image), addresses.preferred_format(viewer.accept)
    card = {
        "id": str(image.uid),
        "user": {"id": str(image.user.uid), "username": image.user.username},
        "filename": image.filename,
        "title": image.title,
        "description": image.description,
        "tags": tags,
        "albums": albums,
        "file_size": image.file_size,
        "image_width": image.image_width,
        "image_height": image.image_height,
        "mime_type": image.mime_type,
        "uploaded_at": instant(image.uploaded_at),
        "date_taken": date_taken or None,
        "view_count": image.view_count,
        "download_count": image.download_count,
        "privacy_setting": image.privacy_setting,
        "status": image.status,
        "placeholder": image.placeholder,
        "dominant_color": image.dominant_color,
        "thumbnails": addresses.thumbnails(image, mark, form=form, public=public),
        "srcset": addresses.srcset(image, mark, form=form, public=public),
        "download_url": addresses.download_url(image) if downloadable else None,
        "html_url": addresses.html_url(image),
    }
    if own:
        card |= {
            "original_filename": image.original_filename,
            "file_hash": image.file_hash,
            "rating": image.rating,
            "trashed_at": instant(image.trashed_at),
            "edits": image.edits.get("steps", []),
        }
    return card | moderated_state(image, viewer, hidden=image.hidden_at is not None)


def moderated_state(thing: Image | Album, viewer: Viewer, *, hidden: bool) -> dict[str, Any]:
    """What moderation says of an image or an album: to its owner and to moderators."""
    state: dict[str, Any] = {}
    if viewer.owns(thing) or viewer.is_moderator:
        state |= {"is_hidden": hidden, "hidden_reason": thing.hidden_reason or None}
    if viewer.is_moderator:
        state |= {"open_reports": thing.open_reports}
    return state


def _downloadable(images: Sequence[Image], viewer: Viewer) -> set[int]:
    """Keys of those that the viewer may download; no query where all are his own."""
    own = {image.pk for image in images if viewer.owns(image)}
    others = [image.pk for image in images if image.pk not in own]
    if not others:
        return own
    return own | set(Image.objects.downloadable_by(viewer).filter(pk__in=others).values_list("pk", flat=True))


def _tags_of(pks: Sequence[int]) -> dict[int, list[str]]:
    tags: dict[int, list[str]] = defaultdict(list)
    for pk, spelling in (
        ImageTag.objects.filter(content_object__in=pks).order_by("pk").values_list("content_object", "spelling")
    ):
        tags[pk].append(spelling)
    return tags


def _albums_of(pks: Sequence[int], viewer: Viewer) -> dict[int, list[dict[str, str]]]:
    albums: dict[int, list[dict[str, str]]] = defaultdict(list)
    for pk, uid, name in (
        AlbumImage.objects.filter(album_access.seen_by(viewer, "album__"), image__in=pks)
        .order_by("pk")
        .values_list("image", "album__uid", "album__name")
    ):
        albums[pk].append({"id": str(uid), "name": name})
    return albums


def _metadata(image: Image, viewer: Viewer) -> dict[str, Any]:
    [facts] = ImageMetadata.objects.filter(image=image)
    shown = list(PUBLIC_METADATA)
    if Image.objects.filter(access.location_seen_by(viewer), pk=image.pk).exists():
        shown += LOCATION
    if viewer.owns(image):
        shown += OWNER_METADATA
    return {name: (None if (value := getattr(facts, name)) == "" else value) for name in shown}


def _statistics(image: Image, viewer: Viewer) -> dict[str, Any]:
    statistics: dict[str, Any] = {
        "view_count": image.view_count,
        "download_count": image.download_count,
        "last_viewed_at": instant(image.last_viewed_at),
    }
    if viewer.owns(image):
        visits = Visit.objects.filter(image=image).select_related("user").order_by("-at", "-pk")[:RECENT_VISITS]
        statistics["recent_access"] = [
            {
                "at": instant(visit.at),
                "what": visit.kind,
                "who": visit.user.username if visit.user else None,
                "address_hash": visit.address_hash,
            }
            for visit in visits
        ]
    return statistics
