"""The pages about sharing an album: who sees it, whom its owner lets in, its links, and leaving."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.viewer import MemberRequest
from albums import sharing, tree
from albums.access import SHARING
from albums.agreement import question
from albums.forms import PlaceForm
from albums.link_opening import link_url
from albums.models import Album, AlbumMember, ShareLink
from albums.sharing_forms import LinkForm, MemberForm, PrivacyForm, RoleForm
from gallery_site.page_view import back_to_list, list_page, page_view
from gallery_site.paging import Ordering
from images import album_changes, feeds, placing
from images.access_cards import access_card
from images.album_cards import album_card
from images.finding import editable_album, seen_album
from images.serializers import image_cards

BY_NAME = Ordering("username", "user__username")
NAMES_TOLD = 5  # in the sentence about who sees the album


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@page_view
def sharing_page(request: MemberRequest, uid: UUID) -> HttpResponse:
    """Who sees the album, and why; a POST changes its privacy, after asking when that shows more of it."""
    album = editable_album(uid, request.viewer)
    if request.method != "POST":
        return _page(request, album)
    form = PrivacyForm(album, request.POST)
    if form.is_valid():
        try:
            if asked := question(request, album, form.cleaned_data):
                return asked
            album_changes.edit_album(album, form.cleaned_data)
        except tree.TreeError as refusal:
            form.add_error(refusal.field, refusal.detail)
        else:
            messages.success(request, "Saved.")
            return redirect("album-sharing", uid)
    return _page(request, album, privacy_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page_view
def member_add(request: MemberRequest, uid: UUID) -> HttpResponse:
    if request.method != "POST":
        return _to_the_page(request, uid)
    album, form = editable_album(uid, request.viewer), MemberForm(request.POST)
    if form.is_valid():
        try:
            person = sharing.person_called(form.cleaned_data["username"])
            sharing.let_in(person, into=album, role=form.cleaned_data["role"], by=request.user)
        except sharing.SharingError as refusal:
            form.add_error(refusal.field, refusal.detail)
        else:
            messages.success(request, f"{person} is let in.")
            return redirect("album-sharing", uid)
    return _page(request, album, member_form=form)


@require_POST
@login_required
@page_view
def member_change(request: MemberRequest, uid: UUID, user_uid: UUID) -> HttpResponse:
    """Another role for a member."""
    album, form = editable_album(uid, request.viewer), RoleForm(request.POST)
    member = _member(album, user_uid)
    if not form.is_valid():
        raise Http404
    try:
        sharing.let_in(member.user, into=album, role=form.cleaned_data["role"], by=request.user)
    except sharing.SharingError as refusal:
        messages.error(request, refusal.detail)
    else:
        messages.success(request, "Saved.")
    return redirect("album-sharing", uid)


@require_POST
@login_required
@page_view
def member_remove(request: MemberRequest, uid: UUID, user_uid: UUID) -> HttpResponse:
    album = editable_album(uid, request.viewer)
    person = _member(album, user_uid).user
    sharing.let_go(person, out_of=album, by=request.user)
    messages.success(request, f"{person} is no longer let in.")
    return redirect("album-sharing", uid)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@page_view
def mine(request: MemberRequest, uid: UUID) -> HttpResponse:
    """One's own photos in an album; `remove` names the one that comes out of it."""
    album = seen_album(uid, request.viewer)
    feed = feeds.of_album(album, request.viewer)
    own = feed.images.owned_by(request.viewer)
    if request.method == "POST":
        form = PlaceForm(own, {"image": request.POST.get("remove")})
        if not form.is_valid():
            raise Http404
        placing.remove([form.cleaned_data["image"].pk], out_of=[album])
        return back_to_list(request)
    page = list_page(own.select_related("user"), request, feed.ordering)
    context = {
        "album": album_card(album, request.viewer),
        "page": page,
        "cards": image_cards(page.items, request.viewer),
    }
    return render(request, "albums/mine.html", context)


@require_POST
@login_required
@page_view
def leave(request: MemberRequest, uid: UUID) -> HttpResponse:
    """Give up one's own membership."""
    album = seen_album(uid, request.viewer)
    if not sharing.let_go(request.user, out_of=album, by=request.user):
        raise Http404
    messages.success(request, f"You have left “{album.name}”.")
    return redirect("shared")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
@page_view
def link_make(request: MemberRequest, uid: UUID) -> HttpResponse:
    """Answers with the page that shows the new address, this once."""
    if request.method != "POST":
        return _to_the_page(request, uid)
    album, form = editable_album(uid, request.viewer), LinkForm(request.POST)
    if form.is_valid():
        try:
            _, token = sharing.make_link(album, by=request.user, **form.cleaned_data)
        except sharing.SharingError as refusal:
            form.add_error(refusal.field, refusal.detail)
        else:
            return _page(request, album, new_address=link_url(request, token))
    return _page(request, album, link_form=form)


@require_POST
@login_required
@page_view
def link_revoke(request: MemberRequest, uid: UUID, link_uid: UUID) -> HttpResponse:
    album = editable_album(uid, request.viewer)
    sharing.revoke_link(get_object_or_404(ShareLink.objects.of(album), uid=link_uid), by=request.user)
    messages.success(request, "The link is revoked.")
    return redirect("album-sharing", uid)


def _to_the_page(request: MemberRequest, uid: UUID) -> HttpResponse:
    """For who comes again to an address that a form was sent to, or pages on from what it answered."""
    return redirect(f"{reverse('album-sharing', args=[uid])}?{request.GET.urlencode()}")


def _member(album: Album, user_uid: UUID) -> AlbumMember:
    return get_object_or_404(AlbumMember.objects.of(album).with_people(), user__uid=user_uid)


def _page(request: MemberRequest, album: Album, **context: Any) -> HttpResponse:
    """The page with empty forms, or those (and the new address) in `context`: 400 with a form that was refused."""
    page = list_page(AlbumMember.objects.of(album).with_people(), request, BY_NAME)
    counting = AlbumMember.objects.counting_in(album)
    names = counting.order_by("user__username").values_list("user__username", flat=True)
    refused = any(getattr(form, "errors", None) for form in context.values())
    return render(
        request,
        "albums/sharing.html",
        {
            "album": album_card(album, request.viewer),
            "policy": None if album.policy_id == album.pk else album.policy,
            "is_open": album.effective_privacy in SHARING,
            "takes_members": album.privacy_setting in SHARING,
            "names": names[:NAMES_TOLD],
            "more_names": max(counting.count() - NAMES_TOLD, 0),
            "links_reaching": ShareLink.objects.reaching(album).count(),
            "privacy_form": PrivacyForm(album),
            "member_form": MemberForm(),
            "link_form": LinkForm(),
            "page": page,
            "members": [(member, RoleForm.of(member)) for member in page.items],
            "links": ShareLink.objects.of(album),
            "rules": access_card(album, request.viewer)["rules"],
            **context,
        },
        status=400 if refused else 200,
    )
