"""What anybody may send who is heard: PJSIP must answer a question after each, and send what can be read.

`attacked NAME...` does these of them, and prints the names of what was survived. A registrar, a phone and a
stranger are one socket on loopback.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from portier.adapters import pjsip_library
from portier.adapters.sip import ipv6, switches
from portier_pjsip.guest.endpoint import endpoint

_LIMIT_S = 30.0
_POLL_MS = 10
_HOST = "127.0.0.1"
_NAME = "far.example"
_KEPT = ("Via", "From", "To", "Call-ID", "CSeq")
_ADDRESS_IN_VIA = re.compile(rb"\r\nVia: SIP/2\.0/UDP [0-9.]+:[0-9]+;")

pj = pjsip_library.load()


class _Other:
    """Whoever speaks to PJSIP: by one UDP socket, while PJSIP works."""

    def __init__(self, running: Any, own: socket.socket, port: int) -> None:
        self._running = running
        self._socket = own
        self._socket.setblocking(False)
        self.port = int(own.getsockname()[1])
        self._pjsip = (_HOST, port)
        self._count = 0

    def wait(self, begins: bytes) -> bytes:
        """What comes next and begins so. TimeoutError where it does not come."""
        until_s = time.monotonic() + _LIMIT_S
        while time.monotonic() < until_s:
            self._running.libHandleEvents(_POLL_MS)
            try:
                came = self._socket.recv(65535)
            except BlockingIOError:
                continue
            if came.startswith(begins):
                return came
        raise TimeoutError(f"no {begins.decode()} within {_LIMIT_S:.0f} s")

    def request(self, method: str, *headers: str, body: str = "", call: str = "") -> None:
        """Send a request; each is another transaction."""
        self._count += 1
        own = f"{_HOST}:{self.port}"
        head = (
            f"{method} sip:check@{_HOST}:{self._pjsip[1]} SIP/2.0",
            f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{self._count}",
            f"From: <sip:a@{own}>;tag=a",
            f"To: <sip:check@{_HOST}>",
            f"Call-ID: {call or self._count}",
            f"CSeq: 1 {method}",
            "Max-Forwards: 70",
            f"Contact: <sip:a@{own}>",
            *headers,
        )
        self._send(head, body)

    def answer(self, request: bytes, *headers: str, body: str = "", received: str = "") -> None:
        """Answer 200; `received` is what its Via says of where the request came from."""
        lines = request.decode().partition("\r\n\r\n")[0].split("\r\n")
        kept = [one for one in lines if one.split(":")[0] in _KEPT]
        if received:
            kept = [f"{one};received={received}" if one.startswith("Via") else one for one in kept]
        tagged = [f"{one};tag=b" if one.startswith("To") and ";tag=" not in one else one for one in kept]
        self._send(("SIP/2.0 200 OK", *tagged, *headers), body)

    def description(self, *, connection: bool = True, port: int = 40000) -> str:
        """An offer, or an answer, of PCMA."""
        where = f"c=IN IP4 {_HOST}\r\n" * connection
        return f"v=0\r\no=- 1 1 IN IP4 {_HOST}\r\ns=-\r\n{where}t=0 0\r\nm=audio {port} RTP/AVP 8\r\n"

    def _send(self, head: tuple[str, ...], body: str) -> None:
        described = ("Content-Type: application/sdp",) * bool(body)
        lines = (*head, *described, f"Content-Length: {len(body)}", "", body)
        self._socket.sendto("\r\n".join(lines).encode(), self._pjsip)


def main() -> int:
    """Do what is asked for, in its order."""
    survived: list[str] = []
    with endpoint(pj) as running, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind((_HOST, 0))
        running.audDevManager().setNullDev()
        config = pj.TransportConfig()
        config.boundAddress = _HOST
        info = running.transportGetInfo(running.transportCreate(pj.PJSIP_TRANSPORT_UDP, config))
        other = _Other(running, own, int(str(info.localName).rsplit(":", 1)[1]))
        with _account(other) as account:
            for attack in (_registrar, _caller, _acknowledged, _called, _named):
                name = attack.__name__.strip("_")
                if name not in sys.argv[1:]:
                    continue
                attack(other, account)
                other.request("OPTIONS")
                other.wait(b"SIP/2.0 200")
                survived.append(name)
        del account
    sys.stdout.write(f"\n{json.dumps({'survived': survived})}\n")
    return 0


@contextmanager
def _account(other: _Other) -> Iterator[Any]:
    config = pj.AccountConfig()
    config.idUri = f"sip:check@{_HOST}"
    config.regConfig.registrarUri = f"sip:{_HOST}:{other.port}"
    config.mediaConfig.transportConfig.boundAddress = _HOST
    config.natConfig.iceEnabled = False
    ipv6.choose(config, _HOST)
    account = pj.Account()
    account.create(config)
    yield account
    account.shutdown()


def _registrar(other: _Other, account: Any) -> None:
    """A contact that is none, and an address of ours that is none: what follows must be readable."""
    other.answer(other.wait(b"REGISTER "), "Contact: *", "Expires: 600")
    for received in ("~!x", "::1", "a" * 400):
        _settle(other)
        account.setRegistration(True)
        request = other.wait(b"REGISTER ")
        if not _ADDRESS_IN_VIA.search(request):
            raise ValueError("a REGISTER says that it comes from where nothing can")
        other.answer(request, "Expires: 600", received=received)


def _caller(other: _Other, account: Any) -> None:
    """An offer without connection and port, and ways back that are none."""
    del account
    other.request("INVITE", body=other.description(connection=False, port=0))
    for way in ("<tel:1>", "*"):
        other.request("INVITE", f"Record-Route: {way}", body=other.description())


def _acknowledged(other: _Other, account: Any) -> None:
    """An ACK of a call that was not answered, in another transaction."""
    del account
    other.request("INVITE", body=other.description(), call="twice")
    other.wait(b"SIP/2.0 ")
    other.request("ACK", call="twice")


def _called(other: _Other, account: Any) -> None:
    """A phone that answers from nowhere."""
    for header in ("Contact: <tel:1>", "Contact: *", "Record-Route: <tel:1>"):
        with _call(other, account) as invite:
            more = () if header.startswith("Contact") else (f"Contact: <sip:b@{_HOST}:{other.port}>",)
            other.answer(invite, header, *more, body=other.description())


def _named(other: _Other, account: Any) -> None:
    """A phone whose contact is a name: we are asked for it, and the ACK goes where we say."""
    asked: list[str] = []

    def address(host: str) -> str | None:
        asked.append(host)
        return _HOST if len(asked) > 1 else None

    take_back = switches.ask_for_names(pjsip_library.path(), address)
    if take_back is None:
        raise ValueError("this build waits for the addresses of names")
    with _call(other, account) as invite:
        contact = f"Contact: <sip:b@{_NAME}:{other.port}>"
        other.answer(invite, contact, body=other.description())
        _settle(other)
        # As any phone that hears no ACK.
        other.answer(invite, contact, body=other.description())
        other.wait(b"ACK ")
    take_back()
    if set(asked) != {_NAME}:
        raise ValueError(f"asked for {asked}")


@contextmanager
def _call(other: _Other, account: Any) -> Iterator[bytes]:
    call = pj.Call(account)
    sound_alone = pj.CallOpParam(True)
    sound_alone.opt.textCount = sound_alone.opt.videoCount = 0
    call.makeCall(f"sip:b@{_HOST}:{other.port}", sound_alone)
    yield other.wait(b"INVITE ")
    _settle(other)
    try:
        call.hangup(pj.CallOpParam())
    except pj.Error:
        pass  # PJSIP has ended it
    _settle(other)


def _settle(other: _Other) -> None:
    """Let PJSIP see what was sent: it answers this after it."""
    other.request("OPTIONS")
    other.wait(b"SIP/2.0 200")


if __name__ == "__main__":
    sys.exit(main())
