"""The list of addresses beside Python's own: we refuse more, never less."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.egress.addresses import refusal

EDGES = ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"]
OPEN = [*EDGES, "172.15.255.255", "172.32.0.0", "223.255.255.255", "2600::", "2a00::1", "2001:200::"]


@pytest.mark.parametrize("text", OPEN)
def test_addresses_of_everybody_are_not_refused(text):
    assert refusal(text) is None


@given(st.integers(0, 2**32 - 1).map(IPv4Address) | st.integers(0, 2**128 - 1).map(IPv6Address))
def test_what_python_calls_not_global_is_refused(address):
    if not address.is_global or address.is_multicast:
        assert refusal(str(address)) is not None


@given(st.integers(0, 2**32 - 1))
def test_an_address_inside_another_is_refused(number):
    inside = IPv4Address(number)
    for text in (f"::ffff:{inside}", f"::{inside}", f"64:ff9b::{inside}"):
        assert refusal(text) is not None
    assert refusal(str(ip_address((0x2002 << 112) | (number << 80)))) is not None
