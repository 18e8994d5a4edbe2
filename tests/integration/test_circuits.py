"""The circuits of hardware/ in a simulator (ngspice), with the worst parts one may buy."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from portier.bench.pump import HOLD_S, ChargePump

CIRCUITS = Path(__file__).parents[2] / "hardware" / "circuits"
LOW_V, HIGH_V = 0.8, 2.0
"""What every model of Raspberry Pi takes for low and for high."""

PUMP_CORNERS = [
    {"c1": f"{c1}u", "c2": f"{c2}u", "r2": r2}
    for c1, c2, r2 in itertools.product((0.9, 1.1), (4.23, 5.17), ("99k", "101k"))
]


def _simulated(name: str, folder: Path, values: Mapping[str, object]) -> dict[str, float]:
    """What a circuit measures, with other values for some of its parameters."""
    text = (CIRCUITS / f"{name}.cir").read_text()
    for key, value in values.items():
        text, found = re.subn(rf"(\.param .*\b{key}=)\S+", rf"\g<1>{value}", text)
        assert found == 1, key
    deck = folder / "deck.cir"
    deck.write_text(text)
    ran = subprocess.run(
        ["ngspice", "-b", str(deck)], capture_output=True, text=True, timeout=60, check=False
    )
    measured = re.findall(r"(?m)^([a-z_]+)\s+=\s+(\S+)", ran.stdout)
    assert measured, ran.stdout + ran.stderr
    return {key: float(value) for key, value in measured}


@pytest.mark.parametrize("left_at", [0, 3.3], ids=["left low", "left high"])
@pytest.mark.parametrize("values", PUMP_CORNERS, ids=lambda values: " ".join(values.values()))
def test_the_pump_releases_in_a_tenth_of_a_second_and_locks_within_its_hold_time(
    tmp_path: Path, values: dict[str, str], left_at: float
) -> None:
    seen = _simulated("heartbeat", tmp_path, {**values, "left_at": left_at})
    assert seen["on_s"] - 0.01 < 0.1
    assert seen["lowest_v"] > 2.5
    assert seen["surely_on_until_s"] > 1.2, "edges may be late by a fifth of a second"
    assert seen["surely_off_s"] < 1 + HOLD_S
    assert seen["surely_low_s"] < 1 + 1.2, "a one-shot behind it"
    assert seen["at_two_s"] < 0.65


@pytest.mark.parametrize("values", PUMP_CORNERS, ids=lambda values: " ".join(values.values()))
def test_the_pump_releases_at_a_fifth_of_the_rate_too_and_nothing_by_one_edge(
    tmp_path: Path, values: dict[str, str]
) -> None:
    assert _simulated("heartbeat", tmp_path, {**values, "rate": 50})["lowest_v"] > 2.4
    assert _simulated("heartbeat", tmp_path, {**values, "rate": 20})["lowest_v"] > 1.7
    one_edge = _simulated("heartbeat", tmp_path, {**values, "rate": 1})
    # At its lowest threshold, 0.65 V, the transistor takes a quarter of a milliamp; a relay needs fifty.
    assert one_edge["highest_v"] < 0.7
    assert "on_s" not in one_edge


@pytest.mark.parametrize("left_at", [0, 3.3], ids=["left low", "left high"])
def test_the_benchs_pump_is_that_of_the_circuit(tmp_path: Path, left_at: float) -> None:
    seen = _simulated("heartbeat", tmp_path, {"left_at": left_at})
    pump = ChargePump()
    edges = 199 if left_at else 198
    for count in range(edges):
        pump.edge(0.01 + count * 0.005, high=count % 2 == 0)
    assert pump.volts(1.0) == pytest.approx(seen["lowest_v"], abs=0.15)
    assert pump.volts(seen["surely_on_until_s"]) == pytest.approx(1.45, abs=0.15)
    assert pump.volts(seen["surely_off_s"]) == pytest.approx(0.65, abs=0.15)


@pytest.mark.parametrize("up", [1.2, 2.1])
@pytest.mark.parametrize("down", [0.5, 1.1])
def test_the_one_shot_ends_a_release_that_nobody_ends(tmp_path: Path, up: float, down: float) -> None:
    seen = _simulated("one_shot", tmp_path, {"up": up, "down": down})
    assert seen["before_v"] < 0.1
    assert 1 <= seen["rose_s"] < 1.001
    assert 11.5 < seen["fell_s"] - seen["rose_s"] < 12.5
    assert seen["after_v"] < 0.1, "it is to stay off until the pin has been low"
    assert "again_s" not in seen


@pytest.mark.parametrize("up", [1.2, 2.1])
def test_the_one_shot_follows_a_charge_pump_that_rises_slowly(tmp_path: Path, up: float) -> None:
    behind_the_pump = {"up": up, "down": 0.5, "rise": 0.1, "high": 2.4}
    # A hundredth of its time, so that steps can be short.
    seen = _simulated("one_shot", tmp_path, {**behind_the_pump, "c2": "0.1u", "stop": 4, "step": "10u"})
    assert 1 < seen["rose_s"] < 1.1
    assert 0.115 < seen["fell_s"] - seen["rose_s"] < 0.125
    assert seen["last_v"] < 0.1
    assert "again_s" not in seen


@pytest.mark.parametrize(
    ("r3", "c2", "shortest_s", "longest_s"),
    [
        ("1.089meg", "9u", 10.4, 11.2),
        ("1.111meg", "11u", 13.0, 13.8),
    ],
)
def test_the_one_shot_is_longer_than_a_release_may_be_with_any_parts(
    tmp_path: Path, r3: str, c2: str, shortest_s: float, longest_s: float
) -> None:
    seen = _simulated("one_shot", tmp_path, {"r3": r3, "c2": c2})
    assert shortest_s < seen["fell_s"] - seen["rose_s"] < longest_s


def test_the_one_shot_ends_with_the_pin_and_is_ready_again_a_second_later(tmp_path: Path) -> None:
    seen = _simulated("one_shot", tmp_path, {"falls_at": 4})
    assert 4 <= seen["fell_s"] < 4.01
    assert 5 <= seen["again_s"] < 5.01
    assert seen["trigger_v"] < 5.8, "what an input takes above its supply"


@pytest.mark.parametrize("metres", [1, 20, 40])
def test_a_button_on_a_long_cable_is_neither_pressed_nor_held_by_mains_hum(
    tmp_path: Path, metres: int
) -> None:
    seen = _simulated("button", tmp_path, {"metres": metres})
    assert seen["resting_v"] > HIGH_V
    # Against the strongest pull-up that a chip has of its own.
    seen = _simulated("button", tmp_path, {"metres": metres, "pull": "33k", "leak": "-10u"})
    assert seen["pressed_v"] < LOW_V / 1.5
    assert seen["low_s"] - 0.103 < 0.005, "the contact is still after 3 ms: seen soon after"
    assert seen["high_s"] - 0.202 < 0.005


def test_the_chips_own_resistor_lets_twenty_metres_of_hum_press_the_button(tmp_path: Path) -> None:
    assert _simulated("button", tmp_path, {"r1": "100meg", "pull": "50k"})["resting_v"] < LOW_V


@pytest.mark.parametrize("ctr", [0.5, 6], ids=["least gain", "most gain"])
@pytest.mark.parametrize(("loop", "r1"), [(12, "2.2k"), (24, "4.7k")])
def test_an_optocoupler_is_driven_well_and_by_no_hum(tmp_path: Path, loop: int, r1: str, ctr: float) -> None:
    seen = _simulated("opto", tmp_path, {"loop": loop, "r1": r1, "ctr": ctr})
    assert seen["resting_v"] > 3.2
    assert seen["pressed_v"] < 0.3
    assert 0.003 < seen["led_a"] < 0.005


def test_without_its_bleeder_an_optocoupler_is_driven_by_hum(tmp_path: Path) -> None:
    assert _simulated("opto", tmp_path, {"r2": "100meg", "ctr": 6})["resting_v"] < LOW_V


def test_a_diode_at_the_strike_keeps_its_voltage_down_and_costs_some_milliseconds(tmp_path: Path) -> None:
    seen = _simulated("strike", tmp_path, {})
    assert seen["lowest_v"] > -2
    assert 0 < seen["off_s"] - 0.1 < 0.02
