"""What each line in use does between the kernel's start and READY."""

from __future__ import annotations

from tests.lab.case import Found
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place
from tests.virtual_pi.rig_client import Sample
from tests.virtual_pi.station import BELL, LAMPS, STRIKE


def told(samples: list[Sample]) -> str:
    """A line's course in words."""
    return ", ".join(f"{one.value} {one.bias} at {one.at_s:.2f} s" for one in samples)


@case(
    "start: each line from the kernel to READY",
    "the lines of the strike and the lamps, but status and failure, stay low, and the bell's stays high, "
    "from before systemd until the station is ready",
    fresh=True,
)
def _lines(place: Place, found: Found) -> None:
    rig = place.rig
    ready_s = int(rig.shows("ActiveEnterTimestampMonotonic")) / 1e6
    found.note(f"READY {ready_s:.1f} s after the kernel's start")
    lamps_may = {LAMPS["status"], LAMPS["failure"]}
    for line in (BELL, STRIKE, *LAMPS.values()):
        samples = [one for one in rig.history(line) if one.at_s <= ready_s]
        level = 1 if line == BELL else 0
        found.that(samples[0].at_s < 5, f"GPIO{line} seen from {samples[0].at_s:.2f} s on")
        steady = all(one.value == level for one in samples)
        found.that(steady or line in lamps_may, f"GPIO{line}: {told(samples)}")
