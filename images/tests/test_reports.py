"""Reporting an image or an album, over HTTP: by whoever sees it, once at a time, never for somebody else."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import BearerToken, User
from albums import tree
from albums.models import Album
from images import moderation, trash
from images.models import Image, Report
from images.report_filing import LONGEST_NOTE, PER_REPORTER
from images.tests.rows import image_row

pytestmark = pytest.mark.django_db

MOST = int(PER_REPORTER.split("/")[0])


@pytest.fixture
def image(alice: User) -> Image:
    return image_row(alice, title="Dunes", privacy_setting="public")


@pytest.fixture
def album(alice: User) -> Album:
    return tree.plant(owner=alice, name="Desert", privacy_setting="public")


def _payload(**changes: Any) -> dict[str, Any]:
    return {"reason": "privacy", "note": "That is me."} | changes


def _report(client: APIClient, thing: Image | Album, **changes: Any) -> Any:
    kind = "images" if isinstance(thing, Image) else "albums"
    return client.post(f"/api/{kind}/{thing.uid}/report", _payload(**changes), format="json")


def _open_reports(thing: Image | Album) -> int:
    """As the row keeps it, which is what the rows say."""
    thing.refresh_from_db()
    assert thing.open_reports == thing.reports.filter(closed_at=None).count()
    return thing.open_reports


@pytest.mark.parametrize("kind", ["image", "album"])
@pytest.mark.parametrize("who", ["as_carol", "as_nobody", "as_alice"])
def test_whoever_sees_it_reports_it(who: str, kind: str, request: pytest.FixtureRequest) -> None:
    thing = request.getfixturevalue(kind)
    answer = _report(request.getfixturevalue(who), thing)
    assert answer.status_code == 201
    [made] = Report.objects.all()
    told = answer.json()
    assert told.pop("created_at").endswith("Z")
    assert told == {"id": str(made.uid), "reason": "privacy", "note": "That is me."}
    assert getattr(made, kind) == thing
    assert _open_reports(thing) == 1


@pytest.mark.parametrize("who", ["as_carol", "as_nobody"])
def test_what_one_may_not_see_can_not_be_reported(alice: User, who: str, request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue(who)
    private = image_row(alice, privacy_setting="private")
    album = tree.plant(owner=alice, name="Mine")
    unknown = client.post(f"/api/images/{uuid.uuid4()}/report", _payload(), format="json")
    for thing in (private, album):
        answer = _report(client, thing)
        assert answer.status_code == 404
        assert _open_reports(thing) == 0
    assert _report(client, private).content == unknown.content


def test_ones_own_in_the_trash_is_nobodys_concern(as_alice: APIClient, as_carol: APIClient, image: Image) -> None:
    trash.trash([image.pk])
    assert _report(as_alice, image).status_code == 409
    assert _report(as_carol, image).status_code == 404


@pytest.mark.parametrize("who", ["as_carol", "as_nobody"])
def test_one_report_is_open_per_reporter(who: str, image: Image, request: pytest.FixtureRequest) -> None:
    client = request.getfixturevalue(who)
    first = _report(client, image)
    second = _report(client, image, reason="spam", note="")
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json() | {"reason": "spam", "note": ""}
    assert _open_reports(image) == 1


def test_reporters_are_told_apart(
    as_carol: APIClient, as_bob: APIClient, as_nobody: APIClient, image: Image, album: Album
) -> None:
    for client in (as_carol, as_bob, as_nobody):
        assert _report(client, image).status_code == 201
    elsewhere = APIClient(REMOTE_ADDR="198.51.100.7")
    assert _report(elsewhere, image).status_code == 201
    assert _open_reports(image) == 4
    assert _report(as_carol, album).status_code == 201


def test_after_a_decision_one_may_report_again(as_carol: APIClient, image: Image, mia: User) -> None:
    _report(as_carol, image)
    moderation.dismiss_reports([image], by=mia, reason="Harmless.")
    assert _open_reports(image) == 0
    assert _report(as_carol, image).status_code == 201
    assert _open_reports(image) == 1


@pytest.mark.parametrize(
    ("changes", "attr"),
    [
        ({"reason": "ugly"}, "reason"),
        ({"reason": None}, "reason"),
        ({"note": "x" * (LONGEST_NOTE + 1)}, "note"),
        ({"open_reports": 0}, "open_reports"),
        ({"reporter": "bob"}, "reporter"),
    ],
)
def test_what_can_not_be_said(as_carol: APIClient, image: Image, changes: dict, attr: str) -> None:
    answer = _report(as_carol, image, **changes)
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [attr]
    assert _open_reports(image) == 0


@pytest.mark.parametrize("reason", Report.Reason.values)
def test_a_note_is_never_asked_for(as_carol: APIClient, image: Image, reason: str) -> None:
    answer = as_carol.post(f"/api/images/{image.uid}/report", {"reason": reason}, format="json")
    assert answer.status_code == 201
    assert answer.json()["note"] == ""


@pytest.mark.parametrize("who", ["as_carol", "as_nobody"])
def test_too_many(who: str, image: Image, settings: Settings, request: pytest.FixtureRequest) -> None:
    settings.RATELIMIT_ENABLE = True
    client = request.getfixturevalue(who)
    answers = [_report(client, image) for _ in range(MOST + 1)]
    assert [answer.status_code for answer in answers] == [201, *[200] * (MOST - 1), 429]
    assert 0 < int(answers[-1]["Retry-After"]) <= 3600
    page = client.post(f"/images/{image.uid}/report", _payload(), format="multipart")
    assert page.status_code == 429
    assert int(page["Retry-After"]) > 0


def test_nobody_is_made_to_report(carol: User, image: Image) -> None:
    """Neither a session nor the lack of one lets a stranger's page send it; a token needs no cookie."""
    for user in (carol, None):
        client = APIClient(enforce_csrf_checks=True)
        if user:
            client.force_login(user)
        assert _report(client, image).status_code == 403
        client.get("/api/auth/user")
        client.credentials(HTTP_X_CSRFTOKEN=client.cookies["csrftoken"].value)
        assert _report(client, image).status_code == 201
    _, secret = BearerToken.issue(user=carol, name="phone")
    client = APIClient(enforce_csrf_checks=True)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert _report(client, image).status_code == 200


def test_who_reported_is_not_told(as_carol: APIClient, as_alice: APIClient, image: Image) -> None:
    _report(as_carol, image)
    assert "open_reports" not in as_alice.get(f"/api/images/{image.uid}").json()


def test_a_report_brings_a_moderator_to_see_it(
    as_alice: APIClient, as_mia: APIClient, as_carol: APIClient, alice: User
) -> None:
    private = image_row(alice, privacy_setting="private")
    assert as_mia.get(f"/api/images/{private.uid}").status_code == 404
    _report(as_alice, private)
    assert as_mia.get(f"/api/images/{private.uid}").json()["open_reports"] == 1
    assert as_carol.get(f"/api/images/{private.uid}").status_code == 404


# --- The pages ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "name"), [("image", "Dunes"), ("album", "Desert")])
def test_the_page(client: Client, kind: str, name: str, request: pytest.FixtureRequest) -> None:
    thing = request.getfixturevalue(kind)
    path = f"/{kind}s/{thing.uid}"
    assert f'href="{path}/report"' in client.get(path).content.decode()
    assert f"Report {name}" in client.get(f"{path}/report").content.decode()
    answer = client.post(f"{path}/report", _payload(reason="other"), follow=True)
    assert answer.redirect_chain == [(path, 302)]
    assert "Thank you" in answer.content.decode()
    assert _open_reports(thing) == 1


def test_the_page_says_what_is_missing(client: Client, image: Image) -> None:
    answer = client.post(f"/images/{image.uid}/report", {"reason": "", "note": "?"})
    assert answer.status_code == 400
    assert "This field is required." in answer.content.decode()
    assert _open_reports(image) == 0


@pytest.mark.parametrize("kind", ["image", "album"])
def test_the_owner_is_offered_no_report(as_alice: Client, kind: str, request: pytest.FixtureRequest) -> None:
    thing = request.getfixturevalue(kind)
    assert "/report" not in as_alice.get(f"/{kind}s/{thing.uid}").content.decode()


def test_the_page_of_what_one_may_not_see_is_not_there(client: Client, alice: User) -> None:
    private = image_row(alice, privacy_setting="private")
    for method in (client.get, client.post):
        assert method(f"/images/{private.uid}/report").status_code == 404


def test_the_page_tells_no_file_name(client: Client, alice: User) -> None:
    image = image_row(alice, privacy_setting="public", original_filename="secret-name.jpg")
    assert "secret-name" not in client.get(f"/images/{image.uid}/report").content.decode()


def test_a_form_of_elsewhere_is_refused(image: Image) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post(f"/images/{image.uid}/report", _payload()).status_code == 403
    assert _open_reports(image) == 0


@pytest.mark.parametrize("number", [1, 5])
def test_a_report_costs_the_same_whatever_there_is(
    number: int, image: Image, as_carol: APIClient, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    for n in range(number):
        _report(APIClient(REMOTE_ADDR=f"198.51.100.{n}"), image)
    with django_assert_max_num_queries(14):
        assert _report(as_carol, image).status_code == 201
