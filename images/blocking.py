"""Files that may not come again: the sha-256 of what was removed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from accounts import audit
from accounts.models import User
from gallery_site.writing import writing
from images.models import BlockedHash


def block(reasons: Mapping[str, str], *, by: User | None) -> None:
    """Let nobody upload exactly the files of these hashes again, each for its reason; one that is blocked already stays
    as it is. `by` None: nobody decided it, it follows from a rule."""
    BlockedHash.objects.bulk_create(
        (BlockedHash(file_hash=file_hash, reason=reason, blocked_by=by) for file_hash, reason in reasons.items()),
        ignore_conflicts=True,
    )


def is_blocked(file_hash: str) -> bool:
    return BlockedHash.objects.filter(file_hash=file_hash).exists()


def unblock(blocked: Sequence[BlockedHash], *, by: User, reason: str) -> int:
    """Let these files come again. Returns how many. Raises ValidationError without a reason."""
    reason = audit.clean_reason(reason)
    with writing():
        audit.record(map(_target, blocked), by=by, action="unblock", reason=reason)
        return BlockedHash.objects.filter(pk__in=[row.pk for row in blocked]).delete()[0]


def _target(row: BlockedHash) -> audit.Target:
    """A hash goes by its first 128 bits, where others go by their id."""
    return audit.Target("hash", UUID(row.file_hash[:32]), row.file_hash)
