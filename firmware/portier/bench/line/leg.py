"""A leg's media: plays a voice and keys, records what comes, on its own sockets and thread."""

from __future__ import annotations

import secrets
import select
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from . import datagram, sound
from .clock import Instant
from .coding import Coding, coding
from .datagram import Peer
from .message import MessageError
from .packets import KEYS, KeyShape, Packet, event_steps, pack, pack_report, unpack
from .recording import Recording
from .sdp import Choice

_FRAME_S = sound.FRAME_SAMPLES / sound.RATE_HZ
_FRAME_BYTES = 2 * sound.FRAME_SAMPLES
_BEHIND_FRAMES = 10


class KeyWay(Enum):
    """How a key travels. SIP INFO is the dialog's way, the others are the leg's."""

    EVENT = "rfc4733"
    INFO = "info"
    PLAIN_INFO = "plain info"
    TONE = "inband"


@dataclass(frozen=True, slots=True)
class _Tick:
    """What leaves in one 20 ms in place of the voice; `payload` None is a packet that gets lost.

    Without an `event_payload` it is sound that is still to be coded.
    """

    payload: bytes | None
    event_payload: int | None = None
    starts: bool = False
    creeps: bool = False
    marker: bool = False
    told: Callable[[Instant], None] | None = None


class Leg:
    """Opens its ports at once, hears from then on, and speaks once `speak` says to whom."""

    def __init__(self, host: str, voice: bytes, on_first_audio: Callable[[Instant], None]) -> None:
        self._voice = voice
        self._on_first_audio = on_first_audio
        self._media, self._control = datagram.opened_pair(host)
        self._wake, self._waker = socket.socketpair()
        self.port: int = self._media.getsockname()[1]
        self.recording = Recording()
        self._ticks: deque[_Tick | None] = deque()
        self._remote: Peer | None = None
        self._choice: Choice | None = None
        self._coding: Coding = coding("PCMA")
        self._mute = False
        self._frames: Iterator[bytes] = iter(())
        self._source = secrets.randbits(32)
        self._far_source = 0
        self._sequence = secrets.randbits(15)
        self._timestamp = secrets.randbits(31)
        self._event_timestamp = 0
        self._first = True
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=f"line-rtp-{self.port}", daemon=True)
        self._thread.start()

    def speak(self, remote: Peer | None, choice: Choice) -> None:
        """Send to this peer by this choice from now on; None is silence on the wire (hold)."""
        if self._stopping:
            return
        if choice != self._choice:
            self._coding = coding(choice.codec.name)
            self._frames = _looped(self._voice or bytes(_FRAME_BYTES))
        self._choice = choice
        self._remote = remote
        self._waker.send(b"\0")

    def mute(self, *, on: bool) -> None:
        """Send no packet, as a telephone that has lost its network; or send them again."""
        self._mute = on

    def report(self) -> None:
        """Send one RTCP report of what we hear, as a telephone does that leaves silence out."""
        if self._remote is not None:
            host, port = self._remote
            datagram.sent(self._control, pack_report(self._source, self._far_source), (host, port + 1))

    def press(self, key: str, way: KeyWay, shape: KeyShape, told: Callable[[Instant], None]) -> bool:
        """Send a key after those before it; `told` gets the moment its first packet left.

        False where the answer left no payload type for telephone events, or nothing is spoken (any more).
        """
        if key not in KEYS or self._choice is None or self._stopping:
            return False
        gap: list[_Tick | None] = [None] * max(0, round(shape.gap_ms / 1000 / _FRAME_S))
        if way is KeyWay.TONE:
            frames = list(_cut(sound.key_tone(key, shape.duration_ms / 1000)))
            ticks = [_Tick(f, told=told if n == 0 else None) for n, f in enumerate(frames)]
        elif self._choice.event_payload is not None:
            steps = event_steps(key, shape, self._choice.event_rate_hz)
            first = next((n for n, step in enumerate(steps) if step.payload is not None), None)
            number = self._choice.event_payload if shape.payload is None else shape.payload
            ticks = [
                _Tick(
                    step.payload, number, step.begins, step.creeps, step.marker, told if n == first else None
                )
                for n, step in enumerate(steps)
            ]
        else:
            return False
        self._ticks.extend([*ticks, *gap])
        return True

    def close(self) -> None:
        """Fall silent and give the ports back; the recording stays."""
        if self._stopping:
            return
        self._stopping = True
        self._waker.send(b"\0")
        self._thread.join()
        for each in (self._media, self._control, self._wake, self._waker):
            each.close()

    def _run(self) -> None:
        due_s = time.monotonic()
        while not self._stopping:
            speaking = self._remote is not None
            wait_s = max(0.0, due_s - time.monotonic()) if speaking else None
            ready, _, _ = select.select([self._media, self._control, self._wake], [], [], wait_s)
            if self._media in ready:
                self._hear()
            if self._control in ready and datagram.received(self._control):
                self.recording.count(control=1)
            if self._wake in ready:
                self._wake.recv(64)
            now_s = time.monotonic()
            if not speaking or now_s < due_s:
                due_s = due_s if speaking else now_s
                continue
            behind = int((now_s - due_s) / _FRAME_S)
            if behind > _BEHIND_FRAMES:
                # The machine slept: the timestamp goes on with the clock, without a burst.
                due_s += behind * _FRAME_S
                self._timestamp += behind * self._frame_ticks
            self._send()
            due_s += _FRAME_S

    @property
    def _frame_ticks(self) -> int:
        """20 ms by the clock of the codec that is spoken."""
        clock_hz = sound.RATE_HZ if self._choice is None else self._choice.codec.rate_hz
        return sound.FRAME_SAMPLES * clock_hz // sound.RATE_HZ

    def _hear(self) -> None:
        while came := datagram.received(self._media):
            try:
                packet = unpack(came.data)
            except MessageError:
                self.recording.count(malformed=1)
                continue
            choice = self._choice
            if choice is not None and packet.payload_type == choice.codec.payload:
                self._far_source = packet.source
                if self.recording.add(packet, came.at, self._coding.decode, choice.codec.rate_hz):
                    self._on_first_audio(came.at)
            elif choice is not None and packet.payload_type == choice.event_payload:
                self.recording.count(events=1)
            else:
                self.recording.count(other_payload=1)

    def _send(self) -> None:
        remote, choice = self._remote, self._choice
        tick = self._ticks.popleft() if self._ticks else None
        voice = next(self._frames)
        if remote is None or choice is None or self._mute:
            return
        payload: bytes | None = voice if tick is None else tick.payload
        payload_type, timestamp, marker = choice.codec.payload, self._timestamp, self._first
        if tick is not None and tick.event_payload is not None:
            if tick.starts:
                self._event_timestamp = self._timestamp
            elif tick.creeps:
                # By the key's own clock: this one may leap when the machine slept.
                self._event_timestamp += self._frame_ticks
            payload_type = tick.event_payload
            timestamp, marker = self._event_timestamp, tick.marker
        elif payload is not None:
            payload = self._coding.encode(payload)
        if payload is not None:
            packet = Packet(payload_type, self._sequence, timestamp, self._source, payload, marker)
            at = datagram.sent(self._media, pack(packet), remote)
            self._first = False
            self.recording.count(sent=1)
            if tick is not None and tick.told is not None:
                tick.told(at)
        self._sequence += 1
        self._timestamp += self._frame_ticks


def _cut(samples: bytes) -> Iterator[bytes]:
    for start in range(0, len(samples), _FRAME_BYTES):
        yield samples[start : start + _FRAME_BYTES]


def _looped(samples: bytes) -> Iterator[bytes]:
    """Frames without end, without a break where the voice starts again."""
    samples *= -(-_FRAME_BYTES // len(samples))
    position = 0
    while True:
        frame = samples[position : position + _FRAME_BYTES]
        yield frame + samples[: _FRAME_BYTES - len(frame)]
        position = (position + _FRAME_BYTES) % len(samples)
