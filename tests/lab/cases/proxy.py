"""Kamailio as registrar and proxy with rtpengine: SIP and keys pass as the telephone sent them."""

from __future__ import annotations

import time

from tests.lab.asterisk_server import DOOR_USER, LINE
from tests.lab.case import Found, case
from tests.lab.cases.calls import keys
from tests.lab.cases.operator import SIP
from tests.lab.network import OPERATOR
from tests.lab.place import Place, sound_both_ways


@case(
    "kamailio: intercom call through rtpengine",
    "registered at Kamailio; the telephone answers by itself; both hear each other; the digit opens the door",
    quick=True,
)
def through_rtpengine(place: Place, found: Found) -> None:
    proxy = place.kamailio(operator=False)
    phone = place.phone(registrar=OPERATOR.address)
    door = place.door(sections={"sip": SIP})
    found.that(door.registers() and proxy.knows(DOOR_USER), "registered")
    found.that(proxy.knows(LINE), "the telephone too")
    found.that(door.talks(), "answered")
    time.sleep(4.0)
    heard = door.heard
    keys(found, door, phone)
    door.hang_up()
    phone.close()
    found.that("answer-after=0" in phone.log, "with the header of auto-answer")
    found.that(f"IN IP4 {OPERATOR.address}" in phone.log, "the sound goes through rtpengine")
    found.that("BYE sip:" in phone.log, "the station hung up")
    sound_both_ways(found, heard, phone)
