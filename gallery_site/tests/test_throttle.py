"""So many in so long."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import RequestFactory
from rest_framework.exceptions import Throttled

from gallery_site.throttle import forgive, throttle

REQUEST = RequestFactory().get("/")


@pytest.fixture(autouse=True)
def on(settings):
    settings.RATELIMIT_ENABLE = True


def _passes(group="group", rate="3/h", key="key"):
    try:
        throttle(REQUEST, group, rate, key)
    except Throttled:
        return False
    return True


def test_as_many_as_the_rate_and_no_more():
    assert [_passes() for _ in range(5)] == [True, True, True, False, False]


def test_it_says_how_long_to_wait():
    throttle(REQUEST, "group", "1/h", "key")
    with pytest.raises(Throttled) as refused:
        throttle(REQUEST, "group", "1/h", "key")
    assert 0 < refused.value.wait <= 3600


def test_keys_and_groups_are_counted_apart():
    assert [_passes() for _ in range(4)] == [True, True, True, False]
    assert _passes(key="other")
    assert _passes(group="other")


def test_what_is_forgiven_does_not_count():
    for _ in range(10):
        assert _passes()
        forgive(REQUEST, "group", "3/h", "key")
    assert [_passes() for _ in range(4)] == [True, True, True, False]


def test_a_burst_is_held_to_the_same_number():
    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(lambda _: _passes(rate="10/h"), range(40)))
    assert sum(passed) == 10


def test_it_can_be_switched_off(settings):
    settings.RATELIMIT_ENABLE = False
    assert all(_passes() for _ in range(10))
