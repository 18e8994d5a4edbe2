"""The levels of a running station's call: told to who asks, shown as bars, and none where nobody called."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.control_station import ControlStation, RawReader

from portier import __main__
from portier.core.events import SoundLost
from portier.doctor import stations
from portier.doctor.stations import Process
from portier.facts import SoundReading
from portier.sound_check.station_levels import show

CONFIG = '[audio]\ncard = "simulated"\n'
QUIET = {"event": "levels", "every_s": 0.1, "microphone": [100] * 10, "far_end": [0] * 10}
LOUD = QUIET | {"microphone": [100, 16384] + [100] * 8, "far_end": [32767] * 10}
OVER = {"event": "levels", "over": "the call is over"}


@pytest.fixture
def station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlStation]:
    monkeypatch.setattr(stations, "running", lambda *_: Process(12, "portier", station=True))
    with ControlStation(tmp_path / "control.sock") as station:
        yield station


def _read(station: ControlStation) -> None:
    station.runtime.post(SoundReading(0.1, (5, 6), (7, 8), 0, at_s=time.monotonic()))


def test_who_asks_in_a_call_is_told_each_reading_until_it_is_over(station: ControlStation) -> None:
    with RawReader(station.path) as reader, RawReader(station.path) as other:
        assert reader.ask(do="press", button="bell")["ok"]
        assert reader.ask(do="levels")["ok"]
        _read(station)
        assert reader.line() == {"event": "levels", "every_s": 0.1, "microphone": [5, 6], "far_end": [7, 8]}
        assert other.nothing_waits()
        assert other.ask(do="hang_up")["ok"]
        assert reader.line() == OVER
        _read(station)
        assert reader.ask(do="status")["ok"], "nothing more came before it"


def test_a_card_that_goes_in_the_call_is_told(station: ControlStation) -> None:
    with RawReader(station.path) as reader:
        reader.ask(do="press", button="bell")
        reader.ask(do="levels")
        station.runtime.post(SoundLost(at_s=time.monotonic()))
        assert reader.line()["over"] == "the card is gone; calls go on without sound until it is back"
        assert "the card is gone" in reader.ask(do="levels")["error"]


def test_a_reader_that_has_gone_is_told_no_more(station: ControlStation) -> None:
    with RawReader(station.path) as other:
        with RawReader(station.path) as reader:
            reader.ask(do="press", button="bell")
            reader.ask(do="levels")
        _read(station)
        assert other.ask(do="status")["ok"]
    assert not station.faults


def _audio(folder: Path, station: ControlStation, *options: str) -> int:
    file = folder / "portier.toml"
    file.write_text(CONFIG)
    given = ("--config", str(file), "--socket", str(station.path))
    return __main__.main(["audio", "levels", *given, *options])


def test_where_nobody_called_it_says_that_the_microphone_is_closed(
    tmp_path: Path, station: ControlStation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _audio(tmp_path, station) == 1
    told = capsys.readouterr()
    assert "the microphone is closed, as nobody called" in told.err
    assert told.out == ""


def test_a_running_station_plays_no_tone_for_it(
    tmp_path: Path, station: ControlStation, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _audio(tmp_path, station, "--tone") == 74
    assert "--tone is for a card that no station has" in capsys.readouterr().err


def _shown(events: list[dict[str, Any]], *, seconds: float | None, terminal: bool) -> tuple[list[str], str]:
    said: list[str] = []
    why = show(events, said.append, seconds=seconds, terminal=terminal, pause=lambda _: None)
    return said, why


def test_without_a_terminal_the_highest_of_each_second_is_a_line() -> None:
    said, why = _shown([QUIET, {"event": "state"}, LOUD, OVER, QUIET], seconds=None, terminal=False)
    assert said == [
        "microphone -50.3 dBFS, peak -50.3; far end  -inf dBFS, peak  -inf\n",
        "microphone  -6.0 dBFS, peak  -6.0; far end  -0.0 dBFS, peak  -0.0  CLIPS\n",
    ]
    assert why == "the call is over"


def test_on_a_terminal_each_tenth_of_a_second_is_drawn() -> None:
    said, _ = _shown([QUIET, OVER], seconds=None, terminal=True)
    assert [one.count("\x1b[F") for one in said] == [0] + [2] * 9
    assert "far end     [" in said[0]


def test_it_ends_after_the_seconds_that_were_asked_for() -> None:
    said, why = _shown([QUIET] * 5, seconds=2, terminal=False)
    assert (len(said), why) == (2, "")
