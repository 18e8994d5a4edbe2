"""What the guest's cable ends in: Asterisk as an operator has it, two telephones, and an ear at the wire."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.interop.baresip import RATES_HZ, VOICE_S
from tests.lab import roots
from tests.lab.asterisk_server import LINE, OTHER_LINE, PASSWORD, Asterisk, Settings
from tests.lab.network import OTHER_PHONE, PBX, PHONE, Host
from tests.lab.phone import LabPhone
from tests.virtual_pi.machine import TAP
from tests.virtual_pi.wire import Wire

from portier.bench.evidence import Match, find
from portier.bench.voice import Speaker, voice
from portier.bench.wav import read_wav, write_wav
from portier.errors import AudioError

CODEC_HZ = RATES_HZ["PCMA"]
_LIFE_LIMIT_S = 3600.0
_REGISTERS_S = 10.0
_WRITTEN_S = 3.0


class Telephone(LabPhone):
    """A telephone that goes off hook by itself, speaks, and records every call in a file of its own."""

    def __init__(self, host: Host, folder: Path, line: str, whose: Speaker) -> None:
        super().__init__(
            host,
            folder,
            line,
            registrar=PBX.address,
            password=PASSWORD,
            answers=True,
            codec="PCMA",
            limit_s=_LIFE_LIMIT_S,
        )
        self._recordings = folder
        if whose != "phone":
            # It opens the file as a call begins. Longer than any call: it hangs up where the file ends.
            write_wav(folder / "voice.wav", voice(whose, CODEC_HZ, VOICE_S) * 20, CODEC_HZ)

    @property
    def recordings(self) -> set[Path]:
        """A file for each call that it has answered."""
        return set(self._recordings.glob("dump-*-dec.wav"))

    def heard_since(self, before: set[Path]) -> bytes:
        """What it has heard in the calls since then, which are over: mono S16 at CODEC_HZ."""
        until_s = time.monotonic() + _WRITTEN_S
        while True:
            try:
                return b"".join(read_wav(one, CODEC_HZ) for one in sorted(self.recordings - before))
            except AudioError:
                # The header is written at the end.
                if time.monotonic() > until_s:
                    raise
                time.sleep(0.1)


def visitor_found(heard: bytes) -> Match:
    """Look for the visitor's voice in what a telephone has heard."""
    return find(voice("door", CODEC_HZ, VOICE_S), heard, CODEC_HZ)


class Outside:
    """All that is outside the guest, up for the whole run."""

    def __init__(self, folder: Path, short: Path, stack: ExitStack, tell: Callable[[str], None]) -> None:
        """`folder` keeps what they say, `short` has a short path, `stack` ends them."""
        self._short = short
        self._stack = stack
        self._other: Telephone | None = None
        self.wire = Wire(TAP)
        stack.callback(self.wire.close)
        self.pbx = Asterisk(PBX, roots.asterisk(tell), folder / "asterisk", Settings())
        stack.callback(self.pbx.kill)
        self.pbx.start()
        self.phone = self._telephone(PHONE, LINE, "phone")

    @property
    def other_phone(self) -> Telephone:
        """A telephone at the other line, with another voice: the visitor's, as there are only two."""
        if self._other is None:
            self._other = self._telephone(OTHER_PHONE, OTHER_LINE, "door")
        return self._other

    @property
    def phones(self) -> Sequence[Telephone]:
        """Those that are up."""
        return [one for one in (self.phone, self._other) if one]

    def hang_up(self) -> None:
        """End every call at the telephones, also those whose other side is gone."""
        for one in self.phones:
            one.hang_up()
        self.pbx.ask("channel request hangup all")

    def _telephone(self, host: Host, line: str, whose: Speaker) -> Telephone:
        since = len(self.pbx.said)
        phone = Telephone(host, self._short / f"phone-{line}", line, whose)
        self._stack.callback(phone.close)
        if not self.pbx.knows(line, _REGISTERS_S, since):
            raise TimeoutError(f"the telephone of {line} did not register: {phone.log[-1000:]}")
        return phone
