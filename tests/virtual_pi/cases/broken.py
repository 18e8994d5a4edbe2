"""The rig itself: a station that is broken on purpose makes the cases fail that are there to see it."""

from __future__ import annotations

from contextlib import ExitStack

from tests.lab.case import Found
from tests.virtual_pi.case import CASES, case
from tests.virtual_pi.cases import killed
from tests.virtual_pi.place import Place
from tests.virtual_pi.setup import HOUSE, change_unit, spoilt, start_anew, written

_LEFT_ON = """
import sys
if "run" in sys.orig_argv:
    import os
    from portier.adapters.gpio import strikes
    def leave(self):
        os._exit(0)
    strikes.Strikes.lock = lambda self, door: None
    strikes.Strikes.lock_all = leave
"""


def _register(what: str, unit: str, first: str, name: str, sign: str) -> None:
    @case(
        f"rig: {what}",
        f"the station broken so, this case is not ok, and says why: {name}",
        limit_s=300,
    )
    def look(place: Place, found: Found) -> None:
        rig = place.rig
        written(place, HOUSE)
        killed.forget(rig)
        # A later drop-in than any of a case's own.
        change_unit(rig, "zz-broken", unit, first)
        start_anew(rig)
        try:
            seen = _looked(place, name)
            found.that(not seen.ok, f"not ok: {seen.seen}", f"OK ALL THE SAME: {seen.seen}")
            found.that(sign in seen.seen, f"for that reason: {sign}")
        finally:
            change_unit(rig, "zz-broken", "")
            spoilt(place.guest)
            killed.forget(rig)


def _looked(place: Place, name: str) -> Found:
    """What a case sees, whatever it raises; what it wants done afterwards is done."""
    seen = Found()
    with ExitStack() as stack:
        inner = Place(place.folder, place.outside, place.guest, stack, place.tell)
        try:
            CASES[name].look(inner, seen)
        except Exception as error:  # noqa: BLE001 -- that is what a case does where something is not as it must be
            said = str(error).strip().splitlines() or [""]
            seen.that(False, "", f"{type(error).__name__}: {said[0][:200]}")
    return seen


_register("a relay left on at exit", "", _LEFT_ON, "stopped in a release", "low only after its end")
_register(
    "a missing ExecStopPost",
    "ExecStopPost=",
    "",
    "killed in a release: outputs that persist, with ExecStopPost, level drive",
    "STILL HIGH after the kill",
)
_register(
    "a wrong group in the unit",
    "SupplementaryGroups=gpoi",
    "",
    "registration",
    "the unit fails again and again",
)
