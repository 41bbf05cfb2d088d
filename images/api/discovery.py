"""/api/search, /api/tags: what is found, and by which words."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from gallery_site.api_view import GalleryView
from gallery_site.openapi import PAGE_PARAMETERS, errors, page_shape
from gallery_site.paging import Ordering, page_of, page_of_ranked
from images import shapes
from images.filters import ImageFilters, filtered
from images.models import Image, Tag
from images.search.finding import find
from images.search.highlighting import Highlights, highlights
from images.search.language import QueryError, parse
from images.serializers import image_cards

MOST_TAGS = 200
Found = type(
    "FoundImage",
    (shapes.ImageCard,),
    {"score": serializers.FloatField(), "highlights": shapes.AnyTags(help_text="what was found, by field")},
)


class SearchQuery(serializers.Serializer):
    query = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    q = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False, help_text="the same as `query`")


class SearchView(GalleryView):
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="search",
        parameters=[SearchQuery, ImageFilters, *PAGE_PARAMETERS],
        responses={200: page_shape(Found), **errors(400)},
    )
    def get(self, request: Request) -> Response:
        """Images that match words, "phrases" and -exclusions, the best first."""
        asked = self.query(SearchQuery)
        try:
            tree = parse(asked.get("query") or asked.get("q") or "")
        except QueryError as trouble:
            raise ValidationError({"query": str(trouble)}, code="unreadable_query") from trouble
        hits = find(filtered(self.query(ImageFilters), self.viewer), tree)
        page = page_of_ranked(hits, request)
        found = Image.objects.select_related("user").in_bulk([hit.key for hit in page.items])
        marked = highlights(list(found), tree)
        ranked = [hit for hit in page.items if hit.key in found]
        cards = image_cards((found[hit.key] for hit in ranked), self.viewer)
        results = [
            card | {"score": hit.value, "highlights": _marked(marked.get(hit.key, {}))}
            for card, hit in zip(cards, ranked, strict=True)
        ]
        return Response(page.envelope(results))


class TagQuery(serializers.Serializer):
    query = serializers.CharField(required=False, allow_blank=True, max_length=100)
    q = serializers.CharField(required=False, allow_blank=True, max_length=100, help_text="the same as `query`")
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST_TAGS, help_text="same as page_size")


class TagsView(GalleryView):
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="tags_list",
        parameters=[TagQuery, *PAGE_PARAMETERS],
        responses={200: page_shape(shapes.TagShape), **errors(400)},
    )
    def get(self, request: Request) -> Response:
        """Tags with their counts, over what everyone may see and one's own; the most used first."""
        asked = self.query(TagQuery)
        tags = Tag.objects.counted_for(self.viewer)
        if prefix := asked.get("query") or asked.get("q"):
            tags = tags.starting_with(prefix)
        page = page_of(tags, request, Ordering("-count", "count_seen"), default_size=asked.get("limit", 50))
        return Response(
            page.envelope(
                [
                    {"id": tag.pk, "name": tag.name, "slug": tag.slug, "usage_count": tag.count_seen}
                    for tag in page.items
                ]
            )
        )


def _marked(found: Highlights) -> dict[str, list[list[dict[str, object]]]]:
    """Each text in pieces, of which some are what was searched for."""
    return {field: [[piece._asdict() for piece in text] for text in texts] for field, texts in found.items()}
