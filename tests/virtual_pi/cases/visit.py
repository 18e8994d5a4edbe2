"""A visit: from the start of the machine to the locked door."""

from __future__ import annotations

from tests.lab.case import Found
from tests.lab.phone import door_hears
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place
from tests.virtual_pi.rig_client import RATE_HZ, Rig, falls, rises
from tests.virtual_pi.station import BELL, DIGIT_S, RELEASE_DIGIT, RELEASE_S, STRIKE, Station

_LATE_S = 1.5
"""How much longer than set a release may look on an emulated machine."""
_HEARD_S = 6.0


def one_release(found: Found, rig: Rig, since_s: float) -> None:
    """Wait for the end of a release that has begun, and look how long the line was high."""
    on_s = rig.wait(STRIKE, 1, DIGIT_S, since_s)
    off_s = rig.wait(STRIKE, 0, RELEASE_S + 2 * _LATE_S, on_s)
    lasted_s = off_s - on_s
    right = RELEASE_S - 0.1 <= lasted_s <= RELEASE_S + _LATE_S
    found.that(right, f"GPIO{STRIKE} high for {lasted_s:.2f} s, then low", f"high for {lasted_s:.2f} s")
    edges = len(rises(rig.history(STRIKE, since_s))), len(falls(rig.history(STRIKE, since_s)))
    found.note(f"edges seen {edges}")


@case(
    "start: registered by itself",
    "the machine boots, systemd starts the station as its own user, it has its pins and card and registers",
)
def _starts(place: Place, found: Found) -> None:
    rig = place.rig
    station = Station(rig)
    registered_s = rig.now_s
    found.note(f"in service at the latest {registered_s:.1f} s after the kernel's start")
    user = rig.told("ps", "-o", "user=", "-p", str(rig.station_pid))
    found.that(user == "portier", "runs as the user portier", f"runs as {user}")
    for device, group in (("/dev/gpiochip0", "gpio"), ("/dev/snd/controlC0", "audio")):
        shown = rig.told("stat", "-c", "%U:%G %a", device)
        found.that(shown == f"root:{group} 660", f"{device} is {shown}", f"{device} is {shown}")
    status = station.status
    found.that(status["registration"] == "registered", "registered")
    found.that(status["sound_works"], "sound works", "the sound card does not work")
    found.that(rig.bias(BELL) == "pull-up", f"GPIO{BELL} is pulled up")
    found.that(rig.value(STRIKE) == 0, f"GPIO{STRIKE} is low")


@case(
    "visit: call, both voices, release",
    "a press makes a call that is answered; each side is found in the other's recording; the release digit "
    "puts the strike's line high for the release time, and low after it",
)
def _visits(place: Place, found: Found) -> None:
    rig = place.rig
    station = Station(rig)
    phone = place.phone()
    rig.record()
    station.speak()
    pressed_s = station.talks()
    found.that(True, f"talking {rig.now_s - pressed_s:.1f} s after the press")
    rig.run("sleep", str(_HEARD_S))
    heard = rig.recorded()
    sent_s = rig.now_s
    phone.send_digit(RELEASE_DIGIT)
    one_release(found, rig, sent_s)
    phone.hang_up()
    station.becomes("idle")
    rig.feed_end()
    match = phone.hears_door()
    found.that(
        match.heard, f"the telephone hears the visitor ({match.share:.0%} of {match.sounding_s:.1f} s)"
    )
    match = door_hears(heard, RATE_HZ)
    found.that(
        match.heard, f"the visitor hears the telephone ({match.share:.0%} of {match.sounding_s:.1f} s)"
    )
