"""The words of images: their tags, and what the full-text index reads."""

from django.db import models
from django.utils import timezone
from taggit.models import ItemBase, TagBase

from gallery_site.folding import fold
from images.models.image import Image
from images.tag_querysets import TagQuerySet


class Tag(TagBase):
    """A word for images, one whatever its case or accents (`name_fold`). `usage_count`: what everyone may see."""

    name_fold = models.CharField(max_length=100, unique=True, editable=False)
    usage_count = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = TagQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["-usage_count", "name_fold"], name="tag_usage")]

    def save(self, *args: object, **kwargs: object) -> None:
        self.name_fold = fold(self.name)[:100]
        super().save(*args, **kwargs)


class ImageTag(ItemBase):
    """A tag on an image, with the spelling its owner gave it."""

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="uses")
    content_object = models.ForeignKey(Image, models.CASCADE, related_name="tag_uses", db_column="image_id")
    spelling = models.CharField(max_length=100)
    added_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tag", "content_object"], name="tag_once_per_image")]
        indexes = [models.Index(fields=["content_object", "tag"], name="image_tags")]


class SearchDocument(models.Model):
    """The words of an image, folded, split and stemmed by `images.search.words`; the full-text index reads them."""

    image = models.OneToOneField(Image, models.CASCADE, primary_key=True, related_name="document")
    title = models.TextField(blank=True)
    tags = models.TextField(blank=True)
    camera = models.TextField(blank=True)
    description = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"words of {self.image_id}"
