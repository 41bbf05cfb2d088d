"""The API of accounts: registering, signing in and out, the account itself, tokens."""

from typing import Any

from django.contrib.auth import logout, update_session_auth_hash
from django.db.models import Sum
from django.middleware.csrf import get_token
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, NotFound, PermissionDenied, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import registration, serializers
from accounts.authentication import BearerAuthentication, GuardedSessionAuthentication
from accounts.credentials import change_email, change_password
from accounts.models import BearerToken, User
from accounts.registration import Taken
from accounts.signing_in import WrongCredentials, prove_password, sign_in, sign_up
from accounts.tokens import issue_token, revoke_token
from accounts.viewer import Viewer, signed_in
from albums.models import Album
from gallery_site.api_view import GalleryView
from gallery_site.openapi import PAGE_PARAMETERS, errors, page_shape
from gallery_site.paging import Ordering, page_of
from gallery_site.writing import writing
from images import preference_changes, watermark_pictures
from images.models import Image

TAGS = ["accounts"]
NEWEST_FIRST = Ordering("-created_at", "pk")


class RegisterView(GalleryView):
    """Open to everyone, unless the site's registration is closed."""

    authentication_classes = [GuardedSessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="register",
        tags=TAGS,
        summary="Make an account, and begin its session",
        request=serializers.RegisterSerializer,
        responses={201: serializers.PersonSerializer, **errors(429)},
    )
    def post(self, request: Request) -> Response:
        if not registration.is_open():
            raise PermissionDenied("Registration is closed here: ask the administrator for an account.")
        wanted = self.body(serializers.RegisterSerializer)
        try:
            user = sign_up(request._request, **wanted)
        except Taken as taken:
            raise _taken(taken) from taken
        return Response(serializers.PersonSerializer(user).data, status=status.HTTP_201_CREATED)


class LoginView(GalleryView):
    """By name or email; an unknown one and a wrong password get the same answer."""

    authentication_classes = [GuardedSessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="login",
        tags=TAGS,
        summary="Begin a session",
        request=serializers.LoginSerializer,
        responses={200: serializers.PersonSerializer, **errors(429)},
    )
    def post(self, request: Request) -> Response:
        given = self.body(serializers.LoginSerializer)
        try:
            user = sign_in(request._request, **given)
        except WrongCredentials as wrong:
            raise ValidationError("The name or the password is wrong.", code="wrong_credentials") from wrong
        return Response(serializers.PersonSerializer(user).data)


class LogoutView(GalleryView):
    """Ends the session on the server; whoever has none is signed out already."""

    authentication_classes = [BearerAuthentication, GuardedSessionAuthentication]
    permission_classes = [AllowAny]

    @extend_schema(operation_id="logout", tags=TAGS, summary="End the session", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        if request.auth is None:  # a token has no session to end
            logout(request._request)
        return Response(status=status.HTTP_204_NO_CONTENT)


@method_decorator(conditional_page, name="dispatch")
class UserView(GalleryView):
    """The account of whoever asks."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        get_token(request._request)  # sets the CSRF cookie, before nobody is turned away
        super().initial(request, *args, **kwargs)

    @extend_schema(
        operation_id="account",
        tags=TAGS,
        summary="The account, its statistics and preferences",
        responses=serializers.AccountSerializer,
    )
    def get(self, request: Request) -> Response:
        return Response(_account(signed_in(request), self.viewer))

    @extend_schema(
        operation_id="account_change",
        tags=TAGS,
        summary="Change preferences, the email or the password",
        request=serializers.AccountChangeSerializer(partial=True),
        responses={200: serializers.AccountSerializer, **errors(429)},
    )
    def patch(self, request: Request) -> Response:
        user = signed_in(request)
        change = serializers.AccountChangeSerializer(data=request.data, partial=True, context={"user": user})
        change.is_valid(raise_exception=True)
        wanted = change.validated_data
        if "current_password" in wanted:
            self._prove(wanted["current_password"])
        try:
            with writing():
                preference_changes.choose(user, change.chosen)
                if "email" in wanted:
                    change_email(user=user, email=wanted["email"])
                if "password" in wanted:
                    change_password(user=user, password=wanted["password"])
        except watermark_pictures.NotThere as trouble:
            wrong = {"watermark": {"picture": [ErrorDetail(str(trouble), code="does_not_exist")]}}
            nested = "watermark" in wanted.get("preferences", {})
            raise ValidationError({"preferences": wrong} if nested else wrong) from trouble
        except Taken as taken:
            raise _taken(taken) from taken
        if "password" in wanted and request.auth is None:
            update_session_auth_hash(request._request, user)
        return Response(_account(user, self.viewer))

    def _prove(self, password: str) -> None:
        try:
            prove_password(self.request._request, signed_in(self.request), password)
        except WrongCredentials as wrong:
            raise ValidationError({"current_password": "This is not your password."}, code="wrong_password") from wrong


class TokensView(GalleryView):
    """The tokens of whoever asks; never their secrets."""

    @extend_schema(
        operation_id="tokens",
        tags=TAGS,
        summary="List tokens",
        parameters=PAGE_PARAMETERS,
        responses=page_shape(serializers.TokenSerializer),
    )
    def get(self, request: Request) -> Response:
        page = page_of(BearerToken.objects.owned_by(signed_in(request)), request._request, NEWEST_FIRST)
        return Response(page.envelope([serializers.TokenSerializer(token).data for token in page.items]))

    @extend_schema(
        operation_id="token_create",
        tags=TAGS,
        summary="Make a token; its secret is shown this once",
        request=serializers.TokenRequestSerializer,
        responses={201: serializers.NewTokenSerializer},
    )
    def post(self, request: Request) -> Response:
        token, secret = issue_token(user=signed_in(request), **self.body(serializers.TokenRequestSerializer))
        body = {**serializers.TokenSerializer(token).data, "token": secret}
        return Response(body, status=status.HTTP_201_CREATED)


class TokenView(GalleryView):
    """One token."""

    @extend_schema(operation_id="token_delete", tags=TAGS, summary="Revoke a token", responses={204: None})
    def delete(self, request: Request, token_id: Any) -> Response:
        if not revoke_token(user=signed_in(request), token_id=token_id):
            raise NotFound
        return Response(status=status.HTTP_204_NO_CONTENT)


def _account(user: User, viewer: Viewer) -> dict[str, Any]:
    return serializers.AccountSerializer(user, context={"statistics": _statistics(user, viewer)}).data


def _statistics(user: User, viewer: Viewer) -> dict[str, int]:
    """Two queries, whatever there is; the counts of images and bytes are kept with the user."""
    seen = Image.objects.editable_by(viewer).aggregate(
        views=Sum("view_count", default=0), downloads=Sum("download_count", default=0)
    )
    return {
        "images": user.total_images,
        "albums": Album.objects.editable_by(viewer).count(),
        "storage_used": user.storage_used,
        "storage_quota": user.storage_quota,
        "trash_bytes": user.trash_bytes,
        **seen,
    }


def _taken(taken: Taken) -> ValidationError:
    return ValidationError({taken.field: str(taken)}, code="taken")
