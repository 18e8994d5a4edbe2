"""The visitor's button for the microphone: who decides, what shows it, and what the far end hears of it."""

from __future__ import annotations

from array import array

import pytest
from tests.unit.test_config_signals import HEAD, SIMULATED, problems

from portier.adapters.audio.processing.comfort import ComfortNoise
from portier.adapters.audio.processing.street_noise import level_dbfs
from portier.bench.bare import BareStation
from portier.config import load, planned
from portier.core.door_rules import SpeechRule
from portier.core.effects import Effect, MuteMicrophone, OpenSound, Sign
from portier.core.events import (
    CallEnded,
    CallPhase,
    CallProgress,
    CallRequested,
    EndReason,
    Event,
    InputEdge,
    KeyTestOver,
    KeyTestRequested,
    TimerFired,
)
from portier.core.inputs import Input, InputKind
from portier.core.rules import ButtonRule, DoorRule, Rules, TargetRule
from portier.core.station import signs
from portier.core.timers import InputTimer
from portier.plan import InputPin
from portier.record.recorder import Recorder
from portier.record.words import line
from portier.status import snapshot

BUTTON = Input(InputKind.SPEECH)


def station(*, push_to_talk: bool) -> BareStation:
    made = BareStation(
        Rules(
            buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03)},
            doors={"front": DoorRule("front", "5", 5.0, 20.0)},
            speech=SpeechRule(push_to_talk=push_to_talk),
        )
    )
    made.become_ready()
    return made


def mutes(effects: list[Effect]) -> list[bool]:
    return [one.on for one in effects if isinstance(one, MuteMicrophone)]


def test_without_the_button_no_microphone_is_ever_muted() -> None:
    plain = BareStation(Rules(buttons=station(push_to_talk=True).rules.buttons, doors={}))
    plain.become_ready()
    effects = plain.press("bell") + plain.answer() + plain.observe(BUTTON, active=True)
    assert mutes(effects) == []
    assert not plain.state.muted


def test_each_press_mutes_or_lets_be_heard_and_another_call_begins_heard() -> None:
    house = station(push_to_talk=False)
    assert mutes(house.observe(BUTTON, active=True) + house.observe(BUTTON, active=False)) == []
    assert mutes(house.press("bell") + house.answer()) == []
    assert mutes(house.observe(BUTTON, active=True)) == [True]
    assert mutes(house.observe(BUTTON, active=False)) == [], "letting go changes nothing"
    assert signs(house.state) == {Sign.TALKING, Sign.MUTED}
    assert snapshot(house.state).muted
    assert mutes(house.observe(BUTTON, active=True)) == [False]
    house.observe(BUTTON, active=False)
    assert signs(house.state) == {Sign.TALKING}
    house.observe(BUTTON, active=True)
    assert mutes(house.end(EndReason.HUNG_UP)) == [False]
    assert mutes(house.press("bell") + house.answer()) == []


def test_push_to_talk_is_mute_from_the_first_frame_until_it_is_pressed() -> None:
    house = station(push_to_talk=True)
    effects = house.press("bell")
    assert mutes(effects) == [True]
    assert any(isinstance(one, OpenSound) for one in effects)
    assert signs(house.state) == {Sign.CALLING}, "nobody listens yet"
    assert mutes(house.answer()) == []
    assert signs(house.state) == {Sign.TALKING, Sign.MUTED}
    assert mutes(house.observe(BUTTON, active=True)) == [False]
    assert mutes(house.observe(BUTTON, active=False)) == [True]
    assert mutes(house.end(EndReason.HUNG_UP)) == [False]
    assert not house.state.muted


def test_an_installers_test_of_keys_is_no_way_round_the_button() -> None:
    house = station(push_to_talk=True)
    begins = KeyTestRequested(TargetRule("", "sip:a@pbx.example"), at_s=house.now_s)
    assert mutes(house.take(begins)) == [True]
    assert mutes(house.take(KeyTestOver(at_s=house.now_s))) == [False]


def test_a_muted_test_of_keys_stays_so_where_the_prefix_is_refused() -> None:
    house = station(push_to_talk=False)
    target = TargetRule("", "sip:3691a@pbx.example", "sip:a@pbx.example", frozenset({404}))
    house.take(KeyTestRequested(target, at_s=house.now_s))
    assert mutes(house.observe(BUTTON, active=True)) == [True]
    assert mutes(house.end(EndReason.UNKNOWN_NUMBER, status=404)) == []
    assert house.state.muted


def test_a_call_by_command_is_none_either() -> None:
    house = station(push_to_talk=True)
    assert mutes(house.take(CallRequested("bell", at_s=house.now_s))) == [True]


def test_the_calls_line_says_for_how_long_it_was_muted() -> None:
    house = station(push_to_talk=False)
    lines: list[tuple[float, str]] = []
    recorder = Recorder(house.rules.buttons, lambda: house.now_s, lambda _, work: work())
    recorder.watch(
        lambda: lines.append((recorder.last.muted_s, line(recorder.last)) if recorder.last else (0, ""))
    )

    def take(event: Event) -> None:
        before = house.state
        house.take(event)
        recorder.saw(event, before, house.state)

    take(CallRequested("bell", at_s=house.now_s))
    leg = house.state.last_leg
    take(CallProgress(leg, CallPhase.ANSWERED, at_s=house.now_s))
    for active in (True, False, True):
        house.now_s += 2.0
        take(InputEdge(BUTTON, active, at_s=house.now_s))
        house.now_s += 0.03
        take(TimerFired(InputTimer(BUTTON), at_s=house.now_s))
    take(CallEnded(leg, EndReason.HUNG_UP, at_s=house.now_s + 1.0))
    assert lines[0][0] == pytest.approx(4.06)
    assert lines[0][1].endswith("; microphone muted for 4.1 s")


def test_a_bounce_is_no_press() -> None:
    house = station(push_to_talk=False)
    house.press("bell")
    house.answer()
    for active in (True, False, True, False):
        house.take(InputEdge(BUTTON, active, at_s=house.now_s))
        house.wait(0.005)
    house.wait(1.0)
    assert not house.state.muted


@pytest.mark.parametrize("frame_ms", [20, 10])
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_comfort_noise_is_as_loud_as_the_street_was_within_limits(rate_hz: int, frame_ms: int) -> None:
    size = rate_hz * frame_ms // 1000

    def sent(peak: int) -> bytes:
        return array("h", [peak, -peak] * (size // 2)).tobytes()

    comfort = ComfortNoise(rate_hz, frame_ms)
    for peak, dbfs in ((None, -60.0), (0, -70.0), (104, -50.0), (8000, -45.0)):
        comfort.begin()
        for _ in range(4020 // frame_ms if peak is not None else 0):
            comfort.heard(sent(peak or 0))
        frames = [comfort.frame() for _ in range(50)]
        assert all(len(frame) == 2 * size for frame in frames)
        assert level_dbfs(b"".join(frames)) == pytest.approx(dbfs, abs=1.5)
        assert len(set(frames)) > 40


def test_the_plan_has_the_button_and_its_lamp() -> None:
    section = '[speech_button]\npin = 17\nmode = "push-to-talk"\n[lamps]\nmuted = 27\n'
    plan = planned.plan(load.from_text(HEAD + SIMULATED + section))
    assert plan.rules.speech == SpeechRule(0.03, push_to_talk=True)
    assert plan.gpio.inputs[BUTTON] == InputPin(17, closed_is_low=True, closed_is_active=True)
    assert plan.gpio.lamps[Sign.MUTED] == 27
    assert planned.plan(load.from_text(HEAD + SIMULATED)).rules.speech is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[speech_button]\nmode = "push-to-talk"\n', "speech_button.mode: does nothing without"),
        ("[speech_button]\ndebounce_ms = 50\n", "speech_button.debounce_ms: does nothing without"),
        ("[lamps]\nmuted = 27\n", "lamps.muted: does nothing without speech_button.pin"),
        ("[speech_button]\npin = 22\n", "speech_button.pin: pin 22 is already that of doors.front.pin"),
        ('[speech_button]\npin = 2\nclosed_is = "high"\n', 'speech_button.closed_is: "high" is not possible'),
    ],
)
def test_what_does_nothing_or_cannot_be_is_told(text: str, problem: str) -> None:
    told = problems(HEAD + SIMULATED + text)
    assert any(problem in line for line in told), told


def test_without_a_microphone_there_is_nothing_to_mute() -> None:
    told = problems(HEAD + '[audio]\ncard = "none"\n[speech_button]\npin = 17\n')
    assert any('speech_button.pin: does nothing with audio.card = "none"' in line for line in told), told
