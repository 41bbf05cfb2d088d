"""The pictures that owners mark their images with."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from gallery_site.public_id import new_public_id


class WatermarkPicture(models.Model):
    """A PNG of an owner's, for watermarks of kind `image`. Its file never changes; another picture is another row."""

    uid = models.UUIDField("id", unique=True, editable=False, default=new_public_id)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watermark_pictures")
    width = models.PositiveIntegerField(editable=False)
    height = models.PositiveIntegerField(editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"watermark {self.uid}"
