"""Every file beside this one is a story that a door station's users know; it must go exactly as told."""

from __future__ import annotations

from pathlib import Path

import pytest

from portier.bench.scenario import play
from portier.bench.scenario_expect import first_difference
from portier.bench.scenario_file import load

FILES = sorted(Path(__file__).parent.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_scenario_goes_as_told(path: Path) -> None:
    scenario = load(path)
    difference = first_difference(scenario.expect, play(scenario))
    if difference:
        pytest.fail(f"{path.name}: {scenario.story}\n{difference}", pytrace=False)


def test_there_are_scenarios_and_each_expects_something() -> None:
    assert len(FILES) >= 15
    assert all(load(path).expect for path in FILES)
