"""Which path leads where."""

from django.contrib import admin
from django.urls import include, path, re_path

from gallery_site import health
from gallery_site.errors import api_not_found

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/", include("gallery_site.api_urls")),
    re_path(r"^api(/.*)?$", api_not_found),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("albums.urls")),
    path("", include("images.urls")),
]

handler400 = "gallery_site.errors.bad_request"
handler403 = "gallery_site.errors.forbidden"
handler404 = "gallery_site.errors.not_found"
handler500 = "gallery_site.errors.server_error"
