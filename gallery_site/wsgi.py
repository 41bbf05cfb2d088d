"""The door for the web server: Gallery as a WSGI application."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gallery_site.settings")

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  loads all rooms now: once for all processes, and not at the first request
