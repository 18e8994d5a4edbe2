"""Orders by the control socket and on the command line, and what status shows of doors and house."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from tests.unit.control_station import RULES, ControlStation
from tests.unit.house_station import CONTACT, EXIT, FIRE, NOON, TAMPER, House, rules, stairs

from portier.__main__ import main
from portier.adapters.control.desk import Desk
from portier.adapters.control.protocol import Do, Request, parse
from portier.commands import table
from portier.core.door_rules import LightWhen
from portier.core.states import Fire, Order, Released
from portier.status import snapshot

ONE_DOOR = replace(RULES, doors={"front": replace(RULES.doors["front"], may_hold=True, long_release_s=1.5)})


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlStation]:
    """A station with one door that may hold, which listens where PORTIER_SOCKET says."""
    with ControlStation(tmp_path / "control.sock", rules=ONE_DOOR) as station:
        monkeypatch.setenv("PORTIER_SOCKET", str(station.path))
        yield station
    assert not station.faults


def shown(house: House) -> str:
    return table(asdict(snapshot(house.state)))


def test_orders_of_the_command_line_change_the_door(
    station: ControlStation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["door", "lock"]) == 0
    assert station.runtime.state.orders["front"] is Order.LOCK
    assert "locked, locked by command" in capsys.readouterr().out
    assert main(["door", "hold", "front"]) == 1
    assert "locked until a command unlocks it" in capsys.readouterr().err
    assert main(["door", "unlock", "front"]) == 0
    assert main(["door", "hold", "front"]) == 0
    assert "released, held by command" in capsys.readouterr().out
    assert main(["door", "end-hold"]) == 0
    assert not isinstance(station.runtime.state.doors["front"], Released)


def test_a_long_release_by_command(station: ControlStation) -> None:
    assert main(["door", "release-long"]) == 0
    door = station.runtime.state.doors["front"]
    assert isinstance(door, Released)
    assert door.until_s - door.since_s == pytest.approx(1.5)


def test_a_fire_reset_without_a_fire_says_so(
    station: ControlStation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["fire-reset"]) == 1
    assert "there is no fire alarm" in capsys.readouterr().err


def test_a_door_that_is_not_there_is_told(
    station: ControlStation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["door", "lock", "frnt"]) == 1
    assert 'Did you mean "front"?' in capsys.readouterr().err


@pytest.mark.parametrize("do", ["lock", "unlock", "hold", "end_hold", "release_long"])
def test_every_order_takes_a_door_and_nothing_else(do: str) -> None:
    line = json.dumps({"do": do, "door": "front", "id": 3}).encode()
    assert parse(line) == Request(Do(do), "front", 3)


def test_a_fire_is_reset_at_the_desk_once_the_contact_is_back() -> None:
    house = House(rules())
    house.observe(FIRE, active=True)
    desk = Desk(house.rules, house)
    refused = desk.carry_out(Request(Do.FIRE_RESET), house.now_s)
    assert refused is not None
    assert "go back first" in refused
    house.observe(FIRE, active=False)
    assert desk.carry_out(Request(Do.FIRE_RESET), house.now_s) is None
    assert house.state.fire is Fire.NONE


def test_status_shows_what_is_known_of_a_door() -> None:
    house = House(rules())
    assert "door front    locked, shut" in shown(house)
    house.observe(CONTACT, active=True)
    assert "door front    locked, open, ALARM forced" in shown(house)
    house.observe(CONTACT, active=False)
    house.clock(NOON)
    assert "door front    released, held by schedule, shut" in shown(house)
    house.observe(EXIT, active=True)
    house.wait(61.0)
    assert "exit button stuck" in shown(house)


def test_the_units_status_line_names_what_is_an_alarm() -> None:
    house = House(rules())
    assert "ALARM" not in str(snapshot(house.state))
    house.observe(CONTACT, active=True)
    house.observe(FIRE, active=True)
    house.observe(TAMPER, active=True)
    assert str(snapshot(house.state)).endswith('; ALARM: door "front" forced, fire, the box is open')


def test_status_shows_fire_box_codes_and_light_and_nothing_of_them_at_rest() -> None:
    house = House(rules(blocks_codes_s=60.0, light=stairs(LightWhen.FIRE)))
    words = ("fire ", "box ", "codes ", "light ")
    assert not any(line.startswith(words) for line in shown(house).splitlines())
    house.observe(FIRE, active=True)
    house.observe(TAMPER, active=True)
    seen = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in shown(house).splitlines()}
    assert seen["fire"] == "ALARM"
    assert seen["box"] == "OPENED"
    assert "blocked" in seen["codes"]
    assert seen["light"] == "on"
