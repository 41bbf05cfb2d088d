"""Images and what hangs on them: metadata, places in albums, tags, words, traces, reports."""

from images.models.duplicates import NearPair, NotDuplicate
from images.models.image import SORT_KEYS, Image, ImageMetadata, Privacy, Status
from images.models.moderation import BlockedHash, Report
from images.models.places import AlbumImage
from images.models.traces import CachePurge, FileRemoval, KeptAnswer, Visit
from images.models.watermarks import WatermarkPicture
from images.models.words import ImageTag, SearchDocument, Tag

__all__ = [
    "SORT_KEYS",
    "AlbumImage",
    "BlockedHash",
    "CachePurge",
    "FileRemoval",
    "Image",
    "ImageMetadata",
    "ImageTag",
    "KeptAnswer",
    "NearPair",
    "NotDuplicate",
    "Privacy",
    "Report",
    "SearchDocument",
    "Status",
    "Tag",
    "Visit",
    "WatermarkPicture",
]
