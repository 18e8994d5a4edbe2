"""The record of a call to the station: who called, whether it was answered, how long, and how it ended."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, strategies as st
from tests.unit.test_record import RULES, Desk

from portier.core.events import (
    CallEnded,
    CallOffered,
    CallPhase,
    CallProgress,
    Digit,
    EndReason,
    Event,
    HangUpRequested,
    PhoneLost,
    StopRequested,
    StreamLost,
    TimerFired,
)
from portier.core.rules import IncomingRule, Rules
from portier.core.timers import GreetingTimer, TalkTimer
from portier.facts import FirstSound, PinChange, SipMessage, StreamReading
from portier.record.call_record import from_plain
from portier.record.words import line, outcome
from portier.report.story import sentence

TAKING = Rules(RULES.buttons, RULES.doors, incoming=IncomingRule({"201": True}, 0.0))


def called(at_s: float = 10.0) -> Desk:
    """A station that a listed caller calls."""
    desk = Desk(TAKING)
    desk.take(CallOffered(1, "201", at_s=at_s))
    return desk


def talking() -> Desk:
    """The same, answered after 0.2 s, and joined."""
    desk = called()
    desk.take(CallProgress(1, CallPhase.ANSWERED, at_s=10.2))
    desk.take(TimerFired(GreetingTimer(1), at_s=11.2))
    return desk


def test_who_called_how_long_and_how_it_ended_is_recorded_and_told() -> None:
    desk = talking()
    desk.recorder.learned(SipMessage(1, False, "ACK", at_s=10.2))
    desk.recorder.learned(FirstSound(at_s=10.4))
    desk.recorder.learned(StreamReading(1, "PCMA", 60, 0, 0, 61, None, 0.1, 20.0, at_s=12.0))
    desk.hang_up(21.2)
    record = desk.last
    assert (record.leg, record.caller, record.button, record.legs) == (1, "201", "", [])
    assert (record.answered_s, record.talked_s, record.end) == (0.2, 11.0, "the caller hung up")
    assert [word for _, word in record.states] == ["idle", "incoming", "idle"]
    assert [text for *_, text in record.sip] == ["ACK"]
    assert line(record) == (
        "call 1 from 201: answered after 0.2 s, talked 11.0 s, the caller hung up; first sound after 400 ms; "
        "PCMA, 60 packets came, 0 lost, 0 late, jitter 0.1 ms, 61 sent; no xrun"
    )
    assert from_plain(json.loads(json.dumps(record.plain()))) == record
    told = sentence(record)
    assert told.startswith("201 called the station; it answered after 200\N{NO-BREAK SPACE}ms")
    assert told.endswith("the caller hung up.")


def test_a_caller_who_gives_up_is_told_so() -> None:
    desk = called()
    desk.take(CallEnded(1, EndReason.NO_ANSWER, 487, at_s=12.0))
    desk.wait()
    assert outcome(desk.last) == "not answered, the caller gave up after 2.0 s"
    assert line(desk.last) == "call 1 from 201: not answered, the caller gave up after 2.0 s"


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (StreamLost(1, at_s=20.2), "the line went dead"),
        (TimerFired(TalkTimer(1), at_s=20.2), "longest talk time"),
        (HangUpRequested(at_s=20.2), "hung up by command"),
        (PhoneLost(at_s=20.2), "SIP went down"),
        (StopRequested(at_s=20.2), "the station stopped"),
    ],
)
def test_why_the_station_ended_it_is_told(event: Event, words: str) -> None:
    desk = talking()
    desk.take(event)
    desk.take(CallEnded(1, EndReason.HUNG_UP, 200, at_s=20.3))
    desk.wait()
    assert outcome(desk.last) == f"answered after 0.2 s, talked 10.0 s, {words}"


def test_a_press_ends_it_and_both_calls_have_their_record() -> None:
    desk = talking()
    seen = []
    desk.recorder.watch(lambda: seen.append((desk.last.leg, desk.last.caller, desk.last.end)))
    desk.press(20.17)
    desk.take(CallEnded(1, EndReason.HUNG_UP, 200, at_s=20.4))
    desk.wait()
    desk.recorder.learned(SipMessage(2, True, "INVITE", at_s=20.41))
    desk.hang_up(25.0)
    assert seen == [(1, "201", "hung up by a press"), (2, "", "hung up")]
    assert desk.last.button == "bell"
    assert [text for *_, text in desk.last.sip] == ["INVITE"]


def test_a_release_and_a_wrong_attempt_are_of_its_record_and_no_key_is() -> None:
    desk = talking()
    for key, at_s in (("7", 12.0), ("5", 13.0)):
        desk.take(Digit(1, key, at_s=at_s))
    desk.recorder.learned(PinChange("door front", True, at_s=13.001))
    desk.hang_up(21.2)
    assert (desk.last.wrong_attempts, desk.last.wrong_s) == (1, [2.0])
    assert [(one.door, one.digit_s) for one in desk.last.releases] == [("front", 3.0)]
    assert 'door "front" released 1.0 ms after its digit' in line(desk.last)


def test_a_call_that_is_refused_leaves_no_record() -> None:
    desk = called()
    desk.take(CallOffered(2, "999", at_s=11.0))
    desk.hang_up(12.0)
    assert desk.last.leg == 1
    desk.take(CallOffered(3, "999", at_s=13.0))
    desk.wait()
    assert desk.last.leg == 1


@given(st.lists(st.sampled_from(["offer", "answer", "press", "end", "hang up"]), max_size=20))
def test_any_row_of_calls_leaves_none_open(deeds: list[str]) -> None:
    desk = Desk(TAKING)
    for number, deed in enumerate(deeds):
        at_s = 10.0 + number
        if deed == "press":
            desk.press(at_s)
        else:
            events: dict[str, Event] = {
                "offer": CallOffered(number, "201", at_s=at_s),
                "answer": CallProgress(desk.state.last_leg, CallPhase.ANSWERED, at_s=at_s),
                "end": CallEnded(desk.state.last_leg, EndReason.HUNG_UP, 200, at_s=at_s),
                "hang up": HangUpRequested(at_s=at_s),
            }
            desk.take(events[deed])
    for leg in range(1, desk.state.last_leg + 1):
        desk.take(CallEnded(leg, EndReason.HUNG_UP, 200, at_s=100.0))
    desk.wait()
    assert not desk.recorder._open
