"""By which address of this machine a host is reached, and which of them are dead: in either family."""

from __future__ import annotations

from pathlib import Path

import pytest

from portier.adapters.sip import network
from portier.adapters.sip.network import local_address_to

_TABLE = """\
20010db8000000000000000000000005 02 40 00 80     eth0
fe80000000000000020000fffe000001 02 40 20 80     eth0
20010db8000700000000000000000005 03 40 00 80    wlan0
00000000000000000000000000000001 01 80 10 80       lo
"""


def test_loopback_is_reached_from_itself() -> None:
    assert local_address_to("127.0.0.1") == "127.0.0.1"
    assert local_address_to("::1") == "::1"


def test_what_is_no_address_is_reached_from_nowhere() -> None:
    assert local_address_to("2001:db8::1::") is None


def test_addresses_of_an_interface_that_is_down_are_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "if_inet6"
    table.write_text(_TABLE)
    monkeypatch.setattr(network, "_IPV6_ADDRESSES", table)
    assert network._ipv6_addresses({"eth0"}) == {"2001:db8::5", "fe80::200:ff:fe00:1"}
    assert network._ipv6_addresses({"usb0"}) == set()
    table.unlink()
    assert network._ipv6_addresses({"eth0"}) == set(), "a kernel without IPv6"
