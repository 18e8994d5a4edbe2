"""The two presets of latency, and two cards whose clocks differ: round trips, and what they cost."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass

from tests.compare.doors import OUR_ADDRESS, OurDoor
from tests.compare.figures import Row, median
from tests.compare.load import record
from tests.compare.place import Place
from tests.compare.sound import ROUND_TRIP_TARGETS_MS, drift_ms, far_phone, listen
from tests.integration.jack_card import Child, RoundTrips
from tests.integration.live import BELL_PIN
from tests.interop.baresip import Codec

from portier.bench.line.agent import Agent

_LOW_TARGET_MS = 75.0
_FLAT_MS = 10.0
_SETTLE_S = 2.0
_MOST_ADDED_MS = 25.0
_PPM = (100, 1000, -1000)
_CODECS: tuple[Codec, ...] = ("PCMA", "G722")
_PIECE_S = 30.0

_COMPUTES = """
import sys
if "run" in sys.orig_argv:
    import threading
    def burn():
        number = 0
        while True:
            number = (number * 31 + 7) % 1_000_003
    threading.Thread(target=burn, daemon=True).start()
"""

DRIFTING = """
import sys
if "run" in sys.orig_argv:
    from portier.adapters.audio import card
    class Drifting:
        def __init__(self, pcm):
            self._pcm, self._ahead = pcm, 0.0
        def __getattr__(self, name):
            return getattr(self._pcm, name)
        def write(self, pcm):
            self._ahead += len(pcm) / 2 * {ppm} * 1e-6
            if self._ahead >= 1:
                self._ahead, pcm = self._ahead - 1, pcm[2:]
            elif self._ahead <= -1:
                self._ahead, pcm = self._ahead + 1, pcm[:2] + pcm
            return self._pcm.write(pcm)
    opens = card._open_pcm
    def opened(direction, *rest):
        pcm = opens(direction, *rest)
        return Drifting(pcm) if direction == "playback" else pcm
    card._open_pcm = opened
"""
"""The loudspeaker's card seems faster than the microphone's by this much: so many never come to it."""


@dataclass(frozen=True, slots=True)
class _Call:
    back_ms: tuple[float, ...]
    drift_ms: float | None
    cpu_s: float
    xruns: int


def latency_rows(place: Place) -> list[Row]:
    """Both presets, one call a codec each."""
    rows: list[Row] = []
    for latency in ("normal", "low"):
        for codec in _CODECS:
            one = _call(place, codec, f"latency {latency}", f'latency = "{latency}"')
            target_ms = ROUND_TRIP_TARGETS_MS[codec] if latency == "normal" else _LOW_TARGET_MS
            what = f"latency {latency}, {codec}"
            rows += [
                Row(f"{what}: round trip", "ms", median(one.back_ms), None, target_ms, *_series(place, one)),
                Row(
                    f"{what}: drift", "ms", one.drift_ms, None, _FLAT_MS, "last third of the call, less first"
                ),
                Row(f"{what}: xruns", "", float(one.xruns), None, 0.0, "as the station counts them"),
                Row(f"{what}: CPU of a call", "s/min", one.cpu_s, None, None, "all threads (schedstat)"),
            ]
    narrow = _call(place, "PCMA", "latency normal, a phone at 8 kHz", phone_hz=8000)
    rows.append(
        Row(
            "latency normal, PCMA, a phone at 8 kHz: round trip",
            "ms",
            median(narrow.back_ms),
            None,
            None,
            "the phone of the other rows works at 16 kHz, and converts PCMA both ways",
            {"ours": list(narrow.back_ms)},
        )
    )
    return rows + (_long_rows(place, place.size.long_s) if place.size.long_s > 0 else [])


def _long_rows(place: Place, seconds: float) -> list[Row]:
    """A long call at low latency, while a thread of the same interpreter computes without end."""
    pieces: list[float] = []
    with ExitStack() as stack:
        door, room = _connected(stack, place, "G722", _COMPUTES, 'latency = "low"', limit_s=2 * seconds + 120)
        place.say(f"sound of a call, G722, latency low, {seconds:.0f} s, and Python busy")
        _ring(door)
        time.sleep(_SETTLE_S)
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            pieces += RoundTrips.measure(room, _PIECE_S).back_ms
        _ring(door)
        xruns = int(record(door)["xruns"])
    if not pieces:
        raise RuntimeError("latency low under load: no chirp came back")
    third = max(1, len(pieces) // 3)
    what = f"latency low, G722, {seconds:.0f} s under load"
    ends = f"{min(pieces):.0f} to {max(pieces):.0f} ms; a thread of the same interpreter computes without end"
    return [
        Row(f"{what}: round trip", "ms", median(pieces), None, _LOW_TARGET_MS, ends, {"ours": pieces}),
        Row(
            f"{what}: drift",
            "ms",
            abs(median(pieces[-third:]) - median(pieces[:third])),
            None,
            _FLAT_MS,
            "last third of the call, less first",
        ),
        Row(f"{what}: xruns", "", float(xruns), None, 0.0, "as the station counts them"),
    ]


def drift_rows(place: Place) -> list[Row]:
    """A loudspeaker that is faster, or slower, than the microphone, beside one that is not."""
    still = _call(place, "G722", "one clock")
    still_ms = median(still.back_ms)
    rows = [
        Row("cards of one clock: xruns", "", float(still.xruns), None, None, "what this machine makes itself")
    ]
    for ppm in _PPM:
        one = _call(place, "G722", f"{ppm} ppm apart", custom=DRIFTING.format(ppm=ppm))
        what = f"cards {ppm} ppm apart"
        third = one.back_ms[-(len(one.back_ms) // 3) :]
        rows += [
            Row(
                f"{what}: added delay",
                "ms",
                median(third) - still_ms,
                None,
                _MOST_ADDED_MS,
                f"last third of the call, less a call without drift ({still_ms:.0f} ms)",
                {"ours": list(one.back_ms)},
            ),
            Row(f"{what}: xruns", "", float(one.xruns), None, 0.0, "as the station counts them"),
        ]
    return rows


def _series(place: Place, one: _Call) -> tuple[str, dict[str, list[float]]]:
    ends = f"{min(one.back_ms):.0f} to {max(one.back_ms):.0f} ms"
    return (
        f"microphone to loudspeaker through a phone that gives it back, {place.size.call_s:.0f} s; {ends}",
        {"ours": list(one.back_ms)},
    )


def _call(
    place: Place, codec: Codec, text: str, more_audio: str = "", custom: str = "", phone_hz: int = 16000
) -> _Call:
    """A call of ours to its end. RuntimeError when less than half of the chirps came back."""
    with ExitStack() as stack:
        door, room = _connected(stack, place, codec, custom, more_audio, phone_hz)
        heard = listen(place, door, door.pins, room, place.size.call_s, f"{codec}, {text}")
        _ring(door)
        return _Call(heard.trips.back_ms, drift_ms(heard), heard.cpu_s, int(record(door)["xruns"]))


def _connected(
    stack: ExitStack,
    place: Place,
    codec: Codec,
    custom: str,
    more_audio: str,
    phone_hz: int = 16000,
    limit_s: float = 150.0,
) -> tuple[OurDoor, Child]:
    """Our door, whose button calls a phone that gives back what it hears, and the room around its card."""
    line = stack.enter_context(Agent(OUR_ADDRESS))
    card, room = stack.enter_context(place.card())
    phone = stack.enter_context(far_phone(OUR_ADDRESS, codec, phone_hz, limit_s))
    target = f"sip:far@{phone.expect('answering', 15)}"
    folder = place.folder("ours")
    door = OurDoor(folder, line, card, codecs=(codec,), target=target, custom=custom, more_audio=more_audio)
    return stack.enter_context(door), room


def _ring(door: OurDoor) -> None:
    door.pins.close_contact(BELL_PIN)
    time.sleep(0.1)
    door.pins.open_contact(BELL_PIN)
