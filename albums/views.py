"""The pages about albums: the list, one album, and what its owner does with it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.viewer import GalleryRequest, MemberRequest, Viewer
from albums import guises, tree
from albums.agreement import question
from albums.forms import AlbumForm, DeleteAlbumForm, PlaceForm
from albums.guises import Guise
from albums.models import Album, AlbumMember, Privacy
from gallery_site.page_view import list_page, page_view
from gallery_site.paging import Ordering
from images import album_changes, feeds
from images.album_cards import album_card, album_cards
from images.arranging import DEEDS
from images.finding import editable_album, seen_album, trashed_album
from images.models import Image
from images.serializers import image_cards

PAGE = require_http_methods(["GET", "HEAD"])
PAGE_AND_FORM = require_http_methods(["GET", "HEAD", "POST"])
BY_NAME = Ordering("name", "name_sort")
CHILDREN_SHOWN = 200
FIELD_OF = {"parent_id": "parent"}  # what the tree calls a field, and what the form does


@PAGE
@page_view
def albums(request: GalleryRequest) -> HttpResponse:
    """Where the way down begins: the albums that hang in no other that the viewer sees."""
    viewer = request.viewer
    page = list_page(Album.objects.visible_to(viewer).topmost_for(viewer), request, BY_NAME)
    return render(request, "albums/albums.html", {"page": page, "albums": album_cards(page.items, viewer)})


@PAGE
@page_view
def album(request: GalleryRequest, uid: UUID) -> HttpResponse:
    """One album. Its owner may ask to see it as somebody else does, with `as`; of anybody else that is not heard."""
    viewer, found = request.viewer, seen_album(uid, request.viewer)
    is_owner = viewer.owns(found)
    guise = _guise(request.GET.get("as", ""), found) if is_owner else None
    if guise is None:
        own = {"is_owner": is_owner, "guises": guises.offered(found) if is_owner else ()}
        return render(request, "albums/album.html", _seen(found, viewer, request) | own | _part_in(found, viewer))
    context = {"guise": guise, "carried": guise.query, "own_view": request.path}
    if not Album.objects.visible_to(guise.viewer).filter(pk=found.pk).exists():
        return render(request, "albums/unseen.html", context | {"name": found.name})
    return render(request, "albums/album.html", context | _seen(found, guise.viewer, request))


def _seen(found: Album, viewer: Viewer, request: GalleryRequest) -> dict[str, Any]:
    """What the page shows this viewer of the album."""
    feed = feeds.of_album(found, viewer)
    page = list_page(feed.images.select_related("user"), request, feed.ordering)
    children = Album.objects.visible_to(viewer).inside(found).order_by("name_sort", "pk")[:CHILDREN_SHOWN]
    return {
        "album": album_card(found, viewer),
        "albums": album_cards(children, viewer),
        "page": page,
        "cards": image_cards(page.items, viewer),
        "feed": feed.query,
    }


def _part_in(found: Album, viewer: Viewer) -> dict[str, bool]:
    """Whether he may add photos to the album, has some in it, and holds a membership that he could give up."""
    if viewer.user is None:
        return {}
    return {
        "may_add": Album.objects.may_contribute(viewer).filter(pk=found.pk).exists(),
        "has_photos": Image.objects.editable_by(viewer).in_album(found).exists(),
        "is_member": AlbumMember.objects.of(found).held_by(viewer.user).exists(),
    }


def _guise(said: str, found: Album) -> Guise | None:
    """The guise that was asked for; raises Http404 for one that this owner's albums do not know."""
    if not said:
        return None
    guise = guises.taken(said, found)
    if guise is None:
        raise Http404("There is no such viewer.")
    return guise


@PAGE_AND_FORM
@login_required
@page_view
def new(request: MemberRequest) -> HttpResponse:
    parent = request.GET.get("parent")
    privacy = Privacy.INHERIT if parent else Privacy.PRIVATE
    form = AlbumForm(
        request.viewer, request.user, request.POST or None, initial={"parent": parent, "privacy_setting": privacy}
    )
    if form.is_valid():
        try:
            planted = album_changes.plant_album(owner=request.user, **form.cleaned_data)
        except tree.TreeError as refusal:
            _tell(form, refusal)
        else:
            return redirect("album", planted.uid)
    return render(request, "albums/form.html", {"form": form, "heading": "New album"}, status=_status(form))


@PAGE_AND_FORM
@login_required
@page_view
def edit(request: MemberRequest, uid: UUID) -> HttpResponse:
    found = editable_album(uid, request.viewer)
    card = album_card(found, request.viewer)
    form = AlbumForm(request.viewer, request.user, request.POST or None, initial={**card, "parent": card["parent_id"]})
    if form.is_valid():
        try:
            if asked := question(request, found, form.changes):
                return asked
            album_changes.edit_album(found, form.changes)
        except tree.TreeError as refusal:
            _tell(form, refusal)
        else:
            return redirect("album", uid)
    delete_form = DeleteAlbumForm(initial={"images": request.user.preferences["album_delete_mode"]})
    context = {"form": form, "heading": f"Edit {card['name']}", "album": card, "delete_form": delete_form}
    return render(request, "albums/form.html", context, status=_status(form))


@PAGE_AND_FORM
@login_required
@page_view
def arrange(request: MemberRequest, uid: UUID) -> HttpResponse:
    """The order, the cover, and taking out, by buttons; each is named for its deed, its value is the image."""
    found = editable_album(uid, request.viewer)
    feed = feeds.of_album(found, request.viewer)
    if request.method == "POST":
        deed = next((name for name in DEEDS if name in request.POST), "")
        form = PlaceForm(feed.images, {"image": request.POST.get(deed)})
        if not form.is_valid():
            raise Http404
        image = form.cleaned_data["image"]
        DEEDS[deed](found, feed.keys(), image.pk)
        return redirect(f"{request.get_full_path()}{'' if deed == 'remove' else f'#photo-{image.uid}'}")
    page = list_page(feed.images.select_related("user"), request, feed.ordering)
    context = {
        "album": album_card(found, request.viewer),
        "page": page,
        "cards": image_cards(page.items, request.viewer),
    }
    return render(request, "albums/arrange.html", context)


@require_POST
@login_required
@page_view
def delete(request: MemberRequest, uid: UUID) -> HttpResponse:
    """Into the trash with all below it; the page of the trash offers the way back."""
    found = editable_album(uid, request.viewer)
    form = DeleteAlbumForm(request.POST)
    if not form.is_valid():
        return redirect("album-edit", uid)
    album_changes.trash_album(found, images=form.cleaned_data["images"])
    messages.success(request, f"“{found.name}” is in the trash.")
    return redirect("albums")


@require_POST
@login_required
@page_view
def restore(request: MemberRequest, uid: UUID) -> HttpResponse:
    album_changes.restore_album(trashed_album(uid, request.viewer))
    return redirect("album", uid)


@require_POST
@login_required
@page_view
def purge(request: MemberRequest, uid: UUID) -> HttpResponse:
    """Out of the trash for good."""
    found = trashed_album(uid, request.viewer)
    album_changes.purge_album(found)
    messages.success(request, f"“{found.name}” is deleted for ever.")
    return redirect("trash")


def _tell(form: Form, refusal: tree.TreeError) -> None:
    form.add_error(FIELD_OF.get(refusal.field, refusal.field), refusal.detail)


def _status(form: Form) -> int:
    return 400 if form.is_bound else 200
