"""Asterisk by TLS: a server proves who it is before it is told anything; sound is encrypted or not sent."""

from __future__ import annotations

import re
import time

from tests.lab.asterisk_server import DOOR_USER, LINE, Asterisk, Settings
from tests.lab.case import Found, case
from tests.lab.cases.calls import visit
from tests.lab.certificates import Authority, Certificate
from tests.lab.door import Door
from tests.lab.network import PBX, STREET_ADDRESS
from tests.lab.place import Place

_PORT = 5061
_PATIENCE_S = 6.0
_REASON = "SSL certificate verification error"


def _ready(
    place: Place, own: Certificate, authority: Authority, sip: str = "", pbx_more: str = ""
) -> tuple[Asterisk, Door]:
    transport = (
        f"[tls]\ntype = transport\nprotocol = tls\nbind = {PBX.address}:{_PORT}\nmethod = tlsv1_2\n"
        "cert_file = @FOLDER@/etc/own.pem\npriv_key_file = @FOLDER@/etc/own.key\n"
    )
    files = {"own.pem": own.file.read_text(), "own.key": own.key.read_text()}
    pbx = place.asterisk(Settings(door_more=pbx_more, more=transport), files)
    at = f"{PBX.address}:{_PORT}"
    door = place.door(
        sections={
            "sip": f'domain = "{at}"\nregistrar = "{at}"\nuser = "{DOOR_USER}"\ntransport = "tls"\n'
            f'tls_ca_file = "{authority.own.file}"\n{sip}'.strip(),
            "call": "ring_timeout_s = 5\nmax_talk_s = 30",
        }
    )
    return pbx, door


@case("tls: good certificate", "registered by TLS 1.2; a call, sound both ways, the digit opens the door")
def good(place: Place, found: Found) -> None:
    authority = Authority(place.folder / "authority")
    pbx, door = _ready(place, authority.vouches("good", PBX.address), authority)
    _visit(place, found, pbx, door)


@case(
    "tls: SRTP required",
    "both sides encrypt the sound (SDES): sound both ways, the digit opens the door",
)
def srtp(place: Place, found: Found) -> None:
    authority = Authority(place.folder / "authority")
    own = authority.vouches("good", PBX.address)
    pbx, door = _ready(place, own, authority, 'srtp = "required"', "media_encryption = sdes")
    _visit(place, found, pbx, door)
    found.that("RTP/SAVP" in pbx.said and "a=crypto:" in pbx.said, "with keys in the description")


def _visit(place: Place, found: Found, pbx: Asterisk, door: Door) -> None:
    phone = place.phone()
    found.that(door.registers() and pbx.knows(DOOR_USER) and pbx.knows(LINE), "registered")
    found.that("transport=tls" in pbx.said.lower(), "by TLS")
    visit(found, door, phone)


@case(
    "tls: SRTP required, refused by the PBX",
    "the station offers encrypted sound alone; a PBX that does not encrypt refuses it (488), and the failure "
    "lamp shows it",
)
def srtp_refused(place: Place, found: Found) -> None:
    authority = Authority(place.folder / "authority")
    pbx, door = _ready(place, authority.vouches("good", PBX.address), authority, 'srtp = "required"')
    found.that(door.registers() and pbx.knows(DOOR_USER), "registered")
    door.press()
    found.that(door.until(lambda: bool(door.calls), 6.0), "the call is over")
    found.that("(488)" in door.calls[-1], "refused by 488", door.calls[-1])
    offers = re.findall(r"m=audio \d+ (\S+)", pbx.said)
    found.that(bool(offers) and set(offers) == {"RTP/SAVP"}, "offered encrypted alone", f"offered: {offers}")
    found.that(door.failures_shown > 0, "the failure lamp shows it")


def _not_believed(place: Place, found: Found, own: Certificate, authority: Authority) -> None:
    pbx, door = _ready(place, own, authority)
    found.that(not door.registers(_PATIENCE_S), "not registered")
    found.that(_REASON in door.said, "the log says why")
    door.press()
    found.that(door.until(lambda: door.failure_is_shown, 8.0), "the failure lamp shows it")
    found.that(door.until(lambda: bool(door.calls), 3.0), "the call is in the log")
    time.sleep(1.0)
    told = [method for method in ("REGISTER", "INVITE") if f"{method} sip:" in pbx.said]
    found.that(not told, "neither REGISTER nor INVITE reached the server", f"it was told: {told}")


@case(
    "tls: self-signed certificate",
    "nobody vouches for the server: it gets neither REGISTER nor INVITE, the log and the failure lamp say so",
)
def self_signed(place: Place, found: Found) -> None:
    authority = Authority(place.folder / "authority")
    _not_believed(place, found, authority.self_signed("self", PBX.address), authority)


@case(
    "tls: certificate of another name",
    "vouched for, but for another address: the server gets neither REGISTER nor INVITE, the log and the "
    "failure lamp say so",
)
def another_name(place: Place, found: Found) -> None:
    authority = Authority(place.folder / "authority")
    _not_believed(place, found, authority.vouches("other", STREET_ADDRESS), authority)


@case(
    "tls: expired certificate",
    "vouched for once: the server gets neither REGISTER nor INVITE, the log and the failure lamp say so",
)
def expired(place: Place, found: Found) -> None:
    authority = Authority(place.folder / "authority")
    _not_believed(place, found, authority.vouches("expired", PBX.address, days=-1), authority)
