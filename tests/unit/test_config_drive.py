"""How a door is driven: by level unless said otherwise; a heartbeat is told with the circuit it needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.doctor_config import written

from portier.__main__ import main
from portier.config import load, planned, reference
from portier.errors import ConfigError

PIN = "pin = 22"


def test_a_door_is_driven_by_level_unless_said_otherwise(tmp_path: Path) -> None:
    plan = planned.plan(load.load(written(tmp_path)))
    assert plan.gpio.strikes["front"].drive == "level"


def test_the_heartbeat_drive_reaches_the_plan(tmp_path: Path) -> None:
    plan = planned.plan(load.load(written(tmp_path, (PIN, f'{PIN}\ndrive = "heartbeat"'))))
    assert plan.gpio.strikes["front"].drive == "heartbeat"


def test_another_drive_is_refused_with_the_close_match(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'doors\.front\.drive.*"heart-beat" is not known.*"heartbeat"'):
        load.load(written(tmp_path, (PIN, f'{PIN}\ndrive = "heart-beat"')))


def test_the_reference_says_what_each_drive_needs() -> None:
    assert "charge pump" in reference.text()


def test_check_tells_the_circuit_a_heartbeat_needs_and_is_content(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(written(tmp_path))]) == 0
    assert "charge pump" not in capsys.readouterr().out
    assert main(["check", str(written(tmp_path, (PIN, f'{PIN}\ndrive = "heartbeat"')))]) == 0
    said = capsys.readouterr().out
    assert "note: doors.front" in said
    assert "charge pump" in said
    assert "no problems" in said
