"""RFC 4733: which packets of telephone events are one press of a key.

PJSIP tells them apart by key and duration alone, so that a key whose last packets were lost hides the same
key after it. By its timestamp each press is its own (RFC 4733, section 2.5.1.1). Packets that come out of
order are dropped by PJSIP before, as are all repetitions of an end but the first. It takes the end of the
next press for one, too, where that is the same key, nothing else of it came, and it lasted as long or longer:
then "77" is heard as 7.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from portier.keys_heard import Stage

LATE_MS = 100
"""A key that is first heard of when it has been down for longer has lost its first packets."""

_SEGMENT_SAMPLES = 2**16
"""The longest duration that 16 bits hold: a longer press goes on in another segment (2.5.1.3). At 8 kHz that
is after 8.2 s, and at the 48 kHz of Opus after 1.4 s."""

_NEARLY_A_SEGMENT = 7 / 8

_ONE_PRESS_S = 1.0
"""Packets of one press come every 20 to 50 ms: after so long a silence one that has ended or lasts for less
than before is another, though its timestamp is the same."""

_TIMESTAMPS_SAMPLES = 2**32


@dataclass(frozen=True, slots=True)
class EventPacket:
    """What PJSIP tells of a packet: when the press began and how long it has lasted, on the far end's clock.

    PJSIP reckons `timestamp_ms` in single precision: it is the same for all packets of one press, and good to
    a millisecond while it is small, to 32 ms at worst.
    """

    key: str = field(repr=False)
    timestamp_ms: int
    lasted_ms: int
    ended: bool


@dataclass(frozen=True, slots=True)
class EventNews:
    """What a packet means: `lasted_ms` is for the whole press, over all its segments."""

    stage: Stage
    lasted_ms: int
    odd: tuple[str, ...] = ()


class TelephoneEvents:
    """Takes the packets of one call, in the order of their arrival."""

    def __init__(self) -> None:
        self.clock_hz = 8000
        """By which clock PJSIP reckons: it takes what comes beside Opus for 48 kHz, whatever was agreed."""
        self._last: EventPacket | None = None
        self._at_s = 0.0
        self._before_ms = 0

    def take(self, packet: EventPacket, at_s: float) -> EventNews:
        """Say what a packet means."""
        last, silent_s = self._last, at_s - self._at_s
        self._last, self._at_s = packet, at_s
        if last is None or packet.key != last.key:
            return self._down(packet)
        odd: tuple[str, ...] = ()
        if packet.timestamp_ms == last.timestamp_ms:
            if silent_s > _ONE_PRESS_S and (last.ended or packet.lasted_ms < last.lasted_ms):
                return self._down(packet, "its timestamp is that of the press before")
        elif last.ended:
            return self._down(packet)
        elif self._goes_on(last, packet):
            self._before_ms += round(self._segment_ms)
            odd = ("held so long that it came in segments",)
        elif self._creeps(last, packet):
            odd = ("its timestamp moves while it is held",)
        elif packet.ended and packet.lasted_ms >= max(last.lasted_ms, silent_s * 1000):
            # Another key would have begun after the last packet, and so be shorter than the silence.
            odd = ("its end has a timestamp of its own",)
        else:
            return self._down(packet)
        return EventNews(Stage.UP if packet.ended else Stage.HELD, self._before_ms + packet.lasted_ms, odd)

    def _down(self, packet: EventPacket, *odd: str) -> EventNews:
        self._before_ms = 0
        if packet.lasted_ms > LATE_MS:
            odd = (*odd, "its first packets were lost")
        return EventNews(Stage.DOWN, packet.lasted_ms, odd)

    @property
    def _segment_ms(self) -> float:
        return _SEGMENT_SAMPLES * 1000 / self.clock_hz

    def _goes_on(self, last: EventPacket, packet: EventPacket) -> bool:
        """Whether a packet is of the next segment of the same press."""
        return (
            last.lasted_ms > self._segment_ms * _NEARLY_A_SEGMENT
            and packet.lasted_ms < last.lasted_ms
            and abs(self._moved_ms(last, packet) - self._segment_ms) <= 2 * self._grain_ms(packet)
        )

    def _creeps(self, last: EventPacket, packet: EventPacket) -> bool:
        """Whether the timestamp has grown as the duration has: then it counts packets, and not presses."""
        grown_ms = packet.lasted_ms - last.lasted_ms
        return grown_ms > 0 and abs(self._moved_ms(last, packet) - grown_ms) <= 2 * self._grain_ms(packet)

    def _moved_ms(self, last: EventPacket, packet: EventPacket) -> float:
        return (packet.timestamp_ms - last.timestamp_ms) % (_TIMESTAMPS_SAMPLES * 1000 / self.clock_hz)

    def _grain_ms(self, packet: EventPacket) -> float:
        """How exact its timestamp is: of a float's 24 bits, counted in samples."""
        samples = packet.timestamp_ms * self.clock_hz // 1000
        return max(1.0, 2.0 ** (samples.bit_length() - 24) * 1000 / self.clock_hz)
