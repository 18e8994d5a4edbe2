"""How soon a press is an INVITE, and a digit a released door: both doors in one run, sample by sample."""

from __future__ import annotations

import random
import time

from tests.compare.figures import Row, latency_rows
from tests.compare.maker import RELEASE_DIGIT, RELEASE_S
from tests.compare.place import Place
from tests.integration.live import BELL_PIN, STRIKE_PIN

from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import Answer, Behaviour, refuse
from portier.bench.line.events import What
from portier.bench.pinfile import PinFile

BUSY = Behaviour(answer=refuse(486))
AT_ONCE = Behaviour(answer=Answer(ring_s=0.0))
DEBOUNCE_MS = 30.0
PRESS_TARGETS_MS = (0.8, 3.0)
DIGIT_TARGETS_MS = (0.4, 1.0)
_HELD_S = 0.06
_LIMIT_S = 5.0


def press_rows(place: Place) -> list[Row]:
    """A press to its INVITE."""
    with place.ours(BUSY) as (our_door, our_line), place.rivals(BUSY) as (rivals_door, rivals_line):
        ours_ms: list[float] = []
        rivals_ms: list[float] = []
        for number in place.through(place.size.samples + 2, "press to INVITE"):
            ours, rival = (
                press_ms(our_door.pins, our_line) - DEBOUNCE_MS,
                press_ms(rivals_door.pins, rivals_line),
            )
            if number >= 2:
                ours_ms.append(ours)
                rivals_ms.append(rival)
    return latency_rows(
        "press to INVITE",
        ours_ms,
        rivals_ms,
        PRESS_TARGETS_MS,
        "from the touch of the button's contact (monotonic clock of the measuring process) to the INVITE's "
        "arrival at the line (kernel time stamp), beyond 30 ms of debounce; the rival behind gpiozero, "
        "without debounce",
    )


def press_ms(pins: PinFile, line: Agent) -> float:
    """Press once, be refused, and let go; from the touch to the INVITE at the line."""
    time.sleep(random.uniform(0.12, 0.2))
    pressed_s = pins.close_contact(BELL_PIN)
    invite = line.wait_for(What.INVITE, timeout_s=_LIMIT_S)
    time.sleep(max(0.0, pressed_s + _HELD_S - time.monotonic()))
    pins.open_contact(BELL_PIN)
    return (invite.at.mono_ns / 1e9 - pressed_s) * 1000


def digit_rows(place: Place) -> list[Row]:
    """A digit to the relay's pin."""
    with place.ours(AT_ONCE) as (our_door, our_line), place.rivals(AT_ONCE) as (rivals_door, rivals_line):
        for pins, line in ((our_door.pins, our_line), (rivals_door.pins, rivals_line)):
            talk(pins, line)
        time.sleep(1.5)
        ours_ms: list[float] = []
        rivals_ms: list[float] = []
        for _ in place.through(place.size.samples, "digit to relay"):
            ours_ms.append(_digit_ms(our_door.pins, our_line))
            rivals_ms.append(_digit_ms(rivals_door.pins, rivals_line))
            time.sleep(RELEASE_S + random.uniform(0.05, 0.15))
    return latency_rows(
        "digit to relay",
        ours_ms,
        rivals_ms,
        DIGIT_TARGETS_MS,
        "from the first RTP packet of the digit, before it is sent (monotonic clock of the line), to the "
        "relay's pin (monotonic clock of the door)",
    )


def talk(pins: PinFile, line: Agent) -> None:
    """Press, and wait until the call stands."""
    pins.close_contact(BELL_PIN)
    line.wait_for(What.ACKED, timeout_s=_LIMIT_S)
    pins.open_contact(BELL_PIN)


def _digit_ms(pins: PinFile, line: Agent) -> float:
    line.press(RELEASE_DIGIT)
    sent = line.wait_for(What.DIGIT_SENT, timeout_s=_LIMIT_S)
    rose_s = pins.wait(STRIKE_PIN, energised=True, limit_s=_LIMIT_S)
    return (rose_s - sent.at.mono_ns / 1e9) * 1000
