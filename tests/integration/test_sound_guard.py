"""A call's sockets for sound, guarded by the kernel: who is heard, and who is not."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from ipaddress import IPv4Network

import pytest

from portier.adapters.sip.sound_guard import PATIENCE_S, SoundGuard

_FAR, _PROXY, _STRANGER = "127.0.0.2", "127.0.0.3", "127.0.0.66"


@pytest.fixture
def sockets() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two sockets in a row, as RTP and RTCP have them."""
    with ExitStack() as stack:
        for port in range(15600, 15700, 2):
            pair = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(2)]
            try:
                for number, one in enumerate(pair):
                    one.bind(("127.0.0.1", port + number))
                    one.setblocking(False)
            except OSError:
                continue
            yield pair[0], pair[1]
            return


def _passes(to: socket.socket, host: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((host, 0))
        # On loopback a datagram is there when it was sent.
        sender.sendto(b"sound", to.getsockname())
    try:
        return to.recv(100) == b"sound"
    except BlockingIOError:
        return False


def _guard(rtp: socket.socket, *networks: str) -> SoundGuard:
    guard = SoundGuard()
    guard.hears_also(tuple(IPv4Network(one) for one in networks))
    # Of two ways that a far end offers, the first is refused.
    refused = "m=audio 0 RTP/SAVP 8\r\n"
    guard.describes(f"v=0\r\nc=IN IP4 127.0.0.1\r\n{refused}m=audio {rtp.getsockname()[1]} RTP/AVP 8 101\r\n")
    return guard


def test_the_far_end_and_whoever_speaks_sip_for_it_are_heard_and_nobody_else(
    sockets: tuple[socket.socket, socket.socket],
) -> None:
    guard = _guard(sockets[0])
    guard.hears(f"{_PROXY}:5060")
    assert _passes(sockets[0], _STRANGER), "before the answer nothing is guarded, and nothing is listened to"
    guard.admit(f"{_FAR}:40000")
    for one in sockets:
        assert _passes(one, _FAR)
        assert _passes(one, _PROXY)
        assert not _passes(one, _STRANGER)


def test_what_a_stranger_sent_before_the_answer_is_forgotten(
    sockets: tuple[socket.socket, socket.socket],
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        for _ in range(20):
            stranger.sendto(b"key", sockets[0].getsockname())
    _guard(sockets[0]).admit(f"{_FAR}:40000")
    with pytest.raises(BlockingIOError):
        sockets[0].recv(100)


def test_a_far_end_that_moves_is_heard_where_it_is_now(sockets: tuple[socket.socket, socket.socket]) -> None:
    guard = _guard(sockets[0])
    guard.admit(f"{_FAR}:40000")
    guard.admit(f"{_STRANGER}:40000")
    assert _passes(sockets[0], _STRANGER)
    assert not _passes(sockets[0], _FAR)


def test_this_machine_and_whom_the_configuration_names_are_heard(
    sockets: tuple[socket.socket, socket.socket],
) -> None:
    _guard(sockets[0], "127.8.0.0/30").admit(f"{_FAR}:40000")
    assert _passes(sockets[0], "127.0.0.1")
    assert _passes(sockets[0], "127.8.0.3")
    assert not _passes(sockets[0], "127.8.0.4")


def test_sound_from_an_address_that_was_not_described_is_told_once(
    sockets: tuple[socket.socket, socket.socket], caplog: pytest.LogCaptureFixture
) -> None:
    guard = _guard(sockets[0])
    guard.admit(f"{_FAR}:40000")
    late_s = time.monotonic() + PATIENCE_S
    guard.nothing_came(late_s)
    assert not caplog.messages
    assert not _passes(sockets[0], _STRANGER)
    guard.nothing_came(late_s)
    guard.nothing_came(late_s)
    assert len(caplog.messages) == 1
    assert "name that address in sip.accept_from" in caplog.messages[0]


def test_what_waits_to_be_taken_is_not_forgotten_by_the_question_whether_anything_came(
    sockets: tuple[socket.socket, socket.socket],
) -> None:
    guard = _guard(sockets[0])
    guard.admit(f"{_FAR}:40000")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far:
        far.bind((_FAR, 0))
        far.sendto(b"key", sockets[0].getsockname())
    guard.nothing_came(time.monotonic())
    assert sockets[0].recv(100) == b"key"


def test_a_guarded_socket_that_is_closed_leaves_its_port(
    sockets: tuple[socket.socket, socket.socket],
) -> None:
    _guard(sockets[0]).admit(f"{_FAR}:40000")
    place = sockets[0].getsockname()
    sockets[0].close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as again:
        again.bind(place)


def test_sockets_that_are_not_there_are_told_and_stop_nothing(caplog: pytest.LogCaptureFixture) -> None:
    guard = SoundGuard()
    guard.describes("m=audio 15999 RTP/AVP 8\r\n")
    guard.admit(f"{_FAR}:40000")
    assert "cannot keep strangers off a call's sound" in caplog.text
