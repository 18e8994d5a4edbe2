"""The record of real calls: what the station measures of itself, beside what the line and the pins saw."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

import pytest
from tests.integration.conftest import OPERATOR
from tests.integration.live import STRIKE_PIN, LiveStation

from portier.bench.line.behaviour import refuse
from portier.bench.line.events import What
from portier.record.call_record import CallRecord


def _record(station: LiveStation, leg: int) -> CallRecord:
    """The record of a leg, once it is complete."""
    assert station.station
    recorder = station.station.recorder
    station.until(
        lambda: recorder.last is not None and recorder.last.leg == leg, f"a record of call {leg}", 8.0
    )
    assert recorder.last
    return recorder.last


def _visit(station: LiveStation) -> tuple[CallRecord, float]:
    """Talk, release, talk on, be hung up; the record, and the moment of the press."""
    pressed_s = station.talk()
    leg = station.state.last_leg
    time.sleep(1.0)
    station.line.press("5")
    station.until(lambda: station.releases(pressed_s) == 1, "released")
    station.until(lambda: not station.energised(), "locked")
    time.sleep(0.5)
    station.line.hang_up()
    station.idle()
    return _record(station, leg), pressed_s


def test_the_stations_figures_of_a_visit_are_those_that_pins_and_line_saw(station: LiveStation) -> None:
    count = len(station.line.requests)
    record, pressed_s = _visit(station)
    first = next(one for one in station.line.requests[count:] if one.request.method == "INVITE")
    assert record.sent_s
    assert record.sent_s == pytest.approx(first.at.mono_ns / 1e9 - pressed_s, abs=0.02)
    assert record.debounce_s == 0.03
    assert record.press_to_invite_ms
    assert 0 < record.press_to_invite_ms < 500
    assert record.answered_s
    assert record.first_sound_s
    assert record.sent_s < record.answered_s < record.first_sound_s < record.answered_s + 2
    (release,) = record.releases
    (rose_s,) = station.pins.pin(STRIKE_PIN).times(level=True, since_s=pressed_s)
    (fell_s,) = station.pins.pin(STRIKE_PIN).times(level=False, since_s=rose_s)
    assert release.rose_s == pytest.approx(rose_s - pressed_s, abs=0.02)
    assert release.fell_s == pytest.approx(fell_s - pressed_s, abs=0.02)
    sent = next(one for one in reversed(station.line.events) if one.what is What.DIGIT_SENT)
    assert release.digit_s == pytest.approx(sent.at.mono_ns / 1e9 - pressed_s, abs=0.1)


def test_the_ladder_holds_every_message_in_its_order(station: LiveStation) -> None:
    record, _ = _visit(station)
    assert [("sent" if sent else "came", text) for _, sent, text in record.sip] == [
        ("sent", "INVITE"),
        ("came", "100 Trying"),
        ("came", "180 Ringing"),
        ("came", "200 OK"),
        ("sent", "ACK"),
        ("came", "BYE"),
        ("sent", "200 OK (BYE)"),
    ]
    moments = [at_s for at_s, _, _ in record.sip]
    assert moments == sorted(moments)


def test_sound_buffer_and_packets_of_a_visit_are_counted(station: LiveStation) -> None:
    record, _ = _visit(station)
    assert record.ended_s
    assert max(peak for _, peak in record.captured) > 1000, "the door's voice"
    assert max(peak for _, peak in record.far) > 1000, "the phone's voice"
    assert len(record.captured) == pytest.approx(10 * record.ended_s, abs=4)
    # One a second, and two seconds of talk.
    assert len(record.buffer) >= 2
    assert record.stream
    assert record.stream.codec == "PCMA"
    talked_s = record.talked_s or 0.0
    assert record.stream.sent == pytest.approx(50 * talked_s, abs=15)
    assert record.stream.received == pytest.approx(50 * talked_s, abs=15)
    assert record.stream.lost == 0


def test_every_call_leaves_one_line_in_the_log(
    station: LiveStation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    record, _ = _visit(station)
    (line,) = [text for text in caplog.messages if "press to INVITE" in text]
    assert line.startswith(f'call {record.leg} from button "bell": talked ')
    assert "hung up by the far end" in line


def test_a_refused_call_leaves_a_record_of_why(station: LiveStation) -> None:
    station.line.behaviour = replace(OPERATOR, answer=refuse(486))
    station.press()
    station.until(lambda: station.state.call_failed, "failed")
    record = _record(station, station.state.last_leg)
    assert (record.end, record.status) == ("busy", 486)
    assert record.stream is None
    assert record.sip[-1][2] == "486 Busy Here"


def test_a_call_hung_up_at_the_door_shows_our_bye(station: LiveStation) -> None:
    station.talk()
    leg = station.state.last_leg
    station.end_call()
    station.line.wait_for(What.ENDED)
    record = _record(station, leg)
    assert record.sip[-1][1:] == (True, "BYE")
    assert record.stream, "its figures were read before it ended"
