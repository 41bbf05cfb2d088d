"""The gallery of all cases, made once for each module; what a test changes in it is undone after the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from images import store
from tests.access.gallery import Gallery, build
from tests.plain_access import Reading
from tests.settings import MIDDLEWARE


@pytest.fixture(scope="module")
def gallery(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gallery]:
    media: Path = tmp_path_factory.mktemp("media")
    (media / store.MARKER).touch()
    # How many queries an answer takes is for other tests to say.
    settings = override_settings(MEDIA_ROOT=media, MIDDLEWARE=[name for name in MIDDLEWARE if "zeal" not in name])
    with django_db_blocker.unblock(), settings, transaction.atomic():
        yield build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def reading(gallery: Gallery) -> Reading:
    """The gallery as it was made, by the plain reading of the rule."""
    return Reading()
