"""What a voice becomes on the wire, and back: G.711 by our own tables, the others by libraries, for tests."""

from __future__ import annotations

from array import array
from enum import Enum
from functools import partial
from typing import Protocol

from . import g711, opus
from .events import LineError


class Wideband(Enum):
    """Codecs of more than a telephone's bandwidth; the value is the name in SDP."""

    G722 = "G722"
    OPUS = "opus"


Codec = g711.Law | Wideband


class Coding(Protocol):
    """One stream's coding of mono sound, 8 kHz, signed 16 bit native order: 20 ms at a time."""

    def encode(self, samples: bytes) -> bytes: ...
    def decode(self, coded: bytes) -> bytes: ...


class _G711:
    def __init__(self, law: g711.Law) -> None:
        self.encode = partial(g711.encode, law)
        self.decode = partial(g711.decode, law)


class _G722:
    """Knows both directions by heart, as the codec demands. Its upper band stays empty."""

    def __init__(self) -> None:
        try:
            from G722 import G722
        except ImportError as error:
            raise LineError("the line speaks G.722 with the Python package G722 alone") from error
        self._encoder, self._decoder = (G722(8000, 64000) for _ in range(2))

    def encode(self, samples: bytes) -> bytes:
        return bytes(self._encoder.encode(array("h", samples)))

    def decode(self, coded: bytes) -> bytes:
        return bytes(self._decoder.decode(coded))


def coding(name: str) -> Coding:
    """A new stream's coding by its name in SDP; LineError where its library is missing."""
    if name.upper() == Wideband.G722.value:
        return _G722()
    if name.lower() == Wideband.OPUS.value:
        return opus.Opus()
    return _G711(g711.Law(name.upper()))
