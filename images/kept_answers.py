"""Answers to requests with an `Idempotency-Key`: given again when the same request comes again."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from gallery_site.writing import lock_rows, writing
from images.models import KeptAnswer

KEPT_FOR = timedelta(hours=24)


class KeyTaken(Exception):
    """The key came with another request before."""


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


def once(*, key: str, by: User, asked: Mapping[str, Any], answer: Callable[[], Answer]) -> Answer:
    """The answer to what is asked: worked out by `answer` when this key of this person comes for the first time, and
    the very same when it comes again.

    What is done and the note of what was said are one transaction, so a request that comes twice, at the same time or
    after a crash, is done once. What raises is not noted: it has changed nothing, and may succeed when it is asked
    again. Raises KeyTaken.
    """
    fingerprint = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
    with writing():
        if not lock_rows(User.objects.filter(pk=by.pk)):  # his requests with keys take turns
            raise User.DoesNotExist
        KeptAnswer.objects.filter(user=by, key=key, at__lte=timezone.now() - KEPT_FOR).delete()
        kept = KeptAnswer.objects.filter(user=by, key=key).first()
        if kept is None:
            first = answer()
            KeptAnswer.objects.create(user=by, key=key, fingerprint=fingerprint, status=first.status, body=first.body)
            return first
        if kept.fingerprint != fingerprint:
            raise KeyTaken
        return Answer(kept.status, kept.body)


def sweep() -> int:
    """Drop what has been kept for long enough. Returns how many answers that were."""
    return KeptAnswer.objects.filter(at__lte=timezone.now() - KEPT_FOR).delete()[0]
