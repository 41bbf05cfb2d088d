"""The words in which people are asked for, by whatever names them."""

from uuid import UUID

from django.db.models import Q


def named_user(name_or_id: str) -> Q:
    """A user by name (any case) or by public id, as a condition on a `user` field."""
    try:
        return Q(user__uid=UUID(name_or_id))
    except ValueError:
        return Q(user__username__iexact=name_or_id)
