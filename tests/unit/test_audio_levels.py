"""`portier audio levels`: bars, peaks that are held, lines without a terminal, one owner of the card."""

from __future__ import annotations

import math
from array import array
from pathlib import Path

import pytest

from portier import __main__
from portier.bench.card import SimulatedCard
from portier.doctor import stations
from portier.doctor.stations import Process
from portier.sound_check.bars import Bar, dbfs
from portier.sound_check.levels import show

CONFIG = '[audio]\ncard = "simulated"\n'


def _sine(peak: int) -> bytes:
    return array("h", [round(peak * math.sin(math.pi * i / 8)) for i in range(3200)]).tobytes()


def test_a_level_is_told_below_full_scale() -> None:
    assert dbfs(32768) == 0
    assert round(dbfs(16384), 1) == -6.0
    assert dbfs(0) == -96.0


def test_a_peak_is_held_and_then_forgotten() -> None:
    bar = Bar("microphone", hold_s=1.0)
    bar.take(16384, 0.0)
    bar.take(1024, 0.5)
    assert bar.figures() == "-30.1 dBFS, peak  -6.0"
    bar.take(1024, 1.6)
    assert bar.figures() == "-30.1 dBFS, peak -30.1"


def test_a_bar_grows_with_the_level_and_never_beyond_its_width() -> None:
    drawn = []
    for peak in (0, 33, 1024, 16384, 32767):
        bar = Bar("microphone")
        bar.take(peak, 0.0)
        drawn.append(bar.drawn())
    widths = [one.partition("[")[2].partition("]")[0] for one in drawn]
    assert {len(one) for one in widths} == {40}
    filled = [len(one.strip()) for one in widths]
    assert filled == sorted(filled)
    assert (filled[0], filled[-1]) == (0, 40)
    assert drawn[-1].endswith("CLIPS")
    assert "-inf" in drawn[0]


def test_without_a_terminal_it_is_a_line_a_second_of_both_directions() -> None:
    said: list[str] = []
    show(SimulatedCard(16000, _sine(16384)), said.append, seconds=1, tone=True, terminal=False)
    assert said == ["microphone  -6.0 dBFS, peak  -6.0; loudspeaker -12.0 dBFS, peak -12.0\n"]


def test_on_a_terminal_two_lines_are_drawn_over_and_over() -> None:
    said: list[str] = []
    show(SimulatedCard(16000, _sine(16384)), said.append, seconds=0.3, tone=False, terminal=True)
    assert [one.count("\n") for one in said] == [2, 2, 2]
    assert [one.count("\x1b[F") for one in said] == [0, 2, 2]


def test_the_card_is_given_back() -> None:
    card = SimulatedCard(16000)
    show(card, lambda _: None, seconds=0.04, tone=False, terminal=False)
    assert not card.is_open


def test_the_command_needs_nothing_but_the_card_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "portier.toml"
    file.write_text(CONFIG)
    assert __main__.main(["audio", "levels", "--seconds", "1", "--config", str(file)]) == 0
    assert capsys.readouterr().out.startswith("microphone ")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('[audio]\ncard = "none"\n', 'audio.card is "none"'),
        ('[audio]\ncapture = "plughw:CARD=Device"\n', "name audio.capture and audio.playback"),
        ("[audio]\ncard = 3\n", "the section [audio] has problems"),
        (
            '[audio]\ncapture = "plughw:CARD=Nowhere"\nplayback = "plughw:CARD=Nowhere"\n',
            'cannot open capture "plughw:CARD=Nowhere"',
        ),
    ],
)
def test_a_card_that_cannot_be_had_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, wanted: str
) -> None:
    file = tmp_path / "portier.toml"
    file.write_text(text)
    assert __main__.main(["audio", "levels", "--config", str(file)]) == 74
    assert wanted in capsys.readouterr().err


def test_a_station_that_runs_keeps_its_card(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "portier.toml"
    file.write_text(CONFIG)
    monkeypatch.setattr(stations, "running", lambda *_: Process(12, "portier", station=True))
    assert __main__.main(["audio", "test", "--config", str(file)]) == 74
    told = capsys.readouterr()
    assert "the running station (process 12) has the card for whoever rings" in told.err
    assert told.out == ""


@pytest.mark.parametrize("seconds", ["0", "-1", "nan", "inf", "long"])
def test_a_time_that_is_none_is_a_wrong_command_line(seconds: str) -> None:
    with pytest.raises(SystemExit) as ended:
        __main__.main(["audio", "levels", "--seconds", seconds])
    assert ended.value.code == 64
