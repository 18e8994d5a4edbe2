"""Whom the SIP socket hears: nobody it need not hear, and everybody it must."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

import pytest
from hypothesis import given, strategies as st

from portier.adapters.sip.admission import LINGER_S, Admission, ways_back
from portier.adapters.sip.packet_filter import Admitted

_OK = "SIP/2.0 200 OK\r\nContact: <sip:line@192.0.2.30:5062>\r\n\r\n"


class _Door:
    """Remembers what was applied."""

    def __init__(self, *networks: str) -> None:
        self.times = 0
        self.now = Admitted()
        self.admission = Admission(networks)
        self.admission.open(self._apply)

    def _apply(self, admitted: Admitted) -> None:
        self.times += 1
        self.now = admitted

    @property
    def hosts(self) -> set[str]:
        return {str(one) for one in self.now.addresses}


def test_at_rest_only_the_names_of_the_configuration_are_heard() -> None:
    door = _Door("192.0.2.0/28")
    door.admission.names(["192.0.2.1", "192.0.2.2"])
    assert door.hosts == {"192.0.2.1", "192.0.2.2"}
    assert door.now.networks == (IPv4Network("192.0.2.0/28"),)
    assert not door.now.answers


def test_another_address_of_a_name_is_heard_as_soon_as_it_is_known() -> None:
    door = _Door()
    door.admission.names(["192.0.2.1"])
    door.admission.names(["192.0.2.1", "192.0.2.9"])
    assert door.hosts == {"192.0.2.1", "192.0.2.9"}


def test_whoever_speaks_ipv6_is_heard_as_well() -> None:
    door = _Door("2001:db8:7::/48", "192.0.2.0/28")
    door.admission.names(["2001:db8::1"])
    assert door.now.networks == (IPv6Network("2001:db8:7::/48"), IPv4Network("192.0.2.0/28"))
    door.admission.registers(answered_from=None)
    door.admission.registers(answered_from="[2001:db8::7]:5060")
    assert door.hosts == {"2001:db8::1", "2001:db8::7"}
    assert not door.now.answers
    door.admission.begins(1)
    message = "SIP/2.0 200 OK\r\nContact: <sip:line@[2001:DB8::30]:5062>\r\n\r\n"
    door.admission.hears(1, "[2001:db8::20]:5060", message)
    assert door.hosts == {"2001:db8::1", "2001:db8::7", "2001:db8::20", "2001:db8::30"}


@pytest.mark.parametrize(
    ("header", "hosts"),
    [
        ("Contact: <sip:a@[2001:db8::1]:5062;transport=udp>", ["[2001:db8::1]"]),
        ("Record-Route: <sip:[2001:db8::2];lr>, <sip:pbx.lan;lr>", ["[2001:db8::2]", "pbx.lan"]),
        ("Contact: <sip:a@pbx.lan;maddr=[2001:db8::3]>", ["pbx.lan", "[2001:db8::3]"]),
        ("Contact: <sip:a@[2001:db8::1>", ["a"]),
        ("Contact: <sip:a@[2001:db8::1%eth0]>", ["a"]),
    ],
)
def test_a_way_back_may_be_an_ipv6_address_where_it_can_be_read(header: str, hosts: list[str]) -> None:
    assert ways_back(f"SIP/2.0 200 OK\r\n{header}\r\n\r\n") == hosts


def test_answers_are_heard_from_everywhere_until_the_registrar_was_heard() -> None:
    door = _Door()
    door.admission.registers(answered_from=None)
    assert door.now.answers
    door.admission.registers(answered_from="192.0.2.7:5060")
    assert not door.now.answers
    assert door.hosts == {"192.0.2.7"}, "a registrar that answers from another address"
    door.admission.registers(answered_from="192.0.2.8:5060")
    assert door.hosts == {"192.0.2.7", "192.0.2.8"}, "the first may answer again"
    door.admission.registers(answered_from=None)
    assert door.now.answers, "it failed, perhaps because the answer comes from elsewhere now"


def test_an_account_that_nobody_takes_lets_answers_in_only_while_it_asks() -> None:
    door = _Door()
    door.admission.registers(answered_from=None, account="dead")
    door.admission.registers(answered_from=None, account="good")
    door.admission.registers(answered_from="192.0.2.7:5060", account="good")
    assert door.now.answers
    door.admission.registers(answered_from="", account="dead")
    assert not door.now.answers
    assert door.hosts == {"192.0.2.7"}
    door.admission.registers(answered_from=None, account="dead")
    assert door.now.answers, "it asks again"


def test_answers_are_heard_from_everywhere_until_a_call_was_heard_of() -> None:
    door = _Door()
    door.admission.begins(1)
    assert door.now.answers
    door.admission.hears(1, "192.0.2.20:5060", "SIP/2.0 100 Trying\r\n\r\n")
    assert not door.now.answers
    assert door.hosts == {"192.0.2.20"}


def test_the_far_end_of_a_call_is_heard_wherever_it_says_it_is() -> None:
    door = _Door()
    door.admission.begins(1)
    early = f"SIP/2.0 180 Ringing\r\nRecord-Route: <sip:192.0.2.31;lr>\r\n\r\n{_OK}"
    door.admission.hears(1, "192.0.2.20:5060", early)
    assert door.hosts == {"192.0.2.20", "192.0.2.31"}, "what stands behind the first empty line is no header"
    door.admission.hears(1, "192.0.2.20:5060", _OK)
    assert door.hosts == {"192.0.2.20", "192.0.2.30", "192.0.2.31"}


def test_a_call_is_heard_until_nobody_can_repeat_anything_of_it() -> None:
    door = _Door()
    door.admission.begins(1)
    door.admission.hears(1, "192.0.2.20:5060", _OK)
    door.admission.ends(1, 100.0)
    door.admission.ends(1, 120.0)
    door.admission.tend(100.0 + LINGER_S)
    assert door.hosts == {"192.0.2.20", "192.0.2.30"}
    door.admission.tend(100.1 + LINGER_S)
    assert door.hosts == set()


def test_servers_that_took_a_registration_long_ago_are_forgotten() -> None:
    door = _Door()
    for last in range(100):
        door.admission.registers(answered_from=f"192.0.2.{last}:5060")
    assert door.hosts == {f"192.0.2.{last}" for last in range(92, 100)}


def test_a_call_that_nobody_answered_does_not_let_answers_in_for_ever() -> None:
    door = _Door()
    door.admission.begins(1)
    door.admission.ends(1, 100.0)
    assert door.now.answers
    door.admission.tend(100.1 + LINGER_S)
    assert not door.now.answers


def test_a_far_end_cannot_have_ever_more_addresses_heard() -> None:
    door = _Door()
    door.admission.begins(1)
    for last in range(250):
        routes = "".join(f"Record-Route: <sip:10.0.{one}.{last};lr>\r\n" for one in range(100))
        door.admission.hears(1, "192.0.2.20:5060", f"SIP/2.0 180 Ringing\r\n{routes}\r\n")
    assert len(door.hosts) <= 16
    assert "192.0.2.20" in door.hosts, "where it was heard from last"


def test_news_that_change_nothing_are_not_applied() -> None:
    door = _Door()
    door.admission.names(["192.0.2.1"])
    before = door.times
    door.admission.names(["192.0.2.1"])
    door.admission.hears(7, "192.0.2.8:5060", _OK)
    door.admission.registers(answered_from="192.0.2.1:5060")
    door.admission.tend(1e9)
    assert door.times == before


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("Contact: <sip:line@192.0.2.30:5062;transport=udp>", ["192.0.2.30"]),
        ('m: "Doe, Jane" <sip:192.0.2.30>;expires=5, <sip:b@192.0.2.31>', ["192.0.2.30", "192.0.2.31"]),
        ("RECORD-ROUTE : <sip:192.0.2.40;lr>,<sips:p@192.0.2.41:5061;lr>", ["192.0.2.40", "192.0.2.41"]),
        ("Contact: <sip:line@pbx.example>", ["pbx.example"]),
        ("Contact: <sip:line@192.0.2.30;maddr=192.0.2.35>", ["192.0.2.30", "192.0.2.35"]),
        ("Contact: <sip:192.0.2.30:5062;lr;MADDR=pbx.example>;q=1", ["192.0.2.30", "pbx.example"]),
        (
            "Contact: <sip:x@192.0.2.30>, <sip:192.0.2.31;maddr=192.0.2.36>",
            ["192.0.2.30", "192.0.2.31", "192.0.2.36"],
        ),
        ("Record-Route: <sip:192.0.2.40;maddr=192.0.2.45;lr>", ["192.0.2.40", "192.0.2.45"]),
        ("Contact: <sip:maddr=192.0.2.35@192.0.2.30;xmaddr=192.0.2.36>", ["192.0.2.30"]),
        ("Contact:\r\n <sip:line@192.0.2.30>", ["192.0.2.30"]),
        ("Record-Route: <sip:192.0.2.40;lr>,\r\n\t<sip:192.0.2.41>", ["192.0.2.40", "192.0.2.41"]),
        ("Contact: *", []),
        ("X-Contact: <sip:192.0.2.30>", []),
        ("Route: <sip:192.0.2.30>", []),
    ],
)
def test_a_message_names_the_ways_back(header: str, found: list[str]) -> None:
    named = ways_back(f"SIP/2.0 200 OK\r\nVia: x\r\n{header}\r\nCSeq: 1 INVITE\r\n\r\n")
    assert named == found


def test_a_name_among_the_ways_back_is_looked_up_and_an_address_is_heard() -> None:
    door, asked = _Door(), list[str]()
    door.admission.resolve_by(asked.append)
    door.admission.begins(1)
    answer = "SIP/2.0 200 OK\r\nRecord-Route: <sip:192.0.2.40>\r\nContact: <sip:a@phone.lan>\r\n\r\n"
    door.admission.hears(1, "192.0.2.20:5060", answer)
    assert "phone.lan" in asked
    assert {"192.0.2.20", "192.0.2.40"} <= set(door.hosts)


@given(st.text())
def test_any_text_may_come(text: str) -> None:
    ways_back(f"Contact: {text}")
