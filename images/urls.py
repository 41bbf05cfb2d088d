"""Where the pages about images are."""

from django.urls import path

from images import duplicate_views, edit_views, rendition_views, report_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("images/<uuid:uid>", views.image, name="image"),
    path("images/<uuid:uid>/edits", edit_views.edit, name="image-edits"),
    path("images/<uuid:uid>/trash", views.image_trash, name="image-trash"),
    path("images/<uuid:uid>/report", report_views.image, name="image-report"),
    path("albums/<uuid:uid>/report", report_views.album, name="album-report"),
    path("renditions/<str:shelf>/<uuid:uid>/<int:version>/<str:name>", rendition_views.signed, name="rendition"),
    path("public/<str:shelf>/<uuid:uid>/<int:version>/<str:name>", rendition_views.public, name="public-rendition"),
    path("search", views.search, name="search"),
    path("tags", views.tags, name="tags"),
    path("tags/<str:slug>", views.tag, name="tag"),
    path("u/<str:username>", views.user, name="user"),
    path("upload", views.upload, name="upload"),
    path("library", views.library, name="library"),
    path("duplicates", duplicate_views.review, name="duplicates"),
    path("shared", views.shared, name="shared"),
    path("trash", views.trash_page, name="trash"),
]
