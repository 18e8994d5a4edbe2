"""Pins in a file: seen and pressed from outside, and as forgetful as a Raspberry Pi's kernel, no more."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero import InputDevice, OutputDevice

from portier.adapters.gpio.buttons import Buttons
from portier.adapters.gpio.factory import make_factory
from portier.adapters.gpio.strikes import Strikes
from portier.bench.mirrored import MirroredFactory
from portier.bench.pinfile import PinFile, PinHeldError
from portier.core.events import ButtonEdge, Event
from portier.errors import GpioError
from portier.plan import ButtonPin, StrikePin

STRIKE, BELL = 22, 5
_OWNER = """
import os, sys, time
from pathlib import Path
from gpiozero import OutputDevice
from portier.bench.mirrored import MirroredFactory
relay = OutputDevice({pin}, initial_value=False, pin_factory=MirroredFactory(Path(sys.argv[1])))
relay.on()
{end}
"""


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[PinFile]:
    pins = PinFile(tmp_path / "pins")
    yield pins
    pins.close()


@pytest.fixture
def factory(tmp_path: Path) -> Iterator[MirroredFactory]:
    factory = MirroredFactory(tmp_path / "pins")
    yield factory
    factory.close()


def _until(posted: list[Event], count: int) -> list[ButtonEdge]:
    until_s = time.monotonic() + 2
    while len(posted) < count and time.monotonic() < until_s:
        time.sleep(0.001)
    return [one for one in posted if isinstance(one, ButtonEdge)]


def _owner(path: Path, end: str) -> int:
    """Drive the strike's pin high in a process of its own, and let that end so."""
    code = _OWNER.format(pin=STRIKE, end=end)
    return subprocess.run([sys.executable, "-c", code, str(path)], timeout=20, check=False).returncode


def test_an_output_is_seen_outside_before_the_call_that_changed_it_returns(
    factory: MirroredFactory, outside: PinFile
) -> None:
    relay = OutputDevice(STRIKE, initial_value=False, pin_factory=factory)
    for _ in range(100):
        relay.on()
        assert outside.energised(STRIKE)
        assert outside.level(STRIKE) == ("output", True)
        relay.off()
        assert outside.level(STRIKE) == ("output", False)
    assert outside.changes(STRIKE)[:2] == (100, 100)
    relay.close()
    assert outside.level(STRIKE) == ("input", False)


def test_the_moment_of_a_change_is_that_of_the_pin_and_not_of_the_look(
    factory: MirroredFactory, outside: PinFile
) -> None:
    relay = OutputDevice(STRIKE, initial_value=False, pin_factory=factory)
    before_s = time.monotonic()
    relay.on()
    after_s = time.monotonic()
    time.sleep(0.05)
    assert before_s <= outside.wait(STRIKE, energised=True, limit_s=0) <= after_s
    with pytest.raises(TimeoutError, match="GPIO22 is"):
        outside.wait(STRIKE, energised=False, limit_s=0.01)
    relay.close()


def test_what_a_pin_did_long_ago_is_not_kept(factory: MirroredFactory) -> None:
    with OutputDevice(22, pin_factory=factory) as relay:
        for _ in range(50):
            relay.on()
            relay.off()
        assert len(factory.pin(22).states) == 1


def test_a_claimed_output_is_low_first_as_lgpio_claims_it(factory: MirroredFactory, outside: PinFile) -> None:
    outside.close_contact(STRIKE, to_high=True)
    relay = OutputDevice(STRIKE, initial_value=None, pin_factory=factory)
    assert outside.level(STRIKE) == ("output", False)
    relay.close()


def test_every_edge_outside_is_felt_in_order_with_its_own_moment(
    factory: MirroredFactory, outside: PinFile
) -> None:
    posted: list[Event] = []
    buttons = Buttons(factory, {"bell": ButtonPin(BELL, closed_is_low=True)}, posted.append)
    buttons.start()
    # Faster than any thread looks: no edge may be lost all the same.
    at_s = [touch(BELL) for _ in range(50) for touch in (outside.close_contact, outside.open_contact)]
    edges = _until(posted, 100)
    assert [one.closed for one in edges] == [True, False] * 50
    assert [one.at_s for one in edges] == pytest.approx(at_s, abs=1e-6)
    buttons.close()


def test_a_contact_held_while_the_pins_are_claimed_is_felt(tmp_path: Path, outside: PinFile) -> None:
    outside.close_contact(BELL)
    factory = MirroredFactory(tmp_path / "pins")
    posted: list[Event] = []
    buttons = Buttons(factory, {"bell": ButtonPin(BELL, closed_is_low=True)}, posted.append)
    buttons.start()
    outside.open_contact(BELL)
    assert [one.closed for one in _until(posted, 2)] == [True, False]
    buttons.close()
    factory.close()


def test_a_contact_to_high_is_felt_on_a_pin_that_is_pulled_down(
    factory: MirroredFactory, outside: PinFile
) -> None:
    fire = InputDevice(27, pull_up=False, pin_factory=factory)
    assert outside.level(27) == ("input", False)
    outside.close_contact(27, to_high=True)
    until_s = time.monotonic() + 2
    while not fire.pin.state and time.monotonic() < until_s:
        time.sleep(0.001)
    assert fire.pin.state
    assert outside.level(27) == ("input", True)
    fire.close()


@pytest.mark.parametrize(
    ("end", "code", "function"),
    [
        ("os.kill(os.getpid(), 9)", -9, "output"),
        ("os.abort()", -6, "output"),
        ("os._exit(0)", 0, "output"),
        ("relay.close()", 0, "input"),
    ],
)
def test_an_output_outlives_a_process_that_did_not_close_it(
    tmp_path: Path, outside: PinFile, end: str, code: int, function: str
) -> None:
    assert _owner(tmp_path / "pins", end) == code
    assert outside.changes(STRIKE).rises == 1
    assert outside.level(STRIKE) == (function, function == "output")


def test_a_dead_process_holds_no_pin_and_a_living_one_does(tmp_path: Path, outside: PinFile) -> None:
    _owner(tmp_path / "pins", "os.kill(os.getpid(), 9)")
    factory = MirroredFactory(tmp_path / "pins")
    relay = OutputDevice(STRIKE, initial_value=False, pin_factory=factory)
    assert not outside.energised(STRIKE)
    with pytest.raises(PinHeldError, match="GPIO22 is held by process"):
        outside.claim(STRIKE)
    rival = MirroredFactory(tmp_path / "pins")
    with pytest.raises(GpioError, match='pin 22 for door "front": GPIO22 is held by process'):
        Strikes(rival, {"front": StrikePin(STRIKE, 10)}, lambda _: None)
    rival.close()
    relay.close()
    factory.close()
    outside.claim(STRIKE)


def test_a_file_that_is_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "letter"
    other.write_text("dear all")
    with pytest.raises(GpioError, match="is no file of pins: remove it"):
        make_factory("mock", other)
    assert other.read_text() == "dear all"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(GpioError, match=r"No such file.*gpio\.mock_file"):
        make_factory("mock", tmp_path / "nowhere" / "pins")
