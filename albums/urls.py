"""Where the pages about albums are."""

from django.urls import path

from albums import link_views, sharing_views, views

urlpatterns = [
    path("albums", views.albums, name="albums"),
    path("albums/new", views.new, name="album-new"),
    path("albums/<uuid:uid>", views.album, name="album"),
    path("albums/<uuid:uid>/edit", views.edit, name="album-edit"),
    path("albums/<uuid:uid>/arrange", views.arrange, name="album-arrange"),
    path("albums/<uuid:uid>/delete", views.delete, name="album-delete"),
    path("albums/<uuid:uid>/restore", views.restore, name="album-restore"),
    path("albums/<uuid:uid>/purge", views.purge, name="album-purge"),
    path("albums/<uuid:uid>/sharing", sharing_views.sharing_page, name="album-sharing"),
    path("albums/<uuid:uid>/members", sharing_views.member_add, name="album-members"),
    path("albums/<uuid:uid>/members/<uuid:user_uid>", sharing_views.member_change, name="album-member"),
    path("albums/<uuid:uid>/members/<uuid:user_uid>/remove", sharing_views.member_remove, name="album-member-remove"),
    path("albums/<uuid:uid>/mine", sharing_views.mine, name="album-mine"),
    path("albums/<uuid:uid>/leave", sharing_views.leave, name="album-leave"),
    path("albums/<uuid:uid>/links", sharing_views.link_make, name="album-links"),
    path("albums/<uuid:uid>/links/<uuid:link_uid>/revoke", sharing_views.link_revoke, name="album-link-revoke"),
    path("s/<str:token>", link_views.link, name="link"),
]
