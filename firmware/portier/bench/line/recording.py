"""What the line heard: each packet where its timestamp puts it, silence where none came."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .clock import Instant
from .packets import Packet
from .sound import RATE_HZ

_NS_PER_SAMPLE = 1_000_000_000 // RATE_HZ
_FARTHEST_SAMPLES = 5 * RATE_HZ
"""A timestamp farther from where the clock stands starts anew there."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a packet came, and what it was."""

    at: Instant
    payload_type: int
    sequence: int
    timestamp: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Counters:
    """Plain counts of a leg. `lost` is what the sequence numbers say is missing; jitter as in RFC 3550."""

    received: int = 0
    sent: int = 0
    lost: int = 0
    late: int = 0
    doubled: int = 0
    malformed: int = 0
    other_payload: int = 0
    events: int = 0
    control: int = 0
    sources: int = 0
    jitter_ms: float = 0.0
    longest_gap_ms: float = 0.0


@dataclass(slots=True)
class _Source:
    """Where the packets of one sender go: sample `start` holds timestamp `origin`."""

    origin: int
    start: int
    highest: int
    expected_from: int
    clock_hz: int
    transit: int | None = None
    seen: set[int] = field(default_factory=set)


class Recording:
    """Grows by `add`, from one thread; may be read from others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._samples = bytearray()
        self._sources: dict[int, _Source] = {}
        self._arrivals: list[Arrival] = []
        self._counters = Counters()
        self._jitter_s = 0.0

    @property
    def first_at(self) -> Instant | None:
        """When the packet came that holds the first sample."""
        with self._lock:
            return self._arrivals[0].at if self._arrivals else None

    @property
    def counters(self) -> Counters:
        """The counts so far."""
        with self._lock:
            lost = sum(max(0, s.highest - s.expected_from + 1 - len(s.seen)) for s in self._sources.values())
            jitter_ms = self._jitter_s * 1000
            return replace(self._counters, lost=lost, jitter_ms=jitter_ms, sources=len(self._sources))

    def arrivals(self) -> tuple[Arrival, ...]:
        """Every audio packet that came, in the order it came."""
        with self._lock:
            return tuple(self._arrivals)

    def samples(self) -> bytes:
        """The sound so far, signed 16 bit native order at 8 kHz."""
        with self._lock:
            return bytes(self._samples)

    def count(self, **more: int) -> None:
        """Add to counters by their names."""
        with self._lock:
            changed = {name: getattr(self._counters, name) + by for name, by in more.items()}
            self._counters = replace(self._counters, **changed)

    def add(
        self, packet: Packet, at: Instant, decoded: Callable[[bytes], bytes], clock_hz: int = RATE_HZ
    ) -> bool:
        """Place one audio packet by its clock; returns whether it is the first of all."""
        with self._lock:
            first = not self._arrivals
            source = self._source(packet, at, clock_hz)
            number = _near(packet.sequence, source.highest, 1 << 16)
            counted = {"received": 1}
            if number in source.seen:
                counted["doubled"] = 1
            elif number < source.highest:
                counted["late"] = 1
            source.seen.add(number)
            source.highest = max(source.highest, number)
            source.expected_from = min(source.expected_from, number)
            self._time(source, packet, at, clock_hz)
            self._place(source, packet, decoded(packet.payload))
            changed = {name: getattr(self._counters, name) + by for name, by in counted.items()}
            self._counters = replace(self._counters, **changed)
            self._arrivals.append(
                Arrival(at, packet.payload_type, packet.sequence, packet.timestamp, len(packet.payload))
            )
            return first

    def _source(self, packet: Packet, at: Instant, clock_hz: int) -> _Source:
        elapsed_ns = at.mono_ns - self._arrivals[0].at.mono_ns if self._arrivals else 0
        due = elapsed_ns // _NS_PER_SAMPLE
        known = self._sources.get(packet.source)
        if known is None:
            known = _Source(packet.timestamp, due, packet.sequence, packet.sequence, clock_hz)
            self._sources[packet.source] = known
        elif (
            clock_hz != known.clock_hz or abs(known.start + _offset(packet, known) - due) > _FARTHEST_SAMPLES
        ):
            known.origin, known.start, known.clock_hz, known.transit = packet.timestamp, due, clock_hz, None
        return known

    def _place(self, source: _Source, packet: Packet, sound: bytes) -> None:
        begin = 2 * (source.start + _offset(packet, source))
        if begin < 0:
            sound, begin = sound[-begin:], 0
        if begin > len(self._samples):
            self._samples.extend(bytes(begin - len(self._samples)))
        self._samples[begin : begin + len(sound)] = sound

    def _time(self, source: _Source, packet: Packet, at: Instant, clock_hz: int) -> None:
        """Interarrival jitter of RFC 3550, section 6.4.1, and the longest gap."""
        transit = at.mono_ns * clock_hz // 1_000_000_000 - packet.timestamp
        if source.transit is not None:
            difference = abs(_near(transit - source.transit, 0, 1 << 32))
            self._jitter_s += (difference / clock_hz - self._jitter_s) / 16
        source.transit = transit
        if self._arrivals:
            gap_ms = (at.mono_ns - self._arrivals[-1].at.mono_ns) / 1_000_000
            longest = max(self._counters.longest_gap_ms, gap_ms)
            self._counters = replace(self._counters, longest_gap_ms=longest)


def _offset(packet: Packet, source: _Source) -> int:
    return _near(packet.timestamp - source.origin, 0, 1 << 32) * RATE_HZ // source.clock_hz


def _near(value: int, reference: int, modulus: int) -> int:
    """The number nearest to `reference` that is `value` but for whole turns of a counter."""
    half = modulus // 2
    return reference + (value - reference + half) % modulus - half
