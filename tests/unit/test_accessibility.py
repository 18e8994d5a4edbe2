"""What French accessibility rules ask of a door station, a test for each that a program can meet.

A: new collective housing, arrêté of 24 December 2015. B: buildings open to the public, arrêtés of
8 December 2014 and 20 April 2017. Both as makers and associations quote them; the README says which source.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from tests.unit.test_audio_tones import pcm_of

import portier
from portier.adapters.audio.line import MediaLine
from portier.adapters.gpio.lamps import LampBank
from portier.bench.bare import BareStation
from portier.bench.clock import VirtualClockLoop
from portier.bench.deeds import Diary, Played
from portier.bench.fake_phone import FakePhone, FarLine, Key
from portier.bench.fakes import FakeSound, FakeStrikes
from portier.bench.pins import BenchPins
from portier.config import load
from portier.core.effects import Effect, Indicate, PlaceCall, Play, Sign, Silence, Tone
from portier.core.events import (
    DoorOrdered,
    EndReason,
    PressRequested,
    ReleaseRequested,
    Requester,
    SoundLost,
    Verb,
)
from portier.core.rules import ButtonRule, DoorRule, Rules
from portier.runtime import Ports, Runtime

README = Path(portier.__path__[0]).parents[1] / "README.md"
RULES = Rules(
    buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03)},
    doors={"front": DoorRule("front", "5", 5.0, 20.0)},
)
OWN_PINS = {Sign.CALLING: 17, Sign.TALKING: 24, Sign.RELEASED: 12, Sign.FAILURE: 13}
STATUS = 23
FOUR = ("calling", "talk now", "door released", "not available")
SIGN_OF = dict(zip(FOUR, (Sign.CALLING, Sign.TALKING, Sign.RELEASED, Sign.FAILURE), strict=True))
TONE_OF = dict(zip(FOUR, (Tone.RINGBACK, Tone.TALK_NOW, Tone.GRANTED, Tone.NOT_AVAILABLE), strict=True))


def brought_about(state: str) -> list[Effect]:
    """What the station does when it comes into a state, in a visit that came so far."""
    station = BareStation(RULES)
    station.become_ready()
    effects = station.press("bell")
    if state == "calling":
        return effects
    if state == "not available":
        return station.end(EndReason.NO_ANSWER, 480)
    effects = station.answer()
    return station.keys("5") if state == "door released" else effects


def heard(effects: list[Effect]) -> list[Tone]:
    return [one.tone for one in effects if isinstance(one, Play)]


def shown(effects: list[Effect]) -> list[frozenset[Sign]]:
    return [one.signs for one in effects if isinstance(one, Indicate)]


@pytest.mark.parametrize("state", FOUR)
def test_a3_b1_every_signal_is_both_seen_and_heard(state: str) -> None:
    effects = brought_about(state)
    assert heard(effects) == [TONE_OF[state]]
    assert SIGN_OF[state] in shown(effects)[-1]


def test_b1_that_the_call_was_sent_is_told_with_the_call_itself() -> None:
    station = BareStation(RULES)
    station.become_ready()
    effects = station.press("bell")
    placed, rung = PlaceCall(1, "sip:flat@pbx.example"), Play(Tone.RINGBACK)
    assert effects.index(placed) < effects.index(rung) < effects.index(Indicate(frozenset({Sign.CALLING})))


def test_b2_who_cannot_speak_rings_and_enters_without_a_word_and_who_cannot_hear_sees_the_call_taken() -> (
    None
):
    station = BareStation(RULES)
    station.become_ready()
    station.press("bell")
    assert shown(station.answer())[-1] == {Sign.TALKING}
    assert shown(station.keys("5"))[-1] == {Sign.TALKING, Sign.RELEASED}


def test_a6_a_release_lasts_as_long_as_somebody_slow_needs() -> None:
    text = (
        '[gpio]\nfactory = "mock"\n[audio]\ncard = "none"\n[buttons.bell]\npin = 5\nuri = "sip:a@192.0.2.1"\n'
        '[doors.front]\npin = 22\nrelease_digit = "5"\nrelease_s = 60\nmax_release_s = 60\n'
    )
    assert load.rules(load.from_text(text)).doors["front"].release_s == 60


def test_a6_a_release_can_be_prolonged_and_its_lamp_stays_for_all_of_it_when_the_call_is_over() -> None:
    station = BareStation(RULES)
    station.become_ready()
    station.press("bell")
    station.answer()
    station.keys("5")
    station.wait(4.0)
    station.keys("5")
    assert shown(station.end(EndReason.HUNG_UP)) == [{Sign.RELEASED}]
    assert shown(station.wait(4.99)) == []
    assert shown(station.wait(0.01)) == [{Sign.IDLE}], "5 s after the second digit"


def test_a6_who_is_let_in_without_a_call_sees_and_hears_it_too() -> None:
    station = BareStation(RULES)
    effects = station.take(ReleaseRequested("front", Requester.EXIT_BUTTON, at_s=0.0))
    assert heard(effects) == [Tone.GRANTED]
    assert Sign.RELEASED in shown(effects)[-1]


# Each state without the other sense


@dataclass
class Visit:
    """A visit to real lamps on a virtual clock; sound as the test has it."""

    loop: VirtualClockLoop
    pins: BenchPins
    diary: Diary
    runtime: Runtime
    lamps: LampBank

    def run(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))

    def lit(self, pin: int, for_s: float = 6.0) -> list[bool]:
        """A lamp, looked at every 10 ms."""
        looks = []
        for _ in range(round(for_s * 100)):
            self.run(0.01)
            looks.append(self.pins.energised(pin))
        return looks


def visit(
    loop: VirtualClockLoop, state: str, *, lamps: bool, sound: bool, lost: bool = False, held: bool = False
) -> Visit:
    """Come into a state: 1 s after the press, the digit or the refusal, at rest with `idle`."""
    pins, diary, faults = BenchPins(), Diary(loop), list[Exception]()
    front = replace(RULES.doors["front"], may_hold=True)
    runtime = Runtime(replace(RULES, doors={"front": front}), loop, faults.append)
    lines = {
        "not available": FarLine(ends_after_s=2.0, reason=EndReason.NO_ANSWER, status=480),
        "calling": FarLine(rings_after_s=0.5),
        "talk now": FarLine(answers_after_s=1.0),
        "door released": FarLine(answers_after_s=1.0, keys=(Key(after_s=2.0, key="5"),)),
    }
    phone = FakePhone(loop, runtime.post, diary, [lines.get(state, FarLine())])
    bank = LampBank(pins.factory, STATUS if lamps else None, OWN_PINS if lamps else {}, loop)
    ours = FakeSound(loop, diary) if sound else MediaLine(None, None, runtime.post)
    runtime.connect(Ports(phone, FakeStrikes(loop, diary, {"front": 20.0}, {"front"}), bank, ours))
    phone.become_ready()
    one = Visit(loop, pins, diary, runtime, bank)
    one.run(0.1)
    if held:
        runtime.take(DoorOrdered("front", Verb.HOLD, at_s=loop.time()))
    if lost:
        runtime.take(SoundLost(at_s=loop.time()))
    if state != "idle":
        runtime.take(PressRequested("bell", at_s=loop.time()))
        one.run(2.2)
    assert not faults
    return one


@pytest.fixture
def loop() -> Iterator[VirtualClockLoop]:
    loop = VirtualClockLoop()
    yield loop
    loop.close()


@dataclass(frozen=True)
class Rhythm:
    """A lamp as somebody sees it who knows no colours."""

    share: float
    flashes_a_second: float
    even: bool

    def differs(self, other: Rhythm) -> bool:
        """Whether nobody takes the one for the other."""
        faster, slower = sorted((self.flashes_a_second, other.flashes_a_second), reverse=True)
        return (
            abs(self.share - other.share) >= 0.25
            or (slower > 0 and faster / slower >= 3)
            or (self.even is not other.even and min(self.share, other.share) < 0.5)
        )


def rhythm(looks: list[bool]) -> Rhythm:
    runs = [(lit, len(list(same))) for lit, same in itertools.groupby(looks)]
    dark = [length for lit, length in runs[1:-1] if not lit]
    flashes = sum(lit for lit, _ in runs)
    return Rhythm(
        sum(looks) / len(looks),
        flashes / len(looks) * 100 if dark else 0.0,
        not dark or max(dark) - min(dark) <= 3,
    )


@pytest.mark.parametrize("lost", [False, True], ids=["none was ever there", "it broke"])
@pytest.mark.parametrize("state", FOUR)
def test_t4_without_a_loudspeaker_each_state_has_a_lamp_of_its_own(
    loop: VirtualClockLoop, state: str, lost: bool
) -> None:
    one = visit(loop, state, lamps=True, sound=False, lost=lost)
    lit = {sign for sign, pin in OWN_PINS.items() if one.pins.energised(pin)}
    assert SIGN_OF[state] in lit
    others = {Sign.TALKING} if state == "door released" else set()
    assert lit - {SIGN_OF[state]} == others | ({Sign.FAILURE} if lost and state != "not available" else set())
    one.lamps.close()


def test_t4_without_a_loudspeaker_one_lamp_tells_the_states_by_rhythm_and_no_colour(
    loop: VirtualClockLoop,
) -> None:
    seen: dict[str, Rhythm] = {}
    for state in (*FOUR, "idle"):
        one = visit(loop, state, lamps=True, sound=False)
        seen[state] = rhythm(one.lit(STATUS, 2.5 if state in ("door released", "not available") else 9.0))
        one.lamps.close()
    assert seen["talk now"] == Rhythm(1.0, 0.0, True)
    for a, b in itertools.combinations(seen, 2):
        assert seen[a].differs(seen[b]), f"{a} and {b}: {seen[a]}, {seen[b]}"


@pytest.mark.parametrize(
    ("state", "as_at"), [("idle", "door released"), ("calling", "calling"), ("talk now", "talk now")]
)
def test_t4_who_rings_while_the_door_is_held_released_sees_the_call_on_one_lamp(
    loop: VirtualClockLoop, state: str, as_at: str
) -> None:
    at_held = visit(loop, state, lamps=True, sound=False, held=True)
    assert at_held.pins.energised(OWN_PINS[Sign.RELEASED]), "its own lamp shows the door all the while"
    seen = rhythm(at_held.lit(STATUS, 2.5))
    at_held.lamps.close()
    elsewhere = visit(loop, as_at, lamps=True, sound=False)
    assert not seen.differs(rhythm(elsewhere.lit(STATUS, 2.5)))
    elsewhere.lamps.close()


@pytest.mark.parametrize("state", FOUR)
def test_t4_without_a_lamp_each_state_has_a_tone_of_its_own(loop: VirtualClockLoop, state: str) -> None:
    one = visit(loop, state, lamps=False, sound=True)
    tones = [deed.tone for _, deed in one.diary.entries if isinstance(deed, Played) and deed.tone]
    assert tones[-1] is TONE_OF[state]
    assert one.pins.pin(STATUS).function != "output"


def melody(tone: Tone) -> tuple[int, ...]:
    """The pitch of each 50 ms, in steps of 20 Hz, 0 for silence: what an ear that knows no words hears."""
    pcm = np.frombuffer(pcm_of(tone, 16000).tobytes(), np.int16).astype(float)
    parts = [pcm[at : at + 800] for at in range(0, len(pcm) - 799, 800)]
    return tuple(int(np.abs(np.fft.rfft(part)).argmax()) if np.abs(part).max() > 500 else 0 for part in parts)


def test_t4_without_a_lamp_no_two_tones_sound_alike() -> None:
    melodies = {tone: melody(tone) for tone in Tone}
    for a, b in itertools.combinations(Tone, 2):
        first, second = melodies[a], melodies[b]
        differing = sum(x != y for x, y in itertools.zip_longest(first, second, fillvalue=0))
        assert differing >= 3, f"{a} and {b}"


def test_what_is_said_at_the_door_is_silenced_by_nothing_but_what_replaces_it() -> None:
    assert Silence() not in brought_about("door released")
    assert Silence() not in brought_about("not available")


# What depends on the housing


def test_the_readme_says_of_each_rule_who_meets_it() -> None:
    _, _, section = README.read_text().partition("## What the visitor sees and hears")
    rules = re.findall(r"(?m)^\| ([AB]\d) \|", section.partition("\n## ")[0])
    assert rules == ["A1", "A2", "A3", "A4", "A5", "A6", "B1", "B2", "B3"]
    assert "does not bring" in section.partition("\n## ")[0], "the image of new collective housing"
