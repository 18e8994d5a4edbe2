"""How values must fit together."""

from __future__ import annotations

from pathlib import Path

import pytest

from portier.config import load
from portier.errors import ConfigError

HEAD = '[gpio]\nfactory = "mock"\n'
SOUND = '[audio]\ncard = "none"\n'
BELL = '[buttons.bell]\npin = 5\nuri = "sip:alice@192.168.1.20"\n'
FRONT = '[doors.front]\npin = 22\nrelease_digit = "5"\n'


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(text)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        (
            '[buttons.second]\npin = 5\nuri = "sip:b@pbx"\n',
            "buttons.second.pin: pin 5 is already that of buttons.bell",
        ),
        (
            '[buttons.second]\npin = 22\nuri = "sip:b@pbx"\n',
            "doors.front.pin: pin 22 is already that of buttons.second",
        ),
        ("[lamps]\nstatus = 22\n", "lamps.status: pin 22 is already that of doors.front.pin"),
        ("[lamps]\nstatus = 23\nfailure = 23\n", "lamps.failure: pin 23 is already that of lamps.status"),
    ],
)
def test_a_pin_has_one_use(more: str, problem: str) -> None:
    (line,) = problems(HEAD + SOUND + BELL + FRONT + more)
    assert line.startswith(problem)


@pytest.mark.parametrize(
    ("digit", "problem"),
    [
        ("5", "doors.back.release_digit: is that of doors.front too"),
        ("51", "doors.back.release_digit: begins with that of doors.front"),
    ],
)
def test_release_digits_cannot_be_mistaken_for_one_another(digit: str, problem: str) -> None:
    (line,) = problems(HEAD + SOUND + BELL + FRONT + f'[doors.back]\npin = 23\nrelease_digit = "{digit}"\n')
    assert line.startswith(problem)


def test_a_release_digit_may_not_begin_an_earlier_one() -> None:
    front = FRONT.replace('"5"', '"56"')
    (line,) = problems(HEAD + SOUND + BELL + front + '[doors.back]\npin = 23\nrelease_digit = "5"\n')
    assert line.startswith("doors.back.release_digit: begins that of doors.front")


def test_release_digits_that_differ_are_taken() -> None:
    load.from_text(HEAD + SOUND + BELL + FRONT + '[doors.back]\npin = 23\nrelease_digit = "65"\n')


def test_a_release_is_not_longer_than_its_limit() -> None:
    (line,) = problems(HEAD + SOUND + BELL + FRONT + "release_s = 10.5\n")
    assert line == "doors.front.release_s: 10.5 is longer than max_release_s, which is 10.0"


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("", "buttons.bell.line: is missing: say whom the button rings, by line, uri, target or list"),
        ('line = "1"\nuri = "sip:a@pbx"\n', "buttons.bell.uri: cannot stand beside line"),
    ],
)
def test_a_button_rings_either_a_line_or_an_address(target: str, problem: str) -> None:
    told = problems(HEAD + SOUND + FRONT + f'[sip]\ndomain = "pbx"\n[buttons.bell]\npin = 5\n{target}')
    assert len(told) == 1
    assert told[0].startswith(problem)


@pytest.mark.parametrize("pin", [2, 3])
def test_a_button_that_connects_to_3v3_is_not_on_a_pin_with_a_fixed_pull_up(pin: int) -> None:
    (line,) = problems(HEAD + SOUND + FRONT + BELL.replace("5", str(pin)) + 'closed_is = "high"\n')
    assert line.startswith(f'buttons.bell.closed_is: "high" is not possible on pin {pin}')


def test_a_line_needs_a_domain() -> None:
    (line,) = problems(HEAD + SOUND + FRONT + '[buttons.bell]\npin = 5\nline = "1"\n')
    assert line.startswith("sip.domain: is missing: buttons.bell.line is dialled at it")


def test_a_registration_needs_a_domain_and_a_password() -> None:
    told = problems(HEAD + SOUND + FRONT + BELL + '[sip]\nregistrar = "pbx.lan"\n')
    assert [line.partition(":")[0] for line in told] == ["sip.password_file", "sip.domain"]
    assert "password_credential" in told[0]


def test_there_is_one_password() -> None:
    (line,) = problems(
        HEAD
        + SOUND
        + FRONT
        + BELL
        + '[sip]\ndomain = "pbx"\nregistrar = "pbx"\npassword_file = "x"\npassword_credential = "y"\n'
    )
    assert line.startswith("sip.password_credential: cannot stand beside password_file")


@pytest.mark.parametrize(("port", "good"), [(3999, True), (4000, False), (4199, False), (4200, True)])
def test_sip_does_not_stand_among_the_ports_for_sound(port: int, good: bool) -> None:
    text = HEAD + SOUND + FRONT + BELL + f"[sip]\nport = {port}\n"
    if good:
        load.from_text(text)
    else:
        assert problems(text) == [f"sip.port: {port} lies among the ports for sound, 4000 to 4199"]


def test_a_prefix_that_would_never_be_dialled_is_told() -> None:
    (line,) = problems(HEAD + SOUND + FRONT + BELL + '[dialling]\nprefix = "3691"\ntemplate = "{line}"\n')
    assert line.startswith("dialling.template: leaves out {prefix}")


def test_a_plus_behind_a_prefix_is_told() -> None:
    (line,) = problems(
        HEAD
        + SOUND
        + FRONT
        + '[sip]\ndomain = "pbx"\n[dialling]\nprefix = "3691"\n'
        + '[buttons.bell]\npin = 5\nline = "+33123456789"\n'
    )
    assert line.startswith("buttons.bell.line: its + would not be the first character of the number")


def test_a_sound_card_needs_its_devices() -> None:
    told = problems(HEAD + BELL + FRONT + '[audio]\ncapture = ""\n')
    assert [line.partition(":")[0] for line in told] == ["audio.capture", "audio.playback"]
    assert "arecord -L" in told[0]
    assert "aplay -L" in told[1]


def test_a_sound_file_needs_the_simulated_card() -> None:
    told = problems(HEAD + BELL + FRONT + SOUND + 'microphone_wav = "voice.wav"\n')
    assert 'audio.microphone_wav: needs card = "simulated", but card is "none"' in told


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (HEAD + SOUND + FRONT, "buttons"),
        (HEAD + SOUND + BELL, "doors"),
        (HEAD + SOUND + FRONT + "[buttons]\n", "buttons"),
    ],
)
def test_a_station_has_a_button_and_a_door(text: str, key: str) -> None:
    (line,) = problems(text)
    assert line.startswith(f"{key}: none is described: write [{key}.NAME]")


def test_a_mistake_in_one_section_does_not_hide_a_misfit_in_others() -> None:
    told = problems(
        HEAD
        + SOUND
        + BELL
        + FRONT
        + 'release_s = 20\n[doors.back]\npin = 22\nrelease_digit = "5"\n[doors.wrong]\npin = "x"\n'
        + '[sip]\nregister = "pbx"\n[lamps]\nstatus = 5\n[call]\nmax_talk_s = 1\n'
    )
    assert [line.partition(":")[0] for line in told] == [
        "doors.front.release_s",
        "doors.back.pin",
        "doors.back.release_digit",
        "doors.wrong.pin",
        "doors.wrong.release_digit",
        "sip.register",
        "lamps.status",
        "call.max_talk_s",
    ]


def test_a_file_of_pins_is_for_mocked_pins_alone() -> None:
    (line,) = problems('[gpio]\nfactory = "lgpio"\nmock_file = "pins"\n' + SOUND + BELL + FRONT)
    assert line == 'gpio.mock_file: needs factory = "mock", but factory is "lgpio"'
    config = load.from_text(HEAD + 'mock_file = "pins"\n' + SOUND + BELL + FRONT, base=Path("/srv"))
    assert config.gpio.mock_file == Path("/srv/pins")


def test_a_rest_needs_to_know_when_it_begins() -> None:
    (line,) = problems(HEAD + SOUND + FRONT + BELL + "[call]\ncool_down_s = 60.0\n")
    assert line.startswith("call.cool_down_s: does nothing without cool_down_after")
    load.from_text(HEAD + SOUND + FRONT + BELL + "[call]\ncool_down_s = 60.0\ncool_down_after = 4\n")


def test_the_limits_of_calls_reach_the_core() -> None:
    call = "[call]\nhang_up_after_release_s = 20\ncalls_per_hour = 12\ncool_down_after = 4\n"
    rules = load.rules(load.from_text(HEAD + SOUND + FRONT + BELL + call))
    assert rules.hang_up_after_release_s == 20.0
    assert (rules.calls_per_hour, rules.cool_down_after, rules.cool_down_s) == (12, 4, 300.0)
    rules = load.rules(load.from_text(HEAD + SOUND + FRONT + BELL))
    assert (rules.hang_up_after_release_s, rules.calls_per_hour, rules.cool_down_after) == (None, None, None)
