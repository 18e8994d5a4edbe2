"""Hosts with and without brackets and ports: taken apart and put together again."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, strategies as st

from portier import hosts


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("pbx.lan", "pbx.lan", ""),
        ("PBX.lan:5070", "PBX.lan", "5070"),
        ("192.0.2.7:5060", "192.0.2.7", "5060"),
        ("[2001:db8::1]", "2001:db8::1", ""),
        ("[2001:db8::1]:5070", "2001:db8::1", "5070"),
        ("2001:db8::1", "2001:db8::1", ""),
        ("::1", "::1", ""),
        ("", "", ""),
        ("[", "", ""),
        ("[]:5", "", "5"),
    ],
)
def test_a_host_is_told_from_its_port(text: str, host: str, port: str) -> None:
    assert hosts.split(text) == (host, port)
    assert hosts.host_of(text) == host.lower()
    assert hosts.has_port(text) is bool(port)


@given(st.ip_addresses(), st.integers(1, 65535))
def test_an_address_comes_back_from_what_was_written(address: IPv4Address | IPv6Address, port: int) -> None:
    text = hosts.written(str(address), port)
    assert hosts.split(text) == (str(address), str(port))
    assert hosts.address_of(text) == address
    assert hosts.split(hosts.written(str(address))) == (str(address), "")


def test_a_port_stays_where_another_host_takes_the_place() -> None:
    assert hosts.with_host("pbx.lan:5070", "2001:db8::1") == "[2001:db8::1]:5070"
    assert hosts.with_host("[2001:db8::9]:5070", "192.0.2.1") == "192.0.2.1:5070"
    assert hosts.with_host("pbx.lan", "2001:db8::1") == "[2001:db8::1]"


def test_an_address_is_its_own_in_its_shortest_form() -> None:
    assert hosts.literal("2001:DB8:0:0::1") == "2001:db8::1"
    assert hosts.literal("[2001:db8::1]:5060") == "2001:db8::1"
    assert hosts.literal("192.0.2.7") == "192.0.2.7"
    assert hosts.literal("pbx.lan") is None
    assert hosts.literal("") is None


def test_the_address_that_is_bound_decides_the_family() -> None:
    assert hosts.family_of("::") is socket.AF_INET6
    assert hosts.family_of(hosts.ANY_IPV4) is socket.AF_INET
    assert (hosts.bound_to("::"), hosts.bound_to(hosts.ANY_IPV4), hosts.bound_to("::1")) == ("", "", "::1")
    assert (hosts.on_this_machine("::"), hosts.on_this_machine(hosts.ANY_IPV4)) == ("::1", "127.0.0.1")
    assert hosts.on_this_machine("2001:db8::5") == "2001:db8::5"
