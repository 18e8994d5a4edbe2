"""Asterisk by TCP: a call, and strangers before the socket at which the station listens for nobody."""

from __future__ import annotations

import re
import select
import socket
import subprocess
import time
from contextlib import ExitStack

from tests.lab import torture
from tests.lab.asterisk_server import DOOR_USER, LINE, Asterisk, Settings
from tests.lab.case import Found, case
from tests.lab.cases.calls import SIP, sections, visit
from tests.lab.door import Door
from tests.lab.network import DOOR, PBX, STREET_ADDRESS
from tests.lab.place import Place

_TRANSPORT = f"[tcp]\ntype = transport\nprotocol = tcp\nbind = {PBX.address}:5060\n"
_CONNECTS_WITHIN_S = 3.0


def _ready(place: Place, found: Found) -> tuple[Asterisk, Door]:
    pbx = place.asterisk(Settings(more=_TRANSPORT))
    door = place.door(sections=sections(sip=f'{SIP}\ntransport = "tcp"'))
    found.that(door.registers() and pbx.knows(DOOR_USER), "registered")
    found.that(f"Via: SIP/2.0/TCP {DOOR.address}" in pbx.said, "by TCP")
    return pbx, door


@case(
    "tcp: intercom call", "registered by TCP; a call, sound both ways, the digit opens the door", quick=True
)
def intercom(place: Place, found: Found) -> None:
    pbx, door = _ready(place, found)
    phone = place.phone()
    found.that(pbx.knows(LINE), "the telephone too")
    visit(found, door, phone)
    found.that(f"INVITE sip:3691{LINE}" in pbx.said, "3691 and the line were dialled")


@case(
    "abuse: torture messages over TCP",
    "nobody can connect to the station's TCP socket: not one can be sent; afterwards it is registered and a "
    "press is answered",
)
def torture_tcp(place: Place, found: Found) -> None:
    pbx, door = _ready(place, found)
    place.phone()
    found.that(pbx.knows(LINE), "the telephone too")
    ports = _listening_ports()
    found.that(bool(ports), "the station has a TCP socket that listens", "no TCP socket listens at all")
    messages = torture.all_of(STREET_ADDRESS)
    with ExitStack() as opened:
        knocking = []
        for number in range(len(messages)):
            one = opened.enter_context(socket.socket())
            one.setblocking(False)
            one.bind((STREET_ADDRESS, 0))
            one.connect_ex((DOOR.address, ports[number % len(ports)]))
            knocking.append(one)
        time.sleep(_CONNECTS_WITHIN_S)
        connected = 0
        for one, message in zip(knocking, messages, strict=True):
            # Writable with an error is a refusal.
            writable = select.select([], [one], [], 0)[1]
            if writable and one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
                connected += 1
                host, port = one.getsockname()
                one.send(message.datagram((host, port), f"{DOOR.address}:{ports[0]}"))
    found.that(
        connected == 0,
        f"none of {len(messages)} could connect",
        f"{connected} of {len(messages)} could connect",
    )
    found.that(door.lives and door.status["call"] == "idle", "idle and alive")
    found.that(door.status["registration"] == "registered", "registered")
    found.that(door.talks(), "a press is answered")
    door.hang_up()


def _listening_ports() -> list[int]:
    """The TCP ports on the station's host at which something listens; only the station is there."""
    listed = subprocess.run(
        (*DOOR.within, "ss", "-ltnH"), check=True, capture_output=True, text=True, timeout=10
    )
    return [int(port) for port in re.findall(r"^LISTEN\s+\d+\s+\d+\s+\S+:(\d+)", listed.stdout, re.MULTILINE)]
