"""RTP packets and telephone events as bytes (RFC 3550, section 5.1; RFC 4733, section 2.3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from .message import MessageError
from .sound import FRAME_SAMPLES, RATE_HZ

KEYS = "0123456789*#ABCD"
"""A key's place is its event code (RFC 4733, section 3.2)."""

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_VOLUME_DBM0 = 10


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet. `timestamp` counts samples and, as `sequence`, wraps."""

    payload_type: int
    sequence: int
    timestamp: int
    source: int
    payload: bytes
    marker: bool = False


def pack(packet: Packet) -> bytes:
    """Write a packet of version 2 without extension, padding or contributors."""
    head = _HEADER.pack(
        0x80,
        packet.payload_type | (0x80 if packet.marker else 0),
        packet.sequence & 0xFFFF,
        packet.timestamp & 0xFFFFFFFF,
        packet.source,
    )
    return head + packet.payload


def pack_report(source: int, of: int) -> bytes:
    """Write an RTCP receiver report on one source that says nothing but that somebody is there (RFC 3550,
    section 6.4.2).
    """
    return struct.pack("!BBHII", 0x81, 201, 7, source, of) + bytes(20)


def unpack(data: bytes) -> Packet:
    """Read a packet; MessageError where it is none."""
    if len(data) < _HEADER.size:
        raise MessageError("too short for RTP")
    first, second, sequence, timestamp, source = _HEADER.unpack_from(data)
    start = _HEADER.size + 4 * (first & 0x0F)
    end = len(data)
    if first >> 6 != 2:
        raise MessageError("not RTP version 2")
    if first & 0x10:
        if len(data) < start + 4:
            raise MessageError("an RTP header extension that is cut")
        start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4])
    if first & 0x20:
        end -= data[-1]
    if start > end:
        raise MessageError("an RTP header longer than the packet")
    return Packet(second & 0x7F, sequence, timestamp, source, data[start:end], bool(second & 0x80))


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A telephone event's payload; `duration` counts samples since the key went down."""

    code: int
    end: bool
    volume_dbm0: int
    duration: int


def pack_event(event: KeyEvent) -> bytes:
    """Write the four bytes of RFC 4733, figure 1."""
    return _EVENT.pack(event.code, (0x80 if event.end else 0) | event.volume_dbm0, event.duration)


def unpack_event(payload: bytes) -> KeyEvent:
    """Read the four bytes; MessageError where there are fewer."""
    if len(payload) < _EVENT.size:
        raise MessageError("too short for a telephone event")
    code, flags, duration = _EVENT.unpack_from(payload)
    return KeyEvent(code, bool(flags & 0x80), flags & 0x3F, duration)


@dataclass(frozen=True, slots=True)
class KeyShape:
    """How a key is sent, and which packets of it get lost (counted from 0; an end packet too).

    `gap_ms` is what follows before the next key. Durations are multiples of 20 ms. What some phones do wrong:
    no `marker` on the first packet, a timestamp that `creeps` on with each packet, and a `payload` type other
    than the answer's.
    """

    duration_ms: int = 100
    gap_ms: int = 60
    end_packets: int = 3
    lost: frozenset[int] = frozenset()
    marker: bool = True
    creeps: bool = False
    payload: int | None = None

    def __post_init__(self) -> None:
        # A duration has 16 bits of samples; longer events would need segments (RFC 4733, 2.5.1.3).
        if not (20 <= self.duration_ms <= 8000 and 0 <= self.gap_ms <= 60_000 and 0 <= self.end_packets <= 9):
            raise ValueError("a key lasts 20 to 8000 ms, its gap at most 60000 ms, end packets are 0 to 9")


@dataclass(frozen=True, slots=True)
class EventStep:
    """What one key sends in one 20 ms; `payload` is None where the packet is to get lost.

    The timestamp is that of the moment where the key `begins`, and 20 ms later with each step that `creeps`.
    """

    payload: bytes | None
    marker: bool
    begins: bool
    creeps: bool


def event_steps(key: str, shape: KeyShape, clock_hz: int = RATE_HZ) -> tuple[EventStep, ...]:
    """A key as one packet each 20 ms: updates, then the end and its repetitions (RFC 4733, 2.5.1).

    Raises ValueError for a key that lasts longer than 16 bits of that clock.
    """
    frames = max(1, shape.duration_ms * RATE_HZ // 1000 // FRAME_SAMPLES)
    step = FRAME_SAMPLES * clock_hz // RATE_HZ
    if frames * step > 0xFFFF:
        raise ValueError(f"a key of {shape.duration_ms} ms is too long for one event at {clock_hz} Hz")
    events = [KeyEvent(KEYS.index(key), False, _VOLUME_DBM0, n * step) for n in range(1, frames)]
    events += [KeyEvent(KEYS.index(key), True, _VOLUME_DBM0, frames * step)] * shape.end_packets
    return tuple(
        EventStep(
            None if index in shape.lost else pack_event(event),
            shape.marker and index == 0,
            index == 0,
            shape.creeps and index > 0,
        )
        for index, event in enumerate(events)
    )
