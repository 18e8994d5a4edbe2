"""A card is opened once by ALSA itself before pyalsaaudio opens it.

pyalsaaudio keeps Python's lock while a device opens (snd_pcm_open, snd_pcm_hw_params). A card that takes
seconds for that, as USB ones with a bad cable do, would hold up every thread meanwhile: those that end a
door's release among them. Here nothing but the calling thread waits, and what cannot be opened is not tried
again by who would.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any, Literal

from portier.errors import AudioError

Direction = Literal["capture", "playback"]

_STREAMS: dict[Direction, int] = {"playback": 0, "capture": 1}
_NONBLOCK = 1
_S16_LE = 2
_RW_INTERLEAVED = 3
_LATENCY_US = 80_000


def try_device(direction: Direction, device: str, rate_hz: int, channels: int = 1) -> None:
    """Open a device for S16 with so many channels at this rate and close it again.

    AudioError with ALSA's reason: it cannot be opened, or it is open and does not do that by itself.

    See alsa-lib's pcm.h: snd_pcm_open, snd_pcm_set_params.
    """
    library = _library()
    pcm = ctypes.c_void_p()
    status = library.snd_pcm_open(ctypes.byref(pcm), device.encode(), _STREAMS[direction], _NONBLOCK)
    if status < 0:
        raise AudioError(f'audio: cannot open {direction} "{device}": {_reason(status)}')
    status = library.snd_pcm_set_params(pcm, _S16_LE, _RW_INTERLEAVED, channels, rate_hz, 1, _LATENCY_US)
    library.snd_pcm_close(pcm)
    if status < 0:
        advice = "" if device.startswith("plughw:") else ": use its plughw: name, which converts"
        wide = "1 channel" if channels == 1 else f"{channels} channels"
        raise AudioError(
            f'audio: {direction} "{device}" does not take {rate_hz} Hz, {wide}, S16_LE '
            f"({_reason(status)}){advice}"
        )


def _reason(status: int) -> str:
    return str(_library().snd_strerror(status).decode(errors="replace"))


@cache
def _library() -> Any:
    try:
        library = ctypes.CDLL("libasound.so.2")
    except OSError as error:
        raise AudioError(f"audio: ALSA's library is not here ({error}): apt install libasound2") from error
    pcm = ctypes.c_void_p
    library.snd_pcm_open.argtypes = [ctypes.POINTER(pcm), ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
    library.snd_pcm_set_params.argtypes = [
        pcm,
        *[ctypes.c_int] * 2,
        *[ctypes.c_uint] * 2,
        ctypes.c_int,
        ctypes.c_uint,
    ]
    library.snd_pcm_close.argtypes = [pcm]
    library.snd_strerror.argtypes, library.snd_strerror.restype = [ctypes.c_int], ctypes.c_char_p
    return library
