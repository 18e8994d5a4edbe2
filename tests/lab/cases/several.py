"""Several telephones at Asterisk, rung at once and in turn."""

from __future__ import annotations

import re
import time

from tests.lab.asterisk_server import LINE, OTHER_LINE, Asterisk
from tests.lab.case import Found, case
from tests.lab.cases.calls import keys, sections
from tests.lab.door import RELEASE_DIGIT, Door
from tests.lab.network import OTHER_PHONE, PHONE, Host
from tests.lab.phone import LabPhone
from tests.lab.place import Place

_TARGETS = {
    "targets.kitchen": f'line = "{LINE}"\nprefix = false',
    "targets.office": f'line = "{OTHER_LINE}"\nprefix = false',
}
_STEP_S = 5
_IN_TURN = f'[{{ ring = ["kitchen"], seconds = {_STEP_S} }}, {{ ring = ["office"], seconds = {_STEP_S} }}]'
_CONFIRM_KEY, _CONFIRM_S = "1", 4
_EARLY_S = 0.5


def _ready(
    place: Place, found: Found, steps: str, more: str = "", *, kitchen_answers: bool = False
) -> tuple[Asterisk, Door, LabPhone, LabPhone]:
    pbx = place.asterisk()
    kitchen = place.phone(answers=kitchen_answers)
    office = place.phone(OTHER_LINE, host=OTHER_PHONE, answers=False)
    family = f"steps = {steps}\ntotal_s = 40\n{more}".strip()
    door = place.door(sections=sections(**_TARGETS, **{"lists.family": family}), bell="family")
    found.that(door.registers() and pbx.knows(LINE) and pbx.knows(OTHER_LINE), "all registered")
    return pbx, door, kitchen, office


@case(
    "asterisk: two telephones at once",
    "both ring; the first that is answered talks and its digit opens the door, the other stops ringing",
)
def at_once(place: Place, found: Found) -> None:
    _, door, kitchen, office = _ready(place, found, '[{ ring = ["kitchen", "office"], seconds = 20 }]')
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
    pbx, door, kitchen, office = _ready(place, found, _IN_TURN)
    pressed_s = door.press()
    found.that(door.until(lambda: _sent(pbx, "INVITE", LINE, PHONE), 3.0), "the first rings")
    found.that(
        door.until(lambda: _sent(pbx, "INVITE", OTHER_LINE, OTHER_PHONE), _STEP_S + 3.0), "the second rings"
    )
    after_s = time.monotonic() - pressed_s
    found.that(after_s > _STEP_S - _EARLY_S, f"after {after_s:.1f} s, when the first one's time is over")
    found.that(door.until(lambda: _sent(pbx, "CANCEL", LINE, PHONE), 2.0), "the first has stopped by then")
    time.sleep(1.0)
    office.answer()
    found.that(door.becomes("talking"), "the second is answered")
    time.sleep(0.5)
    keys(found, door, office)
    office.hang_up()
    found.that(door.becomes("idle"), "ended by that telephone")
    kitchen.close()
    found.that("CANCEL sip:" in kitchen.log, "the first was told of it")


@case(
    "asterisk: two telephones in turn, to be confirmed",
    "the first answers by itself in an empty flat: its release digit counts for nothing, and as no key "
    "confirms, its call is ended; the second rings, is answered, its key confirms, it opens the door",
    limit_s=60,
)
def confirmed(place: Place, found: Found) -> None:
    confirm = f'confirm = "{_CONFIRM_KEY}"\nconfirm_s = {_CONFIRM_S}'
    pbx, door, kitchen, office = _ready(place, found, _IN_TURN, confirm, kitchen_answers=True)
    door.press()
    found.that(door.until(lambda: "who is asked to confirm" in door.said, 5.0), "the first answers by itself")
    asked_s = time.monotonic()
    time.sleep(0.5)
    kitchen.send_digit(RELEASE_DIGIT)
    found.that(
        door.until(lambda: _sent(pbx, "INVITE", OTHER_LINE, OTHER_PHONE), _CONFIRM_S + 3.0),
        "unconfirmed, the second rings",
    )
    after_s = time.monotonic() - asked_s
    found.that(
        after_s >= _CONFIRM_S - _EARLY_S, f"after {after_s:.1f} s, not before its time to confirm is over"
    )
    time.sleep(0.5)
    office.answer()
    found.that(door.until(lambda: door.said.count("who is asked to confirm") == 2, 5.0), "it is answered")
    time.sleep(0.5)
    found.that(door.status["call"] != "talking", "and does not talk yet")
    found.that(door.releases == 0 and door.granted == 0, "until then nothing was released")
    office.send_digit(_CONFIRM_KEY)
    found.that(door.becomes("talking"), "its key confirms: they talk")
    time.sleep(0.5)
    keys(found, door, office)
    office.hang_up()
    found.that(door.becomes("idle"), "ended by that telephone")
    kitchen.close()
    found.that("BYE sip:" in kitchen.log, "the first was hung up on")


def _sent(pbx: Asterisk, method: str, line: str, host: Host) -> bool:
    """Whether the PBX has sent a telephone such a request."""
    return re.search(rf"{method} sip:{line}[^@\s]*@{re.escape(host.address)}:", pbx.said) is not None
