"""A WAV file as an installer may bring it: PCM of 8 to 32 bit, one channel or two, at any usual rate."""

from __future__ import annotations

import io
import stat
import struct
import sys
import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

from portier.announcements.resample import mixed, resampled
from portier.errors import AudioError

_RATES_HZ = range(4000, 192_001)
_PCM, _EXTENSIBLE = 1, 0xFFFE
_PCM_SUBFORMAT = struct.pack("<H", _PCM) + bytes.fromhex("000000001000800000aa00389b71")
"""KSDATAFORMAT_SUBTYPE_PCM (Microsoft, WAVEFORMATEXTENSIBLE)."""

_MOST_BYTES = 20_000_000
"""More than 10 s of the most channels, bits and samples that can be used."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a file holds: one channel or two, interleaved, signed 16 bit."""

    samples: array[int]
    channels: int
    rate_hz: int

    def at_rate(self, rate_hz: int) -> bytes:
        """The sound as mono S16 at another rate."""
        return resampled(mixed(self.channels, self.samples), self.rate_hz, rate_hz).tobytes()


def read(path: Path, longest_s: float) -> Recording:
    """Read a file, which may not be longer than that; AudioError says what is wrong with it."""
    try:
        with wave.open(io.BytesIO(_plain(_content(path))), "rb") as file:
            channels, width, rate_hz, count, *_ = file.getparams()
            _check(channels, width, rate_hz, count, longest_s)
            pcm = file.readframes(count)
    except OSError as error:
        raise AudioError(f"cannot be read: {error.strerror}") from error
    except (EOFError, wave.Error, RuntimeError, struct.error) as error:
        # The library's reader of chunks raises RuntimeError where their lengths contradict each other.
        raise AudioError(_header(str(error))) from error
    if len(pcm) != count * channels * width:
        raise AudioError("has a wrong header, which promises more sound than there is: save it anew")
    return Recording(_to_16_bit(pcm, width), channels, rate_hz)


def _content(path: Path) -> bytes:
    """All of a file; a pipe would keep the station waiting for ever."""
    about = path.stat()
    if not stat.S_ISREG(about.st_mode):
        raise AudioError("is no file: put a WAV file there, or take it away")
    if about.st_size > _MOST_BYTES:
        megabytes = about.st_size / 1_000_000
        raise AudioError(f"has {megabytes:.0f} MB: at most {_MOST_BYTES // 1_000_000} are looked at")
    with path.open("rb") as file:
        return file.read(_MOST_BYTES + 1)


def _plain(content: bytes) -> bytes:
    """The same file, an extended header that holds PCM as a plain one, which every Python's reader knows."""
    at = content.find(b"fmt ", 12, 4096)
    if at < 0:
        return content
    extended = content[at + 8 : at + 10] == struct.pack("<H", _EXTENSIBLE)
    if not extended or content[at + 32 : at + 48] != _PCM_SUBFORMAT:
        return content
    return content[: at + 8] + struct.pack("<H", _PCM) + content[at + 10 :]


def _check(channels: int, width: int, rate_hz: int, count: int, longest_s: float) -> None:
    if channels not in (1, 2) or width not in (1, 2, 3, 4):
        raise AudioError(f"has {channels} channels of {8 * width} bit: one or two of 8 to 32 bit can be used")
    if rate_hz not in _RATES_HZ:
        raise AudioError(f"has a wrong header: {rate_hz} Hz cannot be")
    if not count:
        raise AudioError("is empty: leave it out, or let it hold a moment of silence")
    if count > longest_s * rate_hz:
        raise AudioError(f"lasts {count / rate_hz:.1f} s, and at most {longest_s:g} s are allowed")


def _header(error: str) -> str:
    """What the standard library found, in words for an installer."""
    # From Python 3.12 on it reads extended headers, and has other words for those of other sound.
    if error.startswith("unknown extended format"):
        error = f"unknown format: {_EXTENSIBLE}"
    unknown, _, number = error.partition("unknown format: ")
    if unknown or not number:
        return "has a wrong header: it is no WAV file, or only a part of one"
    kind = "an extended header" if number == str(_EXTENSIBLE) else f"format {number}"
    return f"is not plain PCM but has {kind}: save it as PCM with 16 bit"


def _to_16_bit(pcm: bytes, width: int) -> array[int]:
    if width == 1:
        return array("h", [(one - 128) << 8 for one in pcm])
    upper = bytearray(2 * (len(pcm) // width))
    upper[::2], upper[1::2] = pcm[width - 2 :: width], pcm[width - 1 :: width]
    samples = array("h", bytes(upper))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples
