"""What looks alike in one's own library, and what one says of it."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from gallery_site.api_view import GalleryView
from gallery_site.openapi import PAGE_PARAMETERS, errors, page_shape
from gallery_site.paging import page_of_ranked
from images import duplicate_groups, merging, shapes
from images.bodies import KeepApartBody, MergeBody
from images.finding import own_images


class DuplicatesView(GalleryView):
    @extend_schema(
        operation_id="duplicates_list", parameters=PAGE_PARAMETERS, responses={200: page_shape(shapes.DuplicateGroup)}
    )
    def get(self, request: Request) -> Response:
        """Groups of one's own images that look alike, those with the newest images first.

        The keeper is proposed: of those with most pixels the one that tells most of its taking, was not saved again or
        packed harder, and lies in the middle of the others, as an original does among its edits. Grades are against
        it: proved the same pixels (`same_pixels`, also its own), encoded again or resized (`reencoded`), `edited`, or
        `similar`; a group's is that of the least alike. The proof comes some seconds after the upload.
        """
        page = page_of_ranked(duplicate_groups.groups_of(self.viewer), request)
        return Response(
            page.envelope(
                [
                    {
                        "grade": group.grade,
                        "keeper": str(group.keeper.uid),
                        "images": [
                            {"id": str(image.uid), "grade": grade}
                            for image, grade in zip(group.images, group.grades, strict=True)
                        ],
                    }
                    for group in duplicate_groups.load([ranked.value for ranked in page.items])
                ]
            )
        )


class KeepApartView(GalleryView):
    @extend_schema(operation_id="duplicates_dismiss", request=KeepApartBody, responses={204: None, **errors(403, 404)})
    def post(self, request: Request) -> Response:
        """None of these is a duplicate of another: they come in no group together any more."""
        images = own_images(self.body(KeepApartBody)["image_ids"], self.viewer)
        merging.keep_apart(images, by=self.user)
        return Response(status=204)


class MergeView(GalleryView):
    @extend_schema(
        operation_id="duplicates_merge", request=MergeBody, responses={200: shapes.Merged, **errors(403, 404)}
    )
    def post(self, request: Request) -> Response:
        """Keep one, and put the others into the trash: all or none.

        The keeper gets their tags and places in albums, and, where it has none itself, title, description, rating, date
        and place. What was in a public album shows it there.
        """
        body = self.body(MergeBody)
        merged = [pk for pk in own_images(body["image_ids"], self.viewer) if pk != body["keeper"].pk]
        merging.merge(merged, into=body["keeper"].pk, by=self.user)
        return Response({"keeper": str(body["keeper"].uid), "trashed": len(merged)})
