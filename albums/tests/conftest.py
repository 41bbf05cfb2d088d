"""What tests of albums share: the media root and the uploads of the tests of images."""

from images.tests.conftest import as_alice, media, upload

__all__ = ["as_alice", "media", "upload"]
