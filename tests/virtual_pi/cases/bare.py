"""A machine that starts with less than it needs: no network, no sound card, a clock of 1970."""

from __future__ import annotations

import time

from tests.lab.case import Found
from tests.virtual_pi import judge
from tests.virtual_pi.case import case
from tests.virtual_pi.machine import Boot
from tests.virtual_pi.place import Place
from tests.virtual_pi.setup import becomes, in_service
from tests.virtual_pi.station import BELL, RELEASE_S, STRIKE, Station
from tests.virtual_pi.visiting import FAILURE_LAMP, LATE_S, digit_releases, hang_up, visitor_hears

BARE = Boot(sound=False, cable=False, clock="1970-01-01T00:00:00")
_READY_S, _REGISTERS_S = 150.0, 90.0
_YEAR_S = 365 * 86400


@case(
    "boot without a network",
    "the station is up all the same and shows that it is out of service, a release by command works; the "
    "cable put in, it registers by itself",
    boot=BARE,
    limit_s=300,
)
def no_network(place: Place, found: Found) -> None:
    rig = place.rig
    # systemd waits for a network, for its own time, before it starts the station.
    rig.until(lambda: rig.shows("ActiveState") == "active", _READY_S, "a station that is up")
    station = Station(rig)
    found.that(
        station.status["registration"] != "registered",
        f"up {rig.now_s:.0f} s after the kernel's start, registration: {station.status['registration']}",
    )
    rig.wait(FAILURE_LAMP, 1, 10.0)
    since_s = rig.now_s
    rig.station("release")
    rig.wait(STRIKE, 1, 5.0, since_s)
    rig.wait(STRIKE, 0, RELEASE_S + 5.0, since_s)
    wrong = judge.one_release(rig.history(STRIKE, since_s), RELEASE_S, LATE_S)
    found.that(not wrong, "the lamp of a failure is on, a release by command lasts its time", wrong)
    place.guest.cable(up=True)
    began_s = time.monotonic()
    in_service(rig, _REGISTERS_S)
    found.that(True, f"registered {time.monotonic() - began_s:.0f} s after the cable was put in")


@case(
    "boot without a sound card",
    "a press is answered and the digit releases; the card put in, the visitor hears the telephone in the "
    "same call",
    boot=BARE,
    limit_s=240,
)
def no_sound(place: Place, found: Found) -> None:
    rig = place.rig
    place.guest.cable(up=True)
    station = in_service(rig, _READY_S)
    rig.press(BELL)
    becomes(found, station, "talking", "without a card a press is answered")
    time.sleep(1.0)
    digit_releases(place, found)
    found.that(not station.status["sound_works"], "the status tells that there is no sound")
    rig.sound_card(there=True)
    rig.until(lambda: bool(station.status["sound_works"]), 30.0, "sound")
    visitor_hears(place, found, "the card put in,")
    hang_up(place, found, station)


@case(
    "clock: from 1970, then set",
    "with a clock that is decades late the station rings and releases; set in the middle of a release, "
    "that lasts its time, the station stays registered, and the next press is answered",
    boot=BARE,
    limit_s=240,
)
def clock(place: Place, found: Found) -> None:
    rig = place.rig
    place.guest.cable(up=True)
    rig.sound_card(there=True)
    station = in_service(rig, _READY_S)
    first = int(rig.told("date", "+%s"))
    late = (time.time() - first) / _YEAR_S
    year = rig.told("date", "-d", f"@{first}", "+%Y")
    found.note(f"the machine started in {year}: systemd puts a clock of 1970 to its own age at least")
    found.that(late > 0.5, f"{late:.0f} years late", f"the clock is only {late:.1f} years late")
    rig.press(BELL)
    becomes(found, station, "talking", "a press is answered")
    hang_up(place, found, station)
    pid = rig.station_pid
    since_s = rig.now_s
    rig.station("release")
    rig.wait(STRIKE, 1, 5.0, since_s)
    time.sleep(1.0)
    rig.set_clock(time.time())
    rig.wait(STRIKE, 0, RELEASE_S + 5.0, since_s)
    wrong = judge.one_release(rig.history(STRIKE, since_s), RELEASE_S, LATE_S)
    found.that(not wrong, "set in a release, that lasts its time", wrong)
    time.sleep(2.0)
    found.that(station.status["registration"] == "registered", "still registered")
    found.that(rig.station_pid == pid, "the same process", "ANOTHER PROCESS")
    rig.press(BELL)
    becomes(found, station, "talking", "the next press is answered")
    hang_up(place, found, station)
    said = rig.run("/opt/portier/bin/portier", "audit", "verify")
    found.that(said.code == 0, "the audit log is whole", f"audit verify: {said.output[-200:]}")
    place.guest.completed()
