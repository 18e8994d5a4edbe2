"""Asterisk by IPv6, with a telephone that speaks IPv4; the station with the PJSIP of this project."""

from __future__ import annotations

import re

from tests.lab import own_pjsip
from tests.lab.asterisk_server import DOOR_USER, LINE, Settings
from tests.lab.case import Found, case
from tests.lab.cases.calls import sections, visit
from tests.lab.network import DOOR, INTERFACE, PBX, Host
from tests.lab.place import Place

_ADDRESSES = {PBX: "fd77::1", DOOR: "fd77::2"}
_PBX = f"[{_ADDRESSES[PBX]}]"
_TRANSPORT = f"[udp6]\ntype = transport\nprotocol = udp\nbind = {_PBX}:5060\n"
_SIP = f"""
bind_address = "{_ADDRESSES[DOOR]}"
domain = "{_PBX}"
registrar = "{_PBX}"
user = "{DOOR_USER}"
""".strip()


@case(
    "udp6: intercom call",
    "registered by IPv6; a call, sound both ways, the digit opens the door; nothing of it by IPv4",
    limit_s=60,
)
def intercom(place: Place, found: Found) -> None:
    for host, address in _ADDRESSES.items():
        _give(place, host, address)
    pbx = place.asterisk(Settings(more=_TRANSPORT))
    phone = place.phone()
    door = place.door(sections=sections(sip=_SIP), site=own_pjsip.unpacked(place.path("pjsip")))
    found.that(door.registers() and pbx.knows(DOOR_USER), "registered")
    found.that(pbx.knows(LINE), "the telephone too, by IPv4")
    visit(found, door, phone)
    found.that(f"INVITE sip:3691{LINE}@{_PBX}" in pbx.said, "3691 and the line were dialled")
    own = f"[{_ADDRESSES[DOOR]}]"
    found.that(f"Via: SIP/2.0/UDP {own}" in pbx.said, "SIP by IPv6")
    found.that(f"c=IN IP6 {_ADDRESSES[DOOR]}" in pbx.said, "sound by IPv6")
    by_ipv4 = re.search(rf"{re.escape(DOOR.address)}(?!\d)", pbx.said)
    found.that(by_ipv4 is None, "nothing by IPv4")
    found.note(door.calls[-1].partition(": ")[2])


def _give(place: Place, host: Host, address: str) -> None:
    """An IPv6 address until the case is over, at once: without asking the link whether somebody has it."""
    host.ip(f"address add {address}/64 dev {INTERFACE} nodad")
    place.afterwards(lambda: host.ip(f"address del {address}/64 dev {INTERFACE}"))
