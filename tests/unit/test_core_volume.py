"""How loud the station's own sounds are: as configured at the start, and by the profiles that apply."""

from __future__ import annotations

from datetime import datetime

from portier.bench.bare import BareStation
from portier.core.effects import Effect, SetSpeakerGain, SetVolume
from portier.core.events import ClockTold
from portier.core.profiles import Hours, Profile
from portier.core.rules import ButtonRule, DoorRule, Rules, SpeakerGainByProfile, VolumeByProfile

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


def test_the_loudspeaker_has_a_gain_of_its_own_by_night() -> None:
    rules = Rules(
        buttons=RULES.buttons,
        doors=RULES.doors,
        profiles=RULES.profiles,
        speaker_gain_db=2.0,
        speaker_gain_by_profile=(SpeakerGainByProfile("night", -12.0),),
    )
    station = BareStation(rules)
    assert not [one for one in station.first_effects if isinstance(one, SetSpeakerGain)]

    def gains(clock: str | None) -> list[float]:
        local = None if clock is None else datetime.fromisoformat(clock)
        effects = station.take(ClockTold(local, at_s=station.now_s))
        return [one.gain_db for one in effects if isinstance(one, SetSpeakerGain)]

    assert gains("2026-10-24T21:59") == []
    assert gains("2026-10-24T22:00") == [-12.0]
    # The hour that summer time gives back: the same wall clock twice, and night in both.
    assert gains("2026-10-25T02:59") == []
    assert gains("2026-10-25T02:00") == []
    assert gains("2026-10-25T06:00") == [2.0], "by the wall clock, an hour later than the day before"
    assert gains("2026-10-25T23:00") == [-12.0]
    assert gains(None) == [2.0], "a clock that is not known to be right"
