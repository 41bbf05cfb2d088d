"""The settings of the tests: the product's own, with a data folder that is thrown away, and nothing of the environment
of whoever runs them."""

import atexit
import shutil
import tempfile
from pathlib import Path

from gallery_site.environment import Environment

_data = Path(tempfile.mkdtemp(prefix="gallery-tests-"))
atexit.register(shutil.rmtree, _data, ignore_errors=True)
Environment.ENVIRON = {
    "GALLERY_DATA_DIR": str(_data),
    "RATELIMIT_ENABLE": "0",  # a test that is about throttles turns them on
    "EMAIL_URL": "memorymail://",
}

from gallery_site.settings import *  # noqa: E402, F403  the environment above comes first
from gallery_site.settings import DATABASES, INSTALLED_APPS, MIDDLEWARE, STATIC_ROOT, STORAGES  # noqa: E402

# A query that one request makes again for each row of a list is an error.
INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]

# A file, not the memory: connections of several threads meet there as they do in a real gallery.
DATABASES["default"]["TEST"] = {"NAME": _data / "test.sqlite3"}

STATIC_ROOT.mkdir()  # whitenoise warns where it is missing

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # fast; Argon2 has tests of its own
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
LOGGING_CONFIG = None  # pytest shows the log of a test that fails
