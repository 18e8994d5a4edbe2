"""Several telephones at Asterisk, rung at once and in turn."""

from __future__ import annotations

import time

from tests.lab.asterisk_server import LINE, OTHER_LINE
from tests.lab.case import Found, case
from tests.lab.cases.calls import keys, sections
from tests.lab.door import Door
from tests.lab.network import OTHER_PHONE
from tests.lab.phone import LabPhone
from tests.lab.place import Place

_TARGETS = {
    "targets.kitchen": f'line = "{LINE}"\nprefix = false',
    "targets.office": f'line = "{OTHER_LINE}"\nprefix = false',
}
_STEP_S = 5


def _ready(place: Place, found: Found, steps: str) -> tuple[Door, LabPhone, LabPhone]:
    pbx = place.asterisk()
    kitchen = place.phone(answers=False)
    office = place.phone(OTHER_LINE, host=OTHER_PHONE, answers=False)
    door = place.door(
        sections=sections(**_TARGETS, **{"lists.family": f"steps = {steps}\ntotal_s = 40"}), bell="family"
    )
    found.that(door.registers() and pbx.knows(LINE) and pbx.knows(OTHER_LINE), "all registered")
    return door, kitchen, office


@case(
    "asterisk: two telephones at once",
    "both ring; the first that is answered talks and its digit opens the door, the other stops ringing",
)
def at_once(place: Place, found: Found) -> None:
    door, kitchen, office = _ready(place, found, '[{ ring = ["kitchen", "office"], seconds = 20 }]')
    door.press()
    found.that(door.becomes("ringing"), "it rings")
    # Either of them has said so: the other is given its time.
    time.sleep(3.0)
    office.answer()
    found.that(door.becomes("talking"), "one is answered")
    time.sleep(0.5)
    keys(found, door, office)
    office.hang_up()
    found.that(door.becomes("idle"), "ended by that telephone")
    for phone in (kitchen, office):
        phone.close()
        found.that("INVITE sip:" in phone.log, "both had rung" if phone is office else "the other had rung")
    found.that("CANCEL sip:" in kitchen.log, "and was cancelled")


@case(
    "asterisk: two telephones in turn",
    "the first is not answered: it stops ringing after its time, the second rings, is answered, and talks",
)
def in_turn(place: Place, found: Found) -> None:
    steps = ", ".join(f'{{ ring = ["{name}"], seconds = {_STEP_S} }}' for name in ("kitchen", "office"))
    door, kitchen, office = _ready(place, found, f"[{steps}]")
    door.press()
    found.that(door.becomes("ringing"), "the first rings")
    time.sleep(_STEP_S + 2.5)
    office.answer()
    found.that(door.becomes("talking"), "the second is answered")
    time.sleep(0.5)
    keys(found, door, office)
    office.hang_up()
    found.that(door.becomes("idle"), "ended by that telephone")
    kitchen.close()
    found.that("CANCEL sip:" in kitchen.log, "the first was cancelled")
