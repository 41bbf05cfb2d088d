"""Signing in by name or by email, with the same work done for one who does not exist."""

from django.contrib.auth.backends import ModelBackend


class NameOrEmailBackend(ModelBackend):
    """Django's backend, which asks `UserManager.get_by_natural_key`, and that takes either.

    An unknown one costs one query and one password hash, as a known one does; a suspended one is told nothing more.
    """
