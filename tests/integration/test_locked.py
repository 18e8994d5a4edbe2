"""The door is locked in every way out. Each is seen on the strike's pin, from another process.

The pins remember as on a Raspberry Pi: what a dead process drove stays driven.
"""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.live import SIDE_PIN, STRIKE_PIN, config_text, free_port
from tests.integration.station_process import StationProcess

from portier.bench.line.agent import Agent
from portier.bench.line.events import What
from portier.bench.voice import voice

LONG = "release_s = 8\nmax_release_s = 9"
SHORT = "release_s = 2\nmax_release_s = 3"
DOOR = f'!pin = {STRIKE_PIN}\nrelease_digit = "5"\n'
STOP_LIMIT_S = 3.5
AT_ONCE_S = 0.5
MISFORTUNE_AFTER_S = 0.3

# What the station's interpreter does first; `misfortune(strikes)` is called in a release, on the loop.
IN_A_RELEASE = """
import sys
if "run" in sys.orig_argv:
    import asyncio, threading, time
    from portier.adapters.gpio import strikes
    whole = strikes.Strikes.release
    def release(self, door, until_s):
        whole(self, door, until_s)
        loop = asyncio.get_running_loop()
        loop.call_later({after_s}, print, "misfortune at", time.monotonic() + {after_s})
        misfortune(self, loop)
    strikes.Strikes.release = release
"""

LATE_SOUND = """
import sys
if "run" in sys.orig_argv:
    from portier.adapters.audio import line
    line.MediaLine.stop = lambda self, timeout_s: False
    line.MediaLine.close = lambda self: None
    # So busy with the port that it is in there when the port would go.
    from portier.adapters.audio import bridge
    exchange = bridge.MasterPort.exchange
    bridge.MasterPort.exchange = lambda self, captured: [exchange(self, captured) for _ in range(100)][-1]
"""

EXCEPTIONS = {
    "a callback on the loop": """
    def misfortune(strikes, loop):
        loop.call_later({after_s}, lambda: 1 / 0)
""",
    "the core, at every event from then on": """
    from portier.core import station
    def broken(*_):
        raise ZeroDivisionError
    def misfortune(strikes, loop):
        loop.call_later({after_s}, setattr, station, "decide", broken)
""",
    "the keeper of the deadlines": """
    class Broken(dict):
        def items(self):
            raise ZeroDivisionError
    def break_it(strikes):
        with strikes._changed:
            strikes._until_s = Broken(strikes._until_s)
            strikes._changed.notify()
    def misfortune(strikes, loop):
        loop.call_later({after_s}, break_it, strikes)
""",
    "the SIP thread": """
    from portier.adapters.sip import phone
    tend, broken = phone.SipPhone.tend, []
    def tend_or_break(self, now_s):
        tend(self, now_s)
        if broken:
            raise ZeroDivisionError
    phone.SipPhone.tend = tend_or_break
    def misfortune(strikes, loop):
        loop.call_later({after_s}, broken.append, True)
""",
    "the media thread, by something it does not survive": """
    from portier.adapters.audio import track
    over, broken = track.ToneTrack.over, []
    class Death(BaseException):
        pass
    def over_or_break(self, frame):
        if broken:
            raise Death
        return over(self, frame)
    track.ToneTrack.over = over_or_break
    def misfortune(strikes, loop):
        loop.call_later({after_s}, broken.append, True)
""",
    "the pins' thread": """
    from portier.adapters.gpio import contacts
    changed, broken = contacts.ContactReader._changed, []
    def changed_or_break(self, ticks, level):
        if broken:
            raise ZeroDivisionError
        changed(self, ticks, level)
    contacts.ContactReader._changed = changed_or_break
    def misfortune(strikes, loop):
        loop.call_later({after_s}, broken.append, True)
""",
}


def _custom(misfortune: str) -> str:
    code = IN_A_RELEASE + misfortune
    return code.replace("{after_s}", str(MISFORTUNE_AFTER_S))


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent(voice=voice("phone", 8000, 4.0)) as agent:
        yield agent


def _locked(station: StationProcess) -> bool:
    """Whether the strike's pin is low, or an input; a relay on it is off either way."""
    function, level = station.pins.level(STRIKE_PIN)
    return function == "input" or not level


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_in_a_release_locks_at_once(tmp_path: Path, line: Agent, number: signal.Signals) -> None:
    with StationProcess(tmp_path, line, doors_front=DOOR + LONG) as station:
        station.release()
        sent_s = station.send(number)
        fell_s = station.pins.wait(STRIKE_PIN, energised=False, limit_s=STOP_LIMIT_S)
        assert fell_s - sent_s < AT_ONCE_S
        assert station.ended(STOP_LIMIT_S) == 0, station.said
        assert _locked(station)
        assert station.pins.level(STRIKE_PIN)[0] == "input"


def test_a_release_ends_at_its_moment_and_a_stop_after_it_leaves_it_locked(
    tmp_path: Path, line: Agent
) -> None:
    with StationProcess(tmp_path, line, doors_front=DOOR + SHORT) as station:
        rose_s = station.release()
        line.hang_up()
        fell_s = station.pins.wait(STRIKE_PIN, energised=False, limit_s=3)
        assert 1.9 < fell_s - rose_s < 2.2
        station.send(signal.SIGTERM)
        assert station.ended(STOP_LIMIT_S) == 0, station.said
        assert _locked(station)
        assert station.pins.changes(STRIKE_PIN).rises == 1


@pytest.mark.parametrize("where", EXCEPTIONS)
def test_an_exception_in_a_release_ends_the_station_locked(tmp_path: Path, line: Agent, where: str) -> None:
    with StationProcess(
        tmp_path, line, custom=_custom(EXCEPTIONS[where]), doors_front=DOOR + LONG
    ) as station:
        rose_s = station.release()
        time.sleep(MISFORTUNE_AFTER_S + 0.1)
        # An event for those that break at the next one.
        station.pins.close_contact(SIDE_PIN)
        fell_s = station.pins.wait(STRIKE_PIN, energised=False, limit_s=STOP_LIMIT_S)
        assert MISFORTUNE_AFTER_S <= fell_s - rose_s < MISFORTUNE_AFTER_S + 1.0
        assert station.ended(STOP_LIMIT_S) == 70, station.said
        assert "fault, the station ends" in station.said
        assert _locked(station)


def test_an_exception_that_the_media_thread_survives_prolongs_no_release(tmp_path: Path, line: Agent) -> None:
    thread = "the media thread, by something it does not survive"
    custom = _custom(EXCEPTIONS[thread].replace("Death(BaseException)", "Death(Exception)"))
    with StationProcess(tmp_path, line, custom=custom, doors_front=DOOR + SHORT) as station:
        rose_s = station.release()
        assert 1.9 < station.pins.wait(STRIKE_PIN, energised=False, limit_s=4) - rose_s < 2.2
        assert station.process.poll() is None, station.said
        assert "Death" in station.said


def test_a_loop_blocked_in_a_release_locks_at_its_moment(tmp_path: Path, line: Agent) -> None:
    blocked = """
    def misfortune(strikes, loop):
        loop.call_later({after_s}, time.sleep, 30)
"""
    with StationProcess(tmp_path, line, custom=_custom(blocked), doors_front=DOOR + SHORT) as station:
        rose_s = station.release()
        fell_s = station.pins.wait(STRIKE_PIN, energised=False, limit_s=5)
        assert 1.9 < fell_s - rose_s < 2.2
        assert station.process.poll() is None, "it was to be blocked, not ended"
        assert _locked(station)


def test_a_stop_that_hangs_has_locked_first_and_is_cut_short(tmp_path: Path, line: Agent) -> None:
    hanging = """
    from portier.adapters.sip import phone
    from portier.core import station
    def broken(*_):
        raise ZeroDivisionError
    def hang(self, timeout_s, *, destroy):
        time.sleep(30)
    def misfortune(strikes, loop):
        station.decide = broken
        phone.SipPhone.stop = hang
"""
    with StationProcess(tmp_path, line, custom=_custom(hanging), doors_front=DOOR + LONG) as station:
        station.release()
        sent_s = station.send(signal.SIGTERM)
        fell_s = station.pins.wait(STRIKE_PIN, energised=False, limit_s=STOP_LIMIT_S)
        assert fell_s - sent_s < AT_ONCE_S
        assert station.ended(STOP_LIMIT_S) == 70, station.said
        assert _locked(station)


def test_a_media_thread_that_is_late_to_stop_does_not_lose_its_port_and_the_process(
    tmp_path: Path, line: Agent
) -> None:
    """As on a machine that is too slow: PJSIP is left as it is then, with the call ended and nothing open."""
    with StationProcess(tmp_path, line, custom=LATE_SOUND, doors_front=DOOR + LONG) as station:
        station.release()
        station.send(signal.SIGTERM)
        assert station.ended(STOP_LIMIT_S) == 0
        assert not station.pins.energised(STRIKE_PIN)
        line.wait_for(What.ENDED)
        assert "the media thread did not end in time" in station.said
        assert station.said.count("did not end in time") == 1, "SIP is left on purpose, and is not late"


def test_a_start_that_fails_after_the_pins_were_claimed_leaves_them_locked(
    tmp_path: Path, line: Agent
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        station = StationProcess(tmp_path, line)
        text = config_text(line.port, taken.getsockname()[1], tmp_path / "password")
        station.config.write_text(text.replace('factory = "mock"', 'factory = "mock"\nmock_file = "pins"'))
        station.begin()
        try:
            assert station.ended(20) == 71, station.said
            assert station.pins.level(STRIKE_PIN) == ("input", False)
            assert station.pins.changes(STRIKE_PIN).rises == 0
        finally:
            station.__exit__(None, None, None)


def test_a_kill_leaves_the_door_released_until_portier_lock_has_run(tmp_path: Path, line: Agent) -> None:
    with StationProcess(tmp_path, line, doors_front=DOOR + LONG) as station:
        station.release()
        code, said, _ = station.lock()
        assert code == 77, said
        assert "held by a running program" in said
        assert station.pins.energised(STRIKE_PIN), "a living station keeps its pins"
        station.send(signal.SIGKILL)
        station.ended(1)
        time.sleep(0.5)
        assert station.pins.energised(STRIKE_PIN), "the pins are to remember, as a Raspberry Pi's do"
        code, said, took_s = station.lock()
        assert code == 0, said
        assert f"GPIO{STRIKE_PIN} de-energised" in said
        assert took_s < 5.0
        assert station.pins.level(STRIKE_PIN) == ("output", False)


@pytest.mark.parametrize("broken", ["gone", "not TOML", "another pin"])
def test_after_a_kill_the_lock_knows_the_pins_of_a_station_whose_configuration_broke(
    tmp_path: Path, line: Agent, broken: str
) -> None:
    with StationProcess(tmp_path, line, doors_front=DOOR + LONG) as station:
        station.release()
        text = station.config.read_text()
        contents = {"not TOML": b"\xff\xfe[[[", "another pin": text.replace("pin = 22", "pin = 27").encode()}
        station.config.unlink()
        if broken in contents:
            station.config.write_bytes(contents[broken])
        station.send(signal.SIGKILL)
        station.ended(1)
        code, said, took_s = station.lock()
        assert code == 0, said
        assert took_s < 5.0
        assert not station.pins.energised(STRIKE_PIN)


def test_after_a_kill_the_configuration_is_enough_where_no_note_was_left(tmp_path: Path, line: Agent) -> None:
    with StationProcess(tmp_path, line, doors_front=DOOR + LONG) as station:
        station.release()
        station.config.write_text(station.config.read_text() + "\nthis is = not TOML")
        station.send(signal.SIGKILL)
        station.ended(1)
        code, said, _ = station.lock(RUNTIME_DIRECTORY=str(tmp_path / "nowhere"))
        assert code == 0, said
        assert not station.pins.energised(STRIKE_PIN)


def test_a_restart_after_a_kill_locks_as_it_claims_the_pins(tmp_path: Path, line: Agent) -> None:
    with StationProcess(tmp_path, line, doors_front=DOOR + LONG) as station:
        station.release()
        station.send(signal.SIGKILL)
        station.ended(1)
        assert station.pins.energised(STRIKE_PIN)
        station.told.clear()
        station.begin()
        station.wait_told("READY=1")
        assert _locked(station)
        assert station.pins.changes(STRIKE_PIN).rises == 1


def test_after_a_kill_the_next_visit_is_heard_though_the_phone_still_talks_in_the_dead_call(
    tmp_path: Path, line: Agent
) -> None:
    with StationProcess(tmp_path, line, doors_front=DOOR + LONG) as station:
        station.release()
        station.send(signal.SIGKILL)
        station.ended(1)
        station.told.clear()
        station.begin()
        station.wait_told("READY=1")
        station.release()


def test_a_second_station_on_the_same_pins_ends_with_77_and_moves_none(tmp_path: Path, line: Agent) -> None:
    with StationProcess(tmp_path, line, doors_front=DOOR + LONG) as station:
        station.release()
        second = tmp_path / "second"
        second.mkdir()
        rival = StationProcess(second, line)
        rival.config.write_text(
            config_text(
                line.port, free_port(), tmp_path / "password", gpio=f'mock_file = "{tmp_path / "pins"}"'
            )
        )
        rival.begin()
        try:
            assert rival.ended(20) == 77, rival.said
            assert "is held by process" in rival.said
            assert station.pins.energised(STRIKE_PIN)
        finally:
            rival.__exit__(None, None, None)
