"""What each part of the sound's processing takes of a frame of 20 ms: CPU time of one thread."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

from tests.compare.figures import Row, quantile
from tests.compare.place import Place

from portier.adapters.audio.processing.aec3 import Aec3
from portier.adapters.audio.processing.cleaner import FAST, Cleaner
from portier.adapters.audio.processing.levels import Limiter
from portier.adapters.audio.processing.linear import LinearCanceller
from portier.adapters.audio.processing.making import make_chain
from portier.adapters.audio.processing.voice_switch import VoiceSwitch
from portier.sound_settings import SoundProcessing, VoiceSwitchSettings

from .rooms import ROOMS, Scene
from .trial import Cancel, Visit, visit

TARGET_P99_MS = 0.5
EVERYTHING = SoundProcessing(
    "aec3",
    noise_suppression_db=12,
    gain_control_most_db=12,
    high_pass=True,
    microphone_gain_db=3,
    speaker_gain_db=3,
    speaker_limit_dbfs=-6,
)
_SCENE = Scene(ROOMS[1], 80.0, 6.0, 0.2, -75.0)
_RATE_HZ = 16000


def cost_rows(place: Place) -> list[Row]:
    """Median and 99th of each part, on the three parts of a visit: far end, both, visitor."""
    place.say("a frame: what each part of the processing takes")
    one = visit(_SCENE, _RATE_HZ)
    return [row for name, cancel in parts(_RATE_HZ).items() for row in _rows(name, timed(one, cancel))]


def parts(rate_hz: int) -> dict[str, Cancel]:
    """Each part by its name; they take a captured frame and the one played last."""
    linear = LinearCanceller(rate_hz, rate_hz // 50)
    limiter = Limiter(rate_hz, 3.0, -6.0, FAST)
    default = SoundProcessing("auto", high_pass=True, speaker_limit_dbfs=-1.0)
    return {
        "everything on": chain(EVERYTHING, rate_hz),
        "as by default": chain(default, rate_hz),
        "high-pass": _clean(Cleaner(rate_hz, True, 0, 0)),
        "AEC3 alone": Aec3(rate_hz, linear=False).cancelled,
        "AEC3 and double talk": Aec3(rate_hz).cancelled,
        "the linear filter": lambda captured, played: linear.cancelled(captured, played).tobytes(),
        "noise suppression": _clean(Cleaner(rate_hz, False, 12, 0)),
        "automatic gain": _clean(Cleaner(rate_hz, False, 0, 12)),
        "limiter": lambda _, played: limiter.limited(played),
        "half-duplex": chain(SoundProcessing("half-duplex"), rate_hz),
        "half-duplex's decision": _decides(VoiceSwitch(VoiceSwitchSettings(), 20)),
    }


def chain(wanted: SoundProcessing, rate_hz: int) -> Cancel:
    """The station's own chain: what is played is heard from the next frame on."""
    made = make_chain(wanted, rate_hz)

    def cancel(captured: bytes, played: bytes) -> bytes:
        made.toward_loudspeaker(played)
        return made.toward_far_end(captured)

    return cancel


def timed(one: Visit, cancel: Cancel, clock: Callable[[], int] = time.thread_time_ns) -> list[float]:
    """Milliseconds of each frame of a visit, by a clock of nanoseconds."""
    took_ms: list[float] = []

    def measured(captured: bytes, played: bytes) -> bytes:
        before = clock()
        out = cancel(captured, played)
        took_ms.append((clock() - before) / 1e6)
        return out

    gc.disable()
    try:
        one.heard_by_far_end(measured)
    finally:
        gc.enable()
    return took_ms


def _rows(name: str, took_ms: list[float]) -> list[Row]:
    measures = f"{len(took_ms)} frames of 20 ms at {_RATE_HZ} Hz, CPU time of the thread that computes"
    return [
        Row(f"a frame, {name}, p50", "ms", quantile(took_ms, 0.5), None, TARGET_P99_MS, measures),
        Row(
            f"a frame, {name}, p99",
            "ms",
            quantile(took_ms, 0.99),
            None,
            TARGET_P99_MS,
            measures,
            {"ours": took_ms},
        ),
    ]


def _clean(cleaner: Cleaner) -> Cancel:
    return lambda captured, _: cleaner.cleaned(captured)


def _decides(switch: VoiceSwitch) -> Cancel:
    def cancel(captured: bytes, played: bytes) -> bytes:
        switch.microphone_gains(FAST.loudest(played))
        return captured

    return cancel
