"""SIPp as the far telephone, called directly: what is rare, and must do no harm."""

from __future__ import annotations

import re
import socket
import time
from contextlib import closing

from tests.lab import sipp
from tests.lab.case import Found, case
from tests.lab.door import RELEASE_DIGIT, Door
from tests.lab.network import FAR, STREET_ADDRESS
from tests.lab.place import Place
from tests.lab.sipp import Sipp

TARGET = f"sip:far@{FAR.address}"
_SDP = "m=audio "
_AT_ONCE_S = 1.0
_ELSEWHERE_PORT = 5080
_ELSEWHERE = f"sip:0899000000@{STREET_ADDRESS}:{_ELSEWHERE_PORT}"
ANSWERED = (
    sipp.called(),
    sipp.answer(180, "Ringing"),
    sipp.answer(200, "OK", body=sipp.sound()),
    sipp.receive("ACK"),
)


def door_to_far(place: Place, **sections: str) -> Door:
    """The station, which calls SIPp without a registrar."""
    call = sections.pop("call", "ring_timeout_s = 5\nmax_talk_s = 30")
    return place.door(sections={"sip": "", "call": call, **sections}, bell=TARGET)


def kept(found: Found, script: Sipp, text: str, limit_s: float = 15.0) -> None:
    """The station did what the script says."""
    found.that(script.kept_to_script(limit_s), text, f"NOT {text}: {script.complaint}")


def at_rest(found: Found, door: Door) -> None:
    """The call is over and the station lives."""
    found.that(door.becomes("idle"), "idle at the end")
    found.that(door.lives, "the station lives")


@case(
    "sipp: 200 crosses CANCEL",
    "the telephone answers while the station cancels: the answer is acknowledged and the call ended at once",
)
def crossing(place: Place, found: Found) -> None:
    script = place.sipp(
        sipp.called(),
        sipp.answer(180, "Ringing"),
        sipp.receive("CANCEL"),
        sipp.answer(200, "OK"),
        sipp.answer(200, "OK", body=sipp.sound(), cseq="CSeq: [last_cseq_number] INVITE"),
        sipp.receive("ACK"),
        sipp.receive("BYE"),
        sipp.answer_in_call(),
    )
    door = door_to_far(place)
    door.press()
    kept(found, script, "acknowledged, then ended by BYE")
    answered_s = [
        one.at_s
        for one in script.traffic
        if not one.came and one.text.startswith("SIP/2.0 200") and _SDP in one.text
    ]
    ended_s = [one.at_s for one in script.traffic if one.came and one.text.startswith("BYE ")]
    found.that(bool(answered_s and ended_s), "both in the trace")
    after_s = ended_s[0] - answered_s[0]
    found.that(after_s < _AT_ONCE_S, f"BYE {after_s * 1000:.0f} ms after the answer")
    at_rest(found, door)
    found.that(door.releases == 0 and door.granted == 0, "nothing was released")


@case(
    "sipp: late 183",
    "a 183 that describes sound (none comes) after the 180, then 200: answered, talking, ended by the "
    "telephone",
)
def late_183(place: Place, found: Found) -> None:
    script = place.sipp(
        sipp.called(),
        sipp.answer(180, "Ringing"),
        sipp.pause(2),
        sipp.answer(183, "Session Progress", body=sipp.sound()),
        sipp.pause(1),
        sipp.answer(200, "OK", body=sipp.sound()),
        sipp.receive("ACK"),
        sipp.pause(1),
        sipp.hang_up(1),
    )
    door = door_to_far(place)
    door.press()
    found.that(door.becomes("ringing"), "it rings")
    found.that(door.becomes("talking", 6), "then they talk")
    kept(found, script, "ended by the telephone")
    at_rest(found, door)


@case(
    "sipp: hold and resume by re-INVITE",
    "put on hold (sendonly, then inactive) the station answers recvonly and inactive; taken back, the call "
    "goes on and the digit opens the door",
)
def hold(place: Place, found: Found) -> None:
    key = sipp.key_capture(place.folder / "key.pcap", RELEASE_DIGIT)
    script = place.sipp(
        *ANSWERED,
        sipp.pause(1),
        *_renegotiated(1, "sendonly"),
        sipp.pause(1),
        *_renegotiated(2, "inactive"),
        sipp.pause(1),
        *_renegotiated(3, "sendrecv"),
        sipp.pause(0.5),
        sipp.play(key),
        sipp.pause(1),
        sipp.hang_up(4),
    )
    door = door_to_far(place)
    found.that(door.talks(), "answered")
    kept(found, script, "each re-INVITE was taken")
    for number, direction in enumerate(("recvonly", "inactive", "sendrecv"), 1):
        given = _direction_answered(script, number)
        found.that(given == direction, f"answered {direction}", f"answered {given}, not {direction}")
    found.that(
        door.releases == door.granted == 1, "the digit opens the door once", f"{door.granted} releases"
    )
    at_rest(found, door)


def _direction_answered(script: Sipp, number: int) -> str:
    """Which direction the station gave its sound in answer to a re-INVITE (RFC 3264 section 6.1)."""
    for text in script.received:
        if text.startswith("SIP/2.0 200") and f"CSeq: {number} INVITE" in text:
            given = re.search(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)\s*$", text)
            return given[1] if given else "sendrecv"
    return "nothing"


def _renegotiated(number: int, direction: str) -> tuple[str, ...]:
    body = sipp.sound(direction, version=number + 1)
    return (
        sipp.request("INVITE", number, body=body),
        sipp.expect(200),
        sipp.request("ACK", number),
    )


@case(
    "sipp: session timer of the telephone",
    "a telephone that refreshes the session by re-INVITE and by UPDATE (RFC 4028) gets 200 each time",
)
def session_timer(place: Place, found: Found) -> None:
    timer = ("Supported: timer", "Session-Expires: 90;refresher=uas")
    refreshes = ("Supported: timer", "Session-Expires: 90;refresher=uac")
    script = place.sipp(
        sipp.called(),
        sipp.answer(200, "OK", *timer, body=sipp.sound()),
        sipp.receive("ACK"),
        sipp.pause(1),
        sipp.request("INVITE", 1, *refreshes, body=sipp.sound()),
        sipp.expect(200),
        sipp.request("ACK", 1),
        sipp.pause(1),
        sipp.request("UPDATE", 2, *refreshes),
        sipp.expect(200),
        sipp.pause(1),
        sipp.hang_up(3),
    )
    door = door_to_far(place)
    found.that(door.talks(), "answered")
    kept(found, script, "refreshed twice")
    at_rest(found, door)


@case(
    "sipp: telephone-event by another payload type",
    "the telephone answers 96 where 101 was offered, and sends its key as it said: the door opens once, or "
    "the log names what is wrong",
)
def other_payload_type(place: Place, found: Found) -> None:
    key = sipp.key_capture(place.folder / "key.pcap", RELEASE_DIGIT, 96)
    script = place.sipp(
        sipp.called(),
        sipp.answer(200, "OK", body=sipp.sound(events=96)),
        sipp.receive("ACK"),
        # It may be asked once more, with the number that it likes.
        sipp.perhaps("INVITE", 2.0, _answered_in_call(96), sipp.receive("ACK")),
        sipp.play(key),
        sipp.pause(1.5),
        sipp.hang_up(1),
    )
    door = door_to_far(place)
    found.that(door.talks(), "answered")
    kept(found, script, "the key was sent")
    told = "telephone-event" in door.said
    found.note(f"{door.granted} releases; {'the log names' if told else 'the log does not name'} it")
    opened = door.releases, door.granted
    found.that(opened == (1, 1) or (opened == (0, 0) and told), "one or the other")
    at_rest(found, door)


def _answered_in_call(events: int) -> str:
    return sipp.answer_in_call(body=sipp.sound(events=events, version=2))


@case("sipp: REFER refused", "told to call an expensive number the station refuses, and calls nobody")
def refer(place: Place, found: Found) -> None:
    script = place.sipp(
        *ANSWERED,
        sipp.pause(0.5),
        sipp.request("REFER", 1, f"Refer-To: <{_ELSEWHERE}>"),
        sipp.expect(603),
        sipp.pause(2),
        sipp.hang_up(2),
    )
    door = door_to_far(place)
    with closing(_elsewhere()) as other:
        found.that(door.talks(), "answered")
        kept(found, script, "refused by 603")
        found.that(_nothing_came(other), "nobody else was called")
    at_rest(found, door)


@case("sipp: 302 refused", "sent on to an expensive number the station calls nobody, and tells the visitor")
def redirected(place: Place, found: Found) -> None:
    script = place.sipp(
        sipp.called(),
        sipp.answer(302, "Moved Temporarily", f"Contact: <{_ELSEWHERE}>"),
        sipp.receive("ACK"),
    )
    door = door_to_far(place)
    with closing(_elsewhere()) as other:
        door.press()
        kept(found, script, "acknowledged")
        found.that(door.until(lambda: door.failures_shown > 0, 3), "the visitor is told")
        time.sleep(2.0)
        found.that(_nothing_came(other), "nobody else was called")
    at_rest(found, door)


def _elsewhere() -> socket.socket:
    """Where a station that obeys would call."""
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.bind((STREET_ADDRESS, _ELSEWHERE_PORT))
    other.setblocking(False)
    return other


def _nothing_came(other: socket.socket) -> bool:
    try:
        other.recv(65535)
    except BlockingIOError:
        return True
    return False
