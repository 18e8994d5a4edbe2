"""Records of calls that nobody made: one plausible visit, and every odd one a page must bear."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from portier.bench.voice import voice
from portier.record.call_record import CallRecord, Release, Stream
from portier.report.sound import Heard, Sounds

_BEGUN = "2025-11-26T14:05:11.204+01:00"


def visit() -> CallRecord:
    """Twelve seconds: a press with bounces, a challenge, talk, a wrong attempt, a release of 2 s, BYE."""
    return CallRecord(
        leg=3,
        button="bell",
        begun_at=_BEGUN,
        debounce_s=0.03,
        sent_s=0.0309,
        ringing_s=0.121,
        answered_s=0.2451,
        first_sound_s=0.2874,
        ended_s=12.04,
        end="hung up",
        status=200,
        stream=Stream("PCMA", 588, 0, 1, 590, 0, 0.42),
        releases=[Release("front", 8.1309, 8.1302, 8.1315, 10.1319)],
        wrong_attempts=1,
        wrong_s=[5.904],
        states=[(0.0301, "calling"), (0.1212, "ringing"), (0.2453, "talking"), (12.0402, "idle")],
        signs=[
            (0.0301, ("calling",)),
            (0.2453, ("talking",)),
            (8.1309, ("released", "talking")),
            (10.131, ("talking",)),
            (12.0402, ("idle",)),
        ],
        sip=[
            (0.0309, True, "INVITE"),
            (0.0321, False, "407 Proxy Authentication Required"),
            (0.0324, True, "ACK"),
            (0.0328, True, "INVITE"),
            (0.0337, False, "100 Trying"),
            (0.121, False, "180 Ringing"),
            (0.2451, False, "200 OK (INVITE)"),
            (0.2457, True, "ACK"),
            (12.04, False, "BYE"),
            (12.0407, True, "200 OK (BYE)"),
        ],
        pins={
            "button bell": [
                *(
                    (-0.0043, 1),
                    (-0.0036, 0),
                    (-0.0031, 1),
                    (-0.0012, 0),
                    (-0.001, 1),
                    (-0.0002, 0),
                    (0.0, 1),
                ),
                *((0.1534, 0), (0.1539, 1), (0.1541, 0)),
            ],
            "door front": [(8.1315, 1), (10.1319, 0)],
            "lamp status": [
                *((0.0302, 1), (0.2454, 1)),
                *_blinks(8.1316, 10.131, 0.1),
                *((10.132, 1), (12.041, 0)),
            ],
        },
        buffer=[(0.5 + n / 2, 40.0 + 20 * (n % 5 == 3) + 20 * (n == 11)) for n in range(23)],
        captured=levels(0.3, 12.0, 0.0, 5200),
        far=levels(0.3, 12.0, 1.7, 6100),
    )


def sounds(length_s: float = 11.7) -> Sounds:
    """What both ends heard of the bench's voices in that visit."""
    return Sounds(
        phone_heard=Heard(voice("door", 8000, length_s), 8000, 0.31),
        door_heard=Heard(voice("phone", 16000, length_s), 16000, 0.2874),
    )


def levels(start_s: float, end_s: float, phase: float, peak: int) -> list[tuple[float, int]]:
    """A peak for each tenth of a second, as speech has them."""
    count = round((end_s - start_s) * 10)
    return [
        (
            start_s + n / 10,
            round(peak * abs(math.sin(1.9 * n + phase)) ** 3 * (0.0 if n % 17 > 13 else 1.0)) + 9,
        )
        for n in range(count)
    ]


def _blinks(start_s: float, end_s: float, every_s: float) -> list[tuple[float, int]]:
    count = max(1, math.ceil((end_s - start_s) / every_s))
    return [(start_s + n * every_s, (n + 1) % 2) for n in range(count)]


def unanswered(end: str, status: int, last_s: float, rang: bool = False) -> CallRecord:
    """A call that nobody took, ended by the line with a status or by the station's patience."""
    by_line = [(last_s, False, f"{status} of the line"), (last_s + 0.0004, True, "ACK")]
    by_station = [(last_s, True, "CANCEL"), (last_s + 0.001, False, "487 Request Terminated")]
    begin = [(0.0309, True, "INVITE"), (0.0317, False, "100 Trying")]
    ringing = [(0.152, False, "180 Ringing")] if rang else []
    return CallRecord(
        leg=1,
        button="bell",
        begun_at=_BEGUN,
        debounce_s=0.03,
        sent_s=0.0309,
        ringing_s=0.152 if rang else None,
        ended_s=last_s,
        end=end,
        status=status,
        states=[(0.0301, "calling"), *([(0.1521, "ringing")] if rang else []), (last_s, "idle")],
        signs=[(0.0301, ("calling",)), (last_s, ("failure",)), (last_s + 5, ("idle",))],
        sip=[*begin, *ringing, *(by_line if status else by_station)],
        pins={"button bell": [(0.0, 1), (0.21, 0)]},
    )


def unreachable() -> CallRecord:
    """INVITEs that nobody answers."""
    again = [(0.0309 + at_s, True, "INVITE") for at_s in (0.0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5)]
    return replace(unanswered("unreachable", 408, 32.03), sip=again)


def without_sound() -> CallRecord:
    """A call that was answered, and in which nothing of sound was measured."""
    return replace(visit(), captured=[], far=[], buffer=[], first_sound_s=None, stream=None)


def silent_line() -> CallRecord:
    """A call in which nothing came from the line."""
    return replace(visit(), far=[(at_s, 3) for at_s, _ in visit().far], first_sound_s=None)


def many_releases() -> CallRecord:
    """Two doors; one release is prolonged, one was asked by no digit."""
    releases = [
        Release("front", 3.001, 3.0, 3.0012, 5.0),
        Release("front", 4.0, None, None, None),
        Release("garden gate with a long name", 6.2, None, 6.2007, 9.2),
        Release("front", 9.001, 9.0, 9.0013, 11.0),
        Release("front", 11.201, 11.2, 11.2013, 11.9),
    ]
    pins = {
        "door front": [(3.0012, 1), (5.0, 0), (9.0013, 1), (11.0, 0), (11.2013, 1), (11.9, 0)],
        "door garden gate with a long name": [(6.2007, 1), (9.2, 0)],
    }
    return replace(visit(), releases=releases, pins=visit().pins | pins)


def card_lost() -> CallRecord:
    """The sound card is away for some seconds of the call."""

    def left(series: list[tuple[float, int]]) -> list[tuple[float, int]]:
        return [one for one in series if not 4.0 < one[0] < 6.6]

    return replace(visit(), captured=left(visit().captured), far=left(visit().far), xruns=2)


def still_talking() -> CallRecord:
    """The record of a call that goes on, its door released."""
    releases = [Release("front", 8.1309, 8.1302, 8.1315, None)]
    return replace(visit(), ended_s=None, end="", status=0, releases=releases, sip=visit().sip[:-2])


def an_hour() -> CallRecord:
    """As many values as a record can have."""
    refreshed = [
        (at_s, sent, text)
        for n in range(1, 4)
        for at_s, sent, text in (
            (900.0 * n, False, "INVITE"),
            (900.0 * n + 0.004, True, "200 OK (INVITE)"),
            (900.0 * n + 0.02, False, "ACK"),
        )
    ]
    opened = [(280.0 * n + 0.003, 280.0 * n + 3.0) for n in range(1, 13)]
    return replace(
        visit(),
        ended_s=3600.0,
        end="talked for the longest time",
        states=[*visit().states[:-1], (3600.0, "idle")],
        signs=[(0.0301, ("calling",)), (0.2453, ("talking",)), (3600.0, ("idle",))],
        sip=[*visit().sip[:-2], *refreshed, (3600.0, True, "BYE"), (3600.02, False, "200 OK (BYE)")],
        releases=[Release("front", on_s - 0.001, on_s - 0.0018, on_s, off_s) for on_s, off_s in opened],
        pins={
            "button bell": visit().pins["button bell"],
            "door front": [change for on_s, off_s in opened for change in ((on_s, 1), (off_s, 0))],
            "lamp status": _blinks(0.3, 3600.0, 0.25),
        },
        captured=levels(0.3, 3600.0, 0.0, 5200),
        far=levels(0.3, 3600.0, 1.7, 6100),
        buffer=[(0.5 + n / 2, 40.0 + 20 * (n % 700 == 3)) for n in range(7199)],
    )


def strange_names() -> CallRecord:
    """Names as nobody should choose them."""
    name = '<script>alert("1")</script> $x_1$ ]]> & \x00\x1b[31m\n\u202e \ud800 \U0001f6aa \u5165\u53e3'
    record = visit()
    return replace(
        record,
        button=name,
        begun_at="<b>once</b>",
        end="<i>over</i>",
        releases=[replace(one, door=name) for one in record.releases],
        states=[(at_s, name) for at_s, _ in record.states],
        signs=[(at_s, (name, *names)) for at_s, names in record.signs],
        sip=[(at_s, sent, f"{text} {name}") for at_s, sent, text in record.sip],
        pins={f"{pin} {name}": changes for pin, changes in record.pins.items()},
        stream=Stream(name, 1, 2, 3, 4, None, 0.1),
    )


def impossible_moments() -> CallRecord:
    """Moments that are no numbers, or come in the wrong order."""
    nan = math.nan
    return replace(
        visit(),
        ringing_s=nan,
        ended_s=math.inf,
        sip=[(nan, True, "INVITE"), (9.0, False, "BYE"), (1.0, True, "INVITE")],
        captured=[(nan, 100), (3.0, 40000), (2.0, -5)],
        buffer=[(1.0, nan), (2.0, -30.0)],
        pins={"door front": [(nan, 1), (7.0, 0), (6.0, 1)], "lamp status": []},
        releases=[Release("front", nan, 1.0, 2.0, 3.0), Release("front", 3.0, 2.0, 1.0, 0.5)],
        wrong_s=[nan, -2.0],
    )


def many_messages() -> CallRecord:
    """A flood of INFO."""
    keys = [(1.0 + n / 50, n % 2 == 1, "200 OK (INFO)" if n % 2 else "INFO") for n in range(500)]
    return replace(visit(), sip=[*visit().sip[:-2], *keys, *visit().sip[-2:]])


ODD: dict[str, Callable[[], CallRecord]] = {
    "nothing but a press": lambda: CallRecord(1, "bell", ""),
    "busy": lambda: unanswered("busy", 486, 0.21),
    "no answer": lambda: unanswered("no answer", 0, 30.03, rang=True),
    "unreachable": unreachable,
    "without sound": without_sound,
    "many releases": many_releases,
    "card lost in mid-call": card_lost,
    "still talking": still_talking,
    "by command": lambda: replace(visit(), debounce_s=0.0, sent_s=0.0009, pins={}),
    "an hour": an_hour,
    "strange names": strange_names,
    "impossible moments": impossible_moments,
    "many messages": many_messages,
}
"""Records that a page must bear, by what is odd about them."""
