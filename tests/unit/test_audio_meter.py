"""The meter: peaks of both ways, and the moment the far end is first heard."""

from __future__ import annotations

from array import array

from portier.adapters.audio.meter import Meter, peak
from portier.facts import Fact, FirstSound, SoundReading


def _frame(value: int) -> bytes:
    return array("h", [0, value, 0, 0]).tobytes()


def test_a_peak_has_no_sign() -> None:
    assert peak(_frame(-300)) == 300
    assert peak(_frame(300)) == 300
    assert peak(_frame(-32768)) == 32767


def test_ten_peaks_make_a_reading_each_second() -> None:
    told: list[Fact] = []
    meter = Meter(told.append)
    meter.begin()
    for number in range(1, 101):
        meter.take(_frame(number), _frame(2), at_s=number * 0.02)
    readings = [one for one in told if isinstance(one, SoundReading)]
    assert [one.at_s for one in readings] == [1.0, 2.0]
    assert readings[0].captured_peaks == tuple(range(5, 51, 5))
    assert readings[0].far_peaks == (2,) * 10
    assert readings[0].every_s == 0.1


def test_the_first_sound_is_told_once_a_call_and_silence_is_none() -> None:
    told: list[Fact] = []
    meter = Meter(told.append)
    meter.begin()
    for at_s, far in ((1.0, None), (1.02, _frame(8)), (1.04, _frame(500)), (1.06, _frame(900))):
        meter.take(_frame(0), far, at_s)
    assert [one.at_s for one in told if isinstance(one, FirstSound)] == [1.04]
    meter.begin()
    meter.take(_frame(0), _frame(500), 9.0)
    assert [one.at_s for one in told if isinstance(one, FirstSound)] == [1.04, 9.0]


def test_the_end_of_a_call_tells_what_is_left_and_its_xruns() -> None:
    told: list[Fact] = []
    meter = Meter(told.append)
    meter.begin()
    for number in range(12):
        meter.take(_frame(7), None, number * 0.02)
    meter.xrun()
    meter.end(0.3)
    (reading,) = told
    assert isinstance(reading, SoundReading)
    assert (reading.captured_peaks, reading.far_peaks, reading.xruns) == ((7, 7), (0, 0), 1)
    meter.begin()
    meter.end(1.0)
    assert len(told) == 1, "a call without a frame has nothing to tell"
