"""Where the pages about albums are."""

from django.urls import path

from albums import views

urlpatterns = [
    path("albums", views.albums, name="albums"),
    path("albums/new", views.new, name="album-new"),
    path("albums/<uuid:uid>", views.album, name="album"),
    path("albums/<uuid:uid>/edit", views.edit, name="album-edit"),
    path("albums/<uuid:uid>/arrange", views.arrange, name="album-arrange"),
    path("albums/<uuid:uid>/delete", views.delete, name="album-delete"),
    path("albums/<uuid:uid>/restore", views.restore, name="album-restore"),
]
