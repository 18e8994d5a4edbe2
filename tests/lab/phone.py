"""baresip as a telephone of the lab: registered at a PBX; it speaks a generated voice and records."""

from __future__ import annotations

from pathlib import Path

from tests.interop.baresip import RATES_HZ, VOICE_S, Baresip, Codec, Phone, phone_setup
from tests.lab.network import INTERFACE, Host

from portier.bench.evidence import Match, find
from portier.bench.voice import Speaker, voice
from portier.bench.wav import read_wav

_LIFE_LIMIT_S = 120.0
_STRETCHED_S = 0.2
"""A jitter buffer stretches sound here and there: within so little it is still the same."""


class LabPhone(Baresip):
    """The telephone of a line, on a host of its own."""

    def __init__(
        self,
        host: Host,
        folder: Path,
        line: str,
        *,
        registrar: str,
        password: str,
        answers: bool,
        codec: Codec,
        limit_s: float = _LIFE_LIMIT_S,
    ) -> None:
        phone = Phone(
            number=line,
            address=host.address,
            interface=INTERFACE,
            codec=codec,
            answers=answers,
            registrar=registrar,
            password=password,
            control_host=host.address,
        )
        self._codec = codec
        self._folder = folder
        super().__init__(phone_setup(phone, folder), folder, limit_s, within=host.within)

    def hears_door(self) -> Match:
        """Look for the visitor's voice in what it has recorded; to be asked when no call is left."""
        rate_hz = RATES_HZ[self._codec]
        heard = b"".join(read_wav(one, rate_hz) for one in sorted(self._folder.glob("dump-*-dec.wav")))
        return find(voice("door", rate_hz, VOICE_S), heard, rate_hz)


def door_hears(heard: bytes, rate_hz: int, whose: Speaker = "phone", piece_s: float = _STRETCHED_S) -> Match:
    """Look for a voice, the telephone's, in what the station's loudspeaker has played."""
    return find(voice(whose, rate_hz, VOICE_S), heard, rate_hz, piece_s)
