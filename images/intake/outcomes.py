"""Several files of one request, each standing alone: what became of every one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accounts.models import User
from images.intake import Taken, Wishes, take_in
from images.intake.rejection import Rejected
from images.intake.staging import StagedUpload
from images.metadata.text import clean_line

MIXED, CREATED, REFUSED = 207, 201, 400


@dataclass(frozen=True)
class Outcome:
    filename: str
    taken: Taken | None = None
    rejected: Rejected | None = None

    @property
    def problem(self) -> dict[str, str]:
        """The code and the sentence of a rejection; empty without one."""
        return {"code": self.rejected.code, "detail": self.rejected.detail} if self.rejected else {}

    @property
    def status(self) -> str:
        return self.taken.status if self.taken else "rejected"


def take_in_each(uploads: Iterable[StagedUpload], *, owner: User, wishes: Wishes) -> list[Outcome]:
    """Take in one file after another, in their order."""
    outcomes = []
    for upload in uploads:
        filename = clean_line(upload.name or "", 255) or "unnamed"
        try:
            taken = take_in(upload.staged, filename=filename, owner=owner, wishes=wishes)
        except Rejected as refusal:
            outcomes.append(Outcome(filename, rejected=refusal))
        else:
            outcomes.append(Outcome(filename, taken=taken))
    return outcomes


def http_status(outcomes: Sequence[Outcome]) -> int:
    """201 if all are stored, 207 if some are; if none is, the status of the reason they share, else 400."""
    reasons = {outcome.rejected.status for outcome in outcomes if outcome.rejected}
    if not reasons:
        return CREATED
    if any(outcome.taken for outcome in outcomes):
        return MIXED
    return reasons.pop() if len(reasons) == 1 else REFUSED
