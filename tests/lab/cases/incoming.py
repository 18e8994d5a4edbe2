"""Calls to the station: the PBX sends a telephone's call on, under the number that it shows."""

from __future__ import annotations

import time

from tests.lab.asterisk_server import DOOR_USER, LINE, OTHER_LINE
from tests.lab.case import Found, case
from tests.lab.cases.calls import SIP, keys, sections
from tests.lab.door import RELEASE_DIGIT
from tests.lab.network import PBX
from tests.lab.place import Place, sound_both_ways

_TALKING_PIN = 26
_TALK_S = 5.0
_AS_ITSELF, _AS_ANOTHER, _AS_UNKNOWN = "700", "701", "702"
_INCOMING = f'accept_from_numbers = ["{LINE}", "{OTHER_LINE}"]\nrelease_from_numbers = ["{LINE}"]'


@case(
    "incoming: Asterisk calls the station",
    "a listed number is answered with a tone and the lamp of a talk, both hear each other, its release digit "
    "opens the door once; that of a number which may not release opens nothing; a number that is not listed "
    "is refused (486), and no lamp shows it",
    limit_s=75,
)
def called(place: Place, found: Found) -> None:
    pbx = place.asterisk()
    phone = place.phone()
    lamps = f"failure = 13\ntalking = {_TALKING_PIN}"
    door = place.door(sections=sections(sip=SIP, incoming=_INCOMING, lamps=lamps))
    found.that(door.registers() and pbx.knows(DOOR_USER) and pbx.knows(LINE), "registered")

    def lit() -> int:
        return door.pins.changes(_TALKING_PIN).rises

    since_bytes = len(door.heard)
    phone.dial(f"sip:{_AS_ITSELF}@{PBX.address}")
    found.that(door.becomes("incoming"), "a listed number is answered")
    found.that(door.status["caller"] == LINE, f"from {LINE}", f"from {door.status['caller']}")
    found.that(door.until(lambda: lit() == 1, 2.0), "with the lamp")
    found.that(door.until(lambda: any(door.heard[since_bytes:]), 2.0), "and a tone")
    time.sleep(_TALK_S)
    heard = door.heard[since_bytes:]
    keys(found, door, phone)
    phone.hang_up()
    found.that(door.becomes("idle"), "ended by the caller")
    told = f"from {LINE}: answered after"
    found.that(door.until(lambda: told in door.said, 3.0), "in the log", f'not in the log: "{told}"')

    time.sleep(1.5)
    phone.dial(f"sip:{_AS_ANOTHER}@{PBX.address}")
    found.that(door.becomes("incoming"), "one that may not release is answered too")
    time.sleep(2.0)
    before = door.releases, door.granted
    phone.send_digit(RELEASE_DIGIT)
    time.sleep(1.0)
    found.that(
        (door.releases, door.granted) == before, "its digit opens nothing", "ITS DIGIT OPENED THE DOOR"
    )
    phone.hang_up()
    found.that(door.becomes("idle"), "ended")

    time.sleep(1.5)
    since, lamp = len(pbx.said), lit()
    phone.dial(f"sip:{_AS_UNKNOWN}@{PBX.address}")
    found.that(door.until(lambda: "SIP/2.0 486" in pbx.said[since:], 5.0), "another number is refused (486)")
    found.that(door.status["call"] == "idle" and lit() == lamp, "and no lamp shows it")
    phone.close()
    sound_both_ways(found, heard, phone)
