"""Verdicts on thumbnails, remembered for as long as nobody changes the database: a page of them asks much the same.

Whoever asks again gets what the rule said a moment ago, if it would say it again: nothing was committed since, so a
right that is taken away is gone at the next request.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from time import monotonic_ns
from typing import Final

from accounts.models import User
from gallery_site.database_state import unchanged_since

MOST: Final = 20_000  # verdicts in each process, some 10 MB
LONGEST: Final = 10 * 10**9  # nanoseconds; so long a session may outlive the moment at which it expires by itself


@dataclass(frozen=True)
class Verdict:
    """What somebody gets: a file below the media root, with what its answer says."""

    path: str
    content_type: str
    etag: str
    cache_control: str
    user: User | None


Question = tuple[str, ...]


class Memory:
    """The verdicts of this process, the longest unused forgotten first."""

    def __init__(self) -> None:
        self._known: OrderedDict[Question, tuple[int, Verdict]] = OrderedDict()
        self._turn = threading.Lock()

    def recall(self, question: Question) -> Verdict | None:
        """The verdict on this very question, if it holds."""
        since = unchanged_since()
        if since is None:
            return None
        with self._turn:
            asked_at, verdict = self._known.get(question, (0, None))
            if asked_at < since or monotonic_ns() - asked_at > LONGEST:
                return None
            self._known.move_to_end(question)
            return verdict

    def keep(self, question: Question, verdict: Verdict, *, asked_at: int) -> None:
        """Remember a verdict that was found by asking the database after `asked_at` (of `time.monotonic_ns`)."""
        with self._turn:
            self._known[question] = (asked_at, verdict)
            self._known.move_to_end(question)
            if len(self._known) > MOST:
                self._known.popitem(last=False)


memory = Memory()
