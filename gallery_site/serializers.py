"""What every body has in common: a field that is not known is an error, not ignored, and who chooses what is none of
the choices is told them."""

import json
from collections.abc import Mapping
from typing import Any, Final, NoReturn

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

LONGEST_SAID: Final = 40  # characters of a wrong choice that are said again


class ChoiceField(serializers.ChoiceField):
    """One of some words or numbers; whoever says something else is told which."""

    default_error_messages = {"invalid_choice": "{said} is none of {choices}."}

    def fail(self, key: str, **kwargs: Any) -> NoReturn:
        if key == "invalid_choice":
            said = json.dumps(kwargs.pop("input"), ensure_ascii=False, default=str)
            kwargs["said"] = said if len(said) <= LONGEST_SAID else f"{said[:LONGEST_SAID]}…"
            kwargs["choices"] = ", ".join(map(str, self.choices))
        super().fail(key, **kwargs)


class StrictSerializer(serializers.Serializer):
    """Refuses names it does not know, and names that only the server sets, each on its own field."""

    def to_internal_value(self, data: Any) -> Any:
        names = data.keys() if isinstance(data, Mapping) else ()
        refused = {name: [self._refusal(name)] for name in names if not self._takes(name)}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as trouble:
            if isinstance(trouble.detail, dict):
                raise serializers.ValidationError({**trouble.detail, **refused}) from None
            raise
        if refused:
            raise serializers.ValidationError(refused)
        return value

    def _takes(self, name: str) -> bool:
        field = self.fields.get(name)
        return field is not None and not field.read_only

    def _refusal(self, name: str) -> ErrorDetail:
        if name in self.fields:
            return ErrorDetail("Only the server sets this field.", code="read_only")
        return ErrorDetail("There is no such field.", code="unknown_field")
