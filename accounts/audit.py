"""The audit log: every act of the staff, written in the transaction of the act and told to the log when it stands."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import AuditEntry, User

LONGEST_REASON = 500  # characters
log = logging.getLogger("gallery.moderation")


@dataclass(frozen=True)
class Target:
    """What an act was done to: its kind (at most 10 characters), its public id, and a name that staff may read."""

    kind: str
    id: UUID
    name: str


def target_user(user: User) -> Target:
    return Target("user", user.uid, user.username)


def clean_reason(reason: str) -> str:
    """The reason, stripped. Raises ValidationError for none, or one that is too long."""
    reason = reason.strip()
    if not reason:
        raise ValidationError("Give a reason.", code="required")
    if len(reason) > LONGEST_REASON:
        raise ValidationError(f"A reason has at most {LONGEST_REASON} characters.", code="too_long")
    return reason


def record(targets: Iterable[Target], *, by: User, action: str, reason: str) -> None:
    """Write an entry for each target, by one statement; inside the transaction of the act itself."""
    entries = [
        AuditEntry(
            actor=by,
            actor_name=by.username,
            action=action,
            target_kind=target.kind,
            target_id=target.id,
            target_name=target.name[:255],
            reason=reason,
        )
        for target in targets
    ]
    AuditEntry.objects.bulk_create(entries)
    transaction.on_commit(lambda: _tell(entries))


def _tell(entries: Iterable[AuditEntry]) -> None:
    for entry in entries:
        log.info(
            entry.action,
            extra={
                "by": entry.actor_name,
                "kind": entry.target_kind,
                "target": str(entry.target_id),
                "reason": entry.reason,
            },
        )
