"""What a case needs: servers, telephones and the station, each ended when the case is over."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from tests.interop.baresip import Codec
from tests.lab import roots
from tests.lab.asterisk_server import LINE, PASSWORD, Asterisk, Settings
from tests.lab.case import Found
from tests.lab.door import RATE_HZ, Door
from tests.lab.kamailio_server import Kamailio, RtpEngine
from tests.lab.network import FAR, OPERATOR, PBX, PHONE, Host
from tests.lab.phone import LabPhone, door_hears
from tests.lab.sipp import Sipp, scenario

from portier.bench.evidence import Match


class Place:
    """One case's things. `folder` keeps all that was said and heard, for who wants to know why.

    `short` is a folder with a short path, for what cannot bear a long one.
    """

    def __init__(self, folder: Path, short: Path, stack: ExitStack, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self.tell = tell
        self._short = short
        self._stack = stack
        self._numbers: dict[str, int] = {}

    def path(self, name: str) -> Path:
        """A name for a folder that nobody has."""
        number = self._numbers[name] = self._numbers.get(name, 0) + 1
        return self.folder / (name if number == 1 else f"{name}-{number}")

    def asterisk(
        self,
        settings: Settings | None = None,
        files: Mapping[str, str] | None = None,
        *,
        host: Host = PBX,
    ) -> Asterisk:
        """Asterisk, up; `files` of its configuration are in the place of the lab's own."""
        folder = self.path("asterisk")
        server = Asterisk(host, roots.asterisk(self.tell), folder, settings or Settings())
        for name, text in (files or {}).items():
            (folder / "etc" / name).write_text(text)
        self._stack.callback(server.kill)
        server.start()
        return server

    def kamailio(self, *, operator: bool) -> Kamailio:
        """Kamailio, up: the edge of an operator before the PBX, or registrar and proxy with rtpengine."""
        root = roots.kamailio(self.tell)
        if not operator:
            sound = RtpEngine(OPERATOR, root, self.path("rtpengine"), "rtpengine")
            self._stack.callback(sound.kill)
            sound.start()
        server = Kamailio(OPERATOR, root, self.path("kamailio"), operator=operator)
        self._stack.callback(server.kill)
        server.start()
        return server

    def phone(
        self,
        line: str = LINE,
        *,
        host: Host = PHONE,
        answers: bool = True,
        registrar: str = PBX.address,
        password: str = PASSWORD,
        codec: Codec = "PCMA",
    ) -> LabPhone:
        """A telephone, up; whether it has registered, its registrar knows."""
        kept = self.path("phone")
        # baresip cuts a long path short.
        folder = self._short / kept.name
        self._stack.callback(shutil.copytree, folder, kept)
        phone = LabPhone(
            host, folder, line, registrar=registrar, password=password, answers=answers, codec=codec
        )
        self._stack.callback(phone.close)
        return phone

    def sipp(self, *steps: str, limit_s: float = 40.0) -> Sipp:
        """SIPp at FAR, with a script, listening."""
        script = Sipp(FAR, self.path("sipp"), scenario(*steps), limit_s)
        self._stack.callback(script.close)
        script.waits()
        return script

    def door(
        self,
        password: str = PASSWORD,
        sections: dict[str, str] | None = None,
        site: Path | None = None,
        **buttons: str,
    ) -> Door:
        """The station, up: a line or a SIP address by button; `bell` rings the lab's telephone.

        `site` is a folder whose Python packages go before those that are installed.
        """
        folder = self.path("door")
        socket = self._short / f"{folder.name}.sock"
        door = Door(folder, socket, buttons or {"bell": LINE}, password, sections or {}, site)
        self._stack.callback(door.close)
        return door

    def afterwards(self, do: Callable[[], object]) -> None:
        """Do something when the case is over, however it ends."""
        self._stack.callback(do)


def sound_both_ways(found: Found, heard: bytes, phone: LabPhone) -> None:
    """Look for each side's voice in the other's recording; to be asked when the call is over.

    `heard` is what the station's loudspeaker played before it played tones of its own.
    """
    hears(found, "the telephone hears the visitor", phone.hears_door())
    hears(found, "the visitor hears the telephone", door_hears(heard, RATE_HZ))


def hears(found: Found, who: str, match: Match) -> None:
    """Note whether a voice was found in a recording."""
    found.that(match.heard, f"{who} ({match.share:.0%} of {match.sounding_s:.1f} s)")
