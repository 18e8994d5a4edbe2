"""Which ports for sound a station takes when somebody still sends to some of them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.live import config_text

from portier.adapters.sip import quiet_ports
from portier.adapters.sip.quiet_ports import away_from_old_calls
from portier.config import load, planned
from portier.hosts import family_of
from portier.plan import SipSettings

FIRST, PORTS = 19000, 40


@contextmanager
def sending_to(*ports: int, host: str = "127.0.0.1") -> Iterator[None]:
    """Somebody sends to these ports, all the time."""
    ends = threading.Event()

    def send() -> None:
        with socket.socket(family_of(host), socket.SOCK_DGRAM) as out:
            while not ends.wait(0.01):
                for port in ports:
                    try:
                        out.sendto(b"\x80", (host, port))
                    except OSError:
                        pass

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        ends.set()
        sender.join()


@pytest.fixture
def settings(tmp_path: Path) -> SipSettings:
    password = tmp_path / "password"
    password.write_text("secret")
    password.chmod(0o600)
    config = load.from_text(config_text(5062, 5064, password))
    return replace(planned.plan(config).sip, rtp_port=FIRST, rtp_ports=PORTS)


def test_all_ports_are_used_where_nobody_sends(settings: SipSettings) -> None:
    assert away_from_old_calls(settings) == settings


@pytest.mark.parametrize(
    ("spoken_to", "first", "ports"),
    [
        ([FIRST], FIRST + 2, PORTS - 2),
        ([FIRST + PORTS - 2], FIRST, PORTS - 2),
        ([FIRST + 10, FIRST + 30], FIRST + 12, 18),
    ],
)
def test_the_longest_quiet_part_is_used(
    settings: SipSettings, spoken_to: list[int], first: int, ports: int
) -> None:
    with sending_to(*spoken_to):
        found = away_from_old_calls(settings)
    assert (found.rtp_port, found.rtp_ports) == (first, ports)


def test_where_somebody_sends_nearly_everywhere_all_are_used_and_it_is_told(
    settings: SipSettings, caplog: pytest.LogCaptureFixture
) -> None:
    with sending_to(*range(FIRST, FIRST + PORTS, 6)):
        assert away_from_old_calls(settings) == settings
    assert "somebody sends to nearly every UDP port" in caplog.text


@pytest.mark.parametrize("bound", ["::1", "::"])
def test_ports_of_ipv6_are_listened_to_where_that_is_spoken(settings: SipSettings, bound: str) -> None:
    in_ipv6 = replace(settings, bind_address=bound)
    with sending_to(FIRST):
        assert away_from_old_calls(in_ipv6) == in_ipv6, "by IPv4 nobody reaches it"
    with sending_to(FIRST, host="::1"):
        assert away_from_old_calls(in_ipv6).rtp_port == FIRST + 2


def test_an_address_that_is_not_here_hinders_nothing(settings: SipSettings) -> None:
    elsewhere = replace(settings, bind_address="192.0.2.1")
    assert away_from_old_calls(elsewhere) == elsewhere
    assert quiet_ports.LISTEN_S < 0.1
