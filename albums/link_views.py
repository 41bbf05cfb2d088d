"""The page that a link leads to: it opens the album, after asking for the password if there is one."""

from collections.abc import Callable
from functools import wraps

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from rest_framework.exceptions import Throttled

from accounts.viewer import GalleryRequest
from albums import sharing
from albums.link_opening import WrongPassword, enter, prove_password
from albums.models import ShareLink
from albums.sharing_forms import LinkPasswordForm
from gallery_site.errors import not_found


def unseen_by_others(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Let no cache keep the answer, no search engine list it, and no site learn its address from a browser."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "private, no-store"
        response["X-Robots-Tag"] = "noindex"
        response.setdefault("Referrer-Policy", "no-referrer")
        return response

    return answer


@sensitive_post_parameters("password")
@unseen_by_others
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: GalleryRequest, token: str) -> HttpResponse:
    """HEAD tells what GET would, and opens nothing."""
    found = sharing.link_of(token)
    if found is None:
        return not_found(request)
    if found.has_password and found.pk not in request.viewer.links:
        form = LinkPasswordForm(request.POST if request.method == "POST" else None)
        if wait := _refused(request, found, form):
            return _asked(request, form, 429, wait)
        if not form.is_bound or form.errors:
            return _asked(request, form, 400 if form.is_bound else 200)
    if request.method != "HEAD":
        enter(request, found)
    return HttpResponseRedirect(
        reverse("album", args=[found.album.uid]), status=303 if request.method == "POST" else 302
    )


def _refused(request: HttpRequest, found: ShareLink, form: forms.Form) -> int | None:
    """Try the password of the form, if there is one: what is wrong with it is told on the form. Seconds to wait, if it
    is too often."""
    if not form.is_valid():
        return None
    try:
        prove_password(request, found, form.cleaned_data["password"])
    except WrongPassword:
        form.add_error("password", "This is not the password of the link. Ask whoever gave it to you.")
    except Throttled as throttled:
        wait: int = throttled.wait  # type: ignore[attr-defined]  # its stub has forgotten it
        form.add_error(None, f"Too many attempts. Try again in {wait} seconds.")
        return wait
    return None


def _asked(request: HttpRequest, form: forms.Form, status: int, wait: int | None = None) -> HttpResponse:
    """The form for the password. Under `no-referrer` a browser would send it with `Origin: null`, which the CSRF check
    refuses; so this page tells others its origin at most, never its path."""
    response = render(request, "albums/link.html", {"form": form}, status=status)
    response["Referrer-Policy"] = "strict-origin"
    if wait:
        response["Retry-After"] = str(wait)
    return response
