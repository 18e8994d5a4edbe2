"""Asterisk by TLS: a server proves who it is before it is told anything; sound is encrypted or not sent."""

from __future__ import annotations

from tests.lab.asterisk_server import DOOR_USER, LINE, Asterisk, Settings
from tests.lab.case import Found, case
from tests.lab.cases.calls import visit
from tests.lab.certificates import Authority, Certificate
from tests.lab.door import Door
from tests.lab.network import PBX, STREET_ADDRESS
from tests.lab.place import Place

_PORT = 5061
_PATIENCE_S = 6.0


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
    "a PBX that does not encrypt refuses (488), the visitor is told, and no sound leaves in the clear",
)
def srtp_refused(place: Place, found: Found) -> None:
    authority = Authority(place.folder / "authority")
    pbx, door = _ready(place, authority.vouches("good", PBX.address), authority, 'srtp = "required"')
    found.that(door.registers() and pbx.knows(DOOR_USER), "registered")
    door.press()
    found.that(door.until(lambda: bool(door.calls), 6.0), "the call is over")
    found.that("(488)" in door.calls[-1], "refused by 488", door.calls[-1])
    found.that(door.failures_shown > 0, "the visitor is told")


def _not_believed(place: Place, found: Found, own: Certificate, authority: Authority) -> None:
    pbx, door = _ready(place, own, authority)
    found.that(not door.registers(_PATIENCE_S), "not registered")
    found.that("REGISTER sip:" not in pbx.said, "nothing was told to it")
    door.press()
    found.that(door.until(lambda: bool(door.calls) or door.failures_shown > 0, 8.0), "the visitor is told")


@case(
    "tls: self-signed certificate", "nobody vouches for the server: it is told nothing, the visitor is told"
)
def self_signed(place: Place, found: Found) -> None:
    authority = Authority(place.folder / "authority")
    _not_believed(place, found, authority.self_signed("self", PBX.address), authority)


@case("tls: certificate of another name", "vouched for, but for another address: the server is told nothing")
def another_name(place: Place, found: Found) -> None:
    authority = Authority(place.folder / "authority")
    _not_believed(place, found, authority.vouches("other", STREET_ADDRESS), authority)


@case("tls: expired certificate", "vouched for once: the server is told nothing, the visitor is told")
def expired(place: Place, found: Found) -> None:
    authority = Authority(place.folder / "authority")
    _not_believed(place, found, authority.vouches("expired", PBX.address, days=-1), authority)
