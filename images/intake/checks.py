"""What is asked of a staged file, most of it before anyone opens it: named questions, each with its own code."""

from django.conf import settings
from django.template.defaultfilters import filesizeformat

from accounts.models import User
from gallery_site import filetype
from images import blocking
from images.darkroom.pool import Picture
from images.intake.rejection import Rejected
from images.intake.staging import Staged

# What libmagic may call a file that could be a picture we take. It filters; the decoder decides (libmagic takes some
# odd but good pictures for data).
PROMISING = ("image/", "application/octet-stream", "video/mp4")
NEVER = ("image/svg", "image/vnd", "image/x-xcf", "image/x-icon")


def not_empty(staged: Staged) -> None:
    if staged.size == 0:
        raise Rejected("empty_file", "The file is empty.")


def not_too_large(staged: Staged) -> None:
    if staged.too_large:
        limit = filesizeformat(settings.GALLERY_MAX_FILE_BYTES)
        raise Rejected("file_too_large", f"A file may have {limit} at most.")


def not_blocked(staged: Staged) -> None:
    if blocking.is_blocked(staged.sha256):
        raise Rejected("blocked", "The moderators removed exactly this file from the gallery; it can't be added.")


def no_copy_of_blocked(picture: Picture) -> None:
    """Asked once the picture is developed."""
    if blocking.is_near_blocked(picture.likeness):
        raise Rejected(
            "blocked",
            "This is nearly a picture that the moderators removed from the gallery; it can't be added. If it is another"
            " one, ask them.",
        )


def looks_like_a_picture(staged: Staged) -> None:
    mime = filetype.mime_of(staged.path)
    if not mime.startswith(PROMISING) or mime.startswith(NEVER):
        raise Rejected(
            "unsupported_format",
            f"This is {mime}, not a picture we take: JPEG, PNG, GIF, WebP, AVIF, HEIC, TIFF or BMP.",
        )


def fits_quota(staged: Staged, owner: User) -> None:
    """A first look, before the work; the booking itself is one conditional update in the transaction."""
    if owner.storage_used + staged.size > owner.storage_quota:
        raise quota_exceeded(owner)


def quota_exceeded(owner: User) -> Rejected:
    quota = filesizeformat(owner.storage_quota)
    return Rejected(
        "quota_exceeded", f"Your quota of {quota} is used up. Empty the trash or delete pictures to make room."
    )
