"""The card's mixer: set where it differs, read back, and told where it cannot be as it is wanted."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from tests.unit.doctor_config import found, known

from portier.adapters.audio.alsa_mixer import card_of, opener
from portier.adapters.audio.mixer import Kept, compared, kept
from portier.adapters.audio.mixer_keeper import MixerKeeper
from portier.bench.machine import raspberry_pi, told
from portier.bench.mixer import PretendedMixer
from portier.config.load import examined
from portier.config.mixer import settings
from portier.doctor import cards
from portier.doctor.finding import Finding, Severity
from portier.errors import AudioError
from portier.mixer_settings import Level, MixerSetting, Reading, Side, fits, unfit, words

MICROPHONE = MixerSetting("Mic", "capture", "80%")
AUTO_GAIN = MixerSetting("Auto Gain Control", "capture", "off")


def _card() -> PretendedMixer:
    mixer = PretendedMixer(
        Mic=Reading(percent=30, db=-20.0, on=False), Input=Reading(item="Line", items=("Line", "Mic"))
    )
    mixer.controls["Auto Gain Control"] = Reading(on=True)
    return mixer


def _keeper(settings: tuple[MixerSetting, ...], card: PretendedMixer) -> MixerKeeper:
    def look_after() -> Kept:
        # As a new process does.
        card.refresh()
        return kept(settings, card)

    return MixerKeeper(look_after, waits=True)


def test_what_differs_is_set_and_what_is_right_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    card = _card()
    keeper = _keeper((MICROPHONE, AUTO_GAIN, MixerSetting("Input", "capture", "Mic")), card)
    caplog.set_level(logging.INFO)
    keeper.keep()
    assert keeper.troubles == ()
    assert card.controls["Mic"] == Reading(percent=80, db=-20.0, on=True)
    assert card.controls["Auto Gain Control"].on is False
    assert card.controls["Input"].item == "Mic"
    assert 'audio: mixer: capture control "Mic" set to 80%' in caplog.text
    card.written.clear()
    keeper.keep()
    assert card.written == []


def test_a_card_that_comes_back_as_it_was_made_is_set_again() -> None:
    card = _card()
    keeper = _keeper((MICROPHONE,), card)
    keeper.keep()
    card.gone = True
    keeper.keep()
    assert keeper.troubles == ('audio: the mixer of "hw:Device": No such device',)
    card.gone = False
    card.controls["Mic"] = Reading(percent=0, on=True)
    keeper.keep()
    assert not keeper.troubles
    assert card.controls["Mic"].percent == 80


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        (
            MixerSetting("Mike", "capture", "80%"),
            'audio: mixer: capture control "Mike" is not there. Controls here: Mic, Input, Auto Gain Control',
        ),
        (
            MixerSetting("Input", "capture", "CD"),
            "audio: mixer: capture control \"Input\" has no 'CD', but Line, Mic",
        ),
        (
            MixerSetting("Auto Gain Control", "capture", "50%"),
            'audio: mixer: capture control "Auto Gain Control" has no level in %',
        ),
        (
            MixerSetting("Auto Gain Control", "capture", "high"),
            'audio: mixer: capture control "Auto Gain Control" has nothing to choose from',
        ),
    ],
)
def test_what_cannot_be_is_told_once_with_what_is_there_and_nothing_is_set(
    setting: MixerSetting, wanted: str, caplog: pytest.LogCaptureFixture
) -> None:
    card = _card()
    keeper = _keeper((setting,), card)
    keeper.keep()
    keeper.keep()
    assert keeper.troubles == (wanted,)
    assert [one.getMessage() for one in caplog.records] == [wanted]
    assert card.written == []


def test_a_control_that_takes_another_value_is_told_and_the_others_are_set() -> None:
    card = _card()
    card.stubborn.add("Mic")
    keeper = _keeper((MICROPHONE, AUTO_GAIN), card)
    keeper.keep()
    assert keeper.troubles == ('audio: mixer: capture control "Mic" was set to 80% and is 30%, and off',)
    assert card.controls["Auto Gain Control"].on is False


def test_a_control_that_was_set_all_the_same_is_no_trouble_and_one_that_refuses_is_told() -> None:
    card = _card()
    card.complains = True
    keeper = _keeper((MICROPHONE,), card)
    keeper.keep()
    assert keeper.troubles == ()
    card.stubborn.add("Input")
    keeper = _keeper((MixerSetting("Input", "capture", "Mic"),), card)
    keeper.keep()
    assert keeper.troubles == ('audio: the mixer of "hw:Device": Operation not permitted',)


def test_a_fault_that_nobody_foresaw_is_told_of_its_setting() -> None:
    def broken(side: Side) -> PretendedMixer:
        raise ValueError(side)

    found = kept((MICROPHONE,), broken)
    assert found.troubles == ("audio: mixer: capture control \"Mic\" cannot be set: ValueError('capture')",)


@pytest.mark.parametrize(
    ("wanted", "reading", "fit"),
    [
        ("80%", Reading(percent=79), True),
        ("80%", Reading(percent=77), False),
        ("80%", Reading(percent=77, step_percent=6.25), True),
        ("80%", Reading(percent=80, on=False), False),
        ("-6 dB", Reading(db=-6.75), True),
        ("-6 dB", Reading(db=-9.0), False),
        ("on", Reading(on=True), True),
        ("off", Reading(on=True), False),
        ("off", Reading(item="off", items=("off", "low")), True),
        ("low", Reading(item="off", items=("off", "low")), False),
    ],
)
def test_a_control_fits_as_near_as_its_steps_allow(wanted: str, reading: Reading, fit: bool) -> None:
    setting = MixerSetting("Mic", "capture", wanted)
    assert unfit(setting, reading) is None
    assert fits(setting, reading) is fit


def test_a_control_is_told_in_the_words_in_which_it_is_wanted() -> None:
    assert words(MixerSetting("Mic", "capture", "-6 dB"), Reading(db=-12.5)) == "-12.5 dB"
    assert words(AUTO_GAIN, Reading(on=True)) == "on"


@pytest.mark.parametrize(
    ("device", "card"),
    [
        ("plughw:CARD=Device", "hw:Device"),
        ("plughw:CARD=Device,DEV=0", "hw:Device"),
        ('sysdefault:CARD="Device"', "hw:Device"),
        ("plughw:Device,0", "hw:Device"),
        ("default", "default"),
        ("door", "door"),
    ],
)
def test_the_mixer_of_a_device_is_its_cards(device: str, card: str) -> None:
    assert card_of(device) == card


def test_the_real_library_says_no_to_a_card_that_is_not_here() -> None:
    with pytest.raises(AudioError, match='audio: the mixer of "hw:Nowhere"'):
        list(compared((MICROPHONE,), opener("plughw:CARD=Nowhere", "plughw:CARD=Nowhere")))


def test_looking_sets_nothing() -> None:
    card = _card()
    seen = list(compared((MICROPHONE, MixerSetting("Mike", "playback", "on")), card))
    assert [helps for _, helps in seen] == [True, False]
    assert card.written == []


def test_the_configuration_takes_levels_switches_and_words(tmp_path: Path) -> None:
    line = 'mixer = [{ control = "Mic", capture = "80%", playback = "off" }]'
    config = known(tmp_path, ("[audio]", f"[audio]\n{line}"))
    assert config.audio is not None
    assert settings(config.audio.mixer) == (MICROPHONE, MixerSetting("Mic", "playback", "off"))


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        ({"control": "Mic"}, "sets nothing: write capture or playback, or both"),
        ({"control": "Mic", "capture": "120%"}, "is not from 0% to 100%"),
        ({"capture": "80%"}, "is missing"),
    ],
)
def test_what_makes_no_sense_is_a_problem(one: dict[str, str], wanted: str) -> None:
    _, problems = examined({"audio": {"card": "none", "mixer": [one]}}, check_files=False)
    assert any(str(told).startswith("audio.mixer.1") and wanted in str(told) for told in problems), problems


@pytest.mark.parametrize("value", ["80", "-6", "80.5", "3,5 dB", "-6 db", "6 dB.", "80 percent", "1000 dB"])
def test_what_looks_like_a_level_and_is_none_is_refused(value: str) -> None:
    assert _problems({"control": "Mic", "capture": value}) == [
        "audio.mixer.1.capture: "
        'looks like a level, but a level is like "80%" or "-6 dB" '
        '(allowed: "80%", "-6 dB", "on", "off", or one of the words that the control has to choose from)'
    ]


@pytest.mark.parametrize("value", ["ON", "OFF", "oFF"])
def test_what_looks_like_a_switch_and_is_none_is_refused(value: str) -> None:
    (told,) = _problems({"control": "Mic", "capture": value})
    assert 'looks like a switch, but a switch is "on" or "off"' in told


@pytest.mark.parametrize("value", ["On", "Off", "Line", "2-Channel", "Mic 1", "+3 dB", "+3dB", "80 %"])
def test_what_a_card_may_have_to_choose_from_is_taken(value: str) -> None:
    assert _problems({"control": "Mic", "capture": value}) == []


def test_a_plus_is_read() -> None:
    assert MixerSetting("Mic", "capture", "+3 dB").level == Level(3.0, "dB")


@pytest.mark.parametrize("again", ["Mic", "Mic,0"])
def test_a_control_is_set_once_on_each_side(again: str) -> None:
    both = {"control": "Mic", "capture": "80%", "playback": "off"}
    assert _problems(both, {"control": "Mic,1", "capture": "20%"}) == []
    (told,) = _problems(both, {"control": again, "capture": "20%"})
    assert told.startswith('audio.mixer: sets capture of "Mic" twice: keep one of them')


def test_both_sides_of_a_control_may_stand_in_two_entries() -> None:
    assert _problems({"control": "Mic", "capture": "80%"}, {"control": "Mic", "playback": "off"}) == []


def _problems(*controls: dict[str, str]) -> list[str]:
    _, problems = examined({"audio": {"card": "none", "mixer": list(controls)}}, check_files=False)
    return [str(one) for one in problems if str(one).startswith("audio.mixer")]


def _found(folder: Path, lacking: list[str], differing: list[str]) -> Finding:
    pi = raspberry_pi()
    pi.programs["probes.mixer"] = told(lacking=lacking, differing=differing)
    line = '[audio]\nmixer = [{ control = "Mic", capture = "80%" }]'
    return found(pi, cards.check, known(folder, ("[audio]", line)))[-1]


def test_doctor_tells_what_the_card_lacks_and_what_only_has_to_be_set(tmp_path: Path) -> None:
    assert _found(tmp_path, [], []).severity is Severity.OK
    assert _found(tmp_path, [], ["audio: mixer: x"]).severity is Severity.NOTE
    lacking = _found(tmp_path, ["audio: mixer: x"], [])
    assert (lacking.severity, lacking.text) == (Severity.WARNING, "mixer: x")
