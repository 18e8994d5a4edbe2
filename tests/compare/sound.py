"""From mouth to ear and back, and what a call costs: one call a door and codec, one after the other."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.compare.doors import (
    OUR_ADDRESS,
    RIVALS_LINE_ADDRESS,
    OurDoor,
    RivalDoor,
    Tuning,
)
from tests.compare.figures import Row, median
from tests.compare.place import Place
from tests.compare.processes import Usage
from tests.integration.jack_card import Child, RoundTrips
from tests.integration.live import BELL_PIN
from tests.interop.baresip import Codec

from portier.bench.line.agent import Agent
from portier.bench.pinfile import PinFile

ROUND_TRIP_TARGETS_MS: dict[Codec, float] = {"PCMA": 105.0, "G722": 90.0}
CPU_FACTOR = 1.3
_PEER = Path(__file__).parents[1] / "integration" / "card_station.py"
_SETTLE_S = 2.0
_FLAT_MS = 10.0
_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Heard:
    """One call: the round trips of its chirps, and the door's process at its beginning and end."""

    trips: RoundTrips
    before: Usage
    after: Usage
    wall_s: float

    @property
    def cpu_s(self) -> float:
        """Seconds of CPU in a minute of this call."""
        return self.after.cpu_since(self.before) * 60 / self.wall_s


def our_call(
    place: Place, codec: Codec, call_s: float, codecs: tuple[Codec, ...] | None = None, custom: str = ""
) -> Heard:
    """A call of ours to a phone that speaks one codec alone; `codecs` is what the station offers.

    RuntimeError when less than half of the chirps came back: then nothing was measured.
    """
    with ExitStack() as stack:
        line = stack.enter_context(Agent(OUR_ADDRESS))
        card, room = stack.enter_context(place.card())
        phone = stack.enter_context(far_phone(OUR_ADDRESS, codec))
        target = f"sip:far@{phone.expect('answering', 15)}"
        door = stack.enter_context(
            OurDoor(place.folder("ours"), line, card, codecs=codecs or (codec,), target=target, custom=custom)
        )
        return listen(place, door, door.pins, room, call_s, f"{codec}, ours")


def rivals_call(place: Place, codec: Codec, tuning: Tuning, call_s: float) -> Heard:
    """A call of the rival's; RuntimeError when less than half of the chirps came back, as with ours."""
    with ExitStack() as stack:
        card, room = stack.enter_context(place.card())
        phone = stack.enter_context(far_phone(RIVALS_LINE_ADDRESS, codec))
        target = f"sip:far@{phone.expect('answering', 15)}"
        door = stack.enter_context(RivalDoor(place.folder("rival"), target, card, codec=codec, tuning=tuning))
        return listen(place, door, door.pins, room, call_s, f"{codec}, rival ({tuning})")


def sound_rows(place: Place, heard: dict[str, Heard]) -> list[Row]:
    """Round trip and CPU of each codec. `heard` is filled with each call, for who wants more of it."""
    rows: list[Row] = []
    call_s = place.size.call_s
    codecs: tuple[Codec, ...] = ("PCMA", "G722")
    for codec in codecs:
        ours = heard[f"ours {codec}"] = our_call(place, codec, call_s)
        rival = heard[f"rival {codec}"] = rivals_call(place, codec, "default", call_s)
        tuned = heard[f"rival {codec}, tuned"] = rivals_call(place, codec, "low delay", call_s)
        rows += _codec_rows(codec, ours, rival, tuned, call_s)
    return rows


def _codec_rows(codec: Codec, ours: Heard, rival: Heard, tuned: Heard, call_s: float) -> list[Row]:
    def figures(name: str, of: Heard) -> str:
        back_ms = of.trips.back_ms
        ends = f"{min(back_ms):.0f} to {max(back_ms):.0f} ms" if back_ms else "none"
        return f"{name} {len(back_ms)} of {of.trips.said} chirps came back, {ends}"

    def middle(of: Heard) -> float | None:
        return median(of.trips.back_ms) if of.trips.back_ms else None

    measures = (
        f"microphone port to loudspeaker port of the virtual card (its own sample clock), through a phone "
        f"that gives back what it hears, both offering this codec alone, {call_s:.0f} s; "
        f"{figures('ours', ours)}; {figures('rival', rival)}"
    )
    series = {
        name: list(one.trips.back_ms)
        for name, one in (("ours", ours), ("rival", rival), ("rival, tuned", tuned))
    }
    return [
        Row(
            f"round trip, {codec}",
            "ms",
            middle(ours),
            middle(rival),
            ROUND_TRIP_TARGETS_MS[codec],
            measures,
            series,
        ),
        Row(
            f"round trip, {codec}, drift",
            "ms",
            drift_ms(ours),
            drift_ms(rival),
            _FLAT_MS,
            "how far the middle of the call's last third is from that of its first, either way",
        ),
        Row(
            f"CPU of a call, {codec}",
            "s/min",
            ours.cpu_s,
            rival.cpu_s,
            round(CPU_FACTOR * rival.cpu_s, 3),
            "the kernel's count (schedstat) of all threads of the process that has SIP and sound, those of "
            f"the virtual card in it too; the target is {CPU_FACTOR} times the rival",
        ),
        Row(
            f"CPU of a call, {codec}, rival tuned",
            "s/min",
            ours.cpu_s,
            tuned.cpu_s,
            round(tuned.cpu_s, 3),
            f"the same, the rival set to the delay next to ours ({figures('it:', tuned)}); to be below it",
        ),
    ]


def drift_ms(of: Heard) -> float | None:
    """How far a round trip at the end of the call is from one at its beginning."""
    back_ms = of.trips.back_ms
    third = len(back_ms) // 3
    return abs(median(back_ms[-third:]) - median(back_ms[:third])) if third else None


def listen(
    place: Place, door: OurDoor | RivalDoor, pins: PinFile, room: Child, call_s: float, text: str
) -> Heard:
    pins.close_contact(BELL_PIN)
    time.sleep(0.1)
    pins.open_contact(BELL_PIN)
    time.sleep(_SETTLE_S)
    place.say(f"sound of a call, {text}")
    before, began_s = door.usage(), time.monotonic()
    trips = RoundTrips.measure(room, call_s)
    after, wall_s = door.usage(), time.monotonic() - began_s
    if len(trips.back_ms) < _ENOUGH * trips.said:
        raise RuntimeError(f"{text}: of {trips.said} chirps {len(trips.back_ms)} came back")
    return Heard(trips, before, after, wall_s)


def far_phone(host: str, codec: Codec, rate_hz: int = 16000, limit_s: float = 150.0) -> Child:
    """A phone that gives back what it hears, of this sample clock."""
    return Child([sys.executable, str(_PEER), "answer", host, codec, str(rate_hz), str(limit_s)])
