"""What happens between the whole station and baresip, as a process in a network namespace of its own.

It tells what was seen and judges nothing: one JSON object on stdout, the station's log on stderr, and two
recordings in the folder: `door-heard.wav`, what the station's loudspeaker played, and baresip's own.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.interop.baresip import SIP_PORT, VOICE_S, Baresip, Codec, Phone, phone_setup

from portier import app, logs, process
from portier.bench.card import SimulatedCard
from portier.bench.pins import BenchPins
from portier.bench.voice import voice
from portier.bench.wav import write_wav
from portier.config import load, planned
from portier.core.states import Idle, Ringing, State, Talking

LINE_NUMBER = "3100000000"
PREFIX = "3691"
RELEASE_DIGIT, WRONG_DIGIT = "5", "7"
RELEASE_S = 1.0
RING_TIMEOUT_S = 5.0
STATION_RATE_HZ = 16000
DOOR_HEARD = "door-heard.wav"
PHONE_FOLDER = "baresip"
LIMIT_S = 18
BELL_PIN, STRIKE_PIN, FAILURE_PIN = 5, 22, 13
_STATION_ADDRESS, _PHONE_ADDRESS = "10.78.0.1", "10.78.0.2"
_PHONE_INTERFACE = "phone"
_OTHER_PORT = 5090
_HELD_S = 0.15
_TALK_S = 3.5
_AFTER_DIGIT_S = 0.8
_STEP_S = 5.0
_REST_S = 0.3

_CONFIG = f"""
[sip]
domain = "{_PHONE_ADDRESS}:{SIP_PORT}"
bind_address = "{_STATION_ADDRESS}"

[dialling]
prefix = "{PREFIX}"

[audio]
card = "simulated"

[gpio]
factory = "mock"

[buttons.bell]
pin = {BELL_PIN}
line = "{LINE_NUMBER}"

[doors.front]
pin = {STRIKE_PIN}
release_digit = "{RELEASE_DIGIT}"
release_s = {RELEASE_S}

[lamps]
failure = {FAILURE_PIN}

[call]
ring_timeout_s = {RING_TIMEOUT_S}
"""


@dataclass(slots=True)
class Seen:
    """What was seen, in seconds of one monotonic clock; `states` are the names of the call's states."""

    moments: dict[str, float] = field(default_factory=dict)
    states: list[tuple[float, str]] = field(default_factory=list)
    strike: list[tuple[float, bool]] = field(default_factory=list)
    failure_lamp: list[tuple[float, bool]] = field(default_factory=list)
    wrong_attempts: int = 0
    energised_at_end: bool = True
    faults: list[str] = field(default_factory=list)
    phone_log: str = ""
    station_log: str = ""

    def entered(self, state: str) -> list[float]:
        """When the call came into a state."""
        return [at_s for at_s, name in self.states if name == state]

    def failure_shown(self) -> list[float]:
        """When the lamp that tells of a failed call came on, from the first press on."""
        return [at_s for at_s, level in self.failure_lamp if level and at_s >= self.moments["pressed"]]

    def released(self, since_s: float = 0.0) -> list[float]:
        """When the strike's relay came on."""
        return [at_s for at_s, level in self.strike if level and at_s >= since_s]


class Scene:
    """The station, ready for a press, and a phone beside it."""

    def __init__(self, station: app.Station, pins: BenchPins, phone: Baresip, seen: Seen) -> None:
        self.phone = phone
        self.seen = seen
        self._pins = pins
        self._station = station
        station.runtime.watch(self._watch)

    @property
    def state(self) -> State:
        """The station's state at the moment."""
        return self._station.runtime.state

    @property
    def energised(self) -> bool:
        """Whether the strike's relay is on."""
        return self._pins.energised(STRIKE_PIN)

    async def press(self, moment: str) -> None:
        """Push the bell for a while."""
        self.seen.moments[moment] = self._pins.close_contact(BELL_PIN)
        await asyncio.sleep(_HELD_S)
        self._pins.open_contact(BELL_PIN)

    async def becomes(self, call: type[Idle | Ringing | Talking], limit_s: float = _STEP_S) -> None:
        """Wait for the call's state; AssertionError when it does not come."""
        if not await self.until(lambda: isinstance(self.state.call, call), limit_s):
            raise AssertionError(f"not {call.__name__} within {limit_s} s, but {self.state}")

    async def until(self, condition: Callable[[], bool], limit_s: float) -> bool:
        """Wait for something; whether it came."""
        give_up_s = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > give_up_s:
                return False
            await asyncio.sleep(0.01)
        return True

    async def digit(self, key: str, moment: str) -> None:
        """Let the phone press a key."""
        self.seen.moments[moment] = await asyncio.to_thread(self.phone.send_digit, key)

    async def phone_hangs_up(self) -> None:
        """Let the phone end the call, and wait until the station knows."""
        await asyncio.to_thread(self.phone.hang_up)
        self.seen.moments["hung up"] = time.monotonic()
        await self.becomes(Idle)

    def end(self) -> None:
        """Note where everything stands, before the station is stopped."""
        self.seen.energised_at_end = self.energised
        self.seen.strike = list(self._pins.pin(STRIKE_PIN).history)
        self.seen.failure_lamp = list(self._pins.pin(FAILURE_PIN).history)

    def _watch(self, state: State) -> None:
        name = type(state.call).__name__
        if not self.seen.states or self.seen.states[-1][1] != name:
            self.seen.states.append((time.monotonic(), name))
        if isinstance(state.call, Talking):
            self.seen.wrong_attempts = state.call.wrong


async def visit(scene: Scene) -> None:
    """The phone answers by itself; they talk; a wrong digit, the right one; the phone hangs up."""
    await scene.press("pressed")
    await scene.becomes(Talking)
    await asyncio.sleep(_TALK_S)
    await scene.digit(WRONG_DIGIT, "wrong digit")
    await asyncio.sleep(_AFTER_DIGIT_S)
    await scene.digit(RELEASE_DIGIT, "release digit")
    if await scene.until(lambda: scene.energised, _AFTER_DIGIT_S):
        await scene.until(lambda: not scene.energised, RELEASE_S + 1)
    await scene.phone_hangs_up()


async def not_answered(scene: Scene) -> None:
    """The phone rings until the station gives up; on the next press somebody goes off hook."""
    await scene.press("pressed")
    await scene.becomes(Ringing)
    await scene.becomes(Idle, RING_TIMEOUT_S + 1)
    await asyncio.sleep(_REST_S)
    await scene.press("pressed again")
    await _answered_by_hand(scene)


async def declined(scene: Scene) -> None:
    """Somebody declines while it rings; on the next press somebody goes off hook."""
    await scene.press("pressed")
    await scene.becomes(Ringing)
    await asyncio.to_thread(scene.phone.hang_up)
    await scene.becomes(Idle)
    await asyncio.sleep(_REST_S)
    await scene.press("pressed again")
    await _answered_by_hand(scene)


async def busy(scene: Scene) -> None:
    """The phone calls somebody else, who declines later; it answers the next press by itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((_STATION_ADDRESS, _OTHER_PORT))
        other.settimeout(_STEP_S)
        await asyncio.to_thread(scene.phone.dial, f"sip:other@{_STATION_ADDRESS}:{_OTHER_PORT}")
        await scene.press("pressed")
        await scene.until(lambda: scene.state.call_failed, _STEP_S)
        await asyncio.to_thread(_decline, other)
        await asyncio.sleep(_REST_S)
    await scene.press("pressed again")
    await scene.becomes(Talking)
    await scene.phone_hangs_up()


def _decline(callee: socket.socket) -> None:
    """Answer the INVITE that came to a socket with 603."""
    invite, caller = callee.recvfrom(65535)
    kept = ("Via:", "From:", "To:", "Call-ID:", "CSeq:")
    headers = [line for line in invite.decode().split("\r\n") if line.startswith(kept)]
    headers = [f"{line};tag=other" if line.startswith("To:") else line for line in headers]
    callee.sendto(
        "\r\n".join(["SIP/2.0 603 Decline", *headers, "Content-Length: 0", "", ""]).encode(), caller
    )


async def _answered_by_hand(scene: Scene) -> None:
    await scene.becomes(Ringing)
    await asyncio.to_thread(scene.phone.answer)
    await scene.becomes(Talking)
    await scene.phone_hangs_up()


STORIES: dict[str, tuple[Callable[[Scene], Awaitable[None]], bool]] = {
    "visit": (visit, True),
    "not answered": (not_answered, False),
    "declined": (declined, False),
    "busy": (busy, True),
}
"""What happens, and whether the phone answers by itself."""


async def play(story: str, codec: Codec, folder: Path) -> Seen:
    """Put up station and phone, let the story happen, take both down."""
    happen, answers = STORIES[story]
    seen = Seen()
    pins = BenchPins()
    card = SimulatedCard(STATION_RATE_HZ, voice("door", STATION_RATE_HZ, VOICE_S))
    phone = Phone(f"{PREFIX}{LINE_NUMBER}", _PHONE_ADDRESS, _PHONE_INTERFACE, codec, answers)

    def on_fault(fault: Exception) -> None:
        seen.faults.append(f"{type(fault).__name__}: {fault}")

    station = app.Station(planned.plan(load.from_text(_CONFIG)), app.Parts(pins.factory, card), on_fault)
    baresip = Baresip(phone_setup(phone, folder / PHONE_FOLDER), folder / PHONE_FOLDER, LIMIT_S)
    try:
        with closing(baresip):
            await station.start()
            process.settle_memory()
            scene = Scene(station, pins, baresip, seen)
            await scene.becomes(Idle)
            await happen(scene)
            await asyncio.sleep(_REST_S)
            scene.end()
    finally:
        station.stop()
        seen.phone_log = baresip.log
        write_wav(folder / DOOR_HEARD, card.heard, STATION_RATE_HZ)
    return seen


def lay_network() -> None:
    """Make the namespace's two addresses; loopback is not enough for baresip."""
    for command in (
        "link set lo up",
        f"link add station type veth peer name {_PHONE_INTERFACE}",
        f"address add {_STATION_ADDRESS}/24 dev station",
        f"address add {_PHONE_ADDRESS}/24 dev {_PHONE_INTERFACE}",
        "link set station up",
        f"link set {_PHONE_INTERFACE} up",
    ):
        subprocess.run(["ip", *command.split()], check=True, timeout=LIMIT_S)


def main(story: str, codec: Codec, folder: Path) -> None:
    """Play a story within the limit: beyond it the alarm ends this process, and baresip quits by itself."""
    signal.alarm(LIMIT_S)
    logs.set_up()
    lay_network()
    with asyncio.Runner(loop_factory=process.exact_loop) as runner:
        seen = runner.run(play(story, codec, folder))
    json.dump(asdict(seen), sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], "G722" if sys.argv[2] == "G722" else "PCMA", Path(sys.argv[3]))
