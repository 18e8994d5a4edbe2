"""A SIGKILL at every step of a release, by every road: what ExecStopPost runs locks the door within a second.

The pins remember as on a Raspberry Pi, and are watched from this process.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.integration.caller import ALLOWED, ASSERTED, LAMPS, USER
from tests.integration.live import STRIKE_PIN
from tests.integration.station_process import StationProcess
from tests.unit.audit_log import verdict
from tests.unit.directory_files import POSTMAN, written

from portier.adapters.control.protocol import Do
from portier.adapters.journal.store import DATABASE
from portier.bench.keypads import key_frame
from portier.bench.line.agent import Agent
from portier.bench.voice import voice
from portier.control_client import ControlClient

D0_PIN, D1_PIN = 20, 21
EXIT_PIN, FIRE_PIN, LIGHT_PIN = 26, 27, 17
LOCKED_WITHIN_S = 3.0
"""What a second is on a machine that runs other tests."""
_DIES_WITHIN_S = 10.0
SECTIONS = {
    "doors_front": f"""!pin = {STRIKE_PIN}
release_digit = "5"
release_s = 1.5
max_release_s = 3
may_hold = true
released_by_fire = true
exit_pin = {EXIT_PIN}
""",
    "keypads.reader": f'kind = "wiegand"\ndoor = "front"\nd0 = {D0_PIN}\nd1 = {D1_PIN}',
    "incoming": f'accept_from_numbers = ["{ALLOWED}"]\ncodes_from_numbers = ["{ALLOWED}"]',
    "lamps": LAMPS,
    "fire": f'pin = {FIRE_PIN}\nat_rest = "open"',
    "light": f'pin = {LIGHT_PIN}\nlit_s = 60\nwhen = ["release", "exit"]',
}

DYING = """
import sys
if "run" in sys.orig_argv:
    import os, signal, threading
    from portier import runtime
    from portier.adapters.gpio import drives
    from portier.adapters.journal import store
    STEP = {step!r}
    def die(step):
        if step == STEP:
            os.kill(os.getpid(), signal.SIGKILL)
    perform, released = runtime.Runtime._perform, []
    def dying(self, ports, effect):
        name = type(effect).__name__
        if name in ("Release", "Hold"):
            die("before the release")
            perform(self, ports, effect)
            released.append(name)
            die("after the release")
            if STEP == "in mid-release":
                threading.Timer(0.4, die, (STEP,)).start()
            return
        perform(self, ports, effect)
        if name == "LookUpCode":
            die("after LookUpCode")
        if released:
            die("after " + name)
    runtime.Runtime._perform = dying
    on, off = drives.LevelDrive.energise, drives.LevelDrive.de_energise
    def energise(self, now_s):
        on(self, now_s)
        die("as the pin rises")
    def de_energise(self):
        if released:
            die("as the release ends")
        off(self)
        if released:
            die("as the pin falls")
    drives.LevelDrive.energise, drives.LevelDrive.de_energise = energise, de_energise
    append = store.Store.append
    def appending(self, entries, now):
        kept = append(self, entries, now)
        if released:
            die("once its row is written")
        return kept
    store.Store.append = appending
"""
STEPS = (
    "after LookUpCode",
    "before the release",
    "as the pin rises",
    "after the release",
    "after Play",
    "after Note",
    "after Audit",
    "after Indicate",
    "once its row is written",
    "in mid-release",
    "as the release ends",
    "as the pin falls",
)
_LOW_AS_IT_DIES = {"after LookUpCode", "before the release", "as the pin falls"}


@pytest.fixture
def line() -> Iterator[Agent]:
    with Agent(voice=voice("phone", 8000, 4.0)) as agent:
        yield agent


def code_at_a_reader(station: StationProcess, code: str) -> None:
    for key in code:
        for bit in key_frame(key, 4):
            pin = (D0_PIN, D1_PIN)[bit]
            station.pins.close_contact(pin)
            station.pins.open_contact(pin)
            time.sleep(0.002)
        time.sleep(0.1)


def _code_at_a_reader(station: StationProcess, _line: Agent) -> None:
    code_at_a_reader(station, POSTMAN)


def _code_in_a_call(station: StationProcess, line: Agent) -> None:
    (port,) = [
        row.split("=")[1].strip() for row in station.config.read_text().splitlines() if "port = " in row
    ][:1]
    assert line.invite(f"sip:{USER}@127.0.0.1:{port}", ASSERTED) == 200
    # Both sides are joined a second later.
    time.sleep(1.5)
    for key in POSTMAN:
        line.press(key)
        time.sleep(0.25)


def _digit(station: StationProcess, _line: Agent) -> None:
    station.visit()


def _exit(station: StationProcess, _line: Agent) -> None:
    station.pins.close_contact(EXIT_PIN, to_high=True)


def _fire(station: StationProcess, _line: Agent) -> None:
    station.pins.close_contact(FIRE_PIN, to_high=True)


def _command(do: Do) -> Callable[[StationProcess, Agent], None]:
    def ask(station: StationProcess, _line: Agent) -> None:
        with ControlClient(station.control_path) as client:
            try:
                client.ask(do)
            except Exception:  # noqa: BLE001 -- it may die before it answers
                return

    return ask


ROADS: dict[str, Callable[[StationProcess, Agent], None]] = {
    "code at a reader": _code_at_a_reader,
    "code in a call": _code_in_a_call,
    "release digit": _digit,
    "exit button": _exit,
    "command": _command(Do.RELEASE),
    "hold": _command(Do.HOLD),
    "fire": _fire,
}
CASES = [
    *(("code at a reader", step) for step in STEPS),
    *(
        (road, step)
        for road in ROADS
        if road != "code at a reader"
        for step in ("as the pin rises", "in mid-release")
    ),
]


@pytest.mark.parametrize(("road", "step"), CASES)
def test_a_kill_at_any_step_of_a_release_is_locked_by_the_command_that_follows(
    tmp_path: Path, line: Agent, road: str, step: str
) -> None:
    written(tmp_path)
    with StationProcess(tmp_path, line, custom=DYING.format(step=step), **SECTIONS) as station:
        # Nothing of the start is still to be written.
        time.sleep(0.5)
        ROADS[road](station, line)
        assert station.ended(_DIES_WITHIN_S) == -signal.SIGKILL, station.said
        rises = station.pins.changes(STRIKE_PIN).rises
        assert rises == (0 if step in {"after LookUpCode", "before the release"} else 1), station.said
        assert station.pins.energised(STRIKE_PIN) is (step not in _LOW_AS_IT_DIES)
        began_s = time.monotonic()
        code, said, _ = station.lock()
        assert code == 0, said
        assert not station.pins.energised(STRIKE_PIN)
        assert not station.pins.energised(LIGHT_PIN)
        if step not in _LOW_AS_IT_DIES:
            assert station.pins.changes(STRIKE_PIN).fell_s - began_s < LOCKED_WITHIN_S
        if (station.state_folder / DATABASE).exists():
            assert verdict(station.state_folder).problems == ()


def test_a_kill_while_the_stairs_are_lit_leaves_them_dark_and_the_next_start_holds_nothing(
    tmp_path: Path, line: Agent
) -> None:
    written(tmp_path)
    with StationProcess(tmp_path, line, **SECTIONS) as station:
        _code_at_a_reader(station, line)
        station.pins.wait(LIGHT_PIN, energised=True, limit_s=5)
        station.send(signal.SIGKILL)
        station.ended(1)
        began_s = time.monotonic()
        code, said, _ = station.lock()
        assert code == 0, said
        assert station.pins.changes(LIGHT_PIN).fell_s - began_s < LOCKED_WITHIN_S
        assert not station.pins.energised(STRIKE_PIN)
        rises = station.pins.changes(STRIKE_PIN).rises, station.pins.changes(LIGHT_PIN).rises
        station.told.clear()
        station.begin()
        station.wait_told("READY=1")
        time.sleep(0.5)
        assert rises == (station.pins.changes(STRIKE_PIN).rises, station.pins.changes(LIGHT_PIN).rises)
