"""Reading the environment: a value that can't be read is named, with its variable."""

from typing import Any, ClassVar

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.Env):
    EMAIL_SCHEMES: ClassVar[dict[str, str]] = environ.Env.EMAIL_SCHEMES | {
        "consolemail": "gallery_site.mail.EmailBackend"
    }

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().get_value(var, *args, **kwargs)
        except ValueError as trouble:
            raise ImproperlyConfigured(f"{var} can't be read ({trouble}).") from trouble
