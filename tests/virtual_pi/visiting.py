"""What cases do again and again: visits, keys, releases, and a look at what is kept."""

from __future__ import annotations

import time

from tests.lab.case import Found
from tests.lab.phone import door_hears
from tests.virtual_pi import judge
from tests.virtual_pi.machine import ADDRESS
from tests.virtual_pi.place import Place
from tests.virtual_pi.rig_client import RATE_HZ, Rig, Sample, rises
from tests.virtual_pi.rig_wire import RigError
from tests.virtual_pi.setup import CELLAR_STRIKE, GARDEN_STRIKE, becomes
from tests.virtual_pi.station import BELL, LAMPS, RELEASE_DIGIT, RELEASE_S, STRIKE, Station

from portier.bench.evidence import Match
from portier.record.call_record import CallRecord, from_plain

FAILURE_LAMP = LAMPS["failure"]
LATE_S = 1.5
"""How much longer than it should a release may look on an emulated machine."""
KEY_S = 5.0
_TOLD_S = 15.0
_HEARS_S = 5.0
_ENOUGH_S, _ENOUGH_SHARE = 2.0, 0.3
"""Of another voice nothing is found; of the right one 41 % and more on a busy machine."""


def digit_releases(place: Place, found: Found) -> None:
    """The release digit of the telephone works, in the call that lasts."""
    rig = place.rig
    since_s = rig.now_s
    place.outside.phone.send_digit(RELEASE_DIGIT)
    rig.wait(STRIKE, 1, KEY_S, since_s)
    rig.wait(STRIKE, 0, RELEASE_S + 5.0, since_s)
    wrong = judge.one_release(rig.history(STRIKE, since_s), RELEASE_S, LATE_S)
    found.that(not wrong, "the release digit releases, once and for its time", wrong)


def hang_up(place: Place, found: Found, station: Station) -> None:
    """The telephone ends the call."""
    place.outside.phone.hang_up()
    becomes(found, station, "idle", "ended by the telephone")


def visitor_hears(place: Place, found: Found, when: str) -> None:
    """The telephone's speech is at the loudspeaker now."""
    rig = place.rig
    rig.record()
    time.sleep(_HEARS_S)
    heard(found, f"{when} the visitor hears the telephone", door_hears(rig.recorded(), RATE_HZ))


def last_leg(station: Station) -> int:
    """The number of the last call whose record is there; 0 where none is."""
    plain = station.rig.station("record").get("record")
    return int(plain["leg"]) if plain else 0


def heard(found: Found, who: str, match: Match) -> None:
    """Note whether a voice came through an emulated machine: with gaps, and yet that voice."""
    right = match.sounding_s >= _ENOUGH_S and match.share >= _ENOUGH_SHARE
    found.that(right, f"{who} ({match.share:.0%} of {match.sounding_s:.1f} s)")


def record_of(station: Station, after_leg: int, limit_s: float = 10.0) -> CallRecord:
    """What the station has measured of the call that followed another one, once that is complete."""
    until_s = time.monotonic() + limit_s
    while True:
        plain = station.rig.station("record").get("record")
        if plain and plain["leg"] > after_leg and plain["end"]:
            return from_plain(plain)
        if time.monotonic() > until_s:
            raise RigError("the record of the last call is not complete")
        time.sleep(0.1)


def told_busy(place: Place, found: Found, button: int) -> None:
    """Press a button whose line is busy, and see the visitor told."""
    rig = place.rig
    station = Station(rig)
    since_s = rig.now_s
    rig.press(button)
    rig.wait(FAILURE_LAMP, 1, _TOLD_S, since_s)
    found.note("the lamp of a failure shows it")
    rig.until(lambda: "busy (486)" in rig.journal(since_s), 10.0, '"busy (486)" in the log')
    becomes(found, station, "idle", "busy (486) in the log, and idle again")


def released(rig: Rig, since_s: float) -> None:
    """Release cellar and garden by command, and wait until their lines have moved."""
    for door, line in (("cellar", CELLAR_STRIKE), ("garden", GARDEN_STRIKE)):
        rig.station("release", door=door)
        rig.wait(line, 1, 5.0, since_s)


def audit_is_whole(found: Found, rig: Rig) -> None:
    """Ask the station's own command."""
    said = rig.run("/opt/portier/bin/portier", "audit", "verify")
    found.that(said.code == 0, "the audit log is whole", f"audit verify: {said.output[-200:]}")


def quiet_until_ready(place: Place, found: Found) -> None:
    """What each line has done from the kernel's start until the station was up."""
    rig = place.rig
    ready_s = int(rig.shows("ActiveEnterTimestampMonotonic")) / 1e6

    def until_ready(line: int) -> list[Sample]:
        return [one for one in rig.history(line) if one.at_s <= ready_s]

    strike, bell = until_ready(STRIKE), until_ready(BELL)
    found.note(
        f"READY {ready_s:.1f} s after the kernel's start, lines looked at from {strike[0].at_s:.1f} s on"
    )
    found.that(not any(one.value for one in strike), "the strike: low all the time", "THE STRIKE WAS HIGH")
    found.that(
        {one.bias for one in strike} == {"pull-down"}, "pulled down", f"{[one.bias for one in strike]}"
    )
    found.that(
        all(one.value and one.bias == "pull-up" for one in bell), "the bell: pulled up, high", f"bell: {bell}"
    )
    for name, line in LAMPS.items():
        seen = until_ready(line)
        lit = rises(seen)
        found.that(
            not seen[0].value and {one.bias for one in seen} == {"pull-down"},
            f"lamp {name}: dark, pulled down" + (f", first lit at {lit[0]:.1f} s" if lit else ""),
            f"lamp {name}: {seen[:4]}",
        )
    until_s = rig.here_s(ready_s)
    calls = [
        one
        for one in place.outside.wire.packets(place.guest.started_s)
        if one.at_s < until_s and one.source[0] == ADDRESS and one.sip.startswith("INVITE")
    ]
    found.that(not calls, "nobody was called", "SOMEBODY WAS CALLED")
