"""Cutting and turning: each edit is a step that can be taken back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from gallery_site.api_view import GalleryView
from gallery_site.making_slots import making_slot
from gallery_site.openapi import errors
from gallery_site.refusals import Busy, Conflict, Gone
from gallery_site.serializers import ChoiceField, StrictSerializer
from images import reframing, shapes
from images.darkroom.pool import Refused, took_too_much
from images.finding import LOST, editable_image
from images.framing import FLIPS, ROTATIONS, OutOfPicture
from images.models import Image
from images.serializers import image_detail


class Rotation(StrictSerializer):
    operation = ChoiceField(["rotate"])
    angle = ChoiceField(list(ROTATIONS), help_text="degrees clockwise")


class Flip(StrictSerializer):
    operation = ChoiceField(["flip"])
    axis = ChoiceField(list(FLIPS), help_text="`horizontal` exchanges left and right")


class Crop(StrictSerializer):
    operation = ChoiceField(["crop"])
    x = serializers.IntegerField(min_value=0, help_text="displayed pixels")
    y = serializers.IntegerField(min_value=0)
    width = serializers.IntegerField(min_value=1)
    height = serializers.IntegerField(min_value=1)


STEPS: dict[str, type[StrictSerializer]] = {"rotate": Rotation, "flip": Flip, "crop": Crop}


class AnyStep(serializers.Serializer):
    """What tells which of them it is."""

    operation = ChoiceField(list(STEPS))


class EditingView(GalleryView):
    """Answers an edit with the image as it is then."""

    def edited(self, image: Image, edit: Callable[[], Any]) -> Response:
        try:
            with making_slot():
                edit()
        except OutOfPicture as trouble:
            raise ValidationError({trouble.value: str(trouble)}, code="out_of_picture") from trouble
        except reframing.Impossible as trouble:
            raise Conflict(str(trouble)) from trouble
        except (FileNotFoundError, Refused) as trouble:
            raise Busy if took_too_much(trouble) else Gone(LOST) from trouble
        return Response(image_detail(image, self.viewer))


class EditsView(EditingView):
    @extend_schema(
        operation_id="images_edit",
        request=PolymorphicProxySerializer("Edit", list(STEPS.values()), resource_type_field_name=None),
        responses={200: shapes.ImageDetail, **errors(403, 404, 409, 410)},
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """Rotate, flip or crop what is displayed. The original stays as it is; renditions get a new version."""
        image = editable_image(uid, self.viewer)
        step = self.body(STEPS[self.body(AnyStep)["operation"]])
        return self.edited(image, lambda: reframing.add_step(image, step))

    @extend_schema(operation_id="images_edits_undo", responses={200: shapes.ImageDetail, **errors(403, 404, 409, 410)})
    def delete(self, request: Request, uid: UUID) -> Response:
        """Take all edits back."""
        image = editable_image(uid, self.viewer)
        return self.edited(image, lambda: reframing.undo_all(image))


class LastEditView(EditingView):
    @extend_schema(
        operation_id="images_edits_undo_last", responses={200: shapes.ImageDetail, **errors(403, 404, 409, 410)}
    )
    def delete(self, request: Request, uid: UUID) -> Response:
        """Take the last edit back."""
        image = editable_image(uid, self.viewer)
        return self.edited(image, lambda: reframing.undo_step(image))
