"""What anybody on the network may send to the station: it must not end it, in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from tests.integration.live import SIDE_PIN, STRIKE_PIN, LiveStation
from tests.integration.own_wheel import BUILD_LIMIT_S
from tests.integration.station_process import StationProcess
from tests.integration.stranger import HOST, Stranger

from portier.adapters import pjsip_build
from portier.adapters.sip.packet_filter import Admitted, PacketFilter
from portier.bench.flood import flood
from portier.bench.line import datagram
from portier.bench.line.agent import Agent
from portier.bench.line.events import What
from portier.bench.line.message import build
from portier.core.events import RegistrationState
from portier.core.states import Idle, Talking

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_HEARS_WITHIN_S = 3.0
_STAYS_OUT_S = 1.0
"""What does come is waited for as long as it may take; what does not, as long as is worth while."""
_LOOKUP_S = 4.0

_SLOW_NAMES = f"""
if "run" in sys.orig_argv:
    import time
    from portier.adapters.sip import names
    names.system_lookup = lambda _: time.sleep({_LOOKUP_S}) or ["{HOST}"]
"""

# What the kernel of a machine does where it knows no such filters, or where something forbids them.
_NO_FILTER = """
import socket
known = socket.socket.setsockopt
def refusing(self, level, name, *value):
    if (level, name) == (socket.SOL_SOCKET, 26):
        raise PermissionError(1, "Operation not permitted")
    return known(self, level, name, *value)
socket.socket.setsockopt = refusing
"""


def _ack_another(stranger: Stranger) -> None:
    stranger.request("INVITE", body=stranger.offer(), call_id="twice")
    time.sleep(0.1)
    stranger.request("ACK", call_id="twice")


ABORTS: dict[str, Callable[[Stranger], None]] = {
    "no connection and no port": lambda one: one.request("INVITE", body=one.offer(connection=False, port=0)),
    "an ACK of another transaction": _ack_another,
    "a way back by telephone": lambda one: one.request(
        "INVITE", ("Record-Route", "<tel:1>"), body=one.offer()
    ),
    "nowhere to answer to": lambda one: one.request("INVITE", body=one.offer(), contact="*"),
}


@pytest.mark.parametrize(
    ("abort", "ours_too"), [("no connection and no port", True), ("an ACK of another transaction", False)]
)
def test_it_is_the_filter_that_saves_a_pjsip_with_asserts(tmp_path: Path, abort: str, ours_too: bool) -> None:
    """The published one; of ours, which is newer, the build for tests dies of the first alone."""
    own = pjsip_build.own()
    with Agent() as line, StationProcess(tmp_path, line, custom=_NO_FILTER) as station:
        _, port = line.wait_request("REGISTER").source
        line.wait_for(What.REGISTER)
        with Stranger(port) as stranger:
            ABORTS[abort](stranger)
            if own is None or (own.asserts and ours_too):
                assert station.ended(5.0) == -signal.SIGABRT
            else:
                station.release()


@pytest.mark.parametrize("abort", ABORTS)
def test_a_stranger_cannot_end_the_station_and_is_told_nothing(tmp_path: Path, abort: str) -> None:
    with Agent() as line, StationProcess(tmp_path, line) as station:
        _, port = line.wait_request("REGISTER").source
        line.wait_for(What.REGISTER)
        with Stranger(port) as stranger:
            ABORTS[abort](stranger)
            assert stranger.hears(_STAYS_OUT_S) == b""
        assert station.process.poll() is None, station.said
        station.release()


@pytest.mark.parametrize("route", ["<tel:1>", "<urn:x>", "<sip:;lr>", "*"])
def test_a_way_back_that_is_none_does_not_end_the_station(tmp_path: Path, route: str) -> None:
    with Agent() as line, Agent() as operator, StationProcess(tmp_path, line) as station:
        _, port = line.wait_request("REGISTER").source
        operator.invite(f"sip:portier@127.0.0.1:{port}", ("Record-Route", route), timeout_s=2.0)
        assert station.process.poll() is None, station.said
        station.release()


def test_a_flood_of_strangers_costs_the_station_no_time(tmp_path: Path) -> None:
    with Agent() as line, StationProcess(tmp_path, line) as station:
        _, port = line.wait_request("REGISTER").source
        line.wait_for(What.REGISTER)
        time.sleep(1.0)

        def used_s(source: str) -> float:
            before_s = _used_s(station.process.pid)
            flood(("127.0.0.1", port), 1000, 0.002, source=source)
            return _used_s(station.process.pid) - before_s

        by_stranger_s = used_s(HOST)
        by_operator_s = used_s("127.0.0.1")
        print(f"1000 INVITEs took {by_stranger_s:.2f} s of a processor, the operator's {by_operator_s:.2f} s")
        assert by_stranger_s < 1.0
        assert by_stranger_s < by_operator_s / 2
        station.release()


def test_what_was_dropped_is_told_after_the_next_call(tmp_path: Path) -> None:
    with Agent() as line, StationProcess(tmp_path, line) as station:
        _, port = line.wait_request("REGISTER").source
        line.wait_for(What.REGISTER)
        with Stranger(port) as stranger:
            for _ in range(3):
                stranger.request("OPTIONS")
        station.release()
        line.hang_up()
        until_s = time.monotonic() + 5.0
        while "3 datagrams from strangers were dropped" not in station.said and time.monotonic() < until_s:
            time.sleep(0.05)
        assert "3 datagrams from strangers were dropped" in station.said


def test_where_the_kernel_takes_no_filter_the_station_says_so_and_serves(tmp_path: Path) -> None:
    with Agent() as line, StationProcess(tmp_path, line, custom=_NO_FILTER) as station:
        _, port = line.wait_request("REGISTER").source
        with Stranger(port) as stranger:
            stranger.request("OPTIONS")
            assert stranger.hears(_HEARS_WITHIN_S).startswith(b"SIP/2.0 200")
        assert "WARNING  sip: strangers cannot be kept off by the kernel" in station.said
        station.release()


def test_who_stands_at_the_registrar_s_address_is_answered_and_nobody_else(tmp_path: Path) -> None:
    with (
        _registered(tmp_path) as station,
        Stranger(station.sip_port) as stranger,
        Stranger(station.sip_port, "127.0.0.1") as neighbour,
    ):
        assert _answer(neighbour, "OPTIONS").startswith(b"SIP/2.0 200")
        assert _answer(neighbour, "INVITE").startswith(b"SIP/2.0 100")
        assert _answer(stranger, "OPTIONS", _STAYS_OUT_S) == b""
        assert _answer(stranger, "INVITE", _STAYS_OUT_S) == b""


def test_who_the_configuration_names_is_answered(tmp_path: Path) -> None:
    with (
        _registered(tmp_path, sip='accept_from = ["127.0.0.64/26"]') as station,
        Stranger(station.sip_port) as named,
        Stranger(station.sip_port, "127.0.0.130") as stranger,
    ):
        assert _answer(named, "OPTIONS").startswith(b"SIP/2.0 200")
        assert _answer(stranger, "OPTIONS", _STAYS_OUT_S) == b""


def test_a_station_at_all_addresses_of_its_machine_hears_the_same(tmp_path: Path) -> None:
    def everywhere(line_port: int) -> str:
        return f'!domain = "127.0.0.1:{line_port}"\nbind_address = "0.0.0.0"\n'

    with (
        LiveStation(tmp_path, proxied=everywhere) as station,
        Stranger(station.sip_port) as stranger,
        Stranger(station.sip_port, "127.0.0.1") as neighbour,
    ):
        assert _answered_soon(neighbour).startswith(b"SIP/2.0 200")
        assert _answer(stranger, "OPTIONS", _STAYS_OUT_S) == b""
        station.talk()
        station.end_call()


def test_a_station_that_has_stopped_leaves_its_port(tmp_path: Path) -> None:
    with _registered(tmp_path) as station:
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as next_one:
        next_one.bind(("127.0.0.1", station.sip_port))


def test_a_call_that_cannot_leave_lets_nobody_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    admitted: list[Admitted] = []
    usual = PacketFilter.admit

    def admit(self: PacketFilter, one: Admitted) -> None:
        admitted.append(one)
        usual(self, one)

    monkeypatch.setattr(PacketFilter, "admit", admit)
    # The socket is bound to loopback: a datagram to anywhere else cannot leave, and PJSIP says so at once.
    far = f'!pin = {SIDE_PIN}\nuri = "sip:far@192.0.2.1"'
    with LiveStation(tmp_path, buttons_side=far) as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        station.press(SIDE_PIN)
        station.until(lambda: station.state.last_leg == 1, "placed")
        station.idle()
        assert not admitted[-1].answers
        assert IPv4Address("192.0.2.1") in admitted[-1].addresses, "the target could have called back"


def test_without_a_registrar_who_stands_at_a_target_s_address_is_answered(tmp_path: Path) -> None:
    with (
        LiveStation(tmp_path, direct=True) as station,
        Stranger(station.sip_port) as stranger,
        Stranger(station.sip_port, "127.0.0.1") as neighbour,
    ):
        assert _answered_soon(neighbour).startswith(b"SIP/2.0 200")
        assert _answer(stranger, "OPTIONS", _STAYS_OUT_S) == b""


@pytest.mark.parametrize("contact", ["<sip:phone@{}:{}>", "<sip:phone@127.0.0.1:{1};maddr={0}>"])
def test_a_phone_that_hangs_up_from_an_address_of_its_own_is_heard(tmp_path: Path, contact: str) -> None:
    with LiveStation(tmp_path) as station, Stranger(station.sip_port) as phone:
        elsewhere = contact.format(*phone.own)
        station.line.behaviour = replace(station.line.behaviour, contact=elsewhere)
        station.talk()
        dialog = station.line.calls[-1].dialog
        assert phone.hears(_HEARS_WITHIN_S).startswith(b"ACK sip:phone@")
        phone.send(build(dialog.request("BYE")))
        station.until(lambda: isinstance(station.state.call, Idle), "hung up by the phone itself")
        assert phone.hears(_HEARS_WITHIN_S).startswith(b"SIP/2.0 200")


@pytest.mark.timeout(BUILD_LIMIT_S)
def test_a_phone_whose_contact_is_a_name_is_waited_for_by_nobody_with_our_build(
    tmp_path: Path, site: Path
) -> None:
    custom = f"import sys\nsys.path.insert(0, {str(site)!r})\n{_SLOW_NAMES}"
    with Agent() as line, StationProcess(tmp_path, line, custom=custom) as station:
        _, port = line.wait_request("REGISTER").source
        with Stranger(port) as phone, Stranger(port, "127.0.0.1") as neighbour:
            line.behaviour = replace(line.behaviour, contact=f"<sip:phone@far.example:{phone.own[1]}>")
            station.press()
            answered_s = line.wait_for(What.ANSWERED).at.mono_ns / 1e9
            assert _answer(neighbour, "OPTIONS").startswith(b"SIP/2.0 200")
            assert time.monotonic() - answered_s < _LOOKUP_S
            assert phone.hears(_LOOKUP_S + 5.0).startswith(b"ACK sip:phone@far.example")
            assert time.monotonic() - answered_s > _LOOKUP_S, "before there was no address to send an ACK to"
            line.press("5")
            station.pins.wait(STRIKE_PIN, energised=True, limit_s=5.0)
            # Its address is known by its name alone.
            phone.send(build(line.calls[-1].dialog.request("BYE")))
            assert _heard_of(phone, b"BYE").startswith(b"SIP/2.0 200")


def test_a_registrar_that_answers_from_another_address_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = datagram.opened(HOST, 0)
    with other:
        usual = datagram.sent
        monkeypatch.setattr(datagram, "sent", lambda _, data, to: usual(other, data, to))
        with LiveStation(tmp_path) as station:
            station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
            station.press()
            station.until(lambda: isinstance(station.state.call, Talking), "talking")
            station.end_call()


@contextmanager
def _registered(folder: Path, sip: str = "") -> Iterator[LiveStation]:
    with LiveStation(folder, sip=sip) as station:
        station.until(lambda: station.state.registration is RegistrationState.REGISTERED, "registered")
        yield station


def _answer(one: Stranger, method: str, within_s: float = _HEARS_WITHIN_S) -> bytes:
    one.request(method, body=one.offer() if method == "INVITE" else b"")
    return one.hears(within_s)


def _heard_of(one: Stranger, method: bytes) -> bytes:
    """The answer to a request of this method; ACKs that are repeated before it are passed over."""
    while heard := one.hears(_HEARS_WITHIN_S):
        if re.search(rb"\r\nCSeq: \d+ " + method, heard):
            return heard
    return b""


def _answered_soon(one: Stranger) -> bytes:
    """What a station answers that has just started: without a registrar nothing tells when it listens."""
    return next(filter(None, (_answer(one, "OPTIONS") for _ in range(5))), b"")


def _used_s(pid: int) -> float:
    """Processor time that a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
