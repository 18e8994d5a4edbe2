"""A bad line between the station and the PBX: loss and jitter, for SIP, sound and keys alike."""

from __future__ import annotations

import time

from tests.lab.bad_line import BadLine, Trouble
from tests.lab.case import Found, case
from tests.lab.cases.calls import ready
from tests.lab.door import RATE_HZ, RELEASE_DIGIT
from tests.lab.phone import door_hears
from tests.lab.place import Place, hears

_TALK_S = 8.0
# The station's jitter buffer stretches sound to fill what is late or lost.
_PIECE_S = 0.16
_KEYS = 8
_APART_S = 1.7


@case(
    "bad line: 5 % loss and 50 ms jitter",
    "registered and answered all the same; each side's voice is found in the other's recording; of eight "
    "release digits each arrives, once",
    limit_s=90,
)
def loss_and_jitter(place: Place, found: Found) -> None:
    _bad(place, found, "lan")


@case(
    "bad line: 5 % loss and 50 ms jitter, jitter buffer wifi",
    "the same with sip.jitter_buffer = wifi: voices are found, of eight release digits each arrives, once",
    limit_s=90,
)
def with_wifi_buffer(place: Place, found: Found) -> None:
    _bad(place, found, "wifi")


def _bad(place: Place, found: Found, jitter_buffer: str) -> None:
    line = BadLine(Trouble(loss=0.05, most_delay_s=0.05))
    line.open()
    place.afterwards(line.close)
    _, phone, door = ready(place, found, sip=f'jitter_buffer = "{jitter_buffer}"')
    found.that(door.talks(limit_s=8.0), "answered")
    time.sleep(_TALK_S)
    # The door's own tones, which follow, are no part of the telephone's voice.
    heard = door.heard
    for _ in range(_KEYS):
        phone.send_digit(RELEASE_DIGIT)
        time.sleep(_APART_S)
    counted = door.releases, door.granted
    found.that(
        counted == (_KEYS, _KEYS),
        f"{_KEYS} digits, each once",
        f"of {_KEYS} digits the relay shows {counted[0]}, the log {counted[1]}",
    )
    phone.hang_up()
    found.that(door.becomes("idle", 10), "ended by the telephone")
    phone.close()
    hears(found, "the telephone hears the visitor", phone.hears_door())
    hears(found, "the visitor hears the telephone", door_hears(heard, RATE_HZ, piece_s=_PIECE_S))
    echo = door_hears(heard, RATE_HZ, "door", _PIECE_S)
    found.that(echo.share < 0.2, "and nobody else", f"and himself ({echo.share:.0%})")
    found.note(f"{line.lost} of {line.carried} packets were lost")
    found.that(0.03 < line.lost / line.carried < 0.08, "as many as was meant")
    if door.until(lambda: bool(door.calls), 3.0):
        found.note(door.calls[-1][door.calls[-1].index("PCMA") :])
