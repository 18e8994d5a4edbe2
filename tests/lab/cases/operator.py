"""An operator like OVHcloud: an edge that minds how long and from where one registers, and the PBX behind it.

"Like" by what its public guides and users tell; nobody has seen a real one here.
"""

from __future__ import annotations

import subprocess
import sys
import time

from tests.lab.asterisk_server import DOOR_USER, LINE
from tests.lab.case import Found, case
from tests.lab.cases.calls import keys
from tests.lab.door import Door
from tests.lab.kamailio_server import DOMAIN, Kamailio
from tests.lab.network import DOOR, OPERATOR
from tests.lab.phone import LabPhone
from tests.lab.place import Place, sound_both_ways

SIP = f'domain = "{OPERATOR.address}"\nregistrar = "{OPERATOR.address}"\nuser = "{DOOR_USER}"'

_ANOTHER_PORT = 5099
# On the station's host: send what comes in, tell what comes back.
_ASK = """
import socket, sys
own, port, to = sys.argv[1:]
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.bind((own, int(port)))
asker.settimeout(3)
asker.sendto(sys.stdin.buffer.read(), (to, 5060))
print(asker.recv(65535).decode())
"""


def _ready(place: Place, found: Found, sip: str = SIP) -> tuple[Kamailio, LabPhone, Door]:
    pbx = place.asterisk()
    edge = place.kamailio(operator=True)
    phone = place.phone()
    door = place.door(sections={"sip": sip})
    found.that(door.registers() and edge.knows(DOOR_USER), "registered")
    found.that(pbx.knows(LINE), "the telephone too")
    return edge, phone, door


@case(
    "operator: 423 with Min-Expires 3600",
    "1800 s are too brief: the station asks for 3600 s instead, is registered, and asks for 1800 s no more",
    quick=True,
)
def too_brief(place: Place, found: Found) -> None:
    edge = place.kamailio(operator=True)
    door = place.door(sections={"sip": SIP})
    found.that(door.registers(), "registered")
    found.that("LAB: too brief, 1800" in edge.said, "1800 s were refused")
    found.that(f"LAB: REGISTER of {DOOR_USER} from" in edge.said, "it came again")
    found.that("expires 3600" in edge.said, "with 3600 s")
    time.sleep(2.0)
    found.that(
        edge.said.count("too brief") == 1, "and no more", f"{edge.said.count('too brief')} times too brief"
    )


@case(
    "operator: intercom call, 403 from any other port",
    "who calls from another port of the station's own host gets 403; the station is let through; both hear "
    "each other, the digit opens the door",
    quick=True,
)
def other_port(place: Place, found: Found) -> None:
    edge, phone, door = _ready(place, found)
    answer = _invited_from_another_port()
    found.that("403 Not Registered" in answer, "from another port: 403", f"from another port: {answer!r}")
    found.that(f"INVITE from {DOOR.address}:{_ANOTHER_PORT}" in edge.said, "of the station's host")
    found.that(door.talks(), "the station's call is answered")
    time.sleep(3.5)
    heard = door.heard
    keys(found, door, phone)
    found.that(edge.said.count("LAB: registered at") == 1, "never refused")
    phone.hang_up()
    found.that(door.becomes("idle"), "ended by the telephone")
    phone.close()
    sound_both_ways(found, heard, phone)


@case(
    "operator: registration forgotten",
    "the operator's edge is started anew: one press at most is refused (403), the next is answered",
)
def forgotten(place: Place, found: Found) -> None:
    edge, phone, door = _ready(place, found)
    edge.kill()
    since = len(edge.said)
    edge.start()
    answered = door.talks(limit_s=4.0)
    found.note("the press was answered" if answered else f"the press: {door.calls[-1:]}")
    if not answered:
        found.that(door.failures_shown > 0, "the visitor was told")
        found.that(door.talks(), "the next press is answered")
    found.that(f"LAB: REGISTER of {DOOR_USER}" in edge.said[since:], "registered anew")
    phone.hang_up()


@case(
    "operator: domain and outbound proxy apart",
    "a domain that no name server knows, and a proxy: registered and called through the proxy, the digit "
    "opens the door",
)
def proxy_apart(place: Place, found: Found) -> None:
    sip = f'domain = "{DOMAIN}"\nregistrar = "{DOMAIN}"\nproxy = "{OPERATOR.address}"\nuser = "{DOOR_USER}"'
    edge, phone, door = _ready(place, found, sip)
    found.that(door.talks(), "answered")
    found.that(f"came INVITE sip:3691{LINE}@{DOMAIN}" in edge.said, "the number at the domain was asked for")
    time.sleep(0.5)
    keys(found, door, phone)


def _invited_from_another_port() -> str:
    """What the edge answers to an INVITE in the station's name from another port of its host."""
    own = f"{DOOR.address}:{_ANOTHER_PORT}"
    lines = (
        f"INVITE sip:3691{LINE}@{OPERATOR.address} SIP/2.0",
        f"Via: SIP/2.0/UDP {own};branch=z9hG4bKelsewhere",
        f"From: <sip:{DOOR_USER}@{OPERATOR.address}>;tag=elsewhere",
        f"To: <sip:3691{LINE}@{OPERATOR.address}>",
        "Call-ID: elsewhere",
        "CSeq: 1 INVITE",
        "Max-Forwards: 70",
        f"Contact: <sip:{DOOR_USER}@{own}>",
        "Content-Length: 0",
    )
    asked = subprocess.run(
        (*DOOR.within, sys.executable, "-c", _ASK, DOOR.address, str(_ANOTHER_PORT), OPERATOR.address),
        input="\r\n".join((*lines, "", "")),
        capture_output=True,
        text=True,
        timeout=10,
        check=True,
    )
    return asked.stdout.partition("\n")[0].strip()
