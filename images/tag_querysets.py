"""The words in which tags are asked for. A viewer learns of a tag only through an image that he may see."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, Count, F, IntegerField, Value, When
from django.db.models.expressions import RawSQL

from gallery_site.folding import fold

if TYPE_CHECKING:
    from accounts.viewer import Viewer
    from images.models import Tag  # noqa: F401  it is named in a string

_LAST_CHARACTER = "\U0010ffff"


class TagQuerySet(models.QuerySet["Tag"]):
    def starting_with(self, text: str) -> Self:
        """Names that begin so, whatever the case or accents: a range on the folded name, which an index serves."""
        prefix = fold(text)
        return self.filter(name_fold__gte=prefix, name_fold__lt=prefix + _LAST_CHARACTER) if prefix else self

    def named(self, name: str) -> Self:
        return self.filter(name_fold=fold(name)[:100])

    def counted_for(self, viewer: "Viewer") -> Self:
        """With `count_seen`: uses on images that everyone may see, and on this viewer's own that are not listed.

        Only tags that count for this viewer, the most used first.
        """
        return (
            self.annotate(count_seen=_count_seen(viewer)).filter(count_seen__gt=0).order_by("-count_seen", "name_fold")
        )


def _count_seen(viewer: "Viewer") -> models.expressions.Combinable:
    """The listed count, and for the few tags that the viewer uses on images of his own the count of those.

    His own uses are counted by one pass over his images, kept as a materialised table, and never by a walk over all
    uses of a tag.
    """
    if viewer.user_id is None:
        return F("usage_count")
    from images.models import Image, ImageTag

    unlisted = Image.objects.editable_by(viewer).filter(is_listed=False)
    own = ImageTag.objects.filter(content_object__in=unlisted.values("pk")).order_by().values("tag")
    counted, params = own.annotate(uses=Count("pk")).values_list("tag", "uses").query.sql_with_params()
    of_this_tag = RawSQL(
        f"(WITH own (tag_id, uses) AS MATERIALIZED ({counted}) SELECT uses FROM own WHERE own.tag_id = images_tag.id)",
        params,
        output_field=IntegerField(),
    )
    return F("usage_count") + Case(When(pk__in=own, then=of_this_tag), default=Value(0))
