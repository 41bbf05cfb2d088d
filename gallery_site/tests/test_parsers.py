"""JSON from strangers."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import ParseError
from rest_framework.test import APIClient

from gallery_site.parsers import MAX_BYTES, MAX_DEPTH, BoundedJSONParser
from gallery_site.refusals import TooLarge

URL = "/api/auth/login"

storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | storable,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(storable, inner, max_size=3),
    max_leaves=10,
)


def _parsed(body):
    return BoundedJSONParser().parse(io.BytesIO(body))


@given(st.dictionaries(storable, values, max_size=4))
def test_what_a_database_can_hold_comes_through(value):
    assert _parsed(json.dumps(value).encode()) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    try:
        assert isinstance(_parsed(body), dict)
    except ParseError:
        pass


HOSTILE = {
    "brackets": b"[" * 100_000,
    "braces": b'{"a":' * 100_000,
    "deep": b'{"a":' + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1) + b"}",
    "empty": b"",
    "half": b'{"a": ',
    "list": b"[]",
    "text": b'"a"',
    "number": b"1",
    "null": b"null",
    "nan": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "large float": b'{"a": 1e400}',
    "large int": b'{"a": 9223372036854775808}',
    "small int": b'{"a": -9223372036854775809}',
    "huge int": b'{"a": ' + b"9" * 10_000 + b"}",
    "nul": b'{"a": "x\\u0000y"}',
    "nul in a name": b'{"\\u0000": 1}',
    "half a pair": b'{"a": ["\\ud800"]}',
    "half a pair in a name": b'{"\\udfff": 1}',
    "latin-1": b'{"a": "\xe4"}',
    "utf-16": '{"a": 1}'.encode("utf-16"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bodies_are_refused(name):
    with pytest.raises(ParseError):
        _parsed(HOSTILE[name])


def test_the_edges_of_numbers_and_depth_are_taken():
    deepest = b'{"a":' + b"[" * (MAX_DEPTH - 2) + b"]" * (MAX_DEPTH - 2) + b"}"
    assert _parsed(deepest)
    assert _parsed(b'{"a": [9223372036854775807, -9223372036854775808, 1e308]}')
    assert _parsed(b'{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


def test_a_body_is_bounded():
    padding = b" " * (MAX_BYTES - 2)
    assert _parsed(b"{}" + padding) == {}
    with pytest.raises(TooLarge):
        _parsed(b"{}" + padding + b" ")


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in HOSTILE if name != "empty"])
def test_over_http_it_is_a_400_in_the_one_shape(name):
    answer = APIClient().generic("POST", URL, HOSTILE[name], content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["type"] == "client_error"
    assert answer.json()["errors"][0]["code"] == "parse_error"


@pytest.mark.django_db
def test_over_http_a_large_body_is_a_413():
    answer = APIClient().generic("POST", URL, b" " * (MAX_BYTES + 1), content_type="application/json")
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["code"] == "too_large"
