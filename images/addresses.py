"""The addresses of an image and its renditions: pure functions, no query, no look at the disk."""

from django.conf import settings
from django.urls import reverse

from images import signing, store
from images.models import Image
from images.negotiation import choose
from images.renditions import LADDER, NAMED, SQUARE, Format, RenditionKey, Size, rendition_size

PUBLIC = "/public/"  # what a shared cache may keep; signed addresses are the very paths below the media root


def thumbnail_url(image: Image, size: Size, mark: str = "", *, form: Format = "jpeg", public: bool = False) -> str:
    """Where a viewer who sees the image gets a rendition, with the mark of the watermark that he is due.

    The usual address carries version and mark so that a browser may keep the answer for ever; what is answered follows
    from who asks, never from the address. With GALLERY_SIGNED_URLS it is signed and names the file, in a format that
    the viewer takes. With CDN_URL it is that of the shared cache, where `public`: everyone gets the very same (see
    `images.marks.same_for_everyone`).
    """
    if public or settings.GALLERY_SIGNED_URLS:
        key = RenditionKey(size, form, mark).for_picture(image.image_width, image.image_height)
        path = store.rendition_path(image.uid, image.version, key)
        return settings.CDN_URL + public_path(path) if public else signing.signed(f"/{path}")
    return f"/api/images/{image.uid}/thumbnail?size={size}&v={image.version}{'&m=' if mark else ''}{mark}"


def preferred_format(accept: str) -> Format:
    """The format of pictures for a client with this `Accept`."""
    return choose(accept, ("avif", "webp") if settings.GALLERY_AVIF else ("webp",))


def public_path(path: str) -> str:
    """Where a shared cache gets what stands at a path of renditions below the media root."""
    return PUBLIC + path.removeprefix(f"{store.RENDITIONS}/")


def thumbnail(
    image: Image, size: Size, mark: str = "", *, form: Format = "jpeg", public: bool = False
) -> dict[str, object]:
    width, height = rendition_size(image.image_width, image.image_height, size)
    url = thumbnail_url(image, size, mark, form=form, public=public)
    return {"url": url, "width": width, "height": height}


def thumbnails(
    image: Image, mark: str = "", *, form: Format = "jpeg", public: bool = False
) -> dict[str, dict[str, object]]:
    return {name: thumbnail(image, size, mark, form=form, public=public) for name, size in NAMED.items()}


def square(image: Image, mark: str = "", *, form: Format = "jpeg", public: bool = False) -> dict[str, object]:
    return thumbnail(image, SQUARE, mark, form=form, public=public)


def srcset(image: Image, mark: str = "", *, form: Format = "jpeg", public: bool = False) -> str:
    """The text of HTML's `srcset`: every step of the ladder that differs, with its width; of those that are equally
    wide the smallest, or the largest of an animated picture: that one moves."""
    steps = LADDER if image.frames > 1 else reversed(LADDER)
    widths = {rendition_size(image.image_width, image.image_height, step)[0]: step for step in steps}
    return ", ".join(
        f"{thumbnail_url(image, step, mark, form=form, public=public)} {width}w"
        for width, step in sorted(widths.items())
    )


def html_url(image: Image) -> str:
    return reverse("image", args=[image.uid])


def download_url(image: Image) -> str:
    return f"/api/images/{image.uid}/download"
