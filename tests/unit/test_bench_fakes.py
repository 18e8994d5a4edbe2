"""The pretended ports: strict where hardware forgives, and never longer released than allowed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest

from portier.bench.clock import VirtualClockLoop
from portier.bench.deeds import (
    Diary,
    DiaryHandler,
    HungUp,
    Logged,
    Placed,
    Played,
    Shown,
    SoundHeld,
    Switched,
)
from portier.bench.fake_phone import GOODBYE_S, FakePhone, FarLine, Key
from portier.bench.fakes import LONGEST_SHORT_TONE_S, FakeLamps, FakeSound, FakeStrikes
from portier.bench.pins import BenchPins
from portier.core.effects import Sign, Tone
from portier.core.events import (
    CallEnded,
    CallPhase,
    CallProgress,
    Digit,
    EndReason,
    Event,
    PhoneLost,
    PhoneReady,
)

URI = "sip:flat@pbx.example"


@pytest.fixture
def loop() -> Iterator[VirtualClockLoop]:
    loop = VirtualClockLoop()
    yield loop
    loop.close()


@pytest.fixture
def diary(loop: VirtualClockLoop) -> Diary:
    return Diary(loop)


def run(loop: VirtualClockLoop, seconds: float) -> None:
    loop.run_until_complete(asyncio.sleep(seconds))


def switched(diary: Diary) -> list[tuple[float, bool]]:
    return [(at_s, one.energised) for at_s, one in diary.of(Switched)]


class Line:
    """A ready phone and the events that came of it."""

    def __init__(self, loop: VirtualClockLoop, diary: Diary, *lines: FarLine) -> None:
        self.events: list[Event] = []
        self.phone = FakePhone(loop, self.events.append, diary, lines)
        self.phone.become_ready()
        assert isinstance(self.events.pop(), PhoneReady)


def test_a_release_ends_by_itself(loop: VirtualClockLoop, diary: Diary) -> None:
    strikes = FakeStrikes(loop, diary, {"front": 8.0})
    strikes.release("front", 3.0)
    run(loop, 100.0)
    assert switched(diary) == [(0.0, True), (3.0, False)]


def test_a_release_is_prolonged_up_to_the_maximum_and_leaves_one_stretch(
    loop: VirtualClockLoop, diary: Diary
) -> None:
    strikes = FakeStrikes(loop, diary, {"front": 8.0})
    strikes.release("front", 3.0)
    run(loop, 2.0)
    strikes.release("front", 1000.0)
    run(loop, 100.0)
    assert switched(diary) == [(0.0, True), (8.0, False)]


def test_a_door_that_is_locked_early_can_be_released_for_its_whole_time_again(
    loop: VirtualClockLoop, diary: Diary
) -> None:
    strikes = FakeStrikes(loop, diary, {"front": 8.0})
    strikes.release("front", 7.0)
    run(loop, 4.0)
    strikes.lock("front")
    strikes.lock("front")
    run(loop, 1.0)
    strikes.release("front", 1000.0)
    run(loop, 100.0)
    assert switched(diary) == [(0.0, True), (4.0, False), (5.0, True), (13.0, False)]


def test_a_release_until_a_moment_that_is_over_does_nothing(loop: VirtualClockLoop, diary: Diary) -> None:
    strikes = FakeStrikes(loop, diary, {"front": 8.0})
    run(loop, 5.0)
    strikes.release("front", 5.0)
    assert switched(diary) == []


def test_a_door_without_a_relay_is_a_fault(loop: VirtualClockLoop, diary: Diary) -> None:
    strikes = FakeStrikes(loop, diary, {"front": 8.0})
    with pytest.raises(KeyError):
        strikes.release("attic", 3.0)
    with pytest.raises(KeyError):
        strikes.lock("attic")


def test_a_line_follows_its_script(loop: VirtualClockLoop, diary: Diary) -> None:
    line = Line(
        loop,
        diary,
        FarLine(
            rings_after_s=1.0,
            answers_after_s=2.0,
            keys=(Key(after_s=3.0, key="5"),),
            ends_after_s=4.0,
            reason=EndReason.BUSY,
            status=486,
        ),
    )
    line.phone.place(1, URI)
    run(loop, 10.0)
    assert diary.entries == [(0.0, Placed(1, URI))]
    assert line.events == [
        CallProgress(1, CallPhase.RINGING, at_s=1.0),
        CallProgress(1, CallPhase.ANSWERED, at_s=2.0),
        Digit(1, "5", at_s=3.0),
        CallEnded(1, EndReason.BUSY, 486, at_s=4.0),
    ]


def test_a_leg_that_is_hung_up_ends_soon_and_its_script_with_it(loop: VirtualClockLoop, diary: Diary) -> None:
    line = Line(loop, diary, FarLine(answers_after_s=GOODBYE_S / 2, keys=(Key(after_s=1.0, key="5"),)))
    line.phone.place(1, URI)
    line.phone.hang_up(1)
    run(loop, 10.0)
    assert line.events == [
        CallProgress(1, CallPhase.ANSWERED, at_s=GOODBYE_S / 2),
        CallEnded(1, EndReason.HUNG_UP, at_s=GOODBYE_S),
    ]


def test_hanging_up_a_leg_that_is_over_is_no_fault_and_no_news(loop: VirtualClockLoop, diary: Diary) -> None:
    line = Line(loop, diary, FarLine(ends_after_s=1.0))
    line.phone.place(1, URI)
    run(loop, 2.0)
    line.phone.hang_up(1)
    run(loop, 2.0)
    assert len(line.events) == 1
    assert diary.of(HungUp) == [(2.0, HungUp(1))]


def test_calls_meet_the_lines_in_their_order_and_the_last_one_for_good(
    loop: VirtualClockLoop, diary: Diary
) -> None:
    line = Line(loop, diary, FarLine(ends_after_s=1.0), FarLine(ends_after_s=3.0))
    for leg in (1, 2, 3):
        line.phone.place(leg, URI)
    run(loop, 10.0)
    assert [event.at_s for event in line.events] == [1.0, 3.0, 3.0]
    assert line.phone.last_leg == 3


def test_a_phone_that_is_lost_ends_every_leg_and_places_none(loop: VirtualClockLoop, diary: Diary) -> None:
    line = Line(loop, diary, FarLine(answers_after_s=5.0))
    line.phone.place(1, URI)
    line.phone.lose()
    run(loop, 10.0)
    assert line.events == [PhoneLost(at_s=0.0), CallEnded(1, EndReason.FAILED, at_s=0.0)]
    with pytest.raises(RuntimeError, match="not ready"):
        line.phone.place(2, URI)


def test_a_leg_is_placed_once(loop: VirtualClockLoop, diary: Diary) -> None:
    line = Line(loop, diary, FarLine(ends_after_s=1.0))
    line.phone.place(1, URI)
    run(loop, 2.0)
    with pytest.raises(RuntimeError):
        line.phone.place(1, URI)


def test_a_phone_without_lines_places_no_call(loop: VirtualClockLoop, diary: Diary) -> None:
    with pytest.raises(RuntimeError):
        Line(loop, diary).phone.place(1, URI)


def test_the_sound_card_is_opened_and_closed_in_turn(loop: VirtualClockLoop, diary: Diary) -> None:
    sound = FakeSound(loop, diary)
    with pytest.raises(RuntimeError, match="closed already"):
        sound.close()
    sound.open()
    with pytest.raises(RuntimeError, match="open already"):
        sound.open()
    sound.close()
    assert diary.of(SoundHeld) == [(0.0, SoundHeld(True)), (0.0, SoundHeld(False))]


def test_only_a_tone_that_still_sounds_can_be_stopped(loop: VirtualClockLoop, diary: Diary) -> None:
    sound = FakeSound(loop, diary)
    sound.silence()
    sound.play(Tone.GRANTED)
    run(loop, LONGEST_SHORT_TONE_S)
    sound.silence()
    sound.play(Tone.RINGBACK)
    run(loop, 1000.0)
    sound.silence()
    sound.silence()
    assert [one.tone for _, one in diary.of(Played)] == [Tone.GRANTED, Tone.RINGBACK, None]


def test_the_ringback_goes_on_after_a_short_tone_until_it_is_stopped(
    loop: VirtualClockLoop, diary: Diary
) -> None:
    sound = FakeSound(loop, diary)
    sound.play(Tone.RINGBACK)
    sound.play(Tone.DENIED)
    run(loop, 20.0)
    sound.silence()
    sound.silence()
    assert [one.tone for _, one in diary.of(Played)] == [Tone.RINGBACK, Tone.DENIED, None]


def test_the_ringback_ends_with_the_call_and_not_after_its_last_tone(
    loop: VirtualClockLoop, diary: Diary
) -> None:
    sound = FakeSound(loop, diary)
    sound.open()
    sound.play(Tone.RINGBACK)
    sound.play(Tone.BUSY)
    sound.close()
    run(loop, 20.0)
    sound.silence()
    assert [one.tone for _, one in diary.of(Played)] == [Tone.RINGBACK, Tone.BUSY]


def test_lamps_refuse_to_be_told_the_same_twice(diary: Diary) -> None:
    lamps = FakeLamps(diary)
    lamps.indicate(frozenset({Sign.IDLE}))
    with pytest.raises(RuntimeError, match="shown already: signs: idle"):
        lamps.indicate(frozenset({Sign.IDLE}))
    lamps.indicate(frozenset({Sign.CALLING}))
    assert [one.signs for _, one in diary.of(Shown)] == [{Sign.IDLE}, {Sign.CALLING}]


def test_log_lines_go_into_the_diary_with_their_weight(diary: Diary) -> None:
    handler = DiaryHandler(diary)
    for level in (logging.INFO, logging.WARNING):
        handler.handle(logging.LogRecord("x", level, __file__, 1, "door %s", ("front",), None))
    assert [str(one) for _, one in diary.of(Logged)] == ["log: door front", "warning: door front"]


def test_pins_forget_all_but_their_last_change() -> None:
    pins = BenchPins()
    pins.open_contact(5)
    for _ in range(3):
        pins.close_contact(5)
        pins.open_contact(5)
    history = list(pins.pin(5).history)
    assert len(history) > 5
    pins.forget()
    assert pins.pin(5).history == history[-1:]
