"""What leaves on the wire: the offer kept small and plain, and what a SIP status means to us."""

from __future__ import annotations

import re

from portier.core.events import EndReason, RegistrationState

TELEPHONE_EVENT_PAYLOAD = 101
"""Phones exist that answer 101 whatever was offered (RFC 3264 forbids it), so 101 is what we offer."""

LARGEST_INVITE_BYTES = 1300
"""Above this an INVITE may be split into IP fragments, which some routers drop (RFC 3261 section 18.1.1)."""

_SUPERFLUOUS = ("b=", "a=rtcp:", "a=ssrc:", "a=X-nat:")


def plain_offer(sdp: str, event_payload: int | None = TELEPHONE_EVENT_PAYLOAD) -> str:
    """Make an SDP offer small, and offer telephone-event as payload type 101, or as another.

    PJSIP offers it as 120; None leaves its number, as an answer must. Lines without which every
    peer does well are dropped.
    """
    lines = [line for line in sdp.splitlines() if line and not line.startswith(_SUPERFLUOUS)]
    offered = _telephone_event(lines)
    # With Opus there are two of them, at 8 and at 48 kHz, and the far end may have taken the second.
    if event_payload is not None and offered is not None and str(event_payload) not in _payloads(lines):
        lines = [_renumbered(line, offered, str(event_payload)) for line in lines]
    return "".join(f"{line}\r\n" for line in lines)


def _telephone_event(lines: list[str]) -> str | None:
    for line in lines:
        payload, _, encoding = line.removeprefix("a=rtpmap:").partition(" ")
        if line.startswith("a=rtpmap:") and encoding.lower().startswith("telephone-event/"):
            return payload
    return None


def _payloads(lines: list[str]) -> set[str]:
    return {payload for line in lines if line.startswith("m=audio ") for payload in line.split(" ")[3:]}


def _renumbered(line: str, old: str, new: str) -> str:
    if line.startswith("m=audio "):
        head, *payloads = line.split(" ")
        return " ".join(
            [head, *payloads[:2], *(new if payload == old else payload for payload in payloads[2:])]
        )
    for attribute in ("a=rtpmap:", "a=fmtp:"):
        if line.startswith(f"{attribute}{old} "):
            return f"{attribute}{new} {line.removeprefix(f'{attribute}{old} ')}"
    return line


def end_reason(status: int) -> EndReason:
    """The reason a leg ended, from its last SIP status code (RFC 3261 section 21)."""
    match status:
        case 0 | 200:
            return EndReason.HUNG_UP
        case 401 | 403 | 407:
            return EndReason.FORBIDDEN
        case 404 | 410 | 484 | 485 | 604:
            return EndReason.UNKNOWN_NUMBER
        case 486 | 600:
            return EndReason.BUSY
        case 603 | 607 | 608:
            return EndReason.DECLINED
        case 480 | 487:
            return EndReason.NO_ANSWER
        case 408 | 502 | 503 | 504:
            return EndReason.UNREACHABLE
        case _:
            return EndReason.FAILED


def registration_state(status: int, expires_s: int) -> RegistrationState:
    """Where a REGISTER's last status code leaves the account; `expires_s` is what the registrar granted."""
    if 200 <= status < 300:
        return RegistrationState.REGISTERED if expires_s > 0 else RegistrationState.TRYING
    if status in (401, 403, 404, 407):
        return RegistrationState.REFUSED
    return RegistrationState.UNREACHABLE


_CANCEL_TAKES = ("from", "f", "to", "t", "call-id", "i", "route", "max-forwards")
_VIA = re.compile(r"^(?:via|v)[ \t]*:[ \t]*SIP/2\.0/(UDP|TCP|TLS) ", re.IGNORECASE | re.MULTILINE)
_FOLDED = re.compile(r"\r\n[ \t]+")


def transport_of(request: str) -> str:
    """By what a request was sent, "udp", "tcp" or "tls"; empty where it does not say so."""
    found = _VIA.search(request.partition("\r\n\r\n")[0])
    return found[1].lower() if found else ""


def cancel_of(invite: str) -> bytes:
    """The CANCEL that belongs to an INVITE as it was sent (RFC 3261 section 9.1); empty for others."""
    head = _FOLDED.sub(" ", invite.partition("\r\n\r\n")[0])
    first, *headers = head.split("\r\n")
    method, _, rest = first.partition(" ")
    named = [(line.partition(":")[0].strip().lower(), line) for line in headers]
    vias = [line for name, line in named if name in ("via", "v")]
    cseqs = [line for name, line in named if name == "cseq"]
    if method != "INVITE" or not vias or not cseqs or not transport_of(invite):
        return b""
    number = cseqs[0].partition(":")[2].split()[0]
    lines = [f"CANCEL {rest}", vias[0], *(line for name, line in named if name in _CANCEL_TAKES)]
    lines += [f"CSeq: {number} CANCEL", "Content-Length: 0", "", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")
