"""What was measured, for the record of a call: plain values from the threads that saw them.

A fact changes nothing: the core never hears of it. It carries no key and no secret.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The base of every fact; `at_s` is a moment of the events' clock."""

    at_s: float


@dataclass(frozen=True, slots=True)
class SipMessage(Fact):
    """A SIP message of a leg was sent or came: "INVITE", "180 Ringing", "BYE", "200 OK (BYE)".

    PJSIP does not show a challenge: what answers it is an "INVITE, authorised".
    """

    leg: int
    sent: bool
    text: str


@dataclass(frozen=True, slots=True)
class PinChange(Fact):
    """A pin that the station drives has changed: "door front", "lamp status"."""

    pin: str
    high: bool


@dataclass(frozen=True, slots=True)
class StreamReading(Fact):
    """What RTP and RTCP (RFC 3550) have counted of a leg so far.

    `lost` never came, `discarded` came too late, `lost_at_far_end` is what the far end reports of ours, None
    while it has not. `jitter_ms` is None where PJSIP cannot tell it. `buffer_ms` is what waits in the jitter
    buffer at this moment. `reports` is how many of RTCP came; `both_ways` is False while one side holds the
    call.
    """

    leg: int
    codec: str
    received: int
    lost: int
    discarded: int
    sent: int
    lost_at_far_end: int | None
    jitter_ms: float | None
    buffer_ms: float
    reports: int = 0
    both_ways: bool = True


@dataclass(frozen=True, slots=True)
class SoundReading(Fact):
    """Peaks (0 to 32767) of captured and of far-end sound, one each `every_s`, the last one at `at_s`.

    `xruns` counts those of the call so far.
    """

    every_s: float
    captured_peaks: tuple[int, ...]
    far_peaks: tuple[int, ...]
    xruns: int


@dataclass(frozen=True, slots=True)
class EchoBy(Fact):
    """What keeps the far end of a call from hearing itself, from now on: "half-duplex", "off"."""

    words: str


@dataclass(frozen=True, slots=True)
class FirstSound(Fact):
    """The first frame of a call in which the far end is to be heard went to the loudspeaker."""
