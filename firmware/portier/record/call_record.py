"""The record of one call. Every moment is in seconds from the press that began it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from portier.errors import PortierError

VERSION = 1
FULL_SCALE = 32767
LARGEST_BYTES = 64 * 1024 - 16
"""Of a record in JSON, in one line of the control socket; the count of legs left out may grow by digits."""


@dataclass(slots=True)
class Release:
    """A release of a door in the call's time.

    `digit_s` is when the last key of its attempt came, None where no key asked for it; `rose_s` and `fell_s`
    when the relay's pin changed, None where it has not.
    """

    door: str
    decided_s: float
    digit_s: float | None = None
    rose_s: float | None = None
    fell_s: float | None = None

    @property
    def digit_to_relay_ms(self) -> float | None:
        """From the digit's arrival to the relay's pin."""
        if self.digit_s is None or self.rose_s is None:
            return None
        return (self.rose_s - self.digit_s) * 1000


@dataclass(slots=True)
class Rung:
    """A leg of the call, and the name of the target it rang; empty where the button names an address alone.

    `plain` where it was the second try, without the prefix. `answered_s` is when its far end answered, also
    where nobody confirmed; `end` says why it was over, `status` by which SIP status code (0: none).
    `prefixed` where the prefix was dialled before its number.
    """

    leg: int
    target: str
    placed_s: float
    plain: bool = False
    answered_s: float | None = None
    ended_s: float | None = None
    end: str = ""
    status: int = 0
    prefixed: bool = False


@dataclass(slots=True)
class Stream:
    """What RTP and RTCP counted of the call by its end; see `facts.StreamReading`."""

    codec: str
    received: int
    lost: int
    discarded: int
    sent: int
    lost_at_far_end: int | None
    jitter_ms: float | None


@dataclass(slots=True)
class CallRecord:
    """All that was measured of a call: a visit, with everybody who was rung for it, or a call to the station.

    A call to the station has its `caller`, as the list names him, and neither a button nor `legs`; its
    moments count from its offer.

    `leg` is its first leg, by which it is numbered; `legs` has all. `answered_s` is when the visitor could
    talk, `answered_by` the name of the target that did, where it has one. `begun_at` is the time of day of
    the press (ISO 8601). A press counts `debounce_s` after its edge; a call by command has none. The other
    moments are None where they never came. `states` names each state of the call from its moment on, `signs`
    what the visitor was shown. `pins` has the changes (moment, level) of each pin by its name, contacts
    included (1: closed). `wrong_s` has the moments of the wrong attempts, where they are known. `sip` is
    (moment, sent, text), the target's name behind the text where it has one. `buffer` is (moment, ms waiting
    in the jitter buffer); `captured` and `far` are (moment, peak 0 to 32767).

    `echo` says what kept the far end from hearing itself at the end of the call; empty where nothing was done
    to the sound. For `muted_s` of the talk the far end did not hear the microphone.

    Of very many legs the newest are kept, and `legs_left_out` counts the others. Of a long call, a point of
    `buffer`, `captured` or `far` stands for the greatest of several values; of very many events the first are
    kept (`series`).
    """

    leg: int
    button: str
    begun_at: str
    debounce_s: float = 0.0
    sent_s: float | None = None
    ringing_s: float | None = None
    answered_s: float | None = None
    first_sound_s: float | None = None
    ended_s: float | None = None
    end: str = ""
    status: int = 0
    answered_by: str = ""
    legs: list[Rung] = field(default_factory=list)
    xruns: int = 0
    stream: Stream | None = None
    releases: list[Release] = field(default_factory=list)
    wrong_attempts: int = 0
    wrong_s: list[float] = field(default_factory=list)
    states: list[tuple[float, str]] = field(default_factory=list)
    signs: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    sip: list[tuple[float, bool, str]] = field(default_factory=list)
    pins: dict[str, list[tuple[float, int]]] = field(default_factory=dict)
    buffer: list[tuple[float, float]] = field(default_factory=list)
    captured: list[tuple[float, int]] = field(default_factory=list)
    far: list[tuple[float, int]] = field(default_factory=list)
    caller: str = ""
    legs_left_out: int = 0
    echo: str = ""
    muted_s: float = 0.0

    @property
    def press_to_invite_ms(self) -> float | None:
        """From the edge on the button's pin to the INVITE, less the debounce."""
        return None if self.sent_s is None else (self.sent_s - self.debounce_s) * 1000

    @property
    def talked_s(self) -> float | None:
        """From the answer to the end; None for a call that was not answered, or has not ended."""
        if self.answered_s is None or self.ended_s is None:
            return None
        return self.ended_s - self.answered_s

    def plain(self) -> dict[str, Any]:
        """As an object for JSON, of less than 64 KiB; `from_plain` reads it again.

        Its series are the record's own: it is to be written at once, and not kept.
        """
        plain = {one.name: getattr(self, one.name) for one in fields(self)}
        plain["stream"] = asdict(self.stream) if self.stream else None
        plain["releases"] = [asdict(one) for one in self.releases]
        plain |= {"version": VERSION, "legs": []}
        left_bytes = LARGEST_BYTES - len(json.dumps(plain))
        legs = [asdict(one) for one in self.legs]
        while legs and sum(len(json.dumps(one)) + 2 for one in legs) > left_bytes:
            del legs[0]
            plain["legs_left_out"] += 1
        return {**plain, "legs": legs}


def from_plain(plain: object) -> CallRecord:
    """Read what `plain` wrote, from anywhere; PortierError for anything else."""
    from pydantic import TypeAdapter, ValidationError

    values = dict(plain) if isinstance(plain, Mapping) else {}
    if values.pop("version", None) != VERSION:
        raise PortierError(f"record: this is no call record of version {VERSION}")
    try:
        return TypeAdapter(CallRecord).validate_python(values)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise PortierError(f"record: this is no call record: {where}: {first['msg']}") from error


def level_dbfs(peak: int) -> float:
    """A peak (0 to 32767) in decibels below full scale; -96 for silence."""
    return max(-96.0, 20 * math.log10(max(peak, 1) / FULL_SCALE))
