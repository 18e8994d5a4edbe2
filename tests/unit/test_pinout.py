"""hardware/pinout.toml, and the configurations that people copy, against each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from portier import lock
from portier.config import load
from portier.config.model import Config
from portier.config.pins import StrikePin

ROOT = Path(__file__).parents[2]
PINOUT: dict[str, Any] = tomllib.loads((ROOT / "hardware" / "pinout.toml").read_text())
BOOT, PINS = PINOUT["boot"], PINOUT["pins"]
BUTTONS = {PINS[name]["pin"] for name in ("bell", "second_button")}
STRIKES = {PINS[name]["pin"] for name in ("strike", "second_strike")}


def _block(section: str) -> str:
    """The one block of the README that has this section."""
    blocks = re.findall(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (text,) = [block for block in blocks if f"[{section}]" in block and "[doors." in block]
    return str(text)


def _config(which: str) -> Config:
    text = _block("sip") if which == "README" else (ROOT / "firmware/portier/config/example.toml").read_text()
    return load.from_text(text, which, ROOT, check_files=False)


def test_every_pin_of_the_header_is_pulled_one_way_at_boot() -> None:
    assert sorted(BOOT["pulled_up"] + BOOT["pulled_down"]) == list(range(28))
    assert set(BOOT["quiet"]) <= set(BOOT["pulled_down"])


def test_every_pin_that_is_not_quiet_has_a_reason() -> None:
    reasons: set[int] = set()
    for numbers in BOOT["not_quiet"]:
        first, last = (int(number) for number in re.split(", | to ", numbers))
        reasons |= set(range(first, last + 1))
    # Pulled up alone is reason enough for 4, 5 and 6.
    assert reasons | {4, 5, 6} == set(range(28)) - set(BOOT["quiet"])


def test_no_pin_has_two_functions() -> None:
    pins = [one["pin"] for one in PINS.values()]
    assert len(set(pins)) == len(pins)


@pytest.mark.parametrize("name", PINS)
def test_a_function_says_rightly_how_its_pin_is_pulled_at_boot(name: str) -> None:
    one = PINS[name]
    assert one["pin"] in BOOT[f"pulled_{one['boot']}"]
    assert one["why"]


def test_every_output_rests_low_from_power_on_and_every_strike_on_a_quiet_pin() -> None:
    assert all(one["boot"] == "down" for one in PINS.values() if one["direction"] == "out")
    assert set(BOOT["quiet"]) >= STRIKES


def test_the_configuration_takes_a_strike_on_the_quiet_pins_alone() -> None:
    strike: TypeAdapter[int] = TypeAdapter(StrikePin)
    taken = set()
    for pin in range(28):
        try:
            taken.add(strike.validate_python(pin))
        except ValidationError:
            continue
    assert taken == set(BOOT["quiet"])
    named = TypeAdapter(StrikePin).json_schema()["allowed"]
    assert named == "GPIO 12, 13, 16, 17 and 22 to 27"


@pytest.mark.parametrize("which", ["example", "README"])
def test_a_configuration_that_people_copy_keeps_to_the_pinout(which: str) -> None:
    config = _config(which)
    assert {button.pin for button in config.buttons.values()} <= BUTTONS
    assert {door.pin for door in config.doors.values()} <= STRIKES
    lamps = {f"lamp_{name}": pin for name, pin in config.lamps if pin is not None}
    assert lamps == {name: PINS[name]["pin"] for name in lamps}
    assert lamps


def test_the_doors_of_the_readme_keep_to_the_pinout_and_are_no_problem() -> None:
    rest = """
[gpio]
factory = "mock"
[audio]
card = "none"
[buttons.bell]
pin = 5
uri = "sip:flat@192.0.2.7"
"""
    config = load.from_text(_block("fire") + rest)
    front = config.doors["front"]
    pins = {
        "strike": front.pin,
        "door_contact": front.contact_pin,
        "exit_button": front.exit_pin,
        "fire_contact": config.fire.pin,
        "tamper": config.tamper.pin,
        "stairs_light": config.light.pin,
    }
    assert pins == {name: PINS[name]["pin"] for name in pins}
    # As the contacts are drawn: which level closes them, and which way each rests.
    assert (front.contact_closed_is, front.exit_closed_is, config.fire.closed_is) == ("high",) * 3
    assert config.tamper.closed_is == "low"
    assert (front.contact_at_rest, config.fire.at_rest, config.tamper.at_rest) == ("closed",) * 3
    assert front.exit_at_rest == "open"


def test_the_pin_that_is_locked_where_nothing_is_known_is_the_strikes() -> None:
    assert PINS["strike"]["pin"] == lock.DEFAULT_PIN


def test_a_commented_pin_of_the_example_is_the_second_buttons() -> None:
    example = (ROOT / "firmware/portier/config/example.toml").read_text()
    assert [int(pin) for pin in re.findall(r"(?m)^# pin = (\d+)", example)] == [PINS["second_button"]["pin"]]
