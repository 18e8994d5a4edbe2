"""How the station in the guest is set for a case: its configuration, its unit, and code that hurts it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from tests.lab.case import Found
from tests.virtual_pi.machine import Guest
from tests.virtual_pi.place import Place
from tests.virtual_pi.rig_client import Rig
from tests.virtual_pi.rig_wire import RigError
from tests.virtual_pi.station import CONFIG, Station

_DROP_IN = "/etc/systemd/system/portier.service.d/{}.conf"
_FIRST = "/opt/rig/{}/sitecustomize.py"
_UP_S, _CALL_S = 120.0, 15.0
# The station's socket costs little. But systemctl takes an emulated processor a quarter of a second, and
# while the station starts it has none to spare.
_ASK_EVERY_S, _LOOK_EVERY_S = 0.5, 5.0
_FAILED_TWICE = 2

SECOND, BUSY = 6, 7
"""Pins of the buttons of HOUSE."""
CELLAR_STRIKE, GARDEN_STRIKE = 27, 17
"""Pins of its two more doors, which stay released for long: by level, and by heartbeat."""
_HOUSE = """
[buttons.second]
pin = 6
line = "3100000001"

[buttons.busy]
pin = 7
line = "3100000486"

[doors.cellar]
pin = 27
release_digit = "9"
release_s = 25
max_release_s = 30

[doors.garden]
pin = 17
release_digit = "8"
release_s = 25
max_release_s = 30
drive = "heartbeat"
"""


@dataclass(frozen=True)
class Setup:
    """What is other than shipped: `sections` go behind the configuration, `door` are keys of its door.

    `unit` is a drop-in of its unit; `first` is what its interpreter does first (sitecustomize.py).
    """

    sections: str = ""
    door: Mapping[str, str] = field(default_factory=dict)
    unit: str = ""
    first: str = ""


SHIPPED = Setup()
TRIGGER = "/run/rig/hang"
"""A file of this name with "-loop", "-sip" or "-media" behind it makes that thread of HOUSE hang."""
_HURT = f"""
import sys
if "run" in sys.orig_argv:
    import os, time
    from portier import app
    from portier.adapters.audio import call_sound
    from portier.adapters.sip import accounts
    def hurt(of, name, thread):
        before = getattr(of, name)
        def hang(self, *arguments):
            if os.path.exists("{TRIGGER}-" + thread):
                time.sleep(60)
            return before(self, *arguments)
        setattr(of, name, hang)
    hurt(app.Station, "_beat", "loop")
    hurt(accounts.Accounts, "tend", "sip")
    hurt(call_sound.CallSound, "toward_far_end", "media")
"""
HOUSE = Setup(sections=_HOUSE, first=_HURT)
"""More buttons and doors, and a weak spot: one for all cases, as each change takes a start of the station."""

_shipped: WeakKeyDictionary[Guest, str] = WeakKeyDictionary()
_now: WeakKeyDictionary[Guest, Setup | None] = WeakKeyDictionary()


def configured(shipped: str, setup: Setup) -> str:
    """The shipped configuration with a setup's keys in the place of its own.

    Raises ValueError where that has no door whose keys could be replaced.
    """
    head, section, tail = shipped.partition("[doors.front]\n")
    if not section:
        raise ValueError("the shipped configuration has no door")
    for key in setup.door:
        tail = re.sub(rf"(?m)^{key} = .*\n", "", tail, count=1)
    keys = "".join(f"{key} = {value}\n" for key, value in setup.door.items())
    return f"{head}{section}{keys}{tail}{setup.sections}"


def prepared(place: Place, setup: Setup = HOUSE) -> Station:
    """The station set so, in service and idle; restarted only where it was set otherwise.

    Raises RigError where it does not come into service.
    """
    if written(place, setup):
        start_anew(place.rig)
    return in_service(place.rig)


def written(place: Place, setup: Setup) -> bool:
    """Set it so for its next start; whether that is another one than it runs with."""
    guest, rig = place.guest, place.rig
    if guest not in _shipped:
        _shipped[guest] = rig.get(CONFIG).decode()
    if _now.get(guest, SHIPPED) == setup:
        return False
    rig.put(CONFIG, configured(_shipped[guest], setup), 0o640, "root:portier")
    change_unit(rig, "rig", setup.unit, setup.first)
    _now[guest] = setup
    return True


def spoilt(guest: Guest) -> None:
    """The station is not as it was set, or none runs: who wants one has it `prepared`."""
    _now[guest] = None


def is_spoilt(guest: Guest) -> bool:
    """Whether it was left so."""
    return _now.get(guest, SHIPPED) is None


def start_anew(rig: Rig) -> None:
    """Have systemd start it, whatever it did before."""
    # Not by a restart, which is waited for as long as the station takes to be ready, or not at all.
    rig.told("systemctl", "stop", "portier")
    rig.run("systemctl", "reset-failed", "portier")
    rig.told("systemctl", "start", "--no-block", "portier")


def becomes(found: Found, station: Station, call: str, words: str) -> None:
    """Wait for the call's state; RigError where it does not come."""
    station.becomes(call, _CALL_S)
    found.that(True, words)


def change_unit(rig: Rig, name: str, unit: str, first: str = "") -> None:
    """Give the unit a drop-in, or take it away where both are empty; systemd knows at once."""
    lines = unit.splitlines()
    if first:
        file = _FIRST.format(name)
        rig.put(file, first)
        lines.append(f"Environment=PYTHONPATH={file.rpartition('/')[0]}")
    path = _DROP_IN.format(name)
    if lines:
        rig.put(path, "\n".join(("[Service]", *lines, "")))
    else:
        rig.told("rm", "--force", path)
    rig.told("systemctl", "daemon-reload")


def in_service(rig: Rig, limit_s: float = _UP_S) -> Station:
    """Wait until it is registered and idle. RigError with its last words where it is not, or fails twice."""
    station = Station(rig)
    began_s = time.monotonic()
    until_s, look_s = began_s + limit_s, began_s + _LOOK_EVERY_S
    restarts = _restarts(rig)
    while not _serves(station):
        if time.monotonic() > look_s:
            look_s = time.monotonic() + _LOOK_EVERY_S
            if _restarts(rig) - restarts >= _FAILED_TWICE:
                raise RigError(f"the unit fails again and again: {_last_words(rig)}")
        if time.monotonic() > until_s:
            raise RigError(f"the station is not in service after {limit_s:g} s: {_last_words(rig)}")
        time.sleep(_ASK_EVERY_S)
    return station


def _serves(station: Station) -> bool:
    try:
        status = station.status
    except RigError:
        return False
    if status["registration"] != "registered" or status["call"] != "idle":
        return False
    # It is registered before it is ready.
    return station.rig.shows("ActiveState") == "active"


def _restarts(rig: Rig) -> int:
    return int(rig.shows("NRestarts") or 0)


def _last_words(rig: Rig) -> str:
    return " / ".join(line.partition("]: ")[2] or line for line in rig.journal().splitlines()[-3:])
