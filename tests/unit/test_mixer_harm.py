"""Controls that pump or howl: found as hardware/sound.md names them, told with what to set, and no others."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from tests.unit.doctor_config import found, known, only

from portier.bench.machine import raspberry_pi, told
from portier.config.mixer import MixerConfig
from portier.doctor import cards
from portier.doctor.finding import Finding, Severity
from portier.mixer_harm import HARMS, Harm, does_harm, in_words
from portier.mixer_settings import Reading

_OF = {harm.setting.control: harm for harm in HARMS}
MIC, GAIN, ALC = _OF["Mic"], _OF["Auto Gain Control"], _OF["ALC Function"]
STEPS = ("Off", "Right", "Left", "Stereo")


@pytest.mark.parametrize(
    ("harm", "reading", "harms"),
    [
        (MIC, Reading(on=True, side="playback"), True),
        (MIC, Reading(on=False, side="playback"), False),
        # A microphone's own switch.
        (MIC, Reading(on=True, side="capture"), False),
        (MIC, Reading(), False),
        (GAIN, Reading(on=True, side="playback"), True),
        (GAIN, Reading(on=True, side="capture"), True),
        (GAIN, Reading(on=False, side="playback"), False),
        (ALC, Reading(item="Stereo", items=STEPS), True),
        (ALC, Reading(item="Off", items=STEPS), False),
    ],
)
def test_only_what_pumps_or_howls_does_harm(harm: Harm, reading: Reading, harms: bool) -> None:
    assert does_harm(harm, reading) is harms


def test_what_is_told_to_be_set_is_what_the_configuration_takes() -> None:
    given = tomllib.loads(f"mixer = {in_words(harm.setting for harm in HARMS)}")["mixer"]
    assert [MixerConfig.model_validate(one).control for one in given] == [*_OF]


def _doctor(folder: Path, *harms: Harm, mixer: str = "") -> list[Finding]:
    pi = raspberry_pi()
    pi.programs["probes.controls"] = told(places=[HARMS.index(one) for one in harms])
    pi.programs["probes.mixer"] = told(lacking=[], differing=[])
    return found(pi, cards.check, known(folder, ("[audio]", f"[audio]\n{mixer}")))


def test_the_doctor_tells_them_in_one_note_with_the_list_to_be_set(tmp_path: Path) -> None:
    note = only(_doctor(tmp_path, MIC, GAIN), Severity.NOTE)
    assert "Mic (playback) is not off: the microphone goes to the loudspeaker inside the card" in note.text
    assert "Auto Gain Control (capture) is not off: the visitor's loudness pumps" in note.text
    assert note.advice == (
        'set mixer in [audio]: [{ control = "Mic", playback = "off" }, '
        '{ control = "Auto Gain Control", capture = "off" }]'
    )


def test_the_doctor_is_silent_where_nothing_does_harm_or_the_station_sets_it(tmp_path: Path) -> None:
    assert not [one for one in _doctor(tmp_path) if one.severity is Severity.NOTE]
    mixer = (
        'mixer = [{ control = "Mic", capture = "80%" }, { control = "Auto Gain Control", playback = "off" }]'
    )
    note = only(_doctor(tmp_path, MIC, GAIN, mixer=mixer), Severity.NOTE)
    assert note.advice == 'add to mixer in [audio]: [{ control = "Mic", playback = "off" }]'


def test_a_mixer_that_cannot_be_asked_is_no_note(tmp_path: Path) -> None:
    pi = raspberry_pi()
    pi.programs["probes.controls"] = told(trouble="audio: the mixer of hw:Device: No such file")
    assert not [one for one in found(pi, cards.check, known(tmp_path)) if one.severity is Severity.NOTE]
