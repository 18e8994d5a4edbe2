"""The offer of `portier setup` to set controls of the card's mixer that pump or howl."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from tests.unit.setup_run import ACCOUNT, BUTTON, DOOR, END, ENGLISH, FRENCH, LINE, Ran, ran

from portier.bench.machine import PretendedMachine, raspberry_pi, told
from portier.mixer_harm import HARMS

CARD, TRIES = ("2", "1"), ("1", "1", "1", "1", "1")
SET, LEAVE, BACK = "1", "2", "<"
MIC = {"control": "Mic", "playback": "off"}
TOML_OF_MIC = '{ control = "Mic", playback = "off" }'
GAIN = {"control": "Auto Gain Control", "capture": "off"}


def _pi() -> PretendedMachine:
    pi = raspberry_pi()
    wanted = {"Mic", "Auto Gain Control"}
    places = [place for place, harm in enumerate(HARMS) if harm.setting.control in wanted]
    pi.programs["probes.controls"] = told(places=places)
    return pi


def _ran(
    file: Path, *offered: str, machine: PretendedMachine | None = None, language: str = ENGLISH
) -> tuple[Ran, Any]:
    answers = (language, *BUTTON, *DOOR, *CARD, *offered, *TRIES, *ACCOUNT, *LINE, *END)
    done = ran(file, answers, machine=machine or _pi())
    return done, tomllib.loads(file.read_text())["audio"].get("mixer")


def test_the_list_is_written_where_it_is_wanted(tmp_path: Path) -> None:
    done, mixer = _ran(tmp_path / "p.toml", SET)
    assert done.code == 0
    assert "these are on, and should be off: Mic, Auto Gain Control." in done.said
    assert mixer == [MIC, GAIN]
    assert "\nmixer = [\n" in (tmp_path / "p.toml").read_text(), (
        "no section of its own, which would end [audio]"
    )


def test_nothing_is_written_where_it_is_left_out_or_the_card_has_no_such_control(tmp_path: Path) -> None:
    assert _ran(tmp_path / "p.toml", LEAVE)[1] is None
    done, mixer = _ran(tmp_path / "q.toml", machine=raspberry_pi())
    assert mixer is None
    assert "should be off" not in done.said


def test_going_back_asks_for_the_microphone_again(tmp_path: Path) -> None:
    done, mixer = _ran(tmp_path / "p.toml", BACK, "1", SET)
    assert [one for one in done.questions if "Microphone" in one] == ["Microphone [1]: "] * 2
    assert mixer == [MIC, GAIN]


def test_what_was_taken_for_another_card_is_forgotten(tmp_path: Path) -> None:
    assert _ran(tmp_path / "p.toml", SET, BACK, "1", LEAVE)[1] is None


def test_what_the_file_sets_already_is_kept_and_not_offered(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('[audio]\nmixer = [{ control = "Speaker", playback = "80%" }, ' + TOML_OF_MIC + "]\n")
    done, mixer = _ran(file, SET)
    assert "should be off: Auto Gain Control." in done.said
    assert mixer == [{"control": "Speaker", "playback": "80%"}, MIC, GAIN]


def test_it_is_offered_in_french(tmp_path: Path) -> None:
    assert "devrait être coupé : Mic, Auto Gain Control" in _ran(tmp_path / "p.toml", SET, language=FRENCH)[
        0
    ].said.replace("\N{NO-BREAK SPACE}", " ")
