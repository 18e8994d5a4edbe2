"""The station ended in the middle of a release: told to, and by SIGKILL, on either kind of kernel."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from typing import Literal
from weakref import WeakKeyDictionary

from tests.lab.case import Found
from tests.lab.network import OTHER_PHONE
from tests.lab.phone import door_hears
from tests.virtual_pi import judge
from tests.virtual_pi.case import case
from tests.virtual_pi.machine import ADDRESS
from tests.virtual_pi.outside import Telephone
from tests.virtual_pi.place import Place
from tests.virtual_pi.rig_client import RATE_HZ, Rig, Sample
from tests.virtual_pi.setup import (
    CELLAR_STRIKE,
    GARDEN_STRIKE,
    SECOND,
    becomes,
    change_unit,
    in_service,
    prepared,
    spoilt,
)
from tests.virtual_pi.station import BELL, STRIKE
from tests.virtual_pi.visiting import heard, released, told_busy

Drive = Literal["level", "heartbeat"]

_STRIKES: dict[Drive, int] = {"level": CELLAR_STRIKE, "heartbeat": GARDEN_STRIKE}
_LOCKED_S = 5.0
"""A second on a quiet machine: the start of a Python, and of lgpio."""
_SEEN_S = 5.0
_STOP_S = 10.0


@dataclass(frozen=True, slots=True)
class _Kill:
    """What both lines did: all that was seen of them, the moment of the signal, and of the end of looking."""

    samples: dict[Drive, list[Sample]]
    killed_s: float
    looked_s: float
    started_s: float
    after_start: dict[Drive, int]


_kills: WeakKeyDictionary[Rig, dict[tuple[bool, bool], _Kill]] = WeakKeyDictionary()


def forget(rig: Rig) -> None:
    """What was seen counts no more: the station is another one now."""
    _kills.pop(rig, None)


def _killed(place: Place, *, persist: bool, post: bool) -> _Kill:
    """Kill it in a release of two doors, one for each drive; once for both of their cases."""
    rig = place.rig
    known = _kills.setdefault(rig, {})
    if (persist, post) not in known:
        known[persist, post] = _kill(place, persist=persist, post=post)
    return known[persist, post]


def _kill(place: Place, *, persist: bool, post: bool) -> _Kill:
    rig = place.rig
    prepared(place)
    rig.watch(CELLAR_STRIKE, GARDEN_STRIKE)
    rig.persist(on=persist)
    # Without a restart: what lowers a line is then not the next start.
    change_unit(rig, "kill", "Restart=no" + ("" if post else "\nExecStopPost="))
    try:
        since_s = rig.now_s
        released(rig, since_s)
        time.sleep(0.5)
        killed_s = rig.kill(rig.station_pid)
        time.sleep(_SEEN_S)
        samples = {drive: rig.history(line, since_s) for drive, line in _STRIKES.items()}
        looked_s = rig.now_s
    finally:
        change_unit(rig, "kill", "")
        rig.run("systemctl", "reset-failed", "portier")
        rig.told("systemctl", "start", "--no-block", "portier")
        rig.persist(on=True)
        rig.watch(STRIKE)
    in_service(rig)
    after = {drive: rig.value(line) for drive, line in _STRIKES.items()}
    return _Kill(samples, killed_s, looked_s, rig.now_s, after)


def _low_again(place: Place, found: Found, *, persist: bool, post: bool, drive: Drive) -> None:
    """Whatever it is that lowers the line, it is low soon and stays so."""
    one = _killed(place, persist=persist, post=post)
    samples = one.samples[drive]
    low = bool(samples) and samples[-1].value == 0
    found.that(low, "low after the kill", "STILL HIGH after the kill")
    if low and (last_s := judge.last_edge_s(samples)) is not None:
        late_s = max(0.0, last_s - one.killed_s)
        found.that(late_s < _LOCKED_S, f"within {late_s:.2f} s")
    found.that(one.after_start[drive] == 0, "low when the station is back")


def _register(*, persist: bool, post: bool, drive: Drive) -> None:
    kernel = "outputs that persist" if persist else "gpio-sim as it is"
    unit = "with ExecStopPost" if post else "without ExecStopPost"
    if not persist:
        expected = (
            "the line is low soon, as the kernel lets a freed line go: this proves nothing of the station"
        )
    elif post:
        expected = "the line is low soon, before any restart, by what the unit runs after every end"
    elif drive == "level":
        expected = "the line stays high until the next start lowers it: what ExecStopPost is there for"
    else:
        expected = (
            "no edge comes any more, whatever the line's level: the charge pump has let the relay go "
            "within its 1 s; the next start lowers the line"
        )

    @case(f"killed in a release: {kernel}, {unit}, {drive} drive", expected, limit_s=180)
    def look(place: Place, found: Found) -> None:
        if not persist or post:
            _low_again(place, found, persist=persist, post=post, drive=drive)
            return
        one = _killed(place, persist=persist, post=post)
        samples = one.samples[drive]
        edges = judge.edges_after(samples, one.killed_s + 0.1)
        found.that(edges == 0, "no edge after the kill", f"{edges} edges after the kill")
        if drive == "level":
            found.that(samples[-1].value == 1, f"high for all of {one.looked_s - one.killed_s:.0f} s", "low")
        else:
            gone = judge.pump_has_let_go(samples, one.killed_s + judge.pump_limit_s())
            found.that(gone, "the pump has let go", "THE PUMP STILL HOLDS THE RELAY")
        found.that(one.after_start[drive] == 0, "low when the station is back")


for _persist in (True, False):
    for _post in (True, False):
        for _drive in _STRIKES:
            _register(persist=_persist, post=_post, drive=_drive)


@case(
    "stopped in a release",
    "told to stop by systemd: both lines are low before the process has ended, by the station itself",
    limit_s=150,
)
def stopped(place: Place, found: Found) -> None:
    rig = place.rig
    prepared(place)
    since_s = rig.now_s
    released(rig, since_s)
    time.sleep(0.5)
    sent_s = rig.now_s
    rig.told("systemctl", "stop", "portier", limit_s=3 * _STOP_S)
    ended_s = int(rig.shows("ExecMainExitTimestampMonotonic")) / 1e6
    for drive, line in _STRIKES.items():
        samples = rig.history(line, since_s)
        last_s = judge.last_edge_s(samples) or float("inf")
        low = bool(samples) and samples[-1].value == 0
        found.that(
            low and last_s <= ended_s + 0.02,
            f"{drive} drive: low {last_s - sent_s:.2f} s after the request, and before its end",
            f"{drive} drive: {'low only after its end' if low else 'STILL HIGH'}",
        )
    found.that(rig.shows("Result") == "success", "ended well", f"ended: {rig.shows('Result')}")
    spoilt(place.guest)


@case(
    "killed in a call: the next visitors",
    "the dead call's telephone still sends: the next press there is told busy (486); a call to another "
    "telephone uses new ports, and its visitor hears that one alone",
    limit_s=180,
)
def next_visitors(place: Place, found: Found) -> None:
    rig, outside = place.rig, place.outside
    other: Telephone = outside.other_phone
    station = prepared(place)
    place.afterwards(outside.hang_up)
    began_s = time.monotonic()
    rig.press(BELL)
    becomes(found, station, "talking", "answered")
    time.sleep(1.0)
    first = outside.wire.first(lambda one: one.sip.startswith("INVITE sip:3691"), began_s)
    rig.kill(rig.station_pid, signal.SIGKILL)
    time.sleep(0.5)
    station = in_service(rig)
    still = judge.sound_to(outside.wire.packets(time.monotonic() - 1.0), ADDRESS)
    found.that(
        bool(still), f"the old stream still comes, to port {', '.join(map(str, still))}", "no old stream"
    )
    told_busy(place, found, BELL)
    again_s = time.monotonic()
    rig.press(SECOND)
    becomes(found, station, "talking", "the other telephone answers")
    second = outside.wire.first(
        lambda one: one.sip.startswith("INVITE sip:3691") and bool(judge.sound_port(one)), again_s
    )
    if first and second:
        old, new = judge.sound_port(first), judge.sound_port(second)
        found.that(new != old and new not in still, f"by port {new}, not {old}", f"port {new} again")
    rig.record()
    time.sleep(5.0)
    sound = rig.recorded()
    # Either telephone has a voice of its own.
    heard(found, "the visitor hears it", door_hears(sound, RATE_HZ, "door"))
    dead = door_hears(sound, RATE_HZ, "phone")
    found.that(dead.share < 0.2, f"and nothing of the dead call ({dead.share:.0%})")
    still_s = time.monotonic() - 1.0
    found.that(
        bool(judge.sound_to(outside.wire.packets(still_s), ADDRESS).keys() & still.keys()), "which still came"
    )
    other.hang_up()
    becomes(found, station, "idle", f"ended by the telephone at {OTHER_PHONE.address}")
