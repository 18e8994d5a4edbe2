"""The record of a call: what it takes from events and facts, and what it says in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies as st

from portier.bench.bare import BareStation
from portier.core import station
from portier.core.effects import Effect
from portier.core.events import (
    ButtonEdge,
    CallEnded,
    CallPhase,
    CallProgress,
    Digit,
    EndReason,
    Event,
    HangUpRequested,
    PhoneLost,
    PhoneReady,
    PressRequested,
    StopRequested,
    StreamLost,
    TimerFired,
)
from portier.core.rules import (
    ButtonRule,
    Confirmation,
    DoorRule,
    ListRule,
    Rules,
    StepRule,
    TargetRule,
)
from portier.core.timers import ConfirmTimer, DebounceTimer, DoorTimer, RingTimer, StepTimer, TalkTimer
from portier.errors import PortierError
from portier.facts import EchoBy, FirstSound, PinChange, SipMessage, SoundReading, StreamReading
from portier.record.call_record import CallRecord, Release, Rung, Stream, from_plain, level_dbfs
from portier.record.recorder import Recorder
from portier.record.words import line, outcome

RULES = Rules(
    buttons={"bell": ButtonRule("bell", "sip:36913100000000@pbx.example", 0.03)},
    doors={"front": DoorRule("front", "5", 2.0, 4.0)},
)
NOON = datetime(2026, 11, 26, 12, 0, 10, tzinfo=UTC)


class Desk:
    """The core with a recorder beside it, and time that passes by hand."""

    def __init__(self, rules: Rules = RULES, prefix_uri: str = "") -> None:
        self.rules = rules
        self.now_s = 0.0
        self.later: list[Callable[[], None]] = []
        self.recorder = Recorder(
            RULES.buttons,
            lambda: self.now_s,
            lambda _, work: self.later.append(work),
            lambda: NOON,
            prefix_uri,
        )
        self.state, _ = station.initial(rules)
        self.take(PhoneReady(at_s=0.0))

    def take(self, event: Event) -> None:
        self.now_s = max(self.now_s, event.at_s)
        before = self.state
        self.state, _ = station.step(self.rules, before, event)
        self.recorder.saw(event, before, self.state)

    def press(self, at_s: float) -> None:
        if self.state.contacts["bell"].counted:
            self.take(ButtonEdge("bell", closed=False, at_s=at_s - 0.04))
            self.take(TimerFired(DebounceTimer("bell"), at_s=at_s - 0.01))
        self.take(ButtonEdge("bell", closed=True, at_s=at_s))
        self.take(TimerFired(DebounceTimer("bell"), at_s=at_s + 0.03))

    def talk(self, at_s: float = 10.0) -> None:
        self.press(at_s)
        self.take(CallProgress(self.state.last_leg, CallPhase.ANSWERED, at_s=at_s + 0.5))

    def hang_up(self, at_s: float) -> None:
        """The far end ends it."""
        self.take(CallEnded(self.state.last_leg, EndReason.HUNG_UP, 200, at_s=at_s))
        self.wait()

    def wait(self) -> None:
        """Let the time after a call's end pass."""
        while self.later:
            self.later.pop(0)()

    @property
    def last(self) -> CallRecord:
        assert self.recorder.last
        return self.recorder.last


def test_moments_count_from_the_edge_and_the_invite_is_measured_beyond_the_debounce() -> None:
    desk = Desk()
    desk.press(10.0)
    desk.recorder.learned(SipMessage(1, True, "INVITE", at_s=10.0312))
    desk.recorder.learned(SipMessage(1, True, "INVITE", at_s=10.05))
    desk.take(CallProgress(1, CallPhase.RINGING, at_s=10.2))
    desk.take(CallProgress(1, CallPhase.ANSWERED, at_s=10.5))
    desk.recorder.learned(FirstSound(at_s=10.7))
    desk.hang_up(14.0)
    record = desk.last
    assert record.sent_s == pytest.approx(0.0312)
    assert record.press_to_invite_ms == pytest.approx(1.2)
    assert (record.ringing_s, record.answered_s, record.first_sound_s) == pytest.approx((0.2, 0.5, 0.7))
    assert (record.ended_s, record.talked_s) == pytest.approx((4.0, 3.5))
    assert [word for _, word in record.states] == ["idle", "calling", "ringing", "talking", "idle"]
    assert record.sip == [(0.0312, True, "INVITE"), (0.05, True, "INVITE")]


def test_the_time_of_day_is_that_of_the_press() -> None:
    desk = Desk()
    desk.press(10.0)
    desk.hang_up(12.0)
    assert desk.last.begun_at == "2026-11-26T12:00:09.970+00:00"


def test_a_bouncing_press_counts_from_its_last_edge_and_shows_the_others() -> None:
    desk = Desk()
    for at_s, closed in ((9.98, True), (9.985, False), (9.99, True), (9.994, False)):
        desk.take(ButtonEdge("bell", closed, at_s=at_s))
    desk.press(10.0)
    desk.hang_up(11.0)
    assert desk.last.states[1] == (0.03, "calling")
    assert desk.last.pins["button bell"] == [(-0.02, 1), (-0.015, 0), (-0.01, 1), (-0.006, 0), (0.0, 1)]


def test_edges_long_before_the_press_are_not_of_this_call() -> None:
    desk = Desk()
    desk.take(ButtonEdge("bell", closed=True, at_s=5.0))
    desk.take(ButtonEdge("bell", closed=False, at_s=5.001))
    desk.press(10.0)
    desk.hang_up(11.0)
    assert desk.last.pins["button bell"] == [(0.0, 1)]


def test_a_call_by_command_has_no_debounce() -> None:
    desk = Desk()
    desk.take(PressRequested("bell", at_s=10.0))
    desk.recorder.learned(SipMessage(1, True, "INVITE", at_s=10.002))
    desk.hang_up(11.0)
    assert desk.last.debounce_s == 0
    assert desk.last.press_to_invite_ms == pytest.approx(2.0)


def test_a_digit_is_a_moment_and_is_measured_to_the_relays_pin() -> None:
    desk = Desk()
    desk.talk()
    desk.take(Digit(1, "5", at_s=12.0))
    desk.recorder.learned(PinChange("door front", True, at_s=12.0004))
    desk.take(TimerFired(DoorTimer("front"), at_s=14.0))
    desk.recorder.learned(PinChange("door front", False, at_s=14.0002))
    desk.hang_up(15.0)
    (release,) = desk.last.releases
    assert release.digit_to_relay_ms == pytest.approx(0.4)
    assert release.fell_s == pytest.approx(4.0002)
    assert desk.last.pins["door front"] == [(2.0004, 1), (4.0002, 0)]


def test_each_wrong_attempt_of_the_call_is_a_moment_and_is_counted() -> None:
    desk = Desk()
    desk.talk()
    for at_s in (11.0, 12.5):
        desk.take(Digit(1, "7", at_s=at_s))
    desk.take(Digit(1, "5", at_s=13.0))
    desk.hang_up(14.0)
    assert desk.last.wrong_s == pytest.approx([1.0, 2.5])
    assert desk.last.wrong_attempts == 2
    desk.talk(at_s=20.0)
    desk.hang_up(24.0)
    assert desk.last.wrong_s == []


def test_no_key_is_in_a_record_or_in_its_line() -> None:
    def of(key: str) -> str:
        desk = Desk()
        desk.talk()
        desk.take(Digit(1, key, at_s=11.0))
        desk.hang_up(12.0)
        return json.dumps(desk.last.plain()) + line(desk.last)

    assert of("7") == of("9")


def test_a_release_that_outlasts_the_call_still_ends_in_its_record() -> None:
    desk = Desk()
    desk.talk()
    desk.take(Digit(1, "5", at_s=12.0))
    desk.recorder.learned(PinChange("door front", True, at_s=12.0))
    desk.hang_up(12.5)
    desk.recorder.learned(PinChange("door front", False, at_s=14.0))
    assert desk.last.releases[0].fell_s == pytest.approx(4.0)


def test_a_talk_that_went_dead_is_told_so() -> None:
    desk = Desk()
    desk.talk()
    desk.take(StreamLost(1, at_s=20.0))
    desk.recorder.flush()
    assert outcome(desk.last).endswith("s, the line went dead")


def test_what_a_pin_does_long_after_the_call_is_not_of_it() -> None:
    desk = Desk()
    desk.talk()
    desk.hang_up(12.5)
    desk.recorder.learned(PinChange("lamp status", True, at_s=500.0))
    assert "lamp status" not in desk.last.pins


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (CallEnded(1, EndReason.BUSY, 486, at_s=11.0), "busy (486) after 1.0 s"),
        (TimerFired(RingTimer(1), at_s=11.0), "no answer after 1.0 s"),
        (HangUpRequested(at_s=11.0), "hung up by command after 1.0 s"),
        (StopRequested(at_s=11.0), "the station stopped after 1.0 s"),
    ],
)
def test_why_an_unanswered_call_ended_is_told(end: Event, words: str) -> None:
    desk = Desk()
    desk.press(10.0)
    desk.take(end)
    desk.recorder.flush()
    assert outcome(desk.last) == words


def test_a_talk_that_reached_its_longest_time_is_told() -> None:
    desk = Desk()
    desk.talk()
    desk.take(TimerFired(TalkTimer(1), at_s=130.5))
    desk.recorder.flush()
    assert outcome(desk.last) == "talked 120.0 s, longest talk time"


def test_a_record_is_complete_when_its_leg_is_over_in_sip_too() -> None:
    desk = Desk()
    desk.talk()
    desk.take(HangUpRequested(at_s=12.0))
    assert desk.recorder.last is None
    desk.recorder.learned(SipMessage(1, True, "BYE", at_s=12.001))
    desk.take(CallEnded(1, EndReason.HUNG_UP, at_s=12.1))
    desk.recorder.learned(_reading(1, received=77))
    desk.wait()
    assert desk.last.end == "hung up by command"
    assert desk.last.sip == [(2.001, True, "BYE")]
    assert desk.last.stream
    assert desk.last.stream.received == 77


def test_the_sound_of_a_call_before_is_not_taken_for_that_of_the_next() -> None:
    desk = Desk()
    desk.talk()
    desk.take(HangUpRequested(at_s=12.0))
    desk.press(12.1)
    desk.recorder.learned(_sound(at_s=12.05))
    desk.recorder.learned(FirstSound(at_s=12.05))
    desk.recorder.learned(_sound(at_s=12.5))
    desk.recorder.flush()
    assert desk.last.leg == 2
    assert desk.last.first_sound_s is None
    assert desk.last.captured == [(0.3, 100), (0.4, 200)]


def test_two_calls_that_overlap_in_sip_keep_their_own_messages() -> None:
    desk = Desk()
    desk.press(10.0)
    desk.take(HangUpRequested(at_s=11.0))
    desk.press(11.5)
    desk.recorder.learned(SipMessage(1, True, "CANCEL", at_s=11.6))
    desk.recorder.learned(SipMessage(2, True, "INVITE", at_s=11.7))
    desk.take(CallEnded(1, EndReason.NO_ANSWER, 487, at_s=11.8))
    desk.wait()
    assert desk.last.leg == 1
    assert desk.last.sip == [(1.6, True, "CANCEL")]
    desk.hang_up(12.0)
    assert desk.last.sip == [(0.2, True, "INVITE")]


def test_who_watches_is_told_of_each_new_record() -> None:
    desk = Desk()
    seen: list[int] = []
    desk.recorder.watch(lambda: seen.append(desk.last.leg))
    desk.press(10.0)
    desk.hang_up(11.0)
    desk.press(12.0)
    desk.hang_up(13.0)
    assert seen == [1, 2]


def test_the_line_tells_every_figure() -> None:
    record = CallRecord(
        3,
        "bell",
        "2026-11-26T12:00:00.000+00:00",
        0.03,
        sent_s=0.0309,
        ringing_s=0.044,
        answered_s=0.246,
        first_sound_s=0.45,
        ended_s=34.446,
        end="hung up",
        xruns=2,
        stream=Stream("G722", 1710, 3, 1, 1712, 4, 0.84),
        releases=[Release("front", 2.0, 2.0, 2.0006, 7.0006)],
        wrong_attempts=1,
    )
    assert line(record) == (
        'call 3 from button "bell": talked 34.2 s, hung up by the far end; '
        "press to INVITE 0.9 ms beyond 30 ms of debounce, ringing after 44 ms, answer after 246 ms, "
        'first sound after 450 ms; door "front" released 0.6 ms after its digit for 5.0 s; '
        "wrong attempts: 1; G722, 1710 packets came, 3 lost, 1 late, jitter 0.8 ms, "
        "1712 sent, 4 of them lost on the way; 2 xruns"
    )
    assert outcome(replace(record, ended_s=None)) == "talking"
    assert "1 late, 12 sent" in line(replace(record, stream=Stream("opus", 10, 3, 1, 12, None, None)))
    assert "first sound" not in line(replace(record, first_sound_s=None))
    assert line(replace(record, echo="half-duplex")).endswith("; 2 xruns; echo: half-duplex")


def test_what_kept_the_far_end_from_hearing_itself_is_what_did_so_last() -> None:
    desk = Desk()
    desk.talk()
    desk.recorder.learned(EchoBy("AEC3", at_s=11.0))
    desk.recorder.learned(EchoBy("half-duplex, as echo cancellation failed", at_s=11.5))
    desk.recorder.flush()
    assert desk.last.echo == "half-duplex, as echo cancellation failed"


def test_a_record_survives_json() -> None:
    desk = Desk()
    desk.talk()
    desk.take(Digit(1, "5", at_s=11.0))
    desk.recorder.learned(_sound(at_s=11.5))
    desk.recorder.learned(_reading(1, received=3))
    desk.hang_up(12.0)
    assert from_plain(json.loads(json.dumps(desk.last.plain()))) == desk.last


@pytest.mark.parametrize("plain", [{}, {"version": 2}, {"version": 1}, {"version": 1, "leg": 3}])
def test_what_is_no_record_is_refused(plain: dict[str, object]) -> None:
    with pytest.raises(PortierError, match="record"):
        from_plain(plain)


def test_levels_are_in_decibels_below_full_scale() -> None:
    assert level_dbfs(32767) == pytest.approx(0.0)
    assert level_dbfs(3277) == pytest.approx(-20.0, abs=0.01)
    assert level_dbfs(0) < -90


@given(st.lists(st.sampled_from(["press", "ring", "answer", "end", "key", "up", "stop"]), max_size=40))
def test_any_row_of_events_leaves_one_record_a_call_and_none_open(deeds: list[str]) -> None:
    bare = BareStation(RULES)
    recorder = Recorder(RULES.buttons, lambda: bare.now_s, lambda _, work: work(), lambda: NOON)
    lines: list[int] = []
    recorder.watch(lambda: lines.append(recorder.last.leg if recorder.last else 0))
    plain_take = bare.take

    def take(event: Event) -> list[Effect]:
        before = bare.state
        effects = plain_take(event)
        recorder.saw(event, before, bare.state)
        return effects

    bare.take = take  # type: ignore[method-assign]
    bare.become_ready()
    for deed in deeds:
        match deed:
            case "press":
                bare.press("bell")
            case "ring":
                bare.ring()
            case "answer":
                bare.answer()
            case "end":
                bare.end(EndReason.HUNG_UP)
            case "key":
                bare.keys("5")
            case "up":
                bare.take(HangUpRequested(at_s=bare.now_s))
            case _:
                bare.take(StopRequested(at_s=bare.now_s))
        bare.wait(0.5)
    recorder.flush()
    assert sorted(lines) == list(range(1, bare.state.last_leg + 1))
    assert not recorder._open


def _sound(at_s: float) -> SoundReading:
    return SoundReading(0.1, (100, 200), (10, 20), 0, at_s=at_s)


def _reading(leg: int, received: int) -> StreamReading:
    return StreamReading(leg, "PCMA", received, 0, 0, 10, None, 0.1, 20.0, at_s=11.6)


def test_the_record_of_the_longest_call_fits_one_line_of_the_control_socket() -> None:
    desk = Desk()
    desk.talk()
    for tenth in range(36_000):
        at_s = 11.0 + tenth / 10
        desk.recorder.learned(SoundReading(0.1, (20_000,), (30_000,), 0, at_s=at_s))
        desk.recorder.learned(SipMessage(1, False, "x" * 60, at_s=at_s))
        desk.recorder.learned(PinChange("door front", bool(tenth % 2), at_s=at_s))
        if tenth % 10 == 0:
            desk.recorder.learned(StreamReading(1, "PCMA/8000", 9, 9, 9, 9, 9, 1.234567, 123.4, at_s=at_s))
    desk.hang_up(3611.0)
    text = json.dumps(desk.last.plain())
    assert len(text) < 64 * 1024
    assert desk.last.captured[-1][0] > 3500, "and its end is in it"
    assert from_plain(json.loads(text)) == desk.last


def test_the_record_of_a_visit_with_very_many_legs_fits_too_without_the_oldest_and_says_so() -> None:
    moments = [(1000.0 + at / 1000, 123.456789) for at in range(600)]
    legs = [
        Rung(
            one,
            f"neighbour on the {one}. floor, at the back",
            one / 7,
            True,
            one / 7,
            one / 7,
            "not confirmed",
            486,
        )
        for one in range(1, 101)
    ]
    sip = [(one / 7, False, "x" * 60 + " [neighbour at the back]") for one in range(100)]
    peaks = [(at_s, 32000) for at_s, _ in moments]
    record = CallRecord(
        1, "bell", NOON.isoformat(), legs=legs, sip=sip, buffer=moments, captured=peaks, far=peaks
    )
    text = json.dumps(record.plain())
    assert 60 * 1024 < len(text) < 64 * 1024
    read = from_plain(json.loads(text))
    assert read.legs == legs[read.legs_left_out :]
    assert 0 < read.legs_left_out < 100
    assert f"({read.legs_left_out} calls before that left out)" in line(read)
    assert record.legs_left_out == 0, "the record itself is whole"


@pytest.mark.parametrize("odd", ["no record", 7, None, [], {}, {"version": 1, "leg": "x"}, {"version": 2}])
def test_what_is_no_record_is_refused_in_words(odd: object) -> None:
    with pytest.raises(PortierError, match=r"^record: "):
        from_plain(odd)


def test_a_fault_of_who_watches_the_records_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk()

    def fail() -> None:
        raise RuntimeError("a watcher's fault")

    desk.recorder.watch(fail)
    desk.talk()
    desk.hang_up(12.0)
    assert desk.last.leg == 1
    assert "fault in the record of call 1" in caplog.text
    desk.talk(20.0)
    desk.recorder.flush()
    assert desk.last.leg == 2


def test_a_press_before_the_phone_is_ready_counts_from_its_own_edge() -> None:
    desk = Desk()
    desk.take(PhoneLost(at_s=5.0))
    desk.press(10.0)
    desk.take(ButtonEdge("bell", closed=False, at_s=10.2))
    desk.take(PhoneReady(at_s=13.0))
    desk.recorder.learned(SipMessage(1, True, "INVITE", at_s=13.001))
    desk.hang_up(14.0)
    assert desk.last.sent_s == pytest.approx(3.001)
    assert desk.last.debounce_s == 0.03


def test_a_press_by_command_before_the_phone_is_ready_has_no_debounce() -> None:
    desk = Desk()
    desk.take(PhoneLost(at_s=5.0))
    desk.take(PressRequested("bell", at_s=10.0))
    desk.take(PhoneReady(at_s=13.0))
    desk.hang_up(14.0)
    assert (desk.last.states[1][0], desk.last.debounce_s) == (3.0, 0.0)


# Visits to several telephones


def family(confirm: str = "") -> Rules:
    """Two telephones at once, then a third."""
    kitchen, office, attic = (TargetRule(name, f"sip:{name}@pbx") for name in ("kitchen", "office", "attic"))
    steps = (StepRule((kitchen, office), 20.0), StepRule((attic,), 20.0))
    one = ListRule("family", steps, confirm=Confirmation(confirm, 8.0) if confirm else None)
    bell = ButtonRule("bell", "", 0.03, list_name="family")
    return Rules(buttons={"bell": bell}, doors=RULES.doors, lists={"family": one})


def ends(desk: Desk) -> list[tuple[str, str, int]]:
    return [(one.target, one.end, one.status) for one in desk.last.legs]


def test_a_record_tells_who_was_rung_and_who_was_there() -> None:
    desk = Desk(family())
    desk.press(10.0)
    desk.take(CallProgress(2, CallPhase.ANSWERED, at_s=14.0))
    desk.take(CallEnded(1, EndReason.HUNG_UP, at_s=14.1))
    desk.wait()
    assert desk.recorder.last is None, "the visit goes on"
    desk.recorder.learned(StreamReading(2, "PCMA", 50, 0, 0, 50, 0, 0.1, 40.0, at_s=15.0))
    desk.recorder.learned(StreamReading(1, "PCMU", 1, 0, 0, 1, 0, 0.1, 40.0, at_s=15.1))
    desk.take(CallEnded(2, EndReason.HUNG_UP, 200, at_s=20.0))
    desk.wait()
    record = desk.last
    assert (record.leg, record.answered_by) == (1, "office")
    assert record.answered_s == pytest.approx(4.0)
    assert ends(desk) == [("kitchen", "another answered", 0), ("office", "hung up", 200)]
    assert record.stream is not None
    assert record.stream.codec == "PCMA", "of the leg that talked"
    assert outcome(record) == (
        'rang "kitchen" (another answered), "office"; "office" was there, talked 6.0 s, '
        "hung up by the far end"
    )
    assert from_plain(record.plain()) == record


def test_a_record_tells_why_nobody_was_there() -> None:
    desk = Desk(family("1"))
    desk.press(10.0)
    desk.take(CallEnded(2, EndReason.BUSY, 486, at_s=10.5))
    desk.wait()
    desk.take(CallProgress(1, CallPhase.ANSWERED, at_s=12.0))
    desk.take(TimerFired(ConfirmTimer(1), at_s=20.0))
    desk.take(CallEnded(1, EndReason.HUNG_UP, at_s=20.1))
    desk.wait()
    assert desk.recorder.last is None, "the visit goes on"
    desk.take(TimerFired(StepTimer(1), at_s=40.0))
    desk.take(CallEnded(3, EndReason.HUNG_UP, at_s=40.1))
    desk.wait()
    assert ends(desk) == [("kitchen", "not confirmed", 0), ("office", "busy", 486), ("attic", "no answer", 0)]
    assert desk.last.answered_s is None
    assert outcome(desk.last) == (
        'rang "kitchen" (not confirmed), "office" (busy 486), "attic" (no answer); '
        "nobody was there after 30.0 s"
    )


def test_a_visit_that_ends_between_its_steps_has_its_record_all_the_same() -> None:
    rules = family()
    one = replace(rules.lists["family"], cycles=2, steps=rules.lists["family"].steps[1:])
    desk = Desk(replace(rules, lists={"family": one}))
    desk.press(10.0)
    desk.take(CallEnded(1, EndReason.BUSY, 486, at_s=10.5))
    desk.wait()
    assert desk.recorder.last is None
    desk.take(HangUpRequested(at_s=11.0))
    desk.wait()
    assert desk.last.end == "hung up by command"


def test_messages_of_a_visit_name_whom_they_are_for() -> None:
    desk = Desk(family())
    desk.press(10.0)
    desk.recorder.learned(SipMessage(1, True, "INVITE", at_s=10.031))
    desk.recorder.learned(SipMessage(2, True, "INVITE", at_s=10.032))
    desk.take(HangUpRequested(at_s=11.0))
    desk.recorder.flush()
    assert [text for _, _, text in desk.last.sip] == ["INVITE [kitchen]", "INVITE [office]"]
    assert desk.last.sent_s == pytest.approx(0.031)


@pytest.mark.parametrize(("prefix_uri", "said"), [("sip:3691", True), ("sip:*80", False), ("", False)])
def test_a_leg_that_was_dialled_with_the_prefix_is_one(prefix_uri: str, said: bool) -> None:
    desk = Desk(prefix_uri=prefix_uri)
    desk.press(10.0)
    desk.take(CallEnded(desk.state.last_leg, EndReason.UNKNOWN_NUMBER, 404, at_s=10.5))
    desk.wait()
    assert [one.prefixed for one in desk.last.legs] == [said]
    assert ("portier doctor" in line(desk.last)) is said
