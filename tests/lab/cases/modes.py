"""A line at Asterisk in each intercom mode: rung with the prefix, and plainly.

baresip 1.0.0 does not know the header by which a PBX has a telephone go off hook: where it came, the lab
answers at once, as such a telephone does, and where it did not, only when the telephone has rung a while.
"""

from __future__ import annotations

import re
import time

from tests.lab.asterisk_server import DOOR_USER, LINE, MODE_LINES, Asterisk
from tests.lab.case import Found, case
from tests.lab.cases.calls import keys, sections
from tests.lab.door import Door
from tests.lab.network import PBX
from tests.lab.phone import LabPhone
from tests.lab.place import Place
from tests.lab.server import wait_for_text

from portier.bench.line_mode import LineMode

_RING_S = 15
_RINGS_A_WHILE_S = 2.0
_TALK_S = 0.5


@case(
    "asterisk: line's intercom mode off",
    "404 for 3691 + line, then the line is called without it and rings until somebody answers; a plain call "
    "rings, too; both times the digit opens the door",
)
def off(place: Place, found: Found) -> None:
    pbx, phone, door = _ready(place, found, LineMode.OFF)
    line = MODE_LINES[LineMode.OFF]
    _visit(found, pbx, phone, door, "bell", [f"3691{line}", line], by_itself=False)
    found.that('"bell" refused with 404' in door.said, "the log says that the prefix was refused")
    _visit(found, pbx, phone, door, "side", [line], by_itself=False)


@case(
    "asterisk: line's intercom mode prefixed",
    "3691 + line has the telephone answer by itself, a plain call rings until somebody answers; both times "
    "the digit opens the door",
)
def prefixed(place: Place, found: Found) -> None:
    pbx, phone, door = _ready(place, found, LineMode.PREFIXED)
    line = MODE_LINES[LineMode.PREFIXED]
    _visit(found, pbx, phone, door, "bell", [f"3691{line}"], by_itself=True)
    _visit(found, pbx, phone, door, "side", [line], by_itself=False)


@case(
    "asterisk: line's intercom mode yes",
    "as we read it: the telephone answers by itself with 3691 and without; both times the digit opens "
    "the door",
)
def yes(place: Place, found: Found) -> None:
    pbx, phone, door = _ready(place, found, LineMode.YES)
    line = MODE_LINES[LineMode.YES]
    _visit(found, pbx, phone, door, "bell", [f"3691{line}"], by_itself=True)
    _visit(found, pbx, phone, door, "side", [line], by_itself=True)


def _ready(place: Place, found: Found, mode: LineMode) -> tuple[Asterisk, LabPhone, Door]:
    """`bell` rings the line with the prefix, `side` plainly."""
    line = MODE_LINES[mode]
    targets = {"bell": f'line = "{line}"', "side": f'line = "{line}"\nprefix = false'}
    rung = {f"targets.{name}": lines for name, lines in targets.items()}
    rung |= {f"lists.{name}": f'steps = [{{ ring = ["{name}"], seconds = {_RING_S} }}]' for name in targets}
    pbx = place.asterisk()
    phone = place.phone(answers=False)
    door = place.door(sections=sections(**rung, call="max_talk_s = 30"), bell="bell", side="side")
    found.that(door.registers() and pbx.knows(DOOR_USER) and pbx.knows(LINE), "registered")
    return pbx, phone, door


def _visit(
    found: Found,
    pbx: Asterisk,
    phone: LabPhone,
    door: Door,
    button: str,
    dialled: list[str],
    *,
    by_itself: bool,
) -> None:
    since = len(pbx.said)
    door.press(button)
    found.that(door.becomes("ringing"), f"{' then '.join(dialled)} rings")
    told = wait_for_text(pbx.log, "answer-after=0", _RINGS_A_WHILE_S, since)
    found.that(told == by_itself, f"the telephone {'is told to answer' if by_itself else 'is told nothing'}")
    if not told:
        found.that(door.status["call"] == "ringing", "it goes on ringing until somebody answers")
    phone.answer()
    found.that(door.becomes("talking"), "answered")
    asked = re.findall(rf"INVITE sip:(\d+)@{re.escape(PBX.address)}", pbx.said[since:])
    asked = list(dict.fromkeys(asked))
    found.that(asked == dialled, f"dialled {', '.join(dialled)}", f"dialled {', '.join(asked)}")
    time.sleep(_TALK_S)
    keys(found, door, phone)
    phone.hang_up()
    found.that(door.becomes("idle"), "ended by the telephone")
