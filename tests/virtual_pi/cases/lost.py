"""What may go away: the PBX, the network, the sound card, the disk."""

from __future__ import annotations

import time

from tests.lab.case import Found
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place
from tests.virtual_pi.rig_client import rises
from tests.virtual_pi.setup import HOUSE, SHIPPED, becomes, prepared, spoilt, written
from tests.virtual_pi.station import BELL, RELEASE_S, STRIKE, Station
from tests.virtual_pi.visiting import FAILURE_LAMP, digit_releases, hang_up, visitor_hears

_OUT_S = 5.0
_BACK_LIMIT_S = 90.0


@case(
    "network: cable pulled in a call",
    f"the cable out for {_OUT_S:g} s and in again: the call goes on, both hear each other, the digit "
    "releases",
)
def cable(place: Place, found: Found) -> None:
    rig = place.rig
    station = prepared(place, SHIPPED)
    rig.press(BELL)
    becomes(found, station, "talking", "answered")
    time.sleep(1.0)
    place.afterwards(lambda: place.guest.cable(up=True))
    place.guest.cable(up=False)
    time.sleep(_OUT_S)
    found.that(station.status["call"] == "talking", "with the cable out the call is not given up")
    place.guest.cable(up=True)
    time.sleep(3.0)
    visitor_hears(place, found, "the cable in again,")
    digit_releases(place, found)
    found.that(station.status["call"] == "talking", "the same call")
    hang_up(place, found, station)


@case(
    "sound: card pulled in a call",
    "the call and its digit live on without the card; back, the visitor hears the telephone again, in the "
    "same call",
)
def card(place: Place, found: Found) -> None:
    rig = place.rig
    station = prepared(place, SHIPPED)
    rig.press(BELL)
    becomes(found, station, "talking", "answered")
    time.sleep(1.0)
    place.afterwards(lambda: rig.sound_card(there=True))
    rig.sound_card(there=False)
    rig.until(lambda: not station.status["sound_works"], 10.0, "a status without sound")
    found.that(station.status["call"] == "talking", "the card gone, the call goes on")
    digit_releases(place, found)
    rig.sound_card(there=True)
    rig.until(lambda: bool(station.status["sound_works"]), 30.0, "sound")
    visitor_hears(place, found, "the card back,")
    found.that(station.status["call"] == "talking", "in the same call")
    hang_up(place, found, station)


@case(
    "disk: full",
    "with no free block a press is answered, the digit releases, and the status tells that the log cannot "
    "be kept; restarted there it comes up again; room made, all is kept again",
    limit_s=200,
)
def disk(place: Place, found: Found) -> None:
    rig = place.rig
    station = prepared(place, SHIPPED)
    # The start on the full disk serves the cases behind this one, too.
    written(place, HOUSE)
    place.afterwards(rig.free_disk)
    try:
        rig.fill_disk()
        _visited(place, found, station)
        rig.told("systemctl", "restart", "portier", limit_s=60.0)
    except BaseException:
        spoilt(place.guest)
        raise
    prepared(place)
    found.that(True, "started on the full disk, it is in service again")
    rig.free_disk()
    rig.station("release", door="front")
    rig.wait(STRIKE, 0, RELEASE_S + 5.0)
    said = rig.run("/opt/portier/bin/portier", "audit", "verify")
    found.that(said.code == 0, "room made, the audit log is whole", said.output[-200:])


def _visited(place: Place, found: Found, station: Station) -> None:
    place.rig.press(BELL)
    becomes(found, station, "talking", "answered")
    time.sleep(1.0)
    digit_releases(place, found)
    hang_up(place, found, station)
    found.note(f"audit: {station.status.get('audit')}")


@case(
    "PBX: gone and back",
    "killed: the next press tells the visitor within seconds; started again, the station registers by "
    "itself and the next press is answered",
    limit_s=180,
)
def pbx(place: Place, found: Found) -> None:
    rig, server = place.rig, place.outside.pbx
    station = prepared(place)
    place.afterwards(lambda: None if server.lives else server.start())
    server.kill()
    since_s = rig.now_s
    rig.press(BELL)
    told_s = rig.wait(FAILURE_LAMP, 1, 20.0, since_s) - since_s
    found.that(not rises(rig.history(STRIKE, since_s)), f"the visitor is told after {told_s:.1f} s")
    becomes(found, station, "idle", "idle again")
    server.start()
    began_s = time.monotonic()
    rig.until(lambda: bool(station.status["registration"] == "registered"), _BACK_LIMIT_S, "a registration")
    found.note(f"registered {time.monotonic() - began_s:.0f} s after the PBX was back")
    rig.press(BELL)
    becomes(found, station, "talking", "the next press is answered")
    hang_up(place, found, station)
