"""The composition root: configuration to adapters to runtime; start order, and its reverse to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import selectors
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portier import selftest
from portier.adapters.audio.bridge import MasterPort
from portier.adapters.audio.card import AlsaCard
from portier.adapters.audio.line import MediaLine
from portier.adapters.control.server import ControlServer
from portier.adapters.gpio.buttons import ButtonPin, Buttons
from portier.adapters.gpio.factory import make_factory
from portier.adapters.gpio.lamps import LampBank
from portier.adapters.gpio.strikes import StrikePin, Strikes
from portier.adapters.sip.settings import SipSettings
from portier.config import load
from portier.config.model import AudioConfig, Config, LampsConfig
from portier.core.effects import Sign
from portier.core.events import StopRequested
from portier.ports import Card
from portier.runtime import Ports, Runtime

_log = logging.getLogger(__name__)
_SWITCH_INTERVAL_S = 0.0005
"""How long another Python thread may keep the media thread waiting."""
_SOUND_STOP_S = 0.5
_SIP_STOP_S = 2.2
_LAST_RESORT_S = 2.9
_FAULT_EXIT_CODE = 70


@dataclass(frozen=True, slots=True)
class Parts:
    """What a bench puts in place of hardware; None means what the configuration names."""

    pin_factory: Any = None
    card: Card | None = None


class Station:
    """The whole station on the running asyncio loop."""

    def __init__(
        self,
        config: Config,
        parts: Parts,
        on_fault: Callable[[Exception], None],
        control_path: Path | None = None,
    ) -> None:
        """Without a `control_path` there is no control socket."""
        self._config = config
        self._parts = parts
        self._on_fault = on_fault
        self._loop = asyncio.get_running_loop()
        self._closers: list[Callable[[], None]] = []
        self.sip_ended = True
        rules = load.rules(config)
        self.runtime = Runtime(rules, self._loop, on_fault)
        self._control = ControlServer(control_path, rules, self.runtime) if control_path else None

    async def start(self) -> None:
        """Pins locked first, then sound, then SIP. Raises PortierError; then `stop` undoes what was begun."""
        from portier.adapters.sip.phone import SipPhone

        config, runtime = self._config, self.runtime
        factory = self._parts.pin_factory or make_factory(config.gpio.factory)
        doors = {name: StrikePin(door.pin, door.max_release_s) for name, door in config.doors.items()}
        strikes = self._opened(Strikes(factory, doors, self._on_fault))
        lamps = self._opened(LampBank(factory, config.lamps.status, _sign_pins(config.lamps), self._loop))
        contacts = {name: ButtonPin(one.pin, one.closed_is == "low") for name, one in config.buttons.items()}
        buttons = self._opened(Buttons(factory, contacts, runtime.post))
        password = load.read_secret(config.sip)
        rate_hz = 8000 if load.narrowband(config) else 16000
        line = MediaLine(self._parts.card or _card(config.audio, rate_hz), None, runtime.post)
        phone = SipPhone(
            _sip_settings(config, password.get_secret_value() if password else None, rate_hz),
            runtime.post,
            self._on_fault,
        )
        runtime.connect(Ports(phone, strikes, lamps, line))
        line.start()
        self._closers.append(lambda: _warn_unless(line.stop(_SOUND_STOP_S), "the media thread"))
        buttons.start()
        if self._control:
            await self._control.start()
        await asyncio.to_thread(selftest.run)
        self.sip_ended = False
        self._closers.append(lambda: self._stop_phone(phone))
        await asyncio.to_thread(phone.start)
        line.connect(_CallMedia(phone, rate_hz))
        phone.go_online()

    def stop(self) -> None:
        """Lock and hang up first, then take down in the reverse order of the start."""
        if self.runtime.connected:
            self.runtime.take(StopRequested(at_s=self._loop.time()))
        if self._control:
            self._control.close()
        while self._closers:
            self._closers.pop()()
        self.runtime.close()

    def _opened(self, part: Any) -> Any:
        self._closers.append(part.close)
        return part

    def _stop_phone(self, phone: Any) -> None:
        self.sip_ended = phone.stop(_SIP_STOP_S)
        _warn_unless(self.sip_ended, "the SIP thread")


class _CallMedia:
    """The media thread's far end: frames by PJSIP's master port, the clock by the SIP thread."""

    def __init__(self, phone: Any, rate_hz: int) -> None:
        port = MasterPort(phone.library, phone.master_port, rate_hz // 50)
        self.attach = port.attach
        self.exchange = port.exchange
        self.take_clock = phone.take_clock
        self.give_clock = phone.give_clock


async def serve(config: Config, parts: Parts | None = None, control_path: Path | None = None) -> int:
    """Run the station until SIGTERM or SIGINT; the exit code.

    Raises PortierError when it cannot start. A fault of ours, in any thread, ends it with code 70 and every
    relay de-energised.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    faults: list[BaseException] = []

    def on_fault(fault: BaseException) -> None:
        faults.append(fault)
        _log.critical("fault, the station ends: %s: %s", type(fault).__name__, fault)
        loop.call_soon_threadsafe(ended.set)

    def on_thread_fault(arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value:
            on_fault(arguments.exc_value)

    threading.excepthook = on_thread_fault
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    station = Station(config, parts or Parts(), on_fault, control_path)
    try:
        await station.start()
        settle_memory()
        await ended.wait()
    finally:
        last_resort = threading.Timer(_LAST_RESORT_S, os._exit, [_FAULT_EXIT_CODE])
        last_resort.daemon = True
        last_resort.start()
        station.stop()
        last_resort.cancel()
    code = _FAULT_EXIT_CODE if faults else 0
    _log.info("stopped")
    if not station.sip_ended:
        # Leaving Python while PJSIP still lives aborts the process.
        logging.shutdown()
        os._exit(code)
    return code


def settle_memory() -> None:
    """Leave collecting of reference cycles to the SIP thread, and let threads take turns quickly.

    A pj object in a cycle that another thread collects is an abort.
    """
    sys.setswitchinterval(_SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()
    gc.disable()


def exact_loop() -> asyncio.AbstractEventLoop:
    """An event loop with exact timers: select waits microseconds, epoll rounds up to milliseconds."""
    return asyncio.SelectorEventLoop(selectors.SelectSelector())


def _card(audio: AudioConfig, rate_hz: int) -> Card | None:
    match audio.card:
        case "alsa":
            return AlsaCard(audio.capture, audio.playback, rate_hz)
        case "simulated":
            from portier.bench.card import SimulatedCard
            from portier.bench.voice import voice
            from portier.bench.wav import read_wav

            wav = audio.microphone_wav
            return SimulatedCard(rate_hz, read_wav(wav, rate_hz) if wav else voice("door", rate_hz, 8.0))
        case "none":
            return None


def _sign_pins(lamps: LampsConfig) -> dict[Sign, int]:
    pins = {
        Sign.CALLING: lamps.calling,
        Sign.TALKING: lamps.talking,
        Sign.RELEASED: lamps.released,
        Sign.FAILURE: lamps.failure,
    }
    return {sign: pin for sign, pin in pins.items() if pin is not None}


def _sip_settings(config: Config, password: str | None, rate_hz: int) -> SipSettings:
    sip = config.sip
    return SipSettings(
        domain=sip.domain or "",
        registrar=sip.registrar,
        proxy=sip.proxy,
        user=sip.user,
        auth_user=sip.auth_user or sip.user,
        display_name=sip.display_name or "",
        password=password,
        bind_address=sip.bind_address,
        port=sip.port,
        rtp_port=sip.rtp_port,
        expiry_s=sip.expiry_s,
        codecs=sip.codecs,
        rate_hz=rate_hz,
        targets=tuple(button.uri for button in load.rules(config).buttons.values()),
    )


def _warn_unless(ended: bool, what: str) -> None:
    if not ended:
        _log.warning("%s did not end in time", what)
