"""The kernel's filter on a socket of IPv6: who gets through, and who does not."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import pytest
from tests.integration.filtered import ANSWER, REQUEST, passes_from

from portier.adapters.sip.gate import Gate
from portier.adapters.sip.packet_filter import Admitted, PacketFilter, dropped_at
from portier.adapters.sip.sound_guard import SoundGuard
from portier.errors import SipError

_FRIEND, _OTHER, _STRANGER = "2001:db8::2", "2001:db8::3", "2001:db8::66"
# linux/in6.h: a source that is no address of this machine; nothing of it leaves loopback.
_IPV6_FREEBIND = 78


def _udp(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IPV6, _IPV6_FREEBIND, 1)
    made.bind((host, 0))
    return made


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    """The socket that is to be guarded."""
    with closing(_udp("::1")) as made:
        made.setblocking(False)
        yield made


@pytest.fixture
def waker() -> Iterator[socket.socket]:
    """The socket by which the station wakes itself."""
    with closing(_udp("::1")) as made:
        yield made


@pytest.fixture
def guard(receiver: socket.socket, waker: socket.socket) -> Iterator[PacketFilter]:
    with closing(PacketFilter(receiver.getsockname()[:2], waker.getsockname()[:2])) as made:
        yield made


def _passes(receiver: socket.socket, data: bytes, host: str) -> bool:
    with closing(_udp(host)) as sender:
        return passes_from(sender, receiver, data)


def test_without_a_filter_every_source_of_these_tests_gets_through(receiver: socket.socket) -> None:
    assert all(_passes(receiver, REQUEST, host) for host in ("::1", _FRIEND, _OTHER, _STRANGER))


def test_at_first_nobody_is_heard_but_the_station_itself(
    guard: PacketFilter, receiver: socket.socket, waker: socket.socket
) -> None:
    assert passes_from(waker, receiver, b"\r\n\r\n")
    assert not _passes(receiver, b"\r\n\r\n", "::1"), "the address is right, the port is not"
    assert not _passes(receiver, REQUEST, _STRANGER)
    assert not _passes(receiver, ANSWER, _STRANGER)
    assert guard.dropped == 3


def test_an_address_that_is_admitted_is_compared_in_each_of_its_parts(
    guard: PacketFilter, receiver: socket.socket
) -> None:
    guard.admit(Admitted(frozenset({IPv6Address("2001:db8:1:2:3:4:5:6"), IPv6Address(_OTHER)})))
    for data in (REQUEST, ANSWER, b"", b"x"):
        assert _passes(receiver, data, "2001:db8:1:2:3:4:5:6")
        assert _passes(receiver, data, _OTHER)
    for host in (
        "2001:db9:1:2:3:4:5:6",
        "2001:db8:1:3:3:4:5:6",
        "2001:db8:1:2:3:5:5:6",
        "2001:db8:1:2:3:4:5:7",
        _STRANGER,
    ):
        assert not _passes(receiver, REQUEST, host), host


@pytest.mark.parametrize(
    ("network", "inside", "outside"),
    [
        ("2001:db8::/32", ["2001:db8::1", "2001:db8:ffff::1"], ["2001:db9::1"]),
        ("2001:db8:0:8::/61", ["2001:db8:0:8::1", "2001:db8:0:f::1"], ["2001:db8:0:7::1", "2001:db8:0:10::"]),
        ("2001:db8::/64", ["2001:db8::1:0:0:1"], ["2001:db8:0:1::1"]),
        ("2001:db8::10/124", ["2001:db8::1f"], ["2001:db8::20", "2001:db8::f"]),
        ("2001:db8::2/128", [_FRIEND], [_OTHER]),
        ("::/0", [_STRANGER], []),
    ],
)
def test_a_network_is_admitted_as_a_whole(
    guard: PacketFilter, receiver: socket.socket, network: str, inside: list[str], outside: list[str]
) -> None:
    guard.admit(Admitted(networks=(IPv6Network(network),)))
    assert all(_passes(receiver, REQUEST, host) for host in inside)
    assert not any(_passes(receiver, REQUEST, host) for host in outside)


@pytest.mark.parametrize(
    ("data", "passes"),
    [(ANSWER, True), (b"SIP/2.0 ", True), (b"SIP/2.0", False), (b"", False), (REQUEST, False)],
)
def test_of_strangers_answers_alone_are_heard_where_one_is_waited_for(
    guard: PacketFilter, receiver: socket.socket, data: bytes, passes: bool
) -> None:
    guard.admit(Admitted(answers=True))
    assert _passes(receiver, data, _STRANGER) is passes
    guard.admit(Admitted())
    assert not _passes(receiver, data, _STRANGER)


def test_the_other_family_is_nobody_at_either_socket(guard: PacketFilter, receiver: socket.socket) -> None:
    both = Admitted(
        frozenset({IPv4Address("127.0.0.1"), IPv6Address(_FRIEND)}),
        (IPv4Network("127.0.0.0/8"), IPv6Network("2001:db8:7::/48")),
    )
    guard.admit(both)
    assert _passes(receiver, REQUEST, _FRIEND)
    assert _passes(receiver, REQUEST, "2001:db8:7::1")
    assert not _passes(receiver, REQUEST, _STRANGER)
    assert not _passes(receiver, REQUEST, "7f00:1::1"), "whose first part is 127.0.0.1"


def test_what_comes_by_ipv4_to_a_socket_of_both_is_nobody() -> None:
    with closing(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) as both, closing(_udp("::1")) as waker:
        both.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        both.bind(("::", 0))
        both.setblocking(False)
        port = both.getsockname()[1]
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
            sender.bind(("127.0.0.1", 0))
            sender.sendto(REQUEST, ("127.0.0.1", port))
            assert both.recv(100) == REQUEST, "without the filter it comes"
            # Where one of IPv6 has its source, one of IPv4 has TTL, protocol, checksum, addresses, ports.
            ports = struct.pack(">HH", sender.getsockname()[1], port)
            with closing(PacketFilter(("::", port), waker.getsockname()[:2])) as guard:
                networks = [
                    IPv6Network((bytes([64, 17]) + bytes(2) + bytes([127, 0, 0, 1]) * 2 + ports, 128)),
                    IPv6Network("4011::/16"),
                ]
                guard.admit(Admitted(networks=tuple(networks)))
                sender.sendto(REQUEST, ("127.0.0.1", port))
                with pytest.raises(BlockingIOError):
                    both.recv(100)


def test_a_gate_at_ipv6_lets_its_waker_through_and_sends(receiver: socket.socket) -> None:
    gate = Gate()
    with closing(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) as waker, closing(_udp("::1")) as far:
        gate.shut(receiver.getsockname()[:2], waker, "::1")
        assert passes_from(waker, receiver, b"\r\n\r\n")
        assert not passes_from(far, receiver, REQUEST)
        assert gate.send(b"CANCEL", far.getsockname()[:2])
        far.settimeout(2)
        assert far.recvfrom(100)[1][:2] == receiver.getsockname()[:2]
        gate.leave()


def test_more_addresses_than_a_station_ever_has_fit(guard: PacketFilter, receiver: socket.socket) -> None:
    many = [IPv6Address("2001:db8:9::") + at for at in range(200)]
    guard.admit(Admitted(frozenset(many), tuple(IPv6Network((one + (1 << 64), 127)) for one in many[::4])))
    assert _passes(receiver, REQUEST, str(many[150]))
    assert not _passes(receiver, REQUEST, _STRANGER)


def test_a_calls_sound_is_heard_from_its_far_end_alone() -> None:
    with closing(_udp("::1")) as rtp, closing(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) as rtcp:
        port = rtp.getsockname()[1]
        rtcp.bind(("::1", port + 1))
        for one in (rtp, rtcp):
            one.setblocking(False)
        guard = SoundGuard()
        guard.describes(f"v=0\r\nm=audio {port} RTP/AVP 8 101\r\nc=IN IP6 ::1\r\n")
        guard.hears(f"[{_OTHER}]:5060")
        guard.hears_also((IPv6Network("2001:db8:7::/48"), IPv4Network("192.0.2.0/24")))
        assert _passes(rtp, b"sound", _STRANGER), "before the answer nothing is guarded"
        guard.admit(f"[{_FRIEND}]:40000")
        for one in (rtp, rtcp):
            for host in (_FRIEND, _OTHER, "2001:db8:7::1", "::1"):
                assert _passes(one, b"sound", host), host
            assert not _passes(one, b"sound", _STRANGER)
        assert dropped_at(("::1", port)) == 1
    with pytest.raises(SipError, match=r"bound to \[::1\]:"):
        dropped_at(("::1", port))


def test_a_calls_sound_at_all_addresses_is_guarded_too() -> None:
    with closing(_udp("::")) as rtp, closing(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)) as rtcp:
        port = rtp.getsockname()[1]
        rtcp.bind(("::", port + 1))
        rtp.setblocking(False)
        guard = SoundGuard()
        guard.describes(f"v=0\r\nc=IN IP6 2001:db8::5\r\nm=audio {port} RTP/AVP 8\r\n")
        guard.admit(f"[{_FRIEND}]:40000")
        with closing(_udp(_STRANGER)) as stranger, closing(_udp(_FRIEND)) as friend:
            for sender, passes in ((stranger, False), (friend, True)):
                sender.sendto(b"sound", ("::1", port))
                got = False
                try:
                    got = rtp.recv(100) == b"sound"
                except BlockingIOError:
                    pass
                assert got is passes
