"""Programs that test_virtual_card.py runs in processes of their own: a media line on the virtual card.

`words` says a tone with its words whenever a line comes; `loop` gives every captured frame straight back,
`late` too but for one delay; `echo HOW` speaks to a room, with this against echo, and says how loud it heard
itself and what the call line would tell; `call ADDRESS` makes a call with PJSIP; `answer ADDRESS CODEC
RATE_HZ LIMIT_S` is the far phone, which gives back what it hears. Each prints what it does as lines, and ends
with its standard input.
"""

from __future__ import annotations

import json
import random
import select
import sys
import time
from collections.abc import Callable
from typing import Any

from portier.adapters import pjsip_library
from portier.adapters.audio.bridge import MasterPort
from portier.adapters.audio.card import AlsaCard
from portier.adapters.audio.line import MediaLine
from portier.adapters.audio.processing.making import make_chain
from portier.adapters.sip import media_settings
from portier.announcements.choice import Choice
from portier.announcements.words import Language
from portier.bench.voice import voice
from portier.core.effects import Tone
from portier.core.events import Event
from portier.facts import EchoBy, Fact
from portier.plan import JitterBufferName, MediaSettings
from portier.ports import FarEnd
from portier.sound_settings import EchoChoice, SoundProcessing

RATE_HZ = 16000
FRAME_SAMPLES = 320
LIMIT_S = 150.0
NO_WAITING = 1


def say(*words: object) -> None:
    print(*words, flush=True)


def told_to_end() -> bool:
    return bool(select.select([sys.stdin], [], [], 0)[0])


def run_line(far_end: FarEnd, work: Callable[[], None]) -> None:
    """A line with a call open, until standard input ends; says each event and, at last, the counters."""

    def post(event: Event) -> None:
        say(type(event).__name__, event.at_s)

    sys.setswitchinterval(0.0005)
    line = MediaLine(AlsaCard("jk", "jk", RATE_HZ), far_end, post)
    line.start()
    line.open()
    give_up_s = time.monotonic() + LIMIT_S
    running = False
    cpu_s, wall_s = time.process_time(), time.monotonic()
    while not told_to_end() and time.monotonic() < give_up_s:
        work()
        if not running and line.stats.frames > 0:
            running = True
            say("running")
    used = (time.process_time() - cpu_s) / (time.monotonic() - wall_s)
    start_s = time.monotonic()
    stopped = line.stop(1.0)
    say(
        "stats",
        json.dumps(
            {
                "frames": line.stats.frames,
                "xruns": line.stats.xruns,
                "cpu": round(used, 4),
                "stopped": stopped,
                "stop_s": round(time.monotonic() - start_s, 3),
            }
        ),
    )


class Echo:
    """A far end that gives every frame back."""

    def attach(self) -> None:
        pass

    def take_clock(self) -> None:
        say("took the clock")

    def exchange(self, captured: bytes) -> bytes | None:
        return captured

    def give_clock(self) -> None:
        say("gave the clock")


class Speaker(Echo):
    """A far end that speaks all the time, and notes how loud each half second is, once it has settled."""

    settles_s, listens_s, piece_s = 2.0, 2.5, 0.5

    def __init__(self) -> None:
        self._voice = voice("phone", RATE_HZ, self.settles_s + self.listens_s)
        self._at = 0
        self.pieces: list[float] = []
        self._energy = 0

    def exchange(self, captured: bytes) -> bytes | None:
        if self._at >= self.settles_s * 2 * RATE_HZ:
            self._energy += sum(sample * sample for sample in memoryview(captured).cast("h"))
            if (self._at // (2 * FRAME_SAMPLES) + 1) % round(50 * self.piece_s) == 0:
                self.pieces.append((self._energy / (self.piece_s * RATE_HZ)) ** 0.5)
                self._energy = 0
        frame = self._voice[self._at : self._at + 2 * FRAME_SAMPLES]
        self._at += 2 * FRAME_SAMPLES
        return frame or None

    @property
    def done(self) -> bool:
        """Whether all has been said."""
        return self._at >= len(self._voice)


class LateEcho(Echo):
    """An echo that keeps the card waiting once, two seconds in, until it has run dry and over."""

    def __init__(self) -> None:
        self._frames = 0

    def exchange(self, captured: bytes) -> bytes | None:
        self._frames += 1
        if self._frames == 100:
            time.sleep(0.15)
        return captured


class Bridge(Echo):
    """A far end behind PJSIP's master port, which has no other clock all the time."""

    def __init__(self, port: MasterPort) -> None:
        self._port = port

    def attach(self) -> None:
        self._port.attach()

    def exchange(self, captured: bytes) -> bytes | None:
        return self._port.exchange(captured)


def make_endpoint(
    pj: Any,
    host: str = "127.0.0.1",
    only: str = "G722",
    jitter_buffer: JitterBufferName = "lan",
    rate_hz: int = RATE_HZ,
) -> tuple[Any, Any, str]:
    """PJSIP at an address with one codec alone: endpoint, account, address of its transport."""
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    settings = pj.EpConfig()
    settings.uaConfig.threadCnt = 0
    settings.uaConfig.mainThreadOnly = False
    settings.logConfig.level = settings.logConfig.consoleLevel = 0
    settings.medConfig.clockRate = settings.medConfig.sndClockRate = rate_hz
    settings.medConfig.audioFramePtime = 20
    settings.medConfig.noVad = True
    settings.medConfig.ecTailLen = 0
    media_settings.buffer_jitter(settings.medConfig, MediaSettings(jitter_buffer=jitter_buffer))
    # As in the station. With a thread of their own PJSIP's media may be heard while they are attached, and it
    # asserts that it knows where from.
    settings.medConfig.hasIoqueue, settings.medConfig.threadCnt = False, 0
    endpoint.libInit(settings)
    transport = pj.TransportConfig()
    transport.boundAddress = host
    number = endpoint.transportCreate(pj.PJSIP_TRANSPORT_UDP, transport)
    endpoint.libStart()
    for codec in endpoint.codecEnum2():
        endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith(f"{only}/") else 0)
    address = str(endpoint.transportGetInfo(number).localAddress)
    account = pj.Account()
    account.create(account_settings(pj, "test", address, host))
    return endpoint, account, address


def account_settings(pj: Any, user: str, address: str, host: str) -> Any:
    """An account of the transport at `address`, whose sound goes by a port of `host` taken at random."""
    settings = pj.AccountConfig()
    settings.idUri = f"sip:{user}@{address}"
    settings.natConfig.iceEnabled = False
    media = settings.mediaConfig.transportConfig
    media.boundAddress = media.publicAddress = host
    media.port, media.portRange = random.randrange(20000, 50000, 2), 1000
    return settings


def active_audio(pj: Any, call: Any) -> Any:
    """The call's audio medium, None while there is none."""
    facts = call.getInfo()
    for index in range(facts.media.size()):
        if facts.media[index].status == pj.PJSUA_CALL_MEDIA_ACTIVE:
            return call.getAudioMedia(index)
    return None


def make_call(destination: str) -> None:
    """A media line whose far end is a PJSIP call."""
    library = pjsip_library.path()
    import pjsua2 as pj

    endpoint, account, _ = make_endpoint(pj)
    devices = endpoint.audDevManager()
    port = MasterPort(library, int(devices.setNoDev()), FRAME_SAMPLES)

    class Call(pj.Call):  # type: ignore[misc]
        def onCallMediaState(self, _: Any) -> None:  # noqa: N802
            audio = active_audio(pj, self)
            if audio is not None:
                audio.startTransmit(devices.getPlaybackDevMedia())
                devices.getCaptureDevMedia().startTransmit(audio)
                say("media")

    call = Call(account)
    call.makeCall(f"sip:far@{destination}", pj.CallOpParam(True))

    def handle_events() -> None:
        endpoint.libHandleEvents(10)

    run_line(Bridge(port), handle_events)
    call.hangup(pj.CallOpParam())
    end_s = time.monotonic() + 0.3
    while time.monotonic() < end_s:
        endpoint.libHandleEvents(10)
    account.shutdown()
    del call, account
    endpoint.libDestroy(NO_WAITING)


def answer(host: str, codec: str, rate_hz: int, limit_s: float) -> None:
    """A far phone of this sample clock that answers every call and gives back what it hears."""
    import pjsua2 as pj

    endpoint, account, address = make_endpoint(pj, host, codec, rate_hz=rate_hz)
    endpoint.audDevManager().setNullDev()
    calls: list[Any] = []

    class Call(pj.Call):  # type: ignore[misc]
        def onCallMediaState(self, _: Any) -> None:  # noqa: N802
            audio = active_audio(pj, self)
            if audio is not None:
                audio.startTransmit(audio)

    class Phone(pj.Account):  # type: ignore[misc]
        def onIncomingCall(self, incoming: Any) -> None:  # noqa: N802
            call = Call(self, incoming.callId)
            calls.append(call)
            accept = pj.CallOpParam()
            accept.statusCode = 200
            call.answer(accept)

    phone = Phone()
    phone.create(account_settings(pj, "far", address, host), True)
    say("answering", address)
    give_up_s = time.monotonic() + limit_s
    while not told_to_end() and time.monotonic() < give_up_s:
        endpoint.libHandleEvents(10)
    calls.clear()
    phone.shutdown()
    account.shutdown()
    del phone, account
    endpoint.libDestroy(NO_WAITING)


def say_words() -> None:
    """A line with nobody at its far end, which says on every line of input that a door is released."""
    words = Choice(Language.FRENCH).sounds(RATE_HZ)
    line = MediaLine(AlsaCard("jk", "jk", RATE_HZ), Echo(), print, words=words)
    line.start()
    say("ready")
    for _ in sys.stdin:
        line.play(Tone.GRANTED)
    say("stopped", line.stop(1.0))


def hear_echo(how: EchoChoice) -> None:
    """A line whose far end speaks for some seconds; says what it heard of itself."""
    told: list[str] = []

    def tell(fact: Fact) -> None:
        if isinstance(fact, EchoBy):
            told.append(fact.words)

    sys.setswitchinterval(0.0005)
    speaker = Speaker()
    line = MediaLine(AlsaCard("jk", "jk", RATE_HZ), speaker, print, tell)
    line.process(make_chain(SoundProcessing(how), RATE_HZ))
    line.start()
    line.open()
    give_up_s = time.monotonic() + 30
    while not speaker.done and time.monotonic() < give_up_s:
        time.sleep(0.05)
    say("heard", json.dumps({"rms": sorted(speaker.pieces), "told": told, "xruns": line.stats.xruns}))
    say("stopped", line.stop(1.0))


def main() -> None:
    match sys.argv[1:]:
        case ["loop"]:
            run_line(Echo(), lambda: time.sleep(0.05))
        case ["late"]:
            run_line(LateEcho(), lambda: time.sleep(0.05))
        case ["words"]:
            say_words()
        case ["echo", ("aec3" | "half-duplex" | "off") as how]:
            hear_echo(how)
        case ["call", destination]:
            make_call(destination)
        case ["answer", host, codec, rate_hz, limit_s]:
            answer(host, codec, int(rate_hz), float(limit_s))
        case _:
            raise SystemExit(f"unknown: {sys.argv[1:]}")
    say("end")


if __name__ == "__main__":
    main()
