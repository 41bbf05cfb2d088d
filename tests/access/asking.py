"""Asking as a principal, and what is wrong with an answer."""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from tests.access.calls import Call, Subject, asked, is_beyond, never_was, own_parts
from tests.access.gallery import ID, Gallery, words_in
from tests.access.rules import SIGN_IN, Undone
from tests.plain_access import Reading

OURS = {"X-Request-ID", "Set-Cookie", "ETag", "Content-Length", "Expires"}  # of one answer alone, or of its body
OF_THIS_ANSWER = re.compile(r"""(name="csrfmiddlewaretoken" value="|'nonce-|nonce=")[\w+/=-]+""")
THUMBNAIL = re.compile(r"/api/images/[^\s\"]+/thumbnail[^\s\"]*")
LONG = 12  # characters; so long a part of an address stands for nothing else in an answer
LOGINS = ("/accounts/login?", "/admin/login/?")

Parts = dict[str, str]
Likeness = tuple[int, dict[str, str], str]


class Asking:
    """One call of one route by one principal, of all that it can be asked of."""

    def __init__(self, gallery: Gallery, reading: Reading, principal: str, pattern: str, call: Call) -> None:
        self.gallery, self.reading, self.principal = gallery, reading, principal
        self.pattern, self.call = pattern, call
        self.who = gallery.askers[principal]
        self.own = own_parts(reading, self.who)
        self._nothings: dict[str, Likeness] = {}

    @cached_property
    def subjects(self) -> list[Subject]:
        """One of each kind; where that is not thorough, or he is sent away without a look, a few for each outcome."""
        outcomes: dict[object, list[Subject]] = {}
        for subject in asked(self.call, self.gallery, self.reading):
            beyond = self._is_beyond(subject)
            if self.call.bold or not beyond:
                sent_away = self.expected(subject) is SIGN_IN or self.expected(subject) == 401
                outcome = (self.expected(subject), beyond, getattr(subject.row, "trashed_at", None) is None)
                kept_apart = subject if self.call.thorough and not sent_away else outcome
                outcomes.setdefault(kept_apart, []).append(subject)
        return [subject for alike in outcomes.values() for subject in _some(alike)]

    def expected(self, subject: Subject) -> int:
        return self.call.rule(self.reading, self.who, subject.row)

    def may(self, subject: Subject) -> bool:
        expected = self.expected(subject)
        return expected < 400 and not isinstance(expected, Undone)

    def ask(self, subject: Subject) -> tuple[Any, Parts]:
        """The answer, and the parts of the request that the subject gave."""
        parts = self.call.parts(self.pattern, subject, self.own)
        return self._send(parts), parts

    def where(self, subject: Subject, parts: Parts) -> str:
        """What a message calls this request."""
        rows = subject.row if isinstance(subject.row, tuple) else (subject.row,)
        uids = {str(getattr(row, "uid", "")) for row in rows}
        cases = " / ".join(self.cases(uids)) if subject.row else ""
        return f"{self.principal}: {self.call.method} {self.call.address(self.pattern, parts)} ({cases})"

    def cases(self, uids: set[str]) -> list[str]:
        """What the cases call these images and albums."""
        everything = (self.gallery.images, self.gallery.albums)
        names = {str(thing.uid): name for things in everything for name, thing in things.items()}
        return sorted(names.get(uid, uid) for uid in uids)

    # --- what is wrong ---

    def refusal_troubles(self, answer: Any, subject: Subject, parts: Parts) -> Iterator[str]:
        """Another status than the rule's; or something that is beyond him is answered otherwise than what never was."""
        expected = self.expected(subject)
        if answer.status_code != expected:
            yield f"{answer.status_code} instead of {int(expected)}"
        elif expected is SIGN_IN and not answer["Location"].startswith(LOGINS):
            yield f"sent to {answer['Location']}"
        is_look = self.call.method == "GET" or not self.may(subject)
        if is_look and self._is_beyond(subject) and likeness(answer, parts) != self._answer_to_nothing(subject):
            yield "another answer than for what never was"

    def telling_troubles(self, answer: Any, known: set[str], subject: Subject, parts: Parts) -> Iterator[str]:
        """Secrets in its body and headers that are not among those `known`, nor what was asked for by name."""
        known = known | self._granted(subject)
        headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        told = words_in(f"{headers}\n{body_of(answer)}", self.gallery) - known - set(parts.values())
        if told:
            yield f"tells {[self.gallery.told[word] for word in told]}"

    def list_troubles(self, answer: Any, subject: Subject, parts: Parts) -> Iterator[str]:
        """More or less in a list than it should hold, or another count."""
        if self.call.shown is None or answer.status_code != 200:
            return
        shown = {str(row.uid) for row in self.call.shown(self.reading, self.who, subject.row)} - set(parts.values())
        listed = [uid for uid in ids_listed(answer, self.call, self.gallery) if uid not in parts.values()]
        if sorted(listed) != sorted(shown):
            more, less = self.cases(set(listed) - shown), self.cases(shown - set(listed))
            yield f"{len(listed)} listed; more {more}, less {less}"
        if answer["Content-Type"] == "application/json" and (count := answer.json()["count"]) != len(shown):
            yield f"counts {count} instead of {len(shown)}"

    def caching_troubles(self, answer: Any) -> Iterator[str]:
        """A shared cache might keep it, or give it to somebody else."""
        said = {word.partition("=")[0] for word in re.split(r",\s*", answer.headers.get("Cache-Control", ""))}
        if not said & {"private", "no-store"} or said & {"public", "s-maxage"}:
            yield f"Cache-Control is {answer.headers.get('Cache-Control')!r}"
        his_own = (self.call.of or self.call.shown or self.call.told) and "no-store" not in said
        if his_own and "cookie" not in answer.headers.get("Vary", "").lower():
            yield f"Vary is {answer.headers.get('Vary')!r}"
        if "immutable" in said and answer.has_header("Set-Cookie"):
            yield "a cookie goes with what a browser keeps"

    def _send(self, parts: Parts) -> Any:
        call = self.call
        how: dict[str, Any] = {} if call.body is None else {"data": call.filled(parts)}
        if call.body is not None and self.pattern.startswith("api/"):
            how["content_type"] = "application/json"
        client = self.gallery.client(self.principal)
        return getattr(client, call.method.lower())(call.address(self.pattern, parts), **how)

    def _is_beyond(self, subject: Subject) -> bool:
        """Whether it is not there for him. People are, for the staff, suspended or not; so is what the call grants."""
        if self.call.of == "person" and self.pattern.startswith("admin/"):
            return False
        if self.call.grants and self.call.grants(self.reading, self.who, subject.row):
            return False
        return is_beyond(self.reading, self.who, subject.row)

    def _granted(self, subject: Subject) -> set[str]:
        """What this very call lets him know beyond what he sees: of an album its id, of an image all but its place."""
        rows = self.call.grants(self.reading, self.who, subject.row) if self.call.grants else []
        images = {row.pk for row in rows if hasattr(row, "file_hash")}
        words = {word for word, (kind, pk) in self.gallery.told.items() if kind != "place" and pk in images}
        return {str(row.uid) for row in rows} | words

    def _answer_to_nothing(self, subject: Subject) -> Likeness:
        """What he gets for what never was; of a thing in an album that he sees, for another thing in that album."""
        seen = isinstance(subject.row, tuple) and not is_beyond(self.reading, self.who, subject.row[0])
        key = subject.parts["uid"] if seen else ""
        if key not in self._nothings:
            nothing = never_was(
                self.call.parts(self.pattern, subject, self.own), subject, but=frozenset({"uid"} if seen else ())
            )
            self._nothings[key] = likeness(self._send(nothing), nothing)
        return self._nothings[key]


def _some(alike: list[Subject]) -> list[Subject]:
    """The first, the last, and one between them."""
    return list({id(subject): subject for subject in (alike[0], alike[len(alike) // 2], alike[-1])}.values())


def body_of(answer: Any) -> str:
    content = answer.getvalue()
    return content.decode("latin-1" if answer.headers.get("Content-Type", "").startswith("image/") else "utf-8")


def likeness(answer: Any, parts: Mapping[str, str]) -> Likeness:
    """An answer without what is of this one alone: with another id in its address it should be the very same."""

    def plain(text: str) -> str:
        for part in map(re.escape, parts.values()):
            text = re.sub(part if len(part) > LONG else rf"(?<=[/“]){part}(?=[/”&?\"]|$)", "…", text)
        text = text.replace(answer["X-Request-ID"], "…")
        return OF_THIS_ANSWER.sub(r"\1…", text)

    headers = {name: plain(value) for name, value in answer.headers.items() if name not in OURS}
    return answer.status_code, headers, plain(body_of(answer))


def ids_listed(answer: Any, call: Call, gallery: Gallery) -> list[str]:
    """Ids of the images or albums that a list holds: the results of a JSON page, what a page shows (covers apart)."""
    if answer.headers["Content-Type"] == "application/json":
        return [result["id"] for result in answer.json()["results"]]
    found = dict.fromkeys(ID.findall(THUMBNAIL.sub("", answer.content.decode())))
    return [uid for uid in found if gallery.told.get(uid, ("", 0))[0] == call.kind]
