"""The words in which tags are asked for. A viewer learns of a tag only through an image that he may see."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Coalesce

from gallery_site.folding import fold
from images import access

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

    def met_by(self, viewer: "Viewer") -> Self:
        """Those on at least one image that this viewer sees."""
        if viewer.member_id is None and not viewer.links:
            return self.filter(usage_count__gt=0)
        from images.models import ImageTag

        seen = access.seen_by(viewer, prefix="content_object__")
        uses = ImageTag.objects.filter(seen, tag=OuterRef("pk"))
        return self.filter(Q(usage_count__gt=0) | Exists(uses))

    def counted_for(self, viewer: "Viewer") -> Self:
        """With `count_seen`: uses on images that everyone may see, and on this viewer's own that are not listed.

        Only tags that count for this viewer, the most used first.
        """
        counts: Combinable = F("usage_count")
        counting = Q(usage_count__gt=0)
        if viewer.user_id is not None:
            own = _uses_out_of_sight(viewer)
            counts, counting = counts + _uses_of_each(own), counting | Q(pk__in=own)
        return self.annotate(count_seen=counts).filter(counting).order_by("-count_seen", "name_fold")


def _uses_out_of_sight(viewer: "Viewer") -> models.QuerySet:
    """The tags of the viewer's own images that are not listed to everyone, a row for each use."""
    from images.models import Image, ImageTag

    unlisted = Image.objects.editable_by(viewer).filter(is_listed=False)
    return ImageTag.objects.filter(content_object__in=unlisted.values("pk")).order_by().values("tag")


def _uses_of_each(own: models.QuerySet) -> Coalesce:
    """How many of these uses a tag has: counted by one pass and kept, so that no tag is walked by itself."""
    counted, params = own.annotate(uses=Count("pk")).values_list("tag", "uses").query.sql_with_params()
    of_this_tag = RawSQL(
        f"(WITH own (tag_id, uses) AS MATERIALIZED ({counted}) SELECT uses FROM own WHERE own.tag_id = images_tag.id)",
        params,
        output_field=IntegerField(),
    )
    return Coalesce(of_this_tag, 0)
