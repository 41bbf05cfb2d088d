"""The pages about images: the public gallery, one image, search, tags, people, one's own library, upload and trash."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST
from rest_framework.exceptions import Throttled

from accounts import registration
from accounts.models import User
from accounts.viewer import GalleryRequest, MemberRequest
from albums.models import Album, AlbumMember
from gallery_site.client_address import client_address
from gallery_site.page_view import back_to_list, list_page, page_view
from gallery_site.paging import Ordering, page_of_ranked
from gallery_site.throttle import throttle
from images import bulk, editing, emptying, feeds, trash, visits
from images.addresses import html_url
from images.album_cards import album_cards
from images.batch import NothingDone
from images.feeds import Feed
from images.filters import NEWEST_FIRST, ORDERINGS, filtered
from images.finding import editable_image, seen_image
from images.forms import CropForm, ImageChoiceForm, ImageForm, LibraryForm, SearchForm, UploadForm
from images.intake import Wishes
from images.intake.outcomes import Outcome, http_status, take_in_each
from images.models import Image, Tag, Visit
from images.search.finding import find
from images.search.language import All, QueryError, parse
from images.serializers import image_cards, image_detail
from images.trash_cards import ALBUMS_SHOWN as ALBUMS_SHOWN_IN_TRASH
from images.trash_cards import trashed_albums

PAGE = require_http_methods(["GET", "HEAD"])
PAGE_AND_FORM = require_http_methods(["GET", "HEAD", "POST"])
ALBUMS_SHOWN = 48  # of a person, above the photos
ORDER_NAMES = [
    ("-uploaded_at", "newest upload"),
    ("uploaded_at", "oldest upload"),
    ("-date_taken", "taken last"),
    ("date_taken", "taken first"),
    ("name", "name"),
    ("-file_size", "largest file"),
    ("-view_count", "most viewed"),
]


def _feed_context(feed: Feed, request: GalleryRequest) -> dict:
    page = list_page(feed.images.select_related("user"), request, feed.ordering)
    return {"page": page, "cards": image_cards(page.items, request.viewer), "feed": feed.query}


# --- For everyone -------------------------------------------------------------------------------------------------


@PAGE
@page_view
def home(request: GalleryRequest) -> HttpResponse:
    if registration.is_first():
        return render(request, "images/home.html", registration.first_steps())
    return render(request, "images/home.html", _feed_context(feeds.public(), request))


@PAGE_AND_FORM
@page_view
def image(request: GalleryRequest, uid: UUID) -> HttpResponse:
    """The page of one image, which counts as a view; its owner edits it here."""
    found = editable_image(uid, request.viewer) if request.method == "POST" else seen_image(uid, request.viewer)
    if found.trashed_at:
        return redirect("trash")
    detail = image_detail(found, request.viewer)
    form = ImageForm(request.POST or None, initial=detail) if request.viewer.owns(found) else None
    if form and form.is_valid() and _edited(form, found):
        messages.success(request, "Saved.")
        return back_to_list(request)
    if request.method == "GET":
        agent = request.headers.get("User-Agent", "")
        visits.record(found, Visit.Kind.VIEW, viewer=request.viewer, address=client_address(request), agent=agent)
    feed = feeds.asked_for(request.GET, request.viewer)
    previous, following = feed.neighbours(found)
    return render(
        request,
        "images/image.html",
        {
            "image": detail,
            "form": form,
            "crop_form": CropForm(initial={"x": 0, "y": 0, "width": found.image_width, "height": found.image_height}),
            "feed": feed.query,
            "previous": _address(previous, feed),
            "next": _address(following, feed),
        },
        status=400 if form and form.is_bound else 200,
    )


def _edited(form: ImageForm, found: Image) -> bool:
    """Do what the owner, who alone has the form, asks for; false, and the form says why, when that can't be."""
    try:
        editing.edit(found, by=found.user, changes=form.changes)
    except ValidationError as trouble:
        form.add_error(None, trouble)
        return False
    return True


def _address(neighbour: Image | None, feed: Feed) -> str | None:
    return f"{html_url(neighbour)}{feed.query}" if neighbour else None


@PAGE
@page_view
def tags(request: GalleryRequest) -> HttpResponse:
    """The tags that this viewer meets, the most used first; with `name`, to the page of that tag."""
    if name := request.GET.get("name"):
        return redirect("tag", get_object_or_404(Tag.objects.named(name).met_by(request.viewer)).slug)
    prefix = request.GET.get("query", "")[:100]
    found = Tag.objects.starting_with(prefix).counted_for(request.viewer)
    page = list_page(found, request, Ordering("-usage_count", "count_seen"))
    return render(request, "images/tags.html", {"page": page, "tags": page.items, "prefix": prefix})


@PAGE
@page_view
def tag(request: GalleryRequest, slug: str) -> HttpResponse:
    """A tag that this viewer meets on no image is not there for him."""
    found = get_object_or_404(Tag.objects.met_by(request.viewer), slug=slug)
    context = _feed_context(feeds.of_tag(found.name, request.viewer), request)
    return render(request, "images/feed.html", {"heading": found.name, "nothing": "No photos.", **context})


@PAGE
@page_view
def user(request: GalleryRequest, username: str) -> HttpResponse:
    person = get_object_or_404(User.objects.named(username), is_active=True)
    albums = (
        Album.objects.visible_to(request.viewer)
        .owned_by(person)
        .topmost_for(request.viewer)
        .order_by("name_sort", "pk")
    )
    return render(
        request,
        "images/user.html",
        {
            "heading": person.username,
            "nothing": "No photos to see.",
            "albums": album_cards(albums[:ALBUMS_SHOWN], request.viewer),
            **_feed_context(feeds.of_user(person.username, request.viewer), request),
        },
    )


@PAGE
@page_view
def search(request: GalleryRequest) -> HttpResponse:
    """What the words of the query find, the best first, within the filters of the form."""
    form = SearchForm(request.GET)
    context = {"form": form, "query": request.GET.get("query", ""), "asked": False}
    if form.is_valid():
        asked, text = form.narrowing, form.cleaned_data["query"]
        context |= {"narrowed": bool(asked), "asked": bool(asked or text)}
        try:
            tree = parse(text)
        except QueryError as trouble:
            form.add_error("query", f"{trouble.detail} {trouble.hint}")
        else:
            if context["asked"]:
                context |= _found(form.filters, tree, request)
    return render(request, "images/search.html", context, status=200 if form.is_valid() else 400)


def _found(filters: dict, tree: All, request: GalleryRequest) -> dict:
    page = page_of_ranked(find(filtered(filters, request.viewer), tree), request)
    found = Image.objects.select_related("user").in_bulk([hit.key for hit in page.items])
    ranked = [found[hit.key] for hit in page.items if hit.key in found]
    return {"page": page, "cards": image_cards(ranked, request.viewer)}


# --- For whoever is signed in -------------------------------------------------------------------------------------


@PAGE_AND_FORM
@login_required
@page_view
def upload(request: MemberRequest) -> HttpResponse:
    """A plain form that takes many files and tells what became of each; a script on it sends them one by one."""
    form = UploadForm(request.viewer, request.POST or None, request.FILES or None, initial=request.GET.dict())
    context = {"form": form, "max_file_bytes": settings.GALLERY_MAX_FILE_BYTES}
    if not form.is_valid():
        return render(request, "images/upload.html", context, status=400 if form.is_bound else 200)
    try:
        for _ in form.cleaned_data["files"]:
            throttle(request, "upload", f"{settings.GALLERY_UPLOADS_PER_HOUR}/h", str(request.user.pk))
    except Throttled as pause:
        form.add_error("files", str(pause.detail))
        answer = render(request, "images/upload.html", context, status=pause.status_code)
        answer["Retry-After"] = str(getattr(pause, "wait", None) or 1)
        return answer
    wishes = Wishes(**{name: value for name, value in form.cleaned_data.items() if name != "files"})
    outcomes = take_in_each(form.cleaned_data["files"], owner=request.user, wishes=wishes)
    return render(request, "images/upload_result.html", _told(outcomes), status=http_status(outcomes))


def _seconds(pause: Throttled) -> int:
    return round(getattr(pause, "wait", 60))


def _told(outcomes: list[Outcome]) -> dict:
    statuses = [outcome.status for outcome in outcomes]
    return {
        "outcomes": outcomes,
        **{status: statuses.count(status) for status in ("created", "duplicate", "rejected")},
    }


@PAGE_AND_FORM
@login_required
@page_view
def library(request: MemberRequest) -> HttpResponse:
    """One's own images; deeds on those that are ticked. `album` is the album that is offered first."""
    asked = request.POST if request.method == "POST" else None
    form = LibraryForm(request.viewer, asked, initial={"album": request.GET.get("album")})
    if form.is_bound and _done(bulk.OF_LIBRARY, form, request):
        return back_to_list(request)
    order = request.GET.get("ordering")
    feed = feeds.of_library(request.viewer, order if order in ORDERINGS else NEWEST_FIRST)
    context = {
        "form": form,
        "chosen": request.POST.getlist("image_ids"),
        "ordering": feed.ordering.name,
        "orderings": ORDER_NAMES,
        **_feed_context(feed, request),
    }
    return render(request, "images/library.html", context, status=400 if form.is_bound else 200)


@PAGE_AND_FORM
@login_required
@page_view
def trash_page(request: MemberRequest) -> HttpResponse:
    """One's own trash: deleted albums, and photos; back from it, or away for good, what is ticked or all."""
    trashed = Image.objects.in_trash_of(request.viewer)
    form = ImageChoiceForm(trashed, request.POST if request.method == "POST" else None)
    if request.POST.get("deed") == "empty":
        gone = emptying.empty_trash(of=request.viewer)
        messages.success(
            request, f"Deleted for ever: {_so_many(gone.images, 'photo')}, {_so_many(gone.albums, 'album')}."
        )
        return redirect("trash")
    if form.is_bound and _done(bulk.OF_TRASH, form, request):
        return back_to_list(request)
    page = list_page(trashed.select_related("user"), request, Ordering("-trashed_at", "trashed_at"))
    return render(
        request,
        "images/trash.html",
        {
            "form": form,
            "chosen": request.POST.getlist("image_ids"),
            "albums": trashed_albums(request.viewer),
            "albums_shown": ALBUMS_SHOWN_IN_TRASH,
            "page": page,
            "cards": image_cards(page.items, request.viewer),
            "trash_days": settings.GALLERY_TRASH_DAYS,
        },
        status=400 if form.is_bound else 200,
    )


def _done(deeds: Mapping[str, bulk.Deed], form: ImageChoiceForm, request: MemberRequest) -> bool:
    """Do what was asked with what is ticked; false, and the form says why, when that can't be."""
    deed = deeds.get(request.POST.get("deed", ""))
    if deed is None:
        form.add_error(None, "Choose what to do.")
    if deed is None or not form.is_valid():
        return False
    try:
        deed(form.images, form.cleaned_data, request.viewer)
    except NothingDone as refusal:
        form.add_error(None, str(refusal))
        return False
    messages.success(request, f"Done with {_so_many(len(form.images), 'photo')}.")
    return True


def _so_many(count: int, of: str) -> str:
    return f"{count} {of}{'' if count == 1 else 's'}"


@require_POST
@login_required
@page_view
def image_trash(request: MemberRequest, uid: UUID) -> HttpResponse:
    trash.trash([editable_image(uid, request.viewer).pk])
    messages.success(request, "Moved to the trash.")
    return redirect("library")


@PAGE
@login_required
@page_view
def shared(request: MemberRequest) -> HttpResponse:
    """Albums of others that this viewer sees by more than their being public; those he was let into he can leave."""
    found = Album.objects.visible_to(request.viewer).topmost_shared_with(request.viewer)
    page = list_page(found, request, Ordering("-updated_at", "updated_at"))
    entered = AlbumMember.objects.of_any(page.items).held_by(request.user)
    context = {
        "page": page,
        "albums": album_cards(page.items, request.viewer),
        "left_by_button": {str(uid) for uid in entered.values_list("album__uid", flat=True)},
    }
    return render(request, "images/shared.html", context)
