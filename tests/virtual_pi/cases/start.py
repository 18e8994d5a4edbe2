"""What each line in use does from the kernel's start on."""

from __future__ import annotations

from tests.lab.case import Found
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place
from tests.virtual_pi.setup import SHIPPED, prepared
from tests.virtual_pi.visiting import quiet_until_ready


@case(
    "lines: from the kernel's start to READY",
    "the strike is low and never pulled up; the bell is pulled up, high and never low; the lamps are low "
    "until the station lights them; nobody is called",
    limit_s=120,
)
def lines(place: Place, found: Found) -> None:
    prepared(place, SHIPPED)
    quiet_until_ready(place, found)
