"""Mail where no mail server is set: written out for whoever runs the gallery to read."""

import sys
from typing import Any

from django.core.mail.backends import console


class EmailBackend(console.EmailBackend):
    """On standard error: standard output is the log, one JSON object a line."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, stream=sys.stderr, **kwargs)
