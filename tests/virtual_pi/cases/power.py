"""Power cuts: in a release, and while the audit log is written. And what lines do while a machine starts."""

from __future__ import annotations

import json
import threading
import time

from tests.lab.asterisk_server import LINE
from tests.lab.case import Found
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place
from tests.virtual_pi.rig_client import Rig
from tests.virtual_pi.rig_wire import RigError
from tests.virtual_pi.setup import SHIPPED, becomes, in_service, prepared
from tests.virtual_pi.station import BELL, STRIKE, Station
from tests.virtual_pi.visiting import audit_is_whole, hang_up, quiet_until_ready

_REQUESTS = ("lock", "unlock")
# As fast as the station takes them: each is a row in the audit log, written to the disk with a barrier.
_WRITER = f"""
import json, socket
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as wire:
    wire.connect("/run/portier/control.sock")
    lines = wire.makefile("rb")
    lines.readline()
    while True:
        for do in {_REQUESTS!r}:
            wire.sendall(json.dumps({{"do": do, "door": "front"}}).encode() + b"\\n")
            lines.readline()
"""
_WRITES_S = 4.0
_CHECK = """
import sqlite3, sys
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
print(database.execute("pragma integrity_check").fetchone()[0])
"""


def _after_the_cut(place: Place, found: Found, *, orders: bool = False) -> Station:
    """Power again."""
    guest = place.guest
    guest.power_cut()
    time.sleep(0.5)
    guest.start(guest.boot)
    rig = place.rig
    station = in_service(rig)
    quiet_until_ready(place, found)
    if orders:
        rig.station("unlock", door="front")
    audit_is_whole(found, rig)
    for file in rig.told("find", "/var/lib/portier", "-name", "*.db").split():
        said = rig.told("python3", "-c", _CHECK, file)
        found.that(said == "ok", f"{file.rpartition('/')[2]}: whole", f"{file}: {said}")
    damaged = rig.told("find", "/var/lib/portier", "-name", "*damaged*")
    found.that(not damaged, "nothing was put aside", damaged)
    return station


@case(
    "power cut in a release",
    "the machine dead with the line high: low from the next kernel's start on, the station back in service "
    "by itself, all files whole, the next press answered",
    limit_s=300,
)
def in_release(place: Place, found: Found) -> None:
    rig = place.rig
    prepared(place, SHIPPED)
    since_s = rig.now_s
    rig.station("release", door="front")
    rig.wait(STRIKE, 1, 5.0, since_s)
    time.sleep(0.3)
    station = _after_the_cut(place, found)
    place.rig.press(BELL)
    becomes(found, station, "talking", f"{LINE} answers the next press")
    hang_up(place, found, station)


@case(
    "power cut in a database write",
    "orders come as fast as they are taken, each a row of the audit log, and the machine is dead in the "
    "middle: the log's chain is whole up to the last row that was kept",
    limit_s=300,
)
def in_write(place: Place, found: Found) -> None:
    rig = place.rig
    prepared(place, SHIPPED)
    rows = _rows(rig)
    writer = threading.Thread(target=_write_for_ever, args=(rig,), daemon=True)
    writer.start()
    time.sleep(_WRITES_S)
    written = rig.figures(rig.station_pid)["written_bytes"]
    time.sleep(0.3)
    found.that(rig.figures(rig.station_pid)["written_bytes"] > written, "cut while the disk was written to")
    _after_the_cut(place, found, orders=True)
    writer.join(10.0)
    kept = _rows(place.rig) - rows
    found.that(kept > 0, f"{kept} rows were kept", "no row was kept")


def _write_for_ever(rig: Rig) -> None:
    try:
        rig.run("python3", "-c", _WRITER, limit_s=60.0)
    except RigError:
        pass


def _rows(rig: Rig) -> int:
    said = rig.told("/opt/portier/bin/portier", "audit", "show", "--last", "100000", "--json", limit_s=60.0)
    return len([json.loads(line) for line in said.splitlines()])
