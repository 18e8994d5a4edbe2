"""How loud the station's own sounds are: as configured at the start, and by the profiles that apply."""

from __future__ import annotations

from datetime import datetime

from portier.bench.bare import BareStation
from portier.core.effects import Effect, SetVolume
from portier.core.events import ClockTold
from portier.core.profiles import Hours, Profile
from portier.core.rules import ButtonRule, DoorRule, Rules, VolumeByProfile

RULES = Rules(
    buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03)},
    doors={"front": DoorRule("front", "5", 5.0, 20.0)},
    profiles={
        "night": Profile(hours=(Hours(22 * 60, 6 * 60),)),
        "late": Profile(hours=(Hours(20 * 60, 24 * 60),)),
        "quiet for nobody": Profile(hours=(Hours(12 * 60, 13 * 60),)),
    },
    volume_db=-3.0,
    volume_by_profile=(VolumeByProfile("night", -20.0), VolumeByProfile("late", -10.0)),
)


def volumes(effects: list[Effect]) -> list[float]:
    return [one.volume_db for one in effects if isinstance(one, SetVolume)]


def told(station: BareStation, clock: str | None) -> list[float]:
    local = None if clock is None else datetime.fromisoformat(f"2026-11-26T{clock}")
    return volumes(station.take(ClockTold(local, at_s=station.now_s)))


def test_it_is_as_configured_from_the_start() -> None:
    assert volumes(BareStation(RULES).first_effects) == [-3.0]


def test_what_needs_no_change_is_not_told() -> None:
    plain = Rules(buttons=RULES.buttons, doors=RULES.doors)
    assert volumes(BareStation(plain).first_effects) == []
    station = BareStation(RULES)
    assert told(station, "12:30") == [], "a profile that says nothing of it"


def test_the_first_profile_that_applies_counts_and_an_unsure_clock_is_as_usual() -> None:
    station = BareStation(RULES)
    assert told(station, "20:00") == [-10.0]
    assert told(station, "23:00") == [-20.0]
    assert told(station, "23:01") == []
    assert told(station, None) == [-3.0]
