"""What tests of albums share: the media root and the uploads of the tests of images."""

from images.tests.conftest import media, upload

__all__ = ["media", "upload"]
