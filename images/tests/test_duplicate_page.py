"""The page on which one goes through duplicates."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from albums import tree
from images.models import Image, NotDuplicate
from images.tests.alike import groups, hashed, ids, look

pytestmark = pytest.mark.django_db

PAGE = "/duplicates"


@pytest.fixture
def alices(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def test_the_page_shows_them_side_by_side(alices: Client, alice: User) -> None:
    assert "No duplicates" in alices.get(PAGE).content.decode()
    trip = tree.plant(owner=alice, name="Trip")
    keeper = look(alice, hashed(), file_size=9_000_000, original_filename="large.jpg", album=trip)
    look(alice, hashed(*range(6)), mime_type="image/webp", title="Small one", tags=["sea"])
    html = alices.get(PAGE).content.decode()
    assert html.index("large.jpg") < html.index("Small one")
    for text in ("1 group", "2 photos, similar", "suggested to keep", "8.6", "WEBP", "Trip", "sea"):
        assert text in html, text
    assert html.count("Keep this one") == 2
    assert html.count(f'name="keeper" value="{keeper.uid}"') == 1
    assert 'href="/duplicates"' in alices.get("/library").content.decode()


def test_keep_this_one(alices: Client, alice: User) -> None:
    keeper, other, third = (look(alice, hashed()) for _ in range(3))
    answer = alices.post(PAGE, {"image_ids": [str(other.uid)], "keeper": str(keeper.uid)}, follow=True)
    assert 'Kept one; 1 photo moved to <a href="/trash">the trash</a>.' in answer.content.decode()
    assert list(Image.objects.filter(trashed_at=None)) == [keeper, third]


def test_not_duplicates(alices: Client, as_alice: APIClient, alice: User) -> None:
    images = [look(alice, hashed()) for _ in range(2)]
    answer = alices.post(PAGE, {"image_ids": list(ids(*images)), "keeper": ""}, follow=True)
    assert "No duplicates" in answer.content.decode()
    assert groups(as_alice) == []


def test_what_can_not_be_done_is_said(alices: Client, alice: User, bob: User) -> None:
    mine, other = look(alice, hashed()), look(alice, hashed())
    his = look(bob, hashed(), privacy_setting="public")
    for chosen, keeper, said in [
        ([], mine, "Nothing is selected."),
        ([mine], mine, "Select at least two photos"),
        ([mine], None, "Select at least two photos"),
        ([mine, his], mine, "not there any more"),
        ([mine, other], his, "not there any more"),
    ]:
        posted = {"image_ids": [str(image.uid) for image in chosen], "keeper": str(keeper.uid) if keeper else ""}
        answer = alices.post(PAGE, posted)
        assert answer.status_code == 400
        assert said in answer.content.decode()
    assert not Image.objects.filter(trashed_at__isnull=False).exists()
    assert not NotDuplicate.objects.exists()


def test_who_is_not_signed_in_is_asked_to(client: Client) -> None:
    answer = client.get(PAGE)
    assert answer.status_code == 302
    assert "login" in answer["Location"]


def test_the_page_asks_as_much_for_one_as_for_many(alices: Client, alice: User) -> None:
    counts = []
    for n in range(3):
        for _ in range(2):
            look(alice, hashed(*range(12 * n, 12 * n + 12)), tags=["a"])
        with CaptureQueriesContext(connection) as queries:
            assert alices.get(PAGE).status_code == 200
        counts.append(len(queries))
    assert len(set(counts)) == 1
