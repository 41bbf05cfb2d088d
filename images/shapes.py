"""The shapes of the answers about images and albums, for the OpenAPI document; a test holds the answers against it."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from albums.models import AlbumMember
from albums.models import Privacy as AlbumPrivacy
from images.batch import OPERATIONS
from images.grading import Grade
from images.models import Privacy, Report, Status, Visit
from images.watermark_json import WatermarkBody


class Person(serializers.Serializer):
    id = serializers.UUIDField()
    username = serializers.CharField()


class Thumbnail(serializers.Serializer):
    url = serializers.CharField()
    width = serializers.IntegerField()
    height = serializers.IntegerField()


class Thumbnails(serializers.Serializer):
    small = Thumbnail()
    medium = Thumbnail()
    large = Thumbnail()


class AlbumName(serializers.Serializer):
    id = serializers.UUIDField()
    name = serializers.CharField()


@extend_schema_field({"type": "object", "additionalProperties": {}})
class AnyTags(serializers.JSONField):
    pass


class ImageCard(serializers.Serializer):
    id = serializers.UUIDField()
    user = Person()
    filename = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    albums = AlbumName(many=True)
    file_size = serializers.IntegerField(help_text="bytes")
    image_width = serializers.IntegerField(help_text="pixels, as displayed")
    image_height = serializers.IntegerField(help_text="pixels, as displayed")
    mime_type = serializers.CharField()
    uploaded_at = serializers.DateTimeField()
    date_taken = serializers.CharField(
        allow_null=True, help_text="as the camera wrote it: an offset only where the file has one"
    )
    view_count = serializers.IntegerField()
    download_count = serializers.IntegerField()
    privacy_setting = serializers.ChoiceField(Privacy.choices)
    status = serializers.ChoiceField(Status.choices)
    placeholder = serializers.CharField(help_text="a data URI of at most 200 bytes")
    dominant_color = serializers.CharField(help_text="#rrggbb")
    thumbnails = Thumbnails()
    srcset = serializers.CharField()
    download_url = serializers.CharField(allow_null=True)
    html_url = serializers.CharField()
    original_filename = serializers.CharField(required=False, help_text="to the owner")
    file_hash = serializers.CharField(required=False, help_text="sha-256, to the owner")
    rating = serializers.IntegerField(required=False, allow_null=True, help_text="to the owner")
    edits = serializers.ListField(child=AnyTags(), required=False, help_text="steps, the last one last; to the owner")
    trashed_at = serializers.DateTimeField(required=False, allow_null=True, help_text="to the owner")
    is_hidden = serializers.BooleanField(required=False, help_text="by a moderator; to the owner and to moderators")
    hidden_reason = serializers.CharField(required=False, allow_null=True, help_text="to the owner and to moderators")
    open_reports = serializers.IntegerField(required=False, help_text="to moderators")


class Metadata(serializers.Serializer):
    camera_make = serializers.CharField(allow_null=True)
    camera_model = serializers.CharField(allow_null=True)
    lens_model = serializers.CharField(allow_null=True)
    date_taken = serializers.CharField(allow_null=True)
    focal_length = serializers.FloatField(allow_null=True, help_text="mm")
    aperture = serializers.CharField(allow_null=True, help_text="f-number")
    iso = serializers.IntegerField(allow_null=True)
    shutter_speed = serializers.CharField(allow_null=True, help_text="1/250, or seconds")
    orientation = serializers.IntegerField(min_value=1, max_value=8)
    color_profile = serializers.CharField(allow_null=True)
    location_lat = serializers.FloatField(required=False, allow_null=True, help_text="degrees")
    location_lon = serializers.FloatField(required=False, allow_null=True, help_text="degrees")
    altitude = serializers.FloatField(required=False, allow_null=True, help_text="m, to the owner")
    exif_data = AnyTags(required=False, help_text="to the owner")
    iptc = AnyTags(required=False, help_text="to the owner")
    xmp = AnyTags(required=False, help_text="to the owner")


class Access(serializers.Serializer):
    at = serializers.DateTimeField()
    what = serializers.ChoiceField(Visit.Kind.choices)
    who = serializers.CharField(allow_null=True)
    address_hash = serializers.CharField()


class ImageStatistics(serializers.Serializer):
    view_count = serializers.IntegerField()
    download_count = serializers.IntegerField()
    last_viewed_at = serializers.DateTimeField(allow_null=True)
    recent_access = Access(many=True, required=False, help_text="to the owner")


class ImageDetail(ImageCard):
    metadata = Metadata()
    statistics = ImageStatistics()


class UploadProblem(serializers.Serializer):
    code = serializers.CharField()
    detail = serializers.CharField()
    attr = serializers.CharField(allow_null=True)


class UploadResult(serializers.Serializer):
    filename = serializers.CharField()
    status = serializers.ChoiceField(["created", "duplicate", "rejected"])
    id = serializers.UUIDField(allow_null=True)
    image = ImageCard(required=False)
    location = serializers.ChoiceField(["library", "trash"], required=False)
    errors = UploadProblem(many=True, required=False)  # type: ignore[assignment]  # the answer's name for them


class UploadResults(serializers.Serializer):
    results = UploadResult(many=True)
    created = serializers.IntegerField()
    duplicates = serializers.IntegerField()
    rejected = serializers.IntegerField()


class Cover(serializers.Serializer):
    id = serializers.UUIDField()
    thumbnails = Thumbnails()


class AlbumCard(serializers.Serializer):
    id = serializers.UUIDField()
    user = Person()
    name = serializers.CharField()
    description = serializers.CharField()
    parent_id = serializers.UUIDField(allow_null=True)
    path = AlbumName(many=True)
    privacy_setting = serializers.ChoiceField(AlbumPrivacy.choices)
    effective_privacy = serializers.ChoiceField(AlbumPrivacy.choices)
    cover_image = Cover(allow_null=True)
    cover_image_id = serializers.UUIDField(allow_null=True)
    image_count = serializers.IntegerField()
    total_image_count = serializers.IntegerField()
    children_count = serializers.IntegerField()
    show_location = serializers.BooleanField(allow_null=True)
    allow_download = serializers.BooleanField(allow_null=True)
    watermark = WatermarkBody(allow_null=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    trashed_at = serializers.DateTimeField(required=False, allow_null=True, help_text="to the owner")
    is_hidden = serializers.BooleanField(required=False, help_text="by a moderator; to the owner and to moderators")
    hidden_reason = serializers.CharField(required=False, allow_null=True, help_text="to the owner and to moderators")
    open_reports = serializers.IntegerField(required=False, help_text="to moderators")


class TagShape(serializers.Serializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    slug = serializers.CharField()
    usage_count = serializers.IntegerField()


class Removal(serializers.Serializer):
    removed = serializers.BooleanField()
    deleted = serializers.BooleanField()


class ReportShape(serializers.Serializer):
    id = serializers.UUIDField()
    reason = serializers.ChoiceField(Report.Reason.choices)
    note = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()


class BatchResult(serializers.Serializer):
    id = serializers.UUIDField()
    status = serializers.ChoiceField([operation.becomes for operation in OPERATIONS.values()])


class BatchAnswer(serializers.Serializer):
    operation = serializers.ChoiceField(list(OPERATIONS))
    processed = serializers.IntegerField()
    results = BatchResult(many=True)


class Duplicate(serializers.Serializer):
    id = serializers.UUIDField()
    grade = serializers.ChoiceField(list(Grade), help_text="how much it is like the keeper")


class DuplicateGroup(serializers.Serializer):
    grade = serializers.ChoiceField(list(Grade), help_text="that of the least alike")
    keeper = serializers.UUIDField(help_text="proposed: the original of them, as far as can be told")
    images = Duplicate(many=True, help_text="the keeper first, then the most alike")


class Merged(serializers.Serializer):
    keeper = serializers.UUIDField()
    trashed = serializers.IntegerField()


class AccessPolicy(AlbumName):
    inherited = serializers.BooleanField(help_text="the rule is that of an album above")


class AccessHidden(serializers.Serializer):
    reason = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()
    through = AlbumName()


class AccessMember(serializers.Serializer):
    user = Person()
    role = serializers.ChoiceField(AlbumMember.Role.choices)
    in_force = serializers.BooleanField(help_text="false: kept, and without effect")
    through = AlbumName()


class AccessLink(serializers.Serializer):
    id = serializers.UUIDField()
    has_password = serializers.BooleanField()
    expires_at = serializers.DateTimeField(allow_null=True)
    allow_download = serializers.BooleanField(allow_null=True)
    show_location = serializers.BooleanField(allow_null=True)
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    in_force = serializers.BooleanField(help_text="false: it has ended, or the album is private or hidden")
    through = AlbumName()


class AccessImages(serializers.Serializer):
    total = serializers.IntegerField(help_text="in this album itself, as its owner sees it")
    seen_by_everyone = serializers.IntegerField()
    seen_by_members = serializers.IntegerField()
    seen_by_link_holders = serializers.IntegerField()
    private = serializers.IntegerField(help_text="seen by their owner alone")
    contributed = serializers.IntegerField(help_text="other people's")
    hidden = serializers.IntegerField(help_text="hidden by a moderator")


class AccessRule(serializers.Serializer):
    who = serializers.CharField()
    what = serializers.CharField()
    because = serializers.CharField()


class AlbumAccess(serializers.Serializer):
    album = AlbumName()
    owner = Person()
    privacy_setting = serializers.ChoiceField(AlbumPrivacy.choices)
    effective_privacy = serializers.ChoiceField(AlbumPrivacy.choices)
    policy = AccessPolicy(help_text="the album whose rule holds here")
    is_hidden = serializers.BooleanField()
    hidden = AccessHidden(allow_null=True)
    everyone = serializers.BooleanField(help_text="everyone sees the album")
    members = AccessMember(many=True)
    links = AccessLink(many=True)
    images = AccessImages()
    rules = AccessRule(many=True)


class LinkName(serializers.Serializer):
    id = serializers.UUIDField()
    album = AlbumName()


class Audience(serializers.Serializer):
    kind = serializers.ChoiceField(["everyone", "members", "links"])
    users = Person(many=True, required=False)
    links = LinkName(many=True, required=False)


class SightChange(serializers.Serializer):
    who = Audience()
    albums = AlbumName(many=True, help_text="the newest, at most 20")
    albums_count = serializers.IntegerField()
    image_ids = serializers.ListField(child=serializers.UUIDField(), help_text="the newest, at most 20")
    images_count = serializers.IntegerField()
    downloads_count = serializers.IntegerField(help_text="images that these may download, or no longer may")
    locations_count = serializers.IntegerField(help_text="images whose place these know, or no longer know")
    told = serializers.ListField(child=serializers.CharField())


class WatermarkChange(serializers.Serializer):
    who = Audience()
    added_count = serializers.IntegerField(help_text="images over which these see a watermark, and saw none")
    replaced_count = serializers.IntegerField(help_text="images over which these see another watermark")
    removed_count = serializers.IntegerField(help_text="images that these see without their watermark")
    told = serializers.ListField(child=serializers.CharField())


class AlbumForesight(serializers.Serializer):
    dry_run = serializers.BooleanField()
    gains = SightChange(many=True)
    loses = SightChange(many=True, help_text="everyone: who is not let in by name or by link")
    watermarks = WatermarkChange(many=True, help_text="of images that these see now, and would see")
