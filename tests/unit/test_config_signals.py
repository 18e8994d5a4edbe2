"""Announcements, volume and lamps in the configuration: what is taken, what is refused, what comes of it."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from tests.unit.test_announcements import sine, write

from portier.__main__ import main
from portier.announcements.words import WORDS
from portier.config import load, planned, signals
from portier.config.effective import effective
from portier.core.effects import Tone
from portier.core.rules import VolumeByProfile
from portier.errors import ConfigError

HEAD = """
[gpio]
factory = "mock"
[doors.front]
pin = 22
release_digit = "5"
[buttons.bell]
pin = 5
uri = "sip:alice@192.168.1.20"
"""
SIMULATED = '[audio]\ncard = "simulated"\n'
SPEAKS = '[announcements]\nlanguage = "fr"\n'


def problems(text: str, base: Path | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load.from_text(text, base=base)
    return list(caught.value.problems)


def test_a_station_that_is_told_nothing_has_its_tones_alone() -> None:
    plan = planned.plan(load.from_text(HEAD + SIMULATED))
    assert plan.sound.words == {}
    assert (plan.rules.volume_db, plan.rules.volume_by_profile) == (0.0, ())


@pytest.mark.parametrize(("codecs", "rate_hz"), [('"PCMA"', 8000), ('"G722", "PCMA"', 16000)])
def test_the_plan_holds_the_words_at_the_rate_of_the_card(codecs: str, rate_hz: int) -> None:
    sip = f"[sip]\ncodecs = [{codecs}]\n"
    plan = planned.plan(load.from_text(HEAD + SIMULATED + SPEAKS + sip))
    assert plan.sip.rate_hz == rate_hz
    assert set(plan.sound.words) == set(WORDS) - {Tone.TALK_NOW}
    assert len(plan.sound.words[Tone.GRANTED]) / 2 / rate_hz == pytest.approx(1.77, abs=0.05)
    assert pickle.loads(pickle.dumps(plan)) == plan  # noqa: S301 -- as it comes from the check


def test_without_a_sound_card_nothing_is_converted() -> None:
    assert planned.plan(load.from_text(HEAD + '[audio]\ncard = "none"\n' + SPEAKS)).sound.words == {}


def test_a_folder_counts_from_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "words").mkdir()
    write(tmp_path / "words" / "busy.wav", sine(500, 16000).tobytes())
    config = load.from_text(HEAD + SIMULATED + '[announcements]\nfolder = "words"\n', base=tmp_path)
    assert set(planned.plan(config).sound.words) == {Tone.BUSY}
    assert load.from_text(effective(config)) == config


def test_check_refuses_bad_files_with_the_reason_of_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "granted.wav", sine(500, 8000, 11.0).tobytes(), 8000)
    (tmp_path / "busy.wav").write_bytes(b"an mp3 in disguise")
    (tmp_path / "portier.toml").write_text(HEAD + SIMULATED + '[announcements]\nfolder = "."\n')
    file = tmp_path / "portier.toml"
    text = file.read_text().replace('folder = "."', f'folder = "{tmp_path}"')
    file.write_text(text)
    assert main(["check", str(file)]) == 78
    said = "".join(capsys.readouterr())
    place = "announcements.folder"
    assert f"{place}: busy.wav has a wrong header: it is no WAV file, or only a part of one\n" in said
    assert f"{place}: granted.wav lasts 11.0 s, and at most 10 s are allowed\n" in said


def test_a_file_that_breaks_between_check_and_start_is_told_as_a_problem(tmp_path: Path) -> None:
    path = write(tmp_path / "busy.wav", sine(500, 16000).tobytes())
    config = load.from_text(HEAD + SIMULATED + f'[announcements]\nfolder = "{tmp_path}"\n')
    path.write_bytes(b"")
    with pytest.raises(ConfigError, match=r"announcements: .*busy\.wav has a wrong header"):
        planned.plan(config)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[announcements]\nlanguage = "de"\n', 'announcements.language: "de" is not known'),
        ('[announcements]\nfolder = "gone"\n', "announcements.folder: cannot be read: name a folder"),
        ('[announcements]\ntalk_now = "speech"\n', 'announcements.talk_now: "speech" needs a language'),
        ("[announcements]\nfolders = 1\n", 'announcements.folders: unknown key. Did you mean "folder"?'),
        ("[audio]\nvolume_db = 3\n", "audio.volume_db: 3 is too high (allowed: -40 to 0)"),
        (
            '[audio]\nvolume_by_profile = [{ profile = "nigth", volume_db = -12 }]\n[profiles.night]\n',
            "audio.volume_by_profile.1.profile: names a profile that is not there: write [profiles.night]",
        ),
        (
            '[audio]\nvolume_by_profile = [{ profile = "night" }]\n[profiles.night]\n',
            "audio.volume_by_profile.1.volume_db: is missing",
        ),
        (
            '[audio]\nvolume_by_profile = [{ profile = "night", volume_db = -60 }]\n[profiles.night]\n',
            "audio.volume_by_profile.1.volume_db: -60 is too low (allowed: -40 to 0)",
        ),
    ],
)
def test_what_cannot_be_is_told(text: str, problem: str, tmp_path: Path) -> None:
    told = problems(
        HEAD + text.replace("[audio]\n", SIMULATED) if "[audio]" in text else HEAD + text, tmp_path
    )
    assert any(problem in line for line in told), told


def test_volume_by_profile_reaches_the_core() -> None:
    volume = 'volume_db = -3\nvolume_by_profile = [{ profile = "night", volume_db = -12.5 }]\n'
    config = load.from_text(HEAD + SIMULATED + volume + '[profiles.night]\nhours = ["22:00-06:00"]\n')
    rules = load.rules(config)
    assert rules.volume_db == -3
    assert rules.volume_by_profile == (VolumeByProfile("night", -12.5),)
    assert load.from_text(effective(config)) == config


@pytest.mark.parametrize(
    ("lamps", "missing"),
    [
        ("status = 23", ()),
        ("calling = 17\ntalking = 24\nreleased = 12\nfailure = 13", ()),
        ("released = 12", ("lamps.calling", "lamps.talking", "lamps.failure")),
        ("", ("lamps.calling", "lamps.talking", "lamps.released", "lamps.failure")),
    ],
)
def test_a_state_that_no_lamp_shows_is_warned_of(lamps: str, missing: tuple[str, ...]) -> None:
    told = signals.warnings(load.from_text(f"{HEAD}{SIMULATED}[lamps]\n{lamps}\n"))
    assert len(told) == bool(missing)
    assert all(f"{name}," in told[0] for name in missing)


def test_a_station_without_sound_is_warned_of() -> None:
    (told,) = signals.warnings(load.from_text(HEAD + '[audio]\ncard = "none"\n[lamps]\nstatus = 23\n'))
    assert told.startswith('audio: card is "none"')
