"""Two minutes in which nothing happens: what the station costs its machine and its card."""

from __future__ import annotations

import time

from tests.lab.case import Found
from tests.virtual_pi import kept
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place
from tests.virtual_pi.rig_client import rises
from tests.virtual_pi.setup import SHIPPED, prepared
from tests.virtual_pi.station import STRIKE

_IDLE_S = 120.0
_SETTLE_S = 3.0
_DAY_S = 86400.0
_MOST_MIB_A_DAY = 500.0
"""A card of 16 GB bears some ten thousand of them."""


@case(
    "idle: two minutes",
    "registered all the time, no line moves but a lamp's; the whole machine writes less than "
    f"{_MOST_MIB_A_DAY:.0f} MiB a day to its card",
    limit_s=_IDLE_S + 90,
)
def idle(place: Place, found: Found) -> None:
    rig = place.rig
    station = prepared(place, SHIPPED)
    # What the boot has written is none of what an idle machine writes.
    rig.told("sync")
    time.sleep(_SETTLE_S)
    pid = rig.station_pid
    before, since_s = rig.figures(pid), rig.now_s
    time.sleep(_IDLE_S)
    after, took_s = rig.figures(pid), rig.now_s - since_s
    written = after["written_bytes"] - before["written_bytes"]
    a_day = written * _DAY_S / took_s / 2**20
    cpu = 100 * (after["cpu_s"] - before["cpu_s"]) / took_s
    kept.FIGURES["written to disk in a day, idle"] = a_day
    kept.FIGURES["CPU of the station, idle"] = cpu
    found.that(station.status["registration"] == "registered", "registered")
    found.that(rig.station_pid == pid, "the same process", "ANOTHER PROCESS")
    found.that(
        not rises(rig.history(STRIKE, since_s)), "the strike's line did not move", "THE LINE WENT HIGH"
    )
    found.that(a_day < _MOST_MIB_A_DAY, f"{written / 1024:.0f} KiB in {took_s:.0f} s, {a_day:.0f} MiB a day")
    found.note(f"{cpu:.1f} % of one processor, {after['memory_kib'] / 1024:.0f} MiB")
