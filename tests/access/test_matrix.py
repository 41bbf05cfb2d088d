"""Every route x every principal x every kind of state: the right status, nothing told of what is not to be seen, and
nothing changed by who may not."""

from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from tests.access.asking import Asking
from tests.access.calls import Call, patterns
from tests.access.gallery import PRINCIPALS, Gallery, knowable
from tests.access.matrix import MATRIX
from tests.access.rules import EVERYONE
from tests.plain_access import Reading

pytestmark = [pytest.mark.django_db]

# Who holds a locked link is nobody, and who unlocked one holds a link.
ASKING = [name for name in PRINCIPALS if name not in ("locked link", "unlocked link", "administrator")]
ASKING_THE_ADMIN = ["nobody", "owner", "moderator", "administrator"]
Known = dict[str, set[str]]


def asking_for(pattern: str, call: Call) -> list[str]:
    if pattern.startswith("admin/"):
        return ASKING_THE_ADMIN
    is_alike = call.rule is EVERYONE and not (call.of or call.shown or call.told)
    return ["nobody", "owner", "moderator"] if is_alike else ASKING


def group(pattern: str, doing: str) -> pytest.MarkDecorator:
    """Tests of one group run in one process, which makes the gallery once for them."""
    room = pattern.partition("/")[0] if pattern.startswith(("api/", "admin/")) else "pages"
    return pytest.mark.xdist_group(f"access: {doing} {room}")


def questions(*methods: str) -> list[Any]:
    doing = "reading" if "GET" in methods else "writing"
    return [
        pytest.param(
            pattern,
            call,
            id=f"{call.method} {pattern}?{call.query} {call.body or ''}".strip("? "),
            marks=group(pattern, doing),
        )
        for pattern, calls in MATRIX.items()
        for call in calls
        if call.method in methods
    ]


@pytest.fixture(scope="module")
def known(gallery: Gallery, reading: Reading) -> Known:
    return {principal: knowable(gallery, reading, principal) for principal in PRINCIPALS}


def test_every_route_has_its_entry() -> None:
    routes = {pattern for pattern, _ in patterns()}
    assert routes - set(MATRIX) == set(), "a line for each of these belongs in tests/access/matrix.py"
    assert set(MATRIX) - routes == set()


@pytest.mark.xdist_group("access: writing api")
@pytest.mark.parametrize("pattern", [pattern for pattern, calls in MATRIX.items() if calls])
def test_other_methods_are_refused(gallery: Gallery, reading: Reading, pattern: str) -> None:
    """What the matrix does not ask of a route can't be asked of it, also by the owner of what it names."""
    calls = MATRIX[pattern]
    declared = {call.method for call in calls}
    principal = "administrator" if pattern.startswith("admin/") else "owner"
    for method in sorted({"GET", "POST", "PUT", "PATCH", "DELETE"} - declared):
        asking = Asking(gallery, reading, principal, pattern, replace(calls[0], method=method, body={}, query=""))
        before = rows_written()
        answer, _ = asking.ask(asking.subjects[0])
        assert answer.status_code == 405 or pattern in LOOKED_AT or pattern.startswith("admin/"), method
        assert rows_written() == before, method


LOOKED_AT = {"accounts/login", "accounts/register", "accounts/password-reset", "account"}  # by whatever method


@pytest.mark.parametrize(("pattern", "call"), questions("GET"))
def test_what_is_read(gallery: Gallery, reading: Reading, known: Known, pattern: str, call: Call) -> None:
    wrong = []
    for principal in asking_for(pattern, call):
        asking = Asking(gallery, reading, principal, pattern, call)
        for subject in asking.subjects:
            answer, parts = asking.ask(subject)
            troubles = [
                *asking.refusal_troubles(answer, subject, parts),
                *asking.telling_troubles(answer, known[principal], subject, parts),
                *asking.list_troubles(answer, subject, parts),
                *asking.caching_troubles(answer),
            ]
            if call.told and answer.status_code == 200:
                troubles += call.told(answer, reading, asking.who, subject.row)
            wrong += [f"{asking.where(subject, parts)}: {trouble}" for trouble in troubles]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("pattern", "call"), questions("POST", "PUT", "PATCH", "DELETE"))
def test_what_is_changed(gallery: Gallery, reading: Reading, known: Known, pattern: str, call: Call) -> None:
    """Whoever may not changes nothing; whoever may does."""
    wrong, before, effects = [], rows(), []
    for principal in asking_for(pattern, call):
        asking = Asking(gallery, reading, principal, pattern, call)
        for subject in asking.subjects:
            done, written = asking.may(subject), rows_written()
            with transaction.atomic():
                answer, parts = asking.ask(subject)
                is_open = not done or not any(effects)  # else it is known already that it does something
                has_changed = is_open and written != rows_written() and rows() != before
                if done:
                    effects.append(has_changed)
                transaction.set_rollback(True)
            troubles = [
                *asking.refusal_troubles(answer, subject, parts),
                *asking.telling_troubles(answer, known[principal], subject, parts),
                *(["something has changed"] if has_changed and not done else []),
            ]
            wrong += [f"{asking.where(subject, parts)}: {trouble}" for trouble in troubles]
    if effects and not any(effects) and pattern not in CHANGING_NOTHING:
        wrong.append("nobody changes anything by it")
    assert not wrong, "\n".join(wrong)


CHANGING_NOTHING = {  # what they change is no row of ours, or they were sent nothing that would
    *("api/auth/logout", "accounts/logout", "accounts/login", "accounts/register", "accounts/password-reset"),
    *("account", "account/email", "account/password", "account/verification", "upload"),
    "api/images/<uuid:uid>/edits",  # an image without edits has none to take back
    *("admin/logout/", "admin/accounts/user/add/", "admin/accounts/user/<id>/password/"),
}


def rows_written() -> int:
    """How many rows this connection has written so far: as long as that stays the same, nothing has changed."""
    return connection.connection.total_changes


def rows() -> int:
    """A fingerprint of everything there is, save sessions, which remember who looked with what."""
    kept = [model for model in apps.get_models(include_auto_created=True) if model is not Session]
    return hash(repr([(model._meta.label, list(model._base_manager.order_by("pk").values_list())) for model in kept]))
