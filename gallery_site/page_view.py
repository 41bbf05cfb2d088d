"""What the HTML pages share: one meaning of errors, and lists that are paged as the API pages them."""

from collections.abc import Callable
from functools import wraps

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from rest_framework import exceptions

from gallery_site.paging import LARGEST_SIZE, Ordering, Page, page_of
from gallery_site.refusals import Conflict

PageView = Callable[..., HttpResponse]


def page_view(view: PageView) -> PageView:
    """A view that may use what the API uses: what is not there (any more) or can't be read is the page for 404, what
    is somebody else's or not possible now the one for 403."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (exceptions.NotFound, exceptions.ValidationError, ObjectDoesNotExist) as trouble:
            raise Http404(str(trouble)) from trouble
        except (exceptions.PermissionDenied, Conflict) as trouble:
            raise PermissionDenied(str(trouble.detail)) from trouble

    return answer


def list_page(rows: QuerySet, request: HttpRequest, ordering: Ordering, *, exact: int | None = None) -> Page:
    """The page of `rows` that was asked for, as long as its viewer likes pages to be."""
    user = request.user
    size = user.preferences["page_size"] if user.is_authenticated else None
    return page_of(rows, request, ordering, exact=exact, **({"default_size": min(size, LARGEST_SIZE)} if size else {}))


def back_to_list(request: HttpRequest) -> HttpResponse:
    """After a deed on a list: to the list again, at the same place."""
    return redirect(request.get_full_path())
