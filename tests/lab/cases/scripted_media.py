"""SIPp as the far telephone: a session that must be refreshed, sound that stops, keys that are done wrong."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from tests.lab import sipp
from tests.lab.case import Found, case
from tests.lab.cases.scripted import ANSWERED, at_rest, door_to_far, kept
from tests.lab.door import RELEASE_DIGIT, Door
from tests.lab.place import Place
from tests.lab.sipp import Sipp

from portier.bench.line.packets import KeyShape

_SHORTEST_SESSION_S = 90
"""RFC 4028 section 4 allows none below."""
_REFRESHED_S = 35.0, 55.0
_FAR_REFRESH_S, _UNREFRESHED_BY_S = 40.0, 70.0
_RTP_TIMEOUT_S = 5.0
_SOUND_S = 3.0
_RELEASE_TAKES_S = 1.5
_KEYS_BACK_TO_BACK = "1234"


@case(
    "sipp: session timer of the station",
    "a telephone that leaves the refreshing of a session of 90 s to the station (RFC 4028) gets its refresh "
    "at half of it, by re-INVITE, and the call goes on",
    limit_s=90,
)
def refreshed_by_station(place: Place, found: Found) -> None:
    timer = ("Require: timer", f"Session-Expires: {_SHORTEST_SESSION_S};refresher=uac")
    script = place.sipp(
        sipp.called(),
        sipp.answer(200, "OK", *timer, "Allow: INVITE, ACK, BYE, CANCEL", body=sipp.sound()),
        sipp.receive("ACK"),
        sipp.receive("INVITE", _SHORTEST_SESSION_S),
        sipp.answer_in_call(*timer, body=sipp.sound(version=2)),
        sipp.receive("ACK"),
        sipp.pause(1),
        sipp.hang_up(1),
        limit_s=80,
    )
    door = door_to_far(place, call="rtp_timeout_s = 0\nmax_talk_s = 120")
    found.that(door.talks(), "answered")
    began_s = time.monotonic()
    found.that(door.until(lambda: _invites(script) == 2, _REFRESHED_S[1] + 5), "refreshed by the station")
    after_s = time.monotonic() - began_s
    found.that(_REFRESHED_S[0] < after_s < _REFRESHED_S[1], f"after {after_s:.0f} s")
    time.sleep(0.3)
    found.that(door.status["call"] == "talking", "the call goes on", f"the call: {door.status['call']}")
    kept(found, script, "until the telephone ends it")
    at_rest(found, door)


def _invites(script: Sipp) -> int:
    return sum(one.startswith("INVITE ") for one in script.received)


@case(
    "sipp: session timer, the far end refreshes",
    "a telephone that refreshes the session of 90 s itself, after 40 s by re-INVITE, keeps the call beyond "
    "the first 60 s; it does so no more, and the station ends the call by BYE when that is due",
    limit_s=150,
)
def refreshed_by_telephone(place: Place, found: Found) -> None:
    timer = ("Supported: timer", "Require: timer")
    script = place.sipp(
        sipp.called(),
        sipp.answer(
            *(200, "OK", *timer, f"Session-Expires: {_SHORTEST_SESSION_S};refresher=uas"), body=sipp.sound()
        ),
        sipp.receive("ACK"),
        sipp.pause(_FAR_REFRESH_S),
        sipp.request(
            *("INVITE", 1, timer[0], f"Session-Expires: {_SHORTEST_SESSION_S};refresher=uac"),
            body=sipp.sound(version=2),
        ),
        sipp.expect(200),
        sipp.request("ACK", 1),
        sipp.receive("BYE", _SHORTEST_SESSION_S),
        sipp.answer_in_call(),
        limit_s=140,
    )
    door = door_to_far(place, call="rtp_timeout_s = 0\nmax_talk_s = 180")
    found.that(door.talks(), "answered")
    began_s = time.monotonic()
    refreshed = door.until(lambda: bool(_answers(script)), _FAR_REFRESH_S + 5)
    found.that(refreshed, "the station takes the refresh")
    found.that("Session-Expires: 90" in "".join(_answers(script)), "and the session's length")
    time.sleep(max(0.0, began_s + _UNREFRESHED_BY_S - time.monotonic()))
    found.that(door.status["call"] == "talking", "the call goes on", f"the call: {door.status['call']}")
    kept(found, script, "ended by the station", _SHORTEST_SESSION_S)
    ended_s = time.monotonic() - began_s
    # RFC 4028 section 10: the lesser of 32 s and a third of the interval before its end.
    due_s = _FAR_REFRESH_S + _SHORTEST_SESSION_S - 30
    found.that(
        due_s - 3 < ended_s < due_s + 8, f"after {ended_s:.0f} s", f"after {ended_s:.0f}, not {due_s:.0f} s"
    )
    at_rest(found, door)


def _answers(script: Sipp) -> list[str]:
    return [one for one in script.received if one.startswith("SIP/2.0 200 ")]


@case(
    "sipp: session interval too small (422)",
    "a telephone that refuses the station's session timer by 422 is called again with the Min-SE that it "
    "named, and answers",
)
def too_small(place: Place, found: Found) -> None:
    script = place.sipp(
        sipp.called(),
        sipp.answer(422, "Session Interval Too Small", "Min-SE: 3600"),
        sipp.receive("ACK"),
        sipp.receive("INVITE"),
        sipp.answer(200, "OK", "Require: timer", "Session-Expires: 3600;refresher=uac", body=sipp.sound()),
        sipp.receive("ACK"),
        sipp.pause(1),
        sipp.hang_up(1),
    )
    door = door_to_far(place)
    found.that(door.talks(), "answered")
    kept(found, script, "asked again")
    invites = [one for one in script.received if one.startswith("INVITE ")]
    found.that("Min-SE: 3600" in invites[-1], "with the interval it named")
    at_rest(found, door)


@case(
    "sipp: RTP that stops",
    "a telephone that speaks for 3 s, then sends nothing more and says no goodbye: call.rtp_timeout_s after "
    'its last packet the station ends the call by BYE, and the log says "the line went dead"',
)
def silent(place: Place, found: Found) -> None:
    speech = sipp.sound_capture(place.folder / "sound.pcap", _SOUND_S)
    script = place.sipp(*ANSWERED, sipp.play(speech), sipp.receive("BYE"), sipp.answer_in_call())
    door = door_to_far(place, call=f"rtp_timeout_s = {_RTP_TIMEOUT_S}\nmax_talk_s = 60")
    found.that(door.talks(), "answered")
    began_s = time.monotonic()
    kept(found, script, "ended by the station")
    ended_s = time.monotonic() - began_s
    found.that(
        _SOUND_S + _RTP_TIMEOUT_S - 1 < ended_s < _SOUND_S + _RTP_TIMEOUT_S + 3, f"after {ended_s:.1f} s"
    )
    found.that(door.until(lambda: bool(door.calls), 3.0), "in the log")
    found.that("the line went dead" in door.calls[-1], "the line went dead", door.calls[-1])
    at_rest(found, door)


@case(
    "sipp: keys without marker, without end, held for 5 s",
    "a release digit without the marker bit, one that loses every end packet, one held for 5 s: each opens "
    "the door once",
    limit_s=60,
)
def done_wrong(place: Place, found: Found) -> None:
    plain = KeyShape()
    shapes = {
        "no marker": replace(plain, marker=False),
        "no end packet": replace(plain, end_packets=0),
        "held for 5 s": replace(plain, duration_ms=5000),
    }
    door = door_to_far(place)
    for name, shape in shapes.items():
        capture = sipp.key_capture(
            place.folder / f"{sipp.EVENTS}-{shape.duration_ms}.pcap", RELEASE_DIGIT, shape=shape
        )
        before, granted = door.releases, door.granted
        _keyed(place, found, door, capture, shape.duration_ms / 1000)
        times = door.releases - before, door.granted - granted
        found.that(times == (1, 1), f"{name}: once", f"{name}: {times[0]} times, by the log {times[1]}")
    at_rest(found, door)


@case(
    "sipp: keys back to back at 40 ms",
    "the four keys of a release digit, each 40 ms long and 40 ms after the other: the door opens once",
)
def back_to_back(place: Place, found: Found) -> None:
    shape = KeyShape(duration_ms=40, gap_ms=40)
    capture = sipp.keys_capture(place.folder / "keys.pcap", _KEYS_BACK_TO_BACK, shape=shape)
    door = door_to_far(place, **{"doors.front": f'release_digit = "{_KEYS_BACK_TO_BACK}"'})
    _keyed(place, found, door, capture, 0.5)
    found.that(door.releases == door.granted == 1, "once", f"{door.granted} times")
    at_rest(found, door)


def _keyed(place: Place, found: Found, door: Door, capture: Path, lasts_s: float) -> None:
    """A call in which the telephone sends what is in a capture."""
    script = place.sipp(
        *ANSWERED,
        sipp.pause(0.5),
        sipp.play(capture),
        sipp.pause(lasts_s + _RELEASE_TAKES_S),
        sipp.hang_up(1),
    )
    found.that(door.talks(), "answered")
    kept(found, script, "the keys were sent")
    door.becomes("idle")
