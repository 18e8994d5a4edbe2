"""The whole station on mocked pins and a simulated card, beside a line in the same process."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from portier import app, process
from portier.bench.card import SimulatedCard
from portier.bench.line.agent import Agent
from portier.bench.line.behaviour import Behaviour
from portier.bench.pins import BenchPins
from portier.bench.voice import voice
from portier.config import load, planned
from portier.core.effects import Sign
from portier.core.events import HangUpRequested
from portier.core.states import Calling, Idle, Ringing, State, Talking
from portier.core.station import signs
from portier.hosts import family_of, written
from portier.ports import Directory

BELL_PIN, SIDE_PIN, STRIKE_PIN = 5, 6, 22
PASSWORD = "correct horse"
LOOPBACK = "127.0.0.1"
RTP_PORT = 15000
FAILURE_SHOWN_S = 1.0
"""Shorter than a visitor's: most tests wait for its end."""
_START_S = 15.0
_SIP_GONE_S = 5.0
_END_LIMIT_S = 35.0


def free_port(host: str = LOOPBACK) -> int:
    """A UDP port on loopback that nobody has at the moment."""
    with socket.socket(family_of(host), socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def config_text(
    line_port: int, sip_port: int, password_file: Path, host: str = LOOPBACK, **changes: str
) -> str:
    """A configuration as TOML; `changes` are lines added to the section of that name."""
    sections = {
        "sip": f"""
domain = "{written(host, line_port)}"
registrar = "{written(host, line_port)}"
user = "0033912345678"
password_file = "{password_file}"
bind_address = "{host}"
port = {sip_port}
rtp_port = {RTP_PORT}
""",
        "dialling": 'prefix = "3691"',
        "audio": 'card = "simulated"',
        "gpio": 'factory = "mock"',
        "buttons.bell": f'pin = {BELL_PIN}\nline = "3100000000"',
        "buttons.side": f'pin = {SIDE_PIN}\nline = "3100000001"',
        "doors.front": f'pin = {STRIKE_PIN}\nrelease_digit = "5"\nrelease_s = 0.5',
        "call": "",
        "directory": 'file = "directory.db"',
    }
    for name, more in changes.items():
        dotted = name.replace("_", ".")
        section = dotted if dotted in sections or name.startswith("accounts_") else name
        sections[section] = more if more.startswith("!") else f"{sections.get(section, '')}\n{more}"
    return "\n".join(f"[{name}]\n{body.removeprefix('!')}" for name, body in sections.items())


class LiveStation:
    """A station in a thread of its own, with its line. Use as a context manager."""

    def __init__(
        self,
        folder: Path,
        behaviour: Behaviour | None = None,
        *,
        proxied: Callable[[int], str] | None = None,
        direct: bool = False,
        control_path: Path | None = None,
        rtp_port: int = RTP_PORT,
        host: str = LOOPBACK,
        directory: Directory | None = None,
        flats: dict[str, str] | None = None,
        **changes: str,
    ) -> None:
        """`proxied` writes the whole sip section from the line's port; `direct` is without a registrar.

        `flats` are the lists of flats, as a directory has them.
        """
        password = folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o600)
        self._behaviour = behaviour or Behaviour()
        self._control_path = control_path
        self._directory = directory
        self._flats = flats or {}
        self.line = Agent(host, behaviour=behaviour, voice=voice("phone", 8000, 4.0))
        self.sip_port = free_port(host)
        if proxied:
            changes["sip"] = f"{proxied(self.line.port)}port = {self.sip_port}\nrtp_port = {RTP_PORT}"
        if direct:
            changes["sip"] = (
                f'!domain = "{written(host, self.line.port)}"\nbind_address = "{host}"\n'
                f"port = {self.sip_port}\nrtp_port = {RTP_PORT}"
            )
        text = config_text(self.line.port, self.sip_port, password, host, **changes)
        text = text.replace(f"rtp_port = {RTP_PORT}", f"rtp_port = {rtp_port}")
        self.config = load.from_text(text, "test", folder)
        self.rate_hz = 8000 if load.narrowband(self.config) else 16000
        self.card = SimulatedCard(self.rate_hz, voice("door", self.rate_hz, 4.0))
        self.pins = BenchPins()
        self.faults: list[BaseException] = []
        self.station: app.Station | None = None
        self._states: list[State] = []
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._end: Callable[[], None] = lambda: None
        self._pressed_s = 0.0
        self._thread = threading.Thread(target=self._run, name="station-loop")

    def __enter__(self) -> Self:
        self.line.start()
        self._thread.start()
        if not self._started.wait(_START_S):
            raise TimeoutError("the station did not start")
        if self._error:
            self.line.stop()
            raise self._error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        self.line.stop()

    def end(self) -> None:
        """Stop the station; the line stays."""
        self._end()
        self._thread.join(_END_LIMIT_S)

    @property
    def state(self) -> State:
        """The state at the moment."""
        assert self.station
        return self.station.runtime.state

    @property
    def shown(self) -> set[Sign]:
        """What the visitor sees at the moment."""
        return set(signs(self.state))

    def press(self, pin: int = BELL_PIN, held_s: float = 0.1) -> float:
        """Push a button for a while; the moment of the edge."""
        at_s = self._pressed_s = self.pins.close_contact(pin)
        time.sleep(held_s)
        self.pins.open_contact(pin)
        # A contact that closes again at once has bounced.
        time.sleep(0.05)
        return at_s

    def until(self, condition: Callable[[], bool], what: str, limit_s: float = 5.0) -> None:
        """Wait for something; AssertionError with the state when it does not come."""
        until_s = time.monotonic() + limit_s
        while not condition():
            if time.monotonic() > until_s:
                raise AssertionError(f"not within {limit_s} s: {what}; {self.state}")
            time.sleep(0.01)

    def talk(self) -> float:
        """Press and wait for the answer; the moment of the press."""
        at_s = self.press()
        self.until(lambda: isinstance(self.state.call, Talking), "talking", 10.0)
        return at_s

    def idle(self) -> None:
        """Wait until no call is left."""
        self.until(lambda: isinstance(self.state.call, Idle), "idle")

    def end_call(self) -> None:
        """End the station's call from inside, whatever call the line had last."""
        call = self.state.call
        if self.station and isinstance(call, Calling | Ringing | Talking):
            self.station.runtime.post(HangUpRequested(at_s=time.monotonic()))
        self.idle()

    def settled(self) -> None:
        """Bring line and station back to rest between tests."""
        self.line.behaviour = self._behaviour
        self.end_call()
        self.until(lambda: not self.state.call_failed, "the failure was shown long enough", 8.0)
        self.until(lambda: not self.energised(), "locked")

    def energised(self) -> bool:
        """Whether the strike's relay is on."""
        return self.pins.energised(STRIKE_PIN)

    def until_released(self, since_s: float | None = None, limit_s: float = 5.0) -> None:
        """Wait for a release since a moment, or since the last press; one that is over already counts."""
        from_s = self._pressed_s if since_s is None else since_s
        self.until(lambda: self.releases(from_s) > 0, "released", limit_s)

    def until_locked_again(self) -> None:
        """Wait for a release since the last press, and its end."""
        self.until_released()
        self.until(lambda: not self.energised(), "locked again")

    def releases(self, since_s: float) -> int:
        """How often the relay came on since a moment."""
        return len(self.pins.pin(STRIKE_PIN).times(level=True, since_s=since_s))

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=process.exact_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def end() -> None:
            loop.call_soon_threadsafe(ended.set)

        self._end = end
        parts = app.Parts(self.pins.factory, self.card, self._directory)
        plan = planned.plan(self.config)
        rules = replace(plan.rules, failure_shown_s=FAILURE_SHOWN_S, flats=self._flats)
        plan = replace(plan, rules=rules)
        self.station = app.Station(plan, parts, self.faults.append, self._control_path)
        try:
            await self.station.start()
            self._started.set()
            await ended.wait()
        except BaseException as error:  # noqa: BLE001 -- raised again where the test waits
            self._error = error
        finally:
            self._end = lambda: None
            self.station.stop()
            # On a busy machine that may take longer than a station waits, and a process has one PJSIP.
            for thread in threading.enumerate():
                if thread.name == "sip":
                    thread.join(_SIP_GONE_S)
            self._started.set()
