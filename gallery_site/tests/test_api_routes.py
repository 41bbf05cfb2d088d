"""With and without a trailing slash."""

import pytest
from django.urls import URLPattern, resolve, reverse
from rest_framework.test import APIClient

from conftest import PASSWORD
from gallery_site.api_urls import urlpatterns
from gallery_site.errors import api_not_found


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: pattern.name)
def test_every_route_answers_the_same_both_ways(pattern: URLPattern):
    uids = dict.fromkeys(pattern.pattern.converters, "0197a2f4-0000-7000-8000-000000000000")
    bare = reverse(pattern.name, kwargs=uids)
    assert not bare.endswith("/")
    assert resolve(bare).func is resolve(f"{bare}/").func
    assert resolve(f"{bare}//").func is api_not_found


@pytest.mark.django_db
def test_a_post_with_a_slash_keeps_its_body(alice):
    answer = APIClient().post("/api/auth/login/", {"username": "alice", "password": PASSWORD})
    assert answer.status_code == 200
