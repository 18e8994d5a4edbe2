"""The composition root: plan to adapters to runtime; start order, and its reverse to stop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portier import selftest
from portier.adapters.audio.bridge import MasterPort
from portier.adapters.audio.card import AlsaCard
from portier.adapters.audio.ears import Ears
from portier.adapters.audio.line import MediaLine
from portier.adapters.audio.mixer_keeper import MixerKeeper
from portier.adapters.audio.processing.comfort import ComfortNoise
from portier.adapters.audio.processing.loop import HearingLoop
from portier.adapters.audio.processing.making import make_chain, needed
from portier.adapters.control.key_tests import KeyTests
from portier.adapters.control.server import ControlServer
from portier.adapters.gpio import note
from portier.adapters.gpio.buttons import Buttons
from portier.adapters.gpio.factory import make_factory
from portier.adapters.gpio.inputs import Inputs
from portier.adapters.gpio.keypads import Keypads
from portier.adapters.gpio.lamps import LampBank
from portier.adapters.gpio.strikes import Strikes
from portier.adapters.gpio.switched import SwitchedOutput
from portier.adapters.journal import Keeper
from portier.adapters.journal.writer import Health
from portier.core.events import StopRequested
from portier.errors import AudioError
from portier.keys_heard import KeyNews, KeyRemark
from portier.plan import Plan, SoundPlan
from portier.ports import Card, Directory, Memory, Processing
from portier.record.recorder import Recorder
from portier.residents import Residents
from portier.runtime import Ports, Runtime
from portier.watchdog import Beat

_log = logging.getLogger(__name__)
_SOUND_STOP_S = 0.5
_SIP_STOP_S = 2.2
_BEAT_S = 1.0
_TEST, _CALL = "a test of keys", "a call"
"""Who wants keys in the sound to be heard."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a bench puts in place of hardware; None means what the plan names.

    `prove` waits for the proof that this build of PJSIP is fit. `remembered` are the facts that `memory` has
    kept over the restart. `tap` puts something of its own around what works on the sound.
    """

    pin_factory: Any = None
    card: Card | None = None
    directory: Directory | None = None
    prove: Callable[[], None] = selftest.run
    memory: Memory | None = None
    remembered: Mapping[str, str] = field(default_factory=dict)
    tap: Callable[[Processing], Processing] | None = None


class Station:
    """The whole station on the running asyncio loop."""

    def __init__(
        self,
        plan: Plan,
        parts: Parts,
        on_fault: Callable[[Exception], None],
        control_path: Path | None = None,
        state_folder: Path | None = None,
    ) -> None:
        """Without a `control_path` there is no control socket, without a `state_folder` no audit log."""
        self._plan = plan
        self._parts = parts
        self._on_fault = on_fault
        self._loop = asyncio.get_running_loop()
        self._closers: list[Callable[[], None]] = []
        self._beats: dict[str, Beat] = {}
        self._loop_beat_s = time.monotonic()
        self._next_beat: asyncio.TimerHandle | None = None
        self._strikes: Strikes | None = None
        self.sip_ended = True
        self._sound_ended = False
        rules = plan.rules
        audit = plan.audit
        self._keeper = (
            Keeper(state_folder, audit.keep_days, audit.keep_rows, _clock_right) if state_folder else None
        )
        remembered = self._keeper.load() if self._keeper else parts.remembered
        self.runtime = Runtime(rules, self._loop, on_fault, remembered)
        self.recorder = Recorder(
            rules.buttons, self._loop.time, self._loop.call_later, prefix_uri=plan.prefix_uri
        )
        self.runtime.observe(self.recorder)
        self._key_tests = KeyTests(rules, plan.any_line, self.runtime, self._listen)
        self._ears: Ears | None = None
        self._processing: Processing | None = None
        self._mixer: MixerKeeper | None = None
        self._residents = Residents(plan, plan.directory, self.runtime) if plan.directory else None
        self._control = (
            ControlServer(
                control_path,
                rules,
                self.runtime,
                self.recorder,
                self._key_tests,
                self._audit_health,
                self._residents.read_again if self._residents else None,
                lambda: self._residents.directory.trouble if self._residents else None,
                self._echo_words,
                lambda: self._mixer.troubles if self._mixer else (),
                self._keeper.write if self._keeper else None,
            )
            if control_path
            else None
        )

    async def start(self) -> None:
        """Pins locked first, then sound, then SIP. Raises PortierError; then `stop` undoes what was begun."""
        from portier.adapters.sip.phone import SipPhone

        plan, runtime, residents = self._plan, self.runtime, self._residents
        # Beside the pins: thousands of residents take a moment to read.
        reading = asyncio.create_task(self._opened(residents).start()) if residents else None
        gpio, rate_hz, frame_ms = plan.gpio, plan.sip.rate_hz, plan.sip.frame_ms
        if self._parts.pin_factory is None:
            strike_pins = {name: one.pin for name, one in gpio.strikes.items()}
            note.write(gpio.factory, gpio.mock_file, strike_pins, gpio.gong, gpio.light)
        factory = self._parts.pin_factory or make_factory(gpio.factory, gpio.mock_file)
        strikes = self._strikes = self._opened(Strikes(factory, gpio.strikes, self._on_fault, runtime.post))
        lamps = self._opened(LampBank(factory, gpio.status_lamp, gpio.lamps, self._loop, runtime.post))
        gong = self._switched(factory, gpio.gong, "gong")
        light = self._switched(factory, gpio.light, "light")
        self._mixer = make_mixer(plan.sound)
        card = self._parts.card or make_card(plan.sound, rate_hz, self._mixer, frame_ms)
        comfort = ComfortNoise(rate_hz, frame_ms) if plan.rules.speech else None
        loop_db = None if self._parts.card else plan.sound.loop_gain_db
        line = MediaLine(
            card,
            None,
            runtime.post,
            runtime.post,
            words=plan.sound.words,
            frame_ms=frame_ms,
            comfort=comfort,
            loop=None if loop_db is None else HearingLoop(rate_hz, loop_db),
            telephony=plan.sound.telephony,
        )
        sip = await reading if reading else plan.sip
        phone = SipPhone(
            sip, runtime.post, self._on_fault, runtime.post, self._show_key, self._listen_in_call
        )
        keeper = self._keeper
        if keeper:
            keeper.start()
        memory, directory = keeper or self._parts.memory, self._parts.directory
        if residents:
            residents.connect(phone, keeper)
            directory = directory or residents.directory
        runtime.connect(Ports(phone, strikes, lamps, line, gong, keeper, memory, directory, light=light))
        if plan.rules.profiles or plan.rules.takes_codes or plan.rules.sound_test:
            from portier.adapters.wall_clock import WallClock

            self._opened(WallClock(plan.timezone, self._loop, runtime.take)).start()
        # After the phone, which listens at its ports for a moment: between a claim and its start no edge is
        # seen. Before the tones are computed, which takes time: nobody who presses meanwhile is forgotten.
        self._opened(Buttons(factory, gpio.buttons, runtime.post)).start()
        self._opened(Inputs(factory, gpio.inputs, runtime.post)).start()
        self._opened(Keypads(factory, gpio.keypads, runtime.post)).start()
        line.start()
        self._closers.append(lambda: self._stop_sound(line))
        if self._control:
            await self._control.start()
        # Beside the self-test, which is waited for: it loads much, and the first frame would take too long.
        preparing = asyncio.create_task(asyncio.to_thread(self._prepare_sound, line))
        await asyncio.to_thread(self._parts.prove)
        self.sip_ended = False
        # Before PJSIP goes, the media thread must: it exchanges frames with PJSIP's port.
        self._closers.insert(-1, lambda: self._stop_phone(phone))
        await asyncio.to_thread(phone.start)
        line.connect(_CallMedia(phone, rate_hz * frame_ms // 1000))
        self._ears = Ears(line, rate_hz, phone.tone_key, frame_ms)
        if plan.sip.listens_for_tones:
            await asyncio.to_thread(self._load_ears)
        phone.go_online()
        self._beat()
        await preparing
        self._beats = {
            "the loop": lambda: self._loop_beat_s,
            "the SIP thread": lambda: phone.beat_s,
            "the media thread": lambda: line.stats.beat_s if line.stats.busy else None,
        }

    @property
    def beats(self) -> Mapping[str, Beat]:
        """What must show life once the station has started."""
        return self._beats

    def abandon(self) -> None:
        """De-energise every relay and take the control socket away: the process is about to be left."""
        self.lock_now()
        if self._control:
            self._control.close()

    def lock_now(self) -> None:
        """De-energise every relay, from any thread, whatever the loop is doing."""
        if self._strikes:
            self._strikes.lock_all()

    def stop(self) -> None:
        """Lock and hang up first, then take down in the reverse order of the start."""
        if self.runtime.connected:
            self.runtime.take(StopRequested(at_s=self._loop.time()))
        self.lock_now()
        if self._keeper:
            # The disk may take its time while SIP takes its own.
            self._keeper.hurry()
        if self._next_beat:
            self._next_beat.cancel()
        if self._control:
            self._closers.append(self._control.close)
        self._closers.insert(0, self.recorder.flush)
        while self._closers:
            try:
                self._closers.pop()()
            except Exception:  # noqa: BLE001 -- whatever it is, the others must be stopped, strikes last
                _log.exception("fault while stopping; the rest is stopped all the same")
        self.runtime.close()
        if self._keeper:
            self._keeper.close()

    def _audit_health(self) -> Health | None:
        return self._keeper.health if self._keeper else None

    def _echo_words(self) -> str | None:
        return self._processing.words if self._processing else None

    def _prepare_sound(self, line: MediaLine) -> None:
        plan = self._plan
        if plan.sound.card == "none" or not needed(plan.sound.processing):
            return
        chain = make_chain(plan.sound.processing, plan.sip.rate_hz, plan.sip.frame_ms)
        self._processing = self._parts.tap(chain) if self._parts.tap else chain
        line.process(self._processing)

    def _beat(self) -> None:
        self._loop_beat_s = time.monotonic()
        self._next_beat = self._loop.call_later(_BEAT_S, self._beat)

    def _listen(self, wanted: bool) -> None:
        """For a test of keys: in the sound, too, whatever the configuration says."""
        if self._ears is None:
            return
        if wanted:
            self._loop.run_in_executor(None, self._open_ears_for_test)
        else:
            self._ears.close(_TEST)

    def _open_ears_for_test(self) -> None:
        try:
            if self._ears:
                self._ears.open(_TEST)
                if not self._key_tests.wants:
                    # The test was over before numpy was loaded.
                    self._ears.close(_TEST)
        except AudioError as error:
            _log.warning("%s", error)

    def _load_ears(self) -> None:
        try:
            if self._ears:
                self._ears.load()
        except AudioError as error:
            _log.warning("%s", error)

    def _listen_in_call(self, wanted: bool) -> None:
        """On the SIP thread, which loads nothing: in a call's sound may be keys that count, or no more."""
        if self._ears and wanted and self._ears.ready:
            self._ears.open(_CALL)
        elif self._ears and not wanted:
            self._ears.close(_CALL)

    def _show_key(self, news: KeyNews | KeyRemark) -> None:
        """From any thread."""
        if not self._key_tests.wants:
            return
        try:
            self._loop.call_soon_threadsafe(self._key_tests.hear, news)
        except RuntimeError:
            pass  # after the loop's end

    def _opened(self, part: Any) -> Any:
        self._closers.append(part.close)
        return part

    def _switched(self, factory: Any, pin: int | None, name: str) -> SwitchedOutput | None:
        if pin is None:
            return None
        output = SwitchedOutput(factory, pin, name, self.runtime.post)
        self._closers.append(output.close)
        return output

    def _stop_sound(self, line: MediaLine) -> None:
        self._sound_ended = line.stop(_SOUND_STOP_S)
        if not self._sound_ended:
            _log.warning("the media thread did not end in time")

    def _stop_phone(self, phone: Any) -> None:
        # A media thread that is late may be in PJSIP's port: a port that goes takes the process with it.
        self.sip_ended = phone.stop(_SIP_STOP_S, destroy=self._sound_ended)


class _CallMedia:
    """The media thread's far end: frames by PJSIP's master port, the clock by the SIP thread."""

    def __init__(self, phone: Any, frame_samples: int) -> None:
        port = MasterPort(phone.library, phone.master_port, frame_samples)
        self.attach = port.attach
        self.exchange = port.exchange
        self.take_clock = phone.take_clock
        self.give_clock = phone.give_clock


def _clock_right(now_s: float, was_right: bool) -> bool:
    """In the writer's thread: nothing else of a station without time profiles needs this module."""
    from portier.adapters.wall_clock import known_right

    return known_right(now_s, was_right)


def make_mixer(audio: SoundPlan, *, waits: bool = False) -> MixerKeeper | None:
    """Who keeps the card's mixer; None where nothing of it is to be set. A command `waits` for it."""
    if audio.card != "alsa" or not audio.mixer:
        return None
    from portier.adapters.audio.mixer_child import MixerChild

    return MixerKeeper(MixerChild(audio.capture, audio.playback, audio.mixer), waits=waits)


def make_card(
    audio: SoundPlan, rate_hz: int, mixer: MixerKeeper | None = None, frame_ms: int = 20
) -> Card | None:
    """The sound card that a plan names; None for a station without sound. A simulated one has 20 ms."""
    match audio.card:
        case "alsa":
            channels = 1 if audio.loop_gain_db is None else 2
            return AlsaCard(audio.capture, audio.playback, rate_hz, mixer, frame_ms, channels)
        case "simulated":
            from portier.bench.card import SimulatedCard
            from portier.bench.voice import voice
            from portier.bench.wav import read_wav

            wav = audio.microphone_wav
            return SimulatedCard(rate_hz, read_wav(wav, rate_hz) if wav else voice("door", rate_hz, 8.0))
        case "none":
            return None
