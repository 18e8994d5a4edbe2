"""G.711 by tables: one byte a sample, A-law and mu-law, to and from signed 16 bit native order."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from enum import Enum
from functools import cache


class Law(Enum):
    """Which of the two companding laws; the value is the name in SDP."""

    A = "PCMA"
    MU = "PCMU"


@dataclass(frozen=True, slots=True)
class _Tables:
    encode: bytes
    """One code for each 16-bit sample, looked up by its unsigned value."""
    first: bytes
    second: bytes
    """The first and the second byte in memory of each code's sample."""


def decode(law: Law, codes: bytes) -> bytes:
    """Codes to 16-bit samples."""
    tables = _tables(law)
    samples = bytearray(2 * len(codes))
    samples[0::2] = codes.translate(tables.first)
    samples[1::2] = codes.translate(tables.second)
    return bytes(samples)


def encode(law: Law, samples: bytes) -> bytes:
    """16-bit samples to codes."""
    return bytes(map(_tables(law).encode.__getitem__, memoryview(samples).cast("H")))


def silence(law: Law) -> int:
    """The code of a zero sample."""
    return _tables(law).encode[0]


@cache
def _tables(law: Law) -> _Tables:
    to_linear, to_code = (_a_linear, _a_code) if law is Law.A else (_mu_linear, _mu_code)
    linear = array("h", (to_linear(code) for code in range(256))).tobytes()
    signed = (value - 65536 if value > 32767 else value for value in range(65536))
    return _Tables(bytes(map(to_code, signed)), linear[0::2], linear[1::2])


def _a_linear(code: int) -> int:
    """ITU-T G.711, table 1: 13 bits, here shifted to 16."""
    code ^= 0x55
    segment, step = (code >> 4) & 7, code & 15
    magnitude = (2 * step + 1) << 3 if segment == 0 else (2 * step + 33) << (segment + 2)
    return magnitude if code & 0x80 else -magnitude


def _a_code(sample: int) -> int:
    sign, magnitude = (0x80, sample) if sample >= 0 else (0, ~sample)
    magnitude >>= 4
    segment = max(magnitude.bit_length() - 4, 1)
    code = magnitude if magnitude < 16 else (segment << 4) | ((magnitude >> (segment - 1)) & 15)
    return (sign | code) ^ 0x55


def _mu_linear(code: int) -> int:
    """ITU-T G.711, table 2: 14 bits, here shifted to 16."""
    code ^= 0xFF
    segment, step = (code >> 4) & 7, code & 15
    magnitude = (((2 * step + 33) << segment) - 33) << 2
    return -magnitude if code & 0x80 else magnitude


def _mu_code(sample: int) -> int:
    sign, magnitude = (0x80, -sample) if sample < 0 else (0, sample)
    biased = min((magnitude >> 2) + 33, 8191)
    segment = biased.bit_length() - 6
    return (sign | (segment << 4) | ((biased >> (segment + 1)) & 15)) ^ 0xFF
