"""Opus (RFC 6716) by libopus, spoken and heard at the line's 8 kHz."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

from .events import LineError
from .sound import FRAME_SAMPLES, RATE_HZ

_VOIP = 2048
"""OPUS_APPLICATION_VOIP."""

_LARGEST_PACKET_BYTES = 1276
_LONGEST_PACKET_SAMPLES = RATE_HZ * 120 // 1000


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libopus.so.0")
    except OSError as error:
        raise LineError("the line speaks Opus with libopus alone: apt install libopus0") from error
    library.opus_encoder_create.restype = library.opus_decoder_create.restype = ctypes.c_void_p
    return library


class Opus:
    """Knows both directions by heart, as the codec demands. LineError where libopus is missing."""

    def __init__(self) -> None:
        self._library = _library()
        failed = ctypes.c_int()
        self._encoder = ctypes.c_void_p(
            self._library.opus_encoder_create(RATE_HZ, 1, _VOIP, ctypes.byref(failed))
        )
        self._decoder = ctypes.c_void_p(self._library.opus_decoder_create(RATE_HZ, 1, ctypes.byref(failed)))

    def __del__(self) -> None:
        """Give back what libopus took."""
        if hasattr(self, "_decoder"):
            self._library.opus_encoder_destroy(self._encoder)
            self._library.opus_decoder_destroy(self._decoder)

    def encode(self, samples: bytes) -> bytes:
        """20 ms as one packet."""
        packet = ctypes.create_string_buffer(_LARGEST_PACKET_BYTES)
        size = self._library.opus_encode(self._encoder, samples, FRAME_SAMPLES, packet, len(packet))
        return packet.raw[: _counted(size)]

    def decode(self, coded: bytes) -> bytes:
        """The sound of one packet, however long it lasts; silence for one that is none."""
        samples: Any = (ctypes.c_int16 * _LONGEST_PACKET_SAMPLES)()
        count = self._library.opus_decode(
            self._decoder, coded, len(coded), samples, _LONGEST_PACKET_SAMPLES, 0
        )
        return bytes(samples)[: 2 * count] if count > 0 else bytes(2 * FRAME_SAMPLES)


def _counted(size: int) -> int:
    if size < 0:
        raise LineError(f"libopus could not code 20 ms of sound: error {size}")
    return size
