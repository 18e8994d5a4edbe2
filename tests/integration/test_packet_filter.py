"""The kernel's filter on a socket of this process: who gets through, and who does not."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

import pytest
from tests.integration.filtered import ANSWER, REQUEST, passes_from

from portier.adapters.sip.gate import Gate
from portier.adapters.sip.packet_filter import Admitted, PacketFilter
from portier.errors import SipError


def _udp(host: str) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((host, 0))
    return made


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    """The socket that is to be guarded."""
    with closing(_udp("127.0.0.1")) as made:
        made.setblocking(False)
        yield made


@pytest.fixture
def waker() -> Iterator[socket.socket]:
    """The socket by which the station wakes itself."""
    with closing(_udp("127.0.0.1")) as made:
        yield made


@pytest.fixture
def guard(receiver: socket.socket, waker: socket.socket) -> Iterator[PacketFilter]:
    with closing(PacketFilter(receiver.getsockname(), waker.getsockname())) as made:
        yield made


def _passes(receiver: socket.socket, data: bytes, host: str) -> bool:
    with closing(_udp(host)) as sender:
        return passes_from(sender, receiver, data)


def test_at_first_nobody_is_heard_but_the_station_itself(
    guard: PacketFilter, receiver: socket.socket, waker: socket.socket
) -> None:
    assert passes_from(waker, receiver, b"\r\n\r\n")
    assert not _passes(receiver, b"\r\n\r\n", "127.0.0.1"), "the address is right, the port is not"
    assert not _passes(receiver, REQUEST, "127.0.0.2")
    assert not _passes(receiver, ANSWER, "127.0.0.2")


def test_an_address_that_is_admitted_may_send_anything(guard: PacketFilter, receiver: socket.socket) -> None:
    guard.admit(Admitted(frozenset({IPv4Address("127.0.0.2"), IPv4Address("127.0.0.4")})))
    for data in (REQUEST, ANSWER, b"", b"x", os.urandom(60000)):
        assert _passes(receiver, data, "127.0.0.2")
        assert _passes(receiver, data, "127.0.0.4")
        assert not _passes(receiver, data, "127.0.0.3")


def test_a_network_is_admitted_as_a_whole(guard: PacketFilter, receiver: socket.socket) -> None:
    networks = (IPv4Network("127.8.0.0/30"), IPv4Network("127.9.1.0/24"))
    guard.admit(Admitted(frozenset({IPv4Address("127.0.0.2")}), networks))
    assert all(
        _passes(receiver, REQUEST, host) for host in ("127.8.0.1", "127.8.0.3", "127.9.1.200", "127.0.0.2")
    )
    assert not any(_passes(receiver, REQUEST, host) for host in ("127.8.0.4", "127.9.2.1", "127.0.0.3"))
    guard.admit(Admitted(networks=(IPv4Network("0.0.0.0/0"),)))
    assert _passes(receiver, REQUEST, "127.0.0.3")


@pytest.mark.parametrize(
    ("data", "passes"),
    [
        (ANSWER, True),
        (b"SIP/2.0 ", True),
        (b"SIP/2.0", False),
        (b"SIP/2.1 200 OK", False),
        (b"SIP/", False),
        (b"", False),
        (b"\r\n\r\n", False),
        (REQUEST, False),
        (b"ACK sip:x SIP/2.0 ", False),
    ],
)
def test_of_strangers_answers_alone_are_heard_where_one_is_waited_for(
    guard: PacketFilter, receiver: socket.socket, data: bytes, passes: bool
) -> None:
    guard.admit(Admitted(answers=True))
    assert _passes(receiver, data, "127.0.0.3") is passes
    guard.admit(Admitted())
    assert not _passes(receiver, data, "127.0.0.3")


def test_what_came_before_the_filter_is_forgotten(receiver: socket.socket, waker: socket.socket) -> None:
    with closing(_udp("127.0.0.3")) as stranger:
        for _ in range(10):
            stranger.sendto(REQUEST, receiver.getsockname())
    with closing(PacketFilter(receiver.getsockname(), waker.getsockname())), pytest.raises(BlockingIOError):
        receiver.recv(65535)


def test_the_kernel_counts_what_it_drops(guard: PacketFilter, receiver: socket.socket) -> None:
    for _ in range(5):
        assert not _passes(receiver, REQUEST, "127.0.0.3")
    assert guard.dropped == 5


@pytest.mark.parametrize("answer", [bytes(4), bytes(32), b""])
def test_a_kernel_that_does_not_count_is_taken_for_one_that_dropped_nothing(
    monkeypatch: pytest.MonkeyPatch, guard: PacketFilter, answer: bytes
) -> None:
    """QEMU's emulation of one gives four bytes; it ended the SIP thread."""
    monkeypatch.setattr(socket.socket, "getsockopt", lambda *_: answer)
    assert guard.dropped == 0


def test_a_kernel_without_such_a_count_is_taken_for_one_that_dropped_nothing(
    monkeypatch: pytest.MonkeyPatch, guard: PacketFilter
) -> None:
    def refuse(*_: object) -> bytes:
        raise OSError(errno.ENOPROTOOPT, "Protocol not available")

    monkeypatch.setattr(socket.socket, "getsockopt", refuse)
    assert guard.dropped == 0


def test_hundreds_of_addresses_are_no_matter(guard: PacketFilter, receiver: socket.socket) -> None:
    many = frozenset(IPv4Address("127.1.0.0") + one for one in range(1, 400))
    for _ in range(3):
        guard.admit(Admitted(many))
        assert _passes(receiver, REQUEST, "127.1.1.100")
        assert not _passes(receiver, REQUEST, "127.0.0.3")


def test_more_than_the_kernel_takes_is_refused_and_the_filter_can_be_lifted(
    guard: PacketFilter, receiver: socket.socket
) -> None:
    with pytest.raises(OSError, match=r"Invalid argument|allocate memory"):
        guard.admit(Admitted(frozenset(IPv4Address("127.1.0.0") + one for one in range(3000))))
    assert not _passes(receiver, REQUEST, "127.0.0.3"), "the one before is still there"
    guard.lift()
    assert _passes(receiver, REQUEST, "127.0.0.3")


def test_a_closed_filter_keeps_neither_port_nor_descriptor(waker: socket.socket) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    receiver = _udp("127.0.0.1")
    bound = receiver.getsockname()
    guard = PacketFilter(bound, waker.getsockname())
    guard.close()
    receiver.close()
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as again:
        again.bind(bound)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_socket_that_is_not_there_is_told(receiver: socket.socket) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(SipError, match=r"no UDP socket that is bound to 127\.0\.0\.77"):
        PacketFilter(("127.0.0.77", receiver.getsockname()[1]), ("127.0.0.1", 1))
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_gate_for_which_the_kernel_takes_no_filter_any_more_stands_open(
    receiver: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    gate = Gate()
    before = len(list(Path("/proc/self/fd").iterdir()))
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as waker:
        gate.shut(receiver.getsockname(), waker, "127.0.0.1")
        assert passes_from(waker, receiver, b"\r\n\r\n")
        assert not _passes(receiver, REQUEST, "127.0.0.3")
        gate.tell_dropped()
        assert "1 datagrams from strangers were dropped" in caplog.text
        gate.admit(Admitted(frozenset(IPv4Address("127.1.0.0") + one for one in range(3000))))
        assert "does not take the filter" in caplog.text
        for _ in range(2):
            assert _passes(receiver, REQUEST, "127.0.0.3")
            gate.admit(Admitted())
        bound = waker.getsockname()
        assert gate.send(b"CANCEL", bound), "what leaves needs no filter"
        assert waker.recv(100) == b"CANCEL"
        gate.leave()
        assert not gate.send(b"CANCEL", bound)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
