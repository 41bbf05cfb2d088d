"""The API on one screen."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts.api_urls import api_routes as account_routes
from albums import api as albums
from albums import sharing_api as sharing
from albums.access_api import AlbumAccessView
from gallery_site.api_routes import route
from images.api import batch, discovery, duplicates, edits, files, images, reports, upload, watermarks

urlpatterns = [
    *account_routes,
    route("upload", upload.UploadView, "api-upload"),
    route("images", images.ImagesView, "api-images"),
    route("images/batch", batch.BatchView, "api-batch"),
    route("images/duplicates", duplicates.DuplicatesView, "api-duplicates"),
    route("images/duplicates/dismiss", duplicates.KeepApartView, "api-duplicates-dismiss"),
    route("images/duplicates/merge", duplicates.MergeView, "api-duplicates-merge"),
    route("images/<uuid:uid>", images.ImageView, "api-image"),
    route("images/<uuid:uid>/restore", images.ImageRestoreView, "api-image-restore"),
    route("images/<uuid:uid>/report", reports.ImageReportView, "api-image-report"),
    route("images/<uuid:uid>/download", files.DownloadView, "api-download"),
    route("images/<uuid:uid>/thumbnail", files.ThumbnailView, "api-thumbnail"),
    route("images/<uuid:uid>/edits", edits.EditsView, "api-image-edits"),
    route("images/<uuid:uid>/edits/last", edits.LastEditView, "api-image-last-edit"),
    route("albums", albums.AlbumsView, "api-albums"),
    route("albums/<uuid:uid>", albums.AlbumView, "api-album"),
    route("albums/<uuid:uid>/restore", albums.AlbumRestoreView, "api-album-restore"),
    route("albums/<uuid:uid>/report", reports.AlbumReportView, "api-album-report"),
    route("albums/<uuid:uid>/access", AlbumAccessView, "api-album-access"),
    route("albums/<uuid:uid>/images", albums.AlbumImagesView, "api-album-images"),
    route("albums/<uuid:uid>/images/<uuid:image_uid>", albums.AlbumImageView, "api-album-image"),
    route("albums/<uuid:uid>/members", sharing.MembersView, "api-album-members"),
    route("albums/<uuid:uid>/members/<uuid:user_uid>", sharing.MemberView, "api-album-member"),
    route("albums/<uuid:uid>/links", sharing.LinksView, "api-album-links"),
    route("albums/<uuid:uid>/links/<uuid:link_uid>", sharing.LinkView, "api-album-link"),
    route("watermarks", watermarks.WatermarksView, "api-watermarks"),
    route("watermarks/<uuid:uid>", watermarks.WatermarkView, "api-watermark"),
    route("search", discovery.SearchView, "api-search"),
    route("tags", discovery.TagsView, "api-tags"),
    route("schema", SpectacularAPIView, "api-schema"),
    route("docs", SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="docs.html"), "api-docs"),
]
