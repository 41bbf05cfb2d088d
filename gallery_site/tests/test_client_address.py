"""Whose request it is."""

import pytest
from django.test import RequestFactory

from gallery_site.client_address import client_address, client_network

PROXIES = ["10.0.0.0/8", "192.0.2.1", "2001:db8:ffff::/48"]


def _request(peer, forwarded=None):
    return RequestFactory().get("/", REMOTE_ADDR=peer, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}))


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "client"),
    [
        ([], "198.51.100.7", None, "198.51.100.7"),
        ([], "198.51.100.7", "203.0.113.9", "198.51.100.7"),  # anyone can send the header
        ([], "10.0.0.1", "203.0.113.9", "10.0.0.1"),
        (PROXIES, "198.51.100.7", "203.0.113.9", "198.51.100.7"),
        (PROXIES, "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (PROXIES, "10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),  # what stands before it, nobody vouches for
        (PROXIES, "10.0.0.1", "6.6.6.6, 203.0.113.9, 192.0.2.1", "203.0.113.9"),
        (PROXIES, "10.0.0.1", "203.0.113.9, garbage", "10.0.0.1"),
        (PROXIES, "10.0.0.1", "203.0.113.9,garbage,10.2.2.2", "10.2.2.2"),
        (PROXIES, "10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.2"),
        (PROXIES, "10.0.0.1", "", "10.0.0.1"),
        (PROXIES, "10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        (PROXIES, "10.0.0.1", "[2001:db8::7]:4711", "2001:db8::7"),
        (PROXIES, "10.0.0.1", "2001:db8::7", "2001:db8::7"),
        (PROXIES, "::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (PROXIES, "2001:db8:ffff::1", "203.0.113.9", "203.0.113.9"),
        (PROXIES, "", "203.0.113.9", "203.0.113.9"),  # a front on a Unix socket
        ([], "", "203.0.113.9", ""),
    ],
)
def test_the_header_is_believed_from_trusted_proxies_only(settings, proxies, peer, forwarded, client):
    settings.TRUSTED_PROXIES = proxies
    assert client_address(_request(peer, forwarded)) == client


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("", "unknown"),
    ],
)
def test_a_throttle_counts_households(peer, network):
    assert client_network(_request(peer)) == network
