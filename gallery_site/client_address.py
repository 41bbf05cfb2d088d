"""Whose request it is, as an address: X-Forwarded-For is believed only from the proxies that the settings name."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address
IPV6_HOME = 64  # bits of an IPv6 address that a household gets; the rest it may change at will


def client_address(request: HttpRequest) -> str:
    """The address of the client; empty when it is not known (a Unix socket without a trusted front).

    The list of X-Forwarded-For is read from its end, for as long as trusted proxies vouch for what they added.
    """
    trusted = _networks(tuple(settings.TRUSTED_PROXIES))
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    if not is_from_trusted_proxy(request):
        return str(peer or "")
    for hop in reversed(request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")):
        address = _parsed(hop.strip())
        if address is None:
            break
        peer = address
        if not _is_within(address, trusted):
            break
    return str(peer or "")


def is_from_trusted_proxy(request: HttpRequest) -> bool:
    """Whether the one who hands us this request is a front server that the settings name (or a Unix socket's)."""
    trusted = _networks(tuple(settings.TRUSTED_PROXIES))
    peer = _parsed(request.META.get("REMOTE_ADDR", ""))
    return bool(trusted) and (peer is None or _is_within(peer, trusted))


def client_network(request: HttpRequest) -> str:
    """What a throttle counts by: an IPv4 address, or the /64 of an IPv6 one."""
    address = _parsed(client_address(request))
    if isinstance(address, IPv6Address):
        return str(ip_network((address, IPV6_HOME), strict=False))
    return str(address or "unknown")


def _parsed(text: str) -> Address | None:
    """The address, without a port, an IPv4 one out of its IPv6 clothes; None if it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _is_within(address: Address, networks: tuple) -> bool:
    return any(address in network for network in networks)


@lru_cache(maxsize=8)
def _networks(texts: tuple[str, ...]) -> tuple:
    return tuple(ip_network(text, strict=False) for text in texts)
