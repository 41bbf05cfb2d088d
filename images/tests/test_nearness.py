"""The search for images of like likeness: what it finds, in which order, and by which indexes."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from images.models import Image
from images.nearness import near
from images.tests.alike import hashed, look

pytestmark = pytest.mark.django_db


def test_nearness_is_within_and_in_order(alice: User, bob: User) -> None:
    far, older, newer, same = (look(alice, hashed(*bits)) for bits in [range(8), (60, 61), (1, 2), ()])
    look(bob, hashed())
    mine = Image.objects.filter(user=alice)
    assert near(mine, hashed()) == [(same.pk, 0), (newer.pk, 2), (older.pk, 2)]
    assert near(mine, hashed(), within=1) == [(same.pk, 0)]
    assert len(near(Image.objects.all(), hashed())) == 4
    assert far.pk not in dict(near(mine, hashed()))
    assert near(mine, hashed(63, *range(8)))[0] == (far.pk, 1)
    with pytest.raises(ValueError, match="7 bits"):
        near(mine, 0, within=8)


def test_nearness_reads_the_indexes_alone(alice: User) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is told in SQLite's words")
    with CaptureQueriesContext(connection) as queries:
        near(Image.objects.filter(user=alice), hashed(1, 2))
    [query] = queries
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
        plan = [row[3] for row in cursor.fetchall()]
    for n in range(4):
        assert any(f"USING COVERING INDEX image_likeness_{n} (likeness_{n}=? AND user_id=?)" in step for step in plan)
