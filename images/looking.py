"""An administrator's look at an image that is not his to see: one image, for a reason, and the audit log knows."""

from uuid import UUID

from django.core.exceptions import PermissionDenied

from accounts import audit
from accounts.models import User
from gallery_site.writing import writing
from images.models import Image
from images.moderation import target_of


def look(uid: UUID, *, by: User, reason: str) -> Image | None:
    """The image of this id, whoever may see it, once the look stands in the audit log; None if there is none.

    Raises PermissionDenied for who is no administrator, ValidationError without a reason.
    """
    if not (by.is_active and by.is_superuser):
        raise PermissionDenied("Only administrators look at private images.")
    reason = audit.clean_reason(reason)
    image = Image.objects.select_related("user", "metadata").filter(uid=uid).first()
    if image is not None:
        with writing():
            audit.record([target_of(image)], by=by, action="look", reason=reason)
    return image
