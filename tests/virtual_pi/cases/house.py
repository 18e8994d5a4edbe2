"""A station with more buttons than the shipped example has: another line, and one that is busy."""

from __future__ import annotations

import time

from tests.lab.asterisk_server import OTHER_LINE
from tests.lab.case import Found
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place
from tests.virtual_pi.setup import BUSY, SECOND, becomes, prepared
from tests.virtual_pi.station import RELEASE_DIGIT, RELEASE_S, STRIKE
from tests.virtual_pi.visiting import KEY_S, told_busy


@case(
    "call: second button",
    "a second button rings another line: the telephone there answers and its digit releases",
)
def second_button(place: Place, found: Found) -> None:
    rig, outside = place.rig, place.outside
    phone = outside.other_phone
    station = prepared(place)
    since_s, there_s = time.monotonic(), rig.now_s
    rig.press(SECOND)
    becomes(found, station, "talking", "answered")
    invite = outside.wire.first(lambda one: one.sip.startswith("INVITE sip:3691"), since_s)
    to = invite.sip.split()[1] if invite else "nowhere"
    found.that(f"3691{OTHER_LINE}@" in to, "the other line was dialled", f"dialled: {to}")
    time.sleep(1.0)
    phone.send_digit(RELEASE_DIGIT)
    rig.wait(STRIKE, 1, KEY_S, there_s)
    found.note("released")
    phone.hang_up()
    becomes(found, station, "idle", "ended by that telephone")
    rig.wait(STRIKE, 0, RELEASE_S + 5.0)


@case(
    "call: busy",
    "486: the visitor is told by the lamp of a failure, the log says busy, the station is idle again",
)
def busy(place: Place, found: Found) -> None:
    prepared(place)
    told_busy(place, found, BUSY)
