"""A thread that hangs: the watchdog ends the station, its lines low, and systemd starts it again."""

from __future__ import annotations

import time

from tests.lab.case import Found
from tests.virtual_pi import judge
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place
from tests.virtual_pi.setup import CELLAR_STRIKE, TRIGGER, becomes, in_service, prepared
from tests.virtual_pi.station import BELL

from portier.watchdog import LIMIT_S

_WORDS = {"loop": "the loop", "sip": "the SIP thread", "media": "the media thread"}
_LATE_S = 10.0
_FAULT = "70"


def _register(thread: str) -> None:
    @case(
        f"watchdog: {_WORDS[thread]} hangs in a release",
        f"after {LIMIT_S:g} s the station ends itself with 70 and the line low, the log names the thread; "
        "systemd starts it again, and it is in service",
        limit_s=150,
    )
    def look(place: Place, found: Found) -> None:
        rig = place.rig
        station = prepared(place)
        place.afterwards(place.outside.hang_up)
        place.afterwards(lambda: rig.shell(f"rm -f {TRIGGER}-*"))
        if thread == "media":
            rig.press(BELL)
            becomes(found, station, "talking", "in a call")
            time.sleep(0.5)
        pid = rig.station_pid
        since_s = rig.now_s
        rig.station("release", door="cellar")
        rig.wait(CELLAR_STRIKE, 1, 5.0, since_s)
        rig.put(f"{TRIGGER}-{thread}", "")
        hung_s = rig.now_s
        fell_s = rig.wait(CELLAR_STRIKE, 0, LIMIT_S + _LATE_S, hung_s)
        rig.shell(f"rm {TRIGGER}-{thread}")
        took_s = fell_s - hung_s
        found.that(took_s > LIMIT_S - 2, f"low after {took_s:.1f} s", f"low after {took_s:.1f} s, too soon")
        rig.until(lambda: rig.station_pid not in (0, pid), 20.0, "another process")
        in_service(rig)
        said = rig.journal(hung_s)
        words = f"{_WORDS[thread]} has not moved for"
        found.that(words in said, words, f"the log: {said[-300:]}")
        found.that(f"status={_FAULT}" in said, f"ended with {_FAULT}")
        after = judge.pulses(rig.history(CELLAR_STRIKE, fell_s))
        found.that(not after, "started again, in service, the line low all the time")


for _thread in _WORDS:
    _register(_thread)
