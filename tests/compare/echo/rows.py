"""What becomes of echo and of the visitor, as rows of the comparison. No rival has AEC3 to set beside it."""

from __future__ import annotations

from collections import deque

import numpy as np
from tests.compare.figures import Row
from tests.compare.place import Place

from portier.adapters.audio.processing.aec3 import Aec3
from portier.sound_settings import EchoChoice, SoundProcessing

from .cost import chain
from .rooms import ROOMS, Scene
from .trial import Cancel, Visit, visit

_DELAYS_MS = (20.0, 80.0, 150.0)
_ECHO_LOUDER_DB = (0.0, 6.0)
_DISTORTION, _NOISE_DBFS = 0.2, -75.0
_LATE_S = 0.3
_METHOD = (
    "espeak-ng in three voices on each side, an image-source room, a loudspeaker that distorts, noise of -75 "
    "dBFS; the echo alone for 6 s, both for 6 s, the visitor alone for 6 s"
)


def echo_rows(place: Place) -> list[Row]:
    """Every room with its delay and level, then 8 kHz and half-duplex."""
    rows: list[Row] = []
    for room, delay_ms in zip(ROOMS, _DELAYS_MS, strict=True):
        for echo_db in _ECHO_LOUDER_DB:
            place.say(f"echo: {room.name}, {delay_ms:.0f} ms, {echo_db:+.0f} dB")
            scene = Scene(room, delay_ms, echo_db, _DISTORTION, _NOISE_DBFS)
            rows += _rows(f"{room.name}, {delay_ms:.0f} ms, {echo_db:+.0f} dB", visit(scene, 16000))
    place.say("echo: at 8 kHz, half-duplex")
    narrow = visit(Scene(ROOMS[0], _DELAYS_MS[1], 0.0, _DISTORTION, _NOISE_DBFS), 8000)
    heard = narrow.heard_by_far_end(_chain("aec3", 8000))
    rows.append(_left("porch, 80 ms, +0 dB, at 8 kHz", narrow, heard))
    rows.append(_lost("porch, 80 ms, +0 dB, at 8 kHz", narrow, heard))
    wide = visit(Scene(ROOMS[1], _DELAYS_MS[1], 6.0, _DISTORTION, _NOISE_DBFS), 16000)
    rows.append(_inform("half-duplex: echo left", wide, wide.heard_by_far_end(_chain("half-duplex", 16000))))
    return rows


def _rows(where: str, one: Visit) -> list[Row]:
    ours = one.heard_by_far_end(_chain("aec3", one.rate_hz))
    raw = one.heard_by_far_end(lambda captured, _: captured)
    alone = one.heard_by_far_end(_aec3_alone(one.rate_hz))
    late = one.heard_by_far_end(_delayed(_chain("aec3", one.rate_hz), one.rate_hz))
    return [
        _left(where, one, ours),
        _inform(f"{where}: unprocessed", one, raw),
        _inform(f"{where}: reference 300 ms late", one, late),
        _lost(where, one, ours),
        Row(f"{where}: lost by AEC3 alone", "dB", one.lost_in_double_talk_db(alone)),
        Row(f"{where}: lost without echo", "dB", one.lost_alone_db(ours)),
        Row(
            f"{where}: PESQ in double talk",
            "",
            one.score_in_double_talk(ours),
            measures=f"unprocessed {one.score_in_double_talk(raw):.2f}, AEC3 alone "
            f"{one.score_in_double_talk(alone):.2f}; P.862.2, beside the visitor at the microphone",
        ),
    ]


def _left(where: str, one: Visit, heard: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Row:
    measures = f"RMS from 2 s on beside the echo at the microphone (the negative of ERLE); {_METHOD}"
    return Row(f"{where}: echo left", "dB", one.echo_left_db(heard), None, -40.0, measures)


def _lost(where: str, one: Visit, heard: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Row:
    measures = "what goes along with the visitor's speech at each frequency, while both speak"
    return Row(f"{where}: lost in double talk", "dB", one.lost_in_double_talk_db(heard), None, 3.0, measures)


def _inform(what: str, one: Visit, heard: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Row:
    return Row(what, "dB", one.echo_left_db(heard))


def _chain(echo: EchoChoice, rate_hz: int) -> Cancel:
    return chain(SoundProcessing(echo, high_pass=True, speaker_limit_dbfs=-1.0), rate_hz)


def _aec3_alone(rate_hz: int) -> Cancel:
    canceller = Aec3(rate_hz, linear=False)
    return canceller.cancelled


def _delayed(cancel: Cancel, rate_hz: int) -> Cancel:
    frames = round(_LATE_S * 50)
    waiting: deque[bytes] = deque([bytes(2 * (rate_hz // 50))] * frames)

    def late(captured: bytes, played: bytes) -> bytes:
        waiting.append(played)
        return cancel(captured, waiting.popleft())

    return late
