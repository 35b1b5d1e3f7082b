"""Which addresses of the internet protocol belong to everybody: a list of what is refused, and why.

Source: the IANA registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890 and its updates).

Invariants:
- IPv4 is refused by list; IPv6 is accepted inside 2000::/3 only, less what carries or imitates IPv4.
- whatever holds an IPv4 address inside is refused, not unpacked: nobody publishes a service there.
- clouds answer with credentials at some addresses; those that are not in a range above are named.

Not here: names (`api.egress.target`), connecting (`api.egress.client`).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

_REFUSED_V4: Final = tuple(
    (IPv4Network(network), reason)
    for network, reason in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a provider's customers"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "a cloud's own"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "for protocols"),
        ("192.0.2.0/24", "for documentation"),
        ("192.88.99.0/24", "a relay of 6to4"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "for benchmarks"),
        ("198.51.100.0/24", "for documentation"),
        ("203.0.113.0/24", "for documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    (IPv6Network(network), reason)
    for network, reason in (
        ("2001::/23", "for protocols, Teredo among them"),
        ("2001:db8::/32", "for documentation"),
        ("2002::/16", "6to4, which carries IPv4"),
        ("3fff::/20", "for documentation"),
    )
)


def refusal(text: str) -> str | None:
    """Say why an address must not be connected to; None where it belongs to everybody."""
    try:
        address = ip_address(text)
    except ValueError:
        return "no address"
    if isinstance(address, IPv4Address):
        return _listed_v4(address)
    if address not in _GLOBAL_V6:
        return _outside(address)
    return next((reason for network, reason in _REFUSED_V6 if address in network), None)


def _listed_v4(address: IPv4Address) -> str | None:
    return next((reason for network, reason in _REFUSED_V4 if address in network), None)


def _outside(address: IPv6Address) -> str:
    if address.is_loopback:
        return "loopback"
    if address.ipv4_mapped is not None:
        return "IPv4 inside IPv6"
    return "not global unicast"
