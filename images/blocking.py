"""Pictures that may not come again: the sha-256 and the likeness of what was removed."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from accounts import audit
from accounts.models import User
from gallery_site.writing import writing
from images.models import BlockedHash
from images.nearness import near

# Bits. Copies that were saved again, scaled, toned or cut by 2 % are within; two photos are 14 apart or more, unless
# they are shots of one scene.
NEAR_COPY = 4


def block(reasons: Mapping[str, str], *, by: User | None, likenesses: Mapping[str, int | None] | None = None) -> None:
    """Let nobody upload the files of these hashes again, each for its reason, nor, where the likeness is known, near
    copies of them; one that is blocked already stays as it is. `by` None: nobody decided it, it follows from a rule."""
    rows = [BlockedHash(file_hash=file_hash, reason=reason, blocked_by=by) for file_hash, reason in reasons.items()]
    for row in rows:
        row.take_likeness((likenesses or {}).get(row.file_hash))
    BlockedHash.objects.bulk_create(rows, ignore_conflicts=True)


def is_blocked(file_hash: str) -> bool:
    return BlockedHash.objects.filter(file_hash=file_hash).exists()


def is_near_blocked(likeness: int | None) -> bool:
    """Whether a picture is a near copy of a blocked one. What shows nothing to know it by is near to none."""
    return likeness is not None and bool(near(BlockedHash.objects.all(), likeness, within=NEAR_COPY))


def unblock(blocked: Sequence[BlockedHash], *, by: User, reason: str) -> int:
    """Let these files come again. Returns how many. Raises ValidationError without a reason."""
    reason = audit.clean_reason(reason)
    with writing():
        audit.record(map(_target, blocked), by=by, action="unblock", reason=reason)
        return BlockedHash.objects.filter(pk__in=[row.pk for row in blocked]).delete()[0]


def _target(row: BlockedHash) -> audit.Target:
    """A hash goes by its first 128 bits, where others go by their id."""
    return audit.Target("hash", UUID(row.file_hash[:32]), row.file_hash)
