"""Looks at the cases one after the other, on as few machines as they let it."""

from __future__ import annotations

import shutil
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.lab.case import Found, Outcome
from tests.lab.network import STREET
from tests.lab.run import limit, say, slug
from tests.virtual_pi.case import Case
from tests.virtual_pi.image import Image
from tests.virtual_pi.machine import Boot, Guest
from tests.virtual_pi.outside import Outside
from tests.virtual_pi.place import Place
from tests.virtual_pi.rig_wire import RigError
from tests.virtual_pi.setup import is_spoilt
from tests.virtual_pi.station import BELL, STRIKE, Station

_READY_S = 20.0
"""How long a station that others have left is waited for before the machine is taken for spoilt."""


class Machines:
    """The guest that cases share, one at a time; a new one where it is not what a case wants."""

    def __init__(self, image: Image, short: Path, folder: Path) -> None:
        """`folder` keeps what each of them said, `short` has a short path."""
        self._image = image
        self._short = short
        self._folder = folder
        self._count = 0
        self._guest: Guest | None = None

    def of(self, case: Case) -> Guest | None:
        """The guest for a case, up and, where its cable is in, with the station in service."""
        if case.boot is None:
            return None
        if self._guest and (self._guest.boot != case.boot or not self._fit(self._guest)):
            self.close()
        if self._guest is None:
            self._guest = self._started(case.boot)
        return self._guest

    def keep(self, folder: Path) -> None:
        """Keep what the machine has said since it was started."""
        if self._guest:
            self._guest.keep(folder)
            try:
                (folder / "journal").write_text(self._guest.rig.journal())
            except RigError as error:
                (folder / "journal").write_text(str(error))

    def close(self) -> None:
        """End the guest."""
        if self._guest:
            folder = self._folder / f"machine-{self._count}"
            folder.mkdir(parents=True, exist_ok=True)
            self.keep(folder)
            self._guest.close()
            self._guest = None

    def _started(self, boot: Boot) -> Guest:
        self._count += 1
        guest = Guest(self._image, self._short / f"pi{self._count}", STREET)
        try:
            rig = guest.start(boot)
            if boot.cable and boot.sound:
                Station(rig).in_service()
        except BaseException:
            guest.keep(self._short)
            guest.close()
            raise
        say(f"        a machine is up, {time.monotonic() - guest.started_s:.1f} s after its start")
        return guest

    def _fit(self, guest: Guest) -> bool:
        """Whether the guest is as a case may expect it: the station in service, and nothing pressed."""
        try:
            if is_spoilt(guest):
                # Only cases that have a station prepared for them stand behind one that leaves it so.
                return guest.runs and guest.rig.value(STRIKE) in (0, 1)
            Station(guest.rig).in_service(_READY_S)
            return guest.rig.value(STRIKE) == 0 and guest.rig.value(BELL) == 1
        except RigError as error:
            say(f"        the machine is ended, because it is not as it should be: {str(error)[:200]}")
            return False


def looked_at(case: Case, folder: Path, outside: Outside, machines: Machines) -> Outcome:
    """Look at a case; whatever goes wrong is what was seen."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    found = Found()
    began_s = time.monotonic()
    try:
        guest = machines.of(case)
        with ExitStack() as stack, limit(case.limit_s):
            case.look(Place(folder, outside, guest, stack, lambda text: say(f"        {text}")), found)
    except Exception as error:  # noqa: BLE001 -- whatever it was, the other cases are worth looking at
        said = str(error).strip().splitlines() or [""]
        found.that(False, "", f"{type(error).__name__}: {said[0][:300]}")
        (folder / "error").write_text(traceback.format_exc())
    if case.boot is not None and not found.ok:
        # Of the others the machine's own folder tells: asking an emulated machine takes time.
        machines.keep(folder)
        # However it left the machine: nobody is to be ok, or not, for that.
        machines.close()
    return Outcome(case, found.seen, found.ok, time.monotonic() - began_s)


def all_of(cases: Sequence[Case], output: Path, lane: str, image: Image, short: Path) -> Iterator[Outcome]:
    """Look at each, telling what came of it; `lane` names the folder of what stands outside its guests."""
    with ExitStack() as stack:
        left = output / f"outside-{lane}"
        shutil.rmtree(left, ignore_errors=True)
        outside = Outside(left, short, stack, say)
        machines = Machines(image, short, left)
        stack.callback(machines.close)
        for case in cases:
            yield looked_at(case, output / "cases" / slug(case.name), outside, machines)
