"""Sharing an album over the API: its members, and its links."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ErrorDetail, NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from albums import sharing
from albums.link_opening import link_url
from albums.models import AlbumMember, ShareLink
from albums.serializers import LinkBody, LinkSerializer, MemberBody, MemberSerializer, NewLinkSerializer, link_json
from gallery_site.api_view import GalleryView
from gallery_site.openapi import PAGE_PARAMETERS, errors, page_shape
from gallery_site.paging import Ordering, page_of
from images.finding import editable_album, seen_album

BY_NAME = Ordering("username", "user__username")
NEWEST_FIRST = Ordering("-created_at", "created_at")


class MembersView(GalleryView):
    @extend_schema(
        operation_id="albums_members_list",
        parameters=PAGE_PARAMETERS,
        responses={200: page_shape(MemberSerializer), **errors(403, 404)},
    )
    def get(self, request: Request, uid: UUID) -> Response:
        """Whom the owner has let in by name. It counts while the album's own privacy is shared or public."""
        members = AlbumMember.objects.of(editable_album(uid, self.viewer)).with_people()
        page = page_of(members, request, BY_NAME)
        return Response(page.envelope([MemberSerializer(member).data for member in page.items]))

    @extend_schema(
        operation_id="albums_members_add",
        request=MemberBody,
        responses={200: MemberSerializer, 201: MemberSerializer, **errors(403, 404)},
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """Let somebody in: 201; or change the role of who is in: 200."""
        album, body = editable_album(uid, self.viewer), self.body(MemberBody)
        try:
            person = sharing.person_called(body["username"])
            member, is_new = sharing.let_in(person, into=album, role=body["role"], by=self.user)
        except sharing.SharingError as refusal:
            raise _refused(refusal) from refusal
        return Response(MemberSerializer(member).data, status=201 if is_new else 200)


class MemberView(GalleryView):
    @extend_schema(operation_id="albums_members_remove", responses={204: None, **errors(403, 404)})
    def delete(self, request: Request, uid: UUID, user_uid: UUID) -> Response:
        """End a membership: the owner anybody's, a member his own."""
        album = seen_album(uid, self.viewer)
        if user_uid != self.user.uid and not self.viewer.owns(album):
            raise PermissionDenied("This album is somebody else's.")
        member = AlbumMember.objects.of(album).with_people().filter(user__uid=user_uid).first()
        if member is None or not sharing.let_go(member.user, out_of=album, by=self.user):
            raise NotFound("There is no such member.")
        return Response(status=204)


class LinksView(GalleryView):
    @extend_schema(
        operation_id="albums_links_list",
        parameters=PAGE_PARAMETERS,
        responses={200: page_shape(LinkSerializer), **errors(403, 404)},
    )
    def get(self, request: Request, uid: UUID) -> Response:
        """The links to this album. They count while it is shared or public, by itself or as the album around it."""
        page = page_of(ShareLink.objects.of(editable_album(uid, self.viewer)), request, NEWEST_FIRST)
        return Response(page.envelope([link_json(link) for link in page.items]))

    @extend_schema(
        operation_id="albums_links_create",
        request=LinkBody,
        responses={201: NewLinkSerializer, **errors(403, 404)},
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """Make a link; its address is shown this once."""
        album = editable_album(uid, self.viewer)
        try:
            link, token = sharing.make_link(album, by=self.user, **self.body(LinkBody))
        except sharing.SharingError as refusal:
            raise _refused(refusal) from refusal
        return Response(link_json(link, url=link_url(request, token), token=token), status=201)


class LinkView(GalleryView):
    @extend_schema(operation_id="albums_links_revoke", responses={204: None, **errors(403, 404)})
    def delete(self, request: Request, uid: UUID, link_uid: UUID) -> Response:
        """Revoke a link: from the next request on it opens nothing, for nobody."""
        link = ShareLink.objects.of(editable_album(uid, self.viewer)).filter(uid=link_uid).first()
        if link is None:
            raise NotFound("There is no such link.")
        sharing.revoke_link(link, by=self.user)
        return Response(status=204)


def _refused(refusal: sharing.SharingError) -> ValidationError:
    told: Any = [ErrorDetail(refusal.detail, code=refusal.code)]
    return ValidationError({refusal.field: told} if refusal.field else told)
