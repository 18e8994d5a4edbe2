"""The local gong: when it sounds, its pin, and that it goes low with everything else."""

from __future__ import annotations

from pathlib import Path

import pytest

from portier import lock
from portier.adapters.gpio import note
from portier.adapters.gpio.switched import SwitchedOutput
from portier.bench.bare import BareStation
from portier.bench.pinfile import PinFile
from portier.bench.pins import BenchPins
from portier.commands import table
from portier.config import load, planned
from portier.config.lenient import strikes
from portier.core.effects import Effect, SwitchGong
from portier.core.events import CallRequested, EndReason, HangUpRequested, PhoneLost, StopRequested
from portier.core.rules import ButtonRule, DoorRule, GongRule, GongWhen, Rules
from portier.errors import ConfigError, GpioError
from portier.facts import Fact, PinChange
from portier.status import snapshot

GONG = 26
HEAD = """
[gpio]
factory = "mock"
[audio]
card = "none"
[buttons.bell]
pin = 9
uri = "sip:alice@192.168.1.20"
[doors.front]
pin = 22
release_digit = "5"
"""


def station(*when: GongWhen, press_hangs_up: bool = False, cool_down_after: int | None = None) -> BareStation:
    rules = Rules(
        buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 1 / 32)},
        doors={"front": DoorRule("front", "5", 3.0, 8.0)},
        gong=GongRule(frozenset(when or GongWhen), 2.0),
        press_hangs_up=press_hangs_up,
        cool_down_after=cool_down_after,
    )
    return BareStation(rules)


def ready(*when: GongWhen, press_hangs_up: bool = False, cool_down_after: int | None = None) -> BareStation:
    one = station(*when, press_hangs_up=press_hangs_up, cool_down_after=cool_down_after)
    one.become_ready()
    return one


def switched(effects: list[Effect]) -> list[bool]:
    return [one.on for one in effects if isinstance(one, SwitchGong)]


# When


@pytest.mark.parametrize("reason", [one for one in EndReason if one is not EndReason.DECLINED])
def test_it_sounds_for_its_pulse_where_a_call_reached_nobody(reason: EndReason) -> None:
    one = ready()
    one.press("bell")
    assert switched(one.end(reason)) == [True]
    assert snapshot(one.state).gong
    assert switched(one.wait(1.9)) == []
    assert switched(one.wait(0.1)) == [False]
    assert not snapshot(one.state).gong


def test_it_sounds_where_nobody_answers_in_time() -> None:
    one = ready()
    one.press("bell")
    assert switched(one.wait(60.0)) == [True, False]


def test_it_does_not_sound_where_somebody_was_reached_or_ended_the_call() -> None:
    one = ready(press_hangs_up=True)
    one.press("bell")
    assert switched(one.end(EndReason.DECLINED, 603)) == []
    one.press("bell")
    assert switched(one.press("bell")) == []
    one.press("bell")
    assert switched(one.take(HangUpRequested(at_s=one.now_s))) == []
    one.press("bell")
    one.answer()
    assert switched(one.end(EndReason.FAILED)) == []


def test_it_sounds_where_sip_is_still_down_when_a_press_has_waited() -> None:
    one = station()
    assert switched(one.press("bell")) == []
    assert switched(one.wait(4.9)) == []
    assert switched(one.wait(0.1)) == [True]
    one.wait(10.0)
    one.press("bell")
    assert switched(one.become_ready()) == []
    assert switched(one.take(PhoneLost(at_s=one.now_s))) == [True]


def test_only_what_is_named_lets_it_sound() -> None:
    one = ready(GongWhen.OUT_OF_SERVICE)
    one.press("bell")
    assert switched(one.end(EndReason.BUSY)) == []
    one = station(GongWhen.UNREACHABLE)
    one.press("bell")
    assert switched(one.wait(10.0)) == []


def test_a_gong_that_sounds_is_not_prolonged() -> None:
    """Whoever presses on and on lets it sound for single pulses only."""
    one = ready()
    for _ in range(4):
        one.press("bell")
        one.end(EndReason.BUSY)
        one.wait(0.5)
    assert not one.state.gong


def test_a_button_that_rests_does_not_let_it_sound() -> None:
    one = ready(cool_down_after=2)
    for _ in range(2):
        one.press("bell")
        one.end(EndReason.BUSY)
        one.wait(3.0)
    assert switched(one.press("bell")) == []


def test_a_call_by_command_is_a_visit_too() -> None:
    one = ready()
    one.take(CallRequested("bell", at_s=one.now_s))
    assert switched(one.end(EndReason.BUSY)) == [True]


def test_a_stop_stills_it() -> None:
    one = ready()
    one.press("bell")
    one.end(EndReason.BUSY)
    assert switched(one.take(StopRequested(at_s=one.now_s))) == [False]
    one.press("bell")


def test_a_stop_in_a_call_does_not_let_it_sound() -> None:
    one = ready()
    one.press("bell")
    assert switched(one.take(StopRequested(at_s=one.now_s))) == []


def test_a_station_without_a_gong_has_none() -> None:
    one = BareStation(Rules({"bell": ButtonRule("bell", "sip:flat@pbx.example", 1 / 32)}, {}))
    one.become_ready()
    one.press("bell")
    assert switched(one.end(EndReason.BUSY)) == []


def test_status_says_that_it_sounds() -> None:
    from dataclasses import asdict

    one = ready()
    one.press("bell")
    one.end(EndReason.BUSY)
    assert "lamps         failure, gong" in table(asdict(snapshot(one.state)))


# The pin


def test_the_pin_is_low_at_first_high_while_it_sounds_and_low_in_the_end() -> None:
    pins, told = BenchPins(), list[Fact]()
    gong = SwitchedOutput(pins.factory, GONG, "gong", told.append)
    assert pins.pin(GONG).function == "output"
    assert pins.pin(GONG).times(level=True) == []
    gong.switch(on=True)
    assert pins.energised(GONG)
    gong.switch(on=True)
    gong.close()
    assert not pins.energised(GONG)
    assert len(pins.pin(GONG).times(level=False)) >= 1
    changes = [(one.pin, one.high) for one in told if isinstance(one, PinChange)]
    assert changes == [("gong", True), ("gong", False)]


def test_a_pin_that_is_taken_is_an_error_that_names_it() -> None:
    pins = BenchPins()
    first = SwitchedOutput(pins.factory, GONG, "gong")
    with pytest.raises(GpioError, match="cannot claim pin 26 for the gong"):
        SwitchedOutput(pins.factory, GONG, "gong")
    first.close()


# The configuration


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(HEAD + text)
    return list(caught.value.problems)


def test_the_gong_reaches_the_core_and_the_pins() -> None:
    config = load.from_text(HEAD + f'[gong]\npin = {GONG}\npulse_s = 0.5\nwhen = ["out of service"]\n')
    assert load.rules(config).gong == GongRule(frozenset({GongWhen.OUT_OF_SERVICE}), 0.5)
    assert planned.plan(config).gpio.gong == GONG
    assert load.rules(load.from_text(HEAD)).gong is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("pin = 22", "gong.pin: pin 22 is already that of doors.front"),
        ("pin = 9", "gong.pin: pin 9 is already that of buttons.bell"),
        ("pin = 4", "gong.pin: 4 is high while the Pi boots: the gong would sound (allowed: GPIO 9 to 13"),
        ("pin = 26\npulse_s = 31", "gong.pulse_s: 31 is too high (allowed: above 0, up to 30)"),
        ('pin = 26\nwhen = ["unreachabel"]', 'gong.when.1: "unreachabel" is not known. Did you mean'),
        ("pin = 26\nwhen = []", "gong.when: is empty"),
        ("pin = 26\n[lamps]\nstatus = 26", "gong.pin: pin 26 is already that of lamps.status"),
    ],
)
def test_what_is_wrong_with_it_is_told(text: str, problem: str) -> None:
    (line,) = problems(f"[gong]\n{text}\n")
    assert line.startswith(problem)


# `portier lock`


@pytest.mark.parametrize(
    "text",
    [
        "[doors.front]\npin = 22\n[gong]\npin = 26\n",
        "[doors.front]\npin = 22\nthis is no TOML\n[gong]\npin = 26 # not 27\n",
    ],
)
def test_its_pin_is_read_from_a_broken_configuration_too_and_is_no_strike(tmp_path: Path, text: str) -> None:
    file = tmp_path / "portier.toml"
    file.write_text(text)
    found = strikes(file)
    assert found
    assert (found.pins, found.gong) == (frozenset({22}), frozenset({GONG}))


def test_lock_lowers_the_gong_after_the_strikes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By the note of the station that has died, whatever became of the configuration."""
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    pins = PinFile(tmp_path / "pins")
    for pin in (22, GONG):
        pins.claim(pin)
        pins.show(pin, "output", level=True)
        pins.give_back(pin)
    note.write("mock", tmp_path / "pins", {"front": 22}, GONG)
    code, said = lock.run(tmp_path / "nowhere.toml")
    assert code == 0
    assert said.index("GPIO22 de-energised") < said.index("gong: GPIO26 de-energised")
    assert [pins.level(pin)[1] for pin in (22, GONG)] == [False, False]
    pins.close()


def test_where_only_a_gong_is_known_the_usual_strike_is_locked_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setattr(note, "_USUAL_FOLDER", tmp_path / "none")
    file = tmp_path / "portier.toml"
    file.write_text(f'[gpio]\nfactory = "mock"\nmock_file = "pins"\n[gong]\npin = {GONG}\n')
    code, said = lock.run(file)
    assert code == 0
    assert said.startswith(f"lock: GPIO{lock.DEFAULT_PIN} de-energised")
    assert "gong: GPIO26" in said
