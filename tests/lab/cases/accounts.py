"""Two accounts at two PBXs: the second stands in for the first, which is gone back to."""

from __future__ import annotations

import re
import time

from tests.lab.asterisk_server import DOOR_USER, LINE, PASSWORD
from tests.lab.case import Found, case
from tests.lab.cases.calls import keys, sections
from tests.lab.network import OPERATOR, OTHER_PHONE
from tests.lab.place import Place

_BACK_LIMIT_S = 65.0
"""The longest pause between two tries of a registration, and some."""


@case(
    "asterisk: two accounts, the first PBX dies",
    "a press goes by the first PBX; that one killed, by the second, whose telephone talks and opens the "
    "door; the first back, it is registered there again and the next press goes by it",
    limit_s=150,
)
def first_dies(place: Place, found: Found) -> None:
    first = place.asterisk()
    second = place.asterisk(host=OPERATOR)
    phone = place.phone()
    other_phone = place.phone(host=OTHER_PHONE, registrar=OPERATOR.address)
    password = place.folder / "second-password"
    password.write_text(PASSWORD)
    password.chmod(0o600)
    at = OPERATOR.address
    backup = f'domain = "{at}"\nregistrar = "{at}"\nuser = "{DOOR_USER}"\npassword_file = "{password}"'
    door = place.door(sections=sections(**{"accounts.backup": backup}))
    found.that(
        door.until(lambda: set(door.status["accounts"].values()) == {"registered"}, 10.0),
        "registered at both",
        f"accounts: {door.status['accounts']}",
    )
    found.that(first.knows(LINE) and second.knows(LINE), "a telephone at each, too")
    invite = f"INVITE sip:3691{LINE}@"

    found.that(door.talks(), "answered")
    time.sleep(0.5)
    phone.hang_up()
    door.becomes("idle")
    found.that(invite in first.said and invite not in second.said, "by the first")

    first.kill()
    since = len(first.said)
    pressed_s = time.monotonic()
    found.that(door.talks(limit_s=15.0), "the first killed, the next press is answered")
    found.note(f"after {time.monotonic() - pressed_s:.1f} s")
    found.that(invite in second.said, "by the second")
    found.that("trying the next" in door.said, "and the log says so")
    time.sleep(0.5)
    keys(found, door, other_phone)
    other_phone.hang_up()
    door.becomes("idle")

    first.start()
    began_s = time.monotonic()
    found.that(
        door.until(lambda: _has_registered(first.said[since:]), _BACK_LIMIT_S),
        "the first back, registered there",
    )
    found.note(f"after {time.monotonic() - began_s:.0f} s")
    time.sleep(0.5)
    found.that(door.talks(limit_s=8.0), "the next press is answered")
    found.that(invite in first.said[since:], "by the first")
    phone.hang_up()


def _has_registered(said: str) -> bool:
    """Whether the station asked a PBX, of which this was said since, and was taken."""
    return re.search(rf"REGISTER sip:.*?{DOOR_USER}@.*?SIP/2\.0 200 OK", said, re.DOTALL) is not None
