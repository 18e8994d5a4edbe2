"""Another build of the station, installed over the one that runs."""

from __future__ import annotations

from tests.lab.case import Found
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place
from tests.virtual_pi.setup import SHIPPED, becomes, in_service, prepared
from tests.virtual_pi.station import BELL, CONFIG, STRIKE
from tests.virtual_pi.visiting import audit_is_whole, hang_up

_FOLDER = "/opt/rig/upgrade"
_INSTALL_S = 420.0


@case(
    "upgrade over a running station",
    "another build from its bundle, by its own install: the strike's line stays low, settings and log are "
    "kept, and the next press is answered by the new one",
    limit_s=_INSTALL_S + 180,
)
def upgrade(place: Place, found: Found) -> None:
    rig = place.rig
    prepared(place, SHIPPED)
    place.afterwards(lambda: rig.run("rm", "-rf", _FOLDER))
    rig.shell(f"mkdir -p {_FOLDER} && tar -xf /dev/vdb -C {_FOLDER}", limit_s=120.0)
    settings, build, pid = rig.get(CONFIG), rig.told("readlink", "-f", "/opt/portier"), rig.station_pid
    since_s = rig.now_s
    said = rig.told(f"{_FOLDER}/newer/station", "install", limit_s=_INSTALL_S)
    (place.folder / "install").write_text(said)
    now = rig.told("readlink", "-f", "/opt/portier")
    found.that(
        now != build, f"{now.rpartition('/')[2]} in the place of {build.rpartition('/')[2]}", "the old build"
    )
    station = in_service(rig)
    found.that(rig.station_pid != pid, f"in service {rig.now_s - since_s:.0f} s after the beginning")
    found.that(rig.get(CONFIG) == settings, "the settings are as they were")
    high = any(one.value for one in rig.history(STRIKE, since_s))
    found.that(not high, "the strike's line stayed low", "THE LINE WENT HIGH")
    rig.press(BELL)
    becomes(found, station, "talking", "the next press is answered")
    hang_up(place, found, station)
    audit_is_whole(found, rig)
