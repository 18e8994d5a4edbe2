"""The station dies while the door is released."""

from __future__ import annotations

from tests.lab.case import Found
from tests.virtual_pi.case import case
from tests.virtual_pi.place import Place
from tests.virtual_pi.station import DIGIT_S, RELEASE_DIGIT, STRIKE, Station

_LOCKED_S = 4.0
"""A quiet machine needs 0.3 s until `portier lock` has it low, and a busy one 1 s."""


def dies_in_release(place: Place, found: Found, *, persist: bool, stop_post: bool) -> None:
    """Kill it in a release by SIGKILL, and look what becomes of the line before it starts again."""
    rig = place.rig
    station = Station(rig)
    rig.persist(on=persist)
    place.afterwards(lambda: rig.persist(on=True))
    # So that what it would do at its own next start is not taken for what its end does.
    lines = "Restart=no\n" + ("" if stop_post else "ExecStopPost=\n")
    station.drop_in("killed", f"[Service]\n{lines}")

    def mend() -> None:
        station.drop_in("killed", "")
        rig.run("systemctl", "reset-failed", "portier")
        station.restart()

    place.afterwards(mend)
    phone = place.phone()
    station.talks()
    sent_s = rig.now_s
    phone.send_digit(RELEASE_DIGIT)
    rig.wait(STRIKE, 1, DIGIT_S, sent_s)
    pid = rig.station_pid
    killed_s = rig.kill(pid)
    if persist and not stop_post:
        rig.run("sleep", str(_LOCKED_S))
        high = rig.value(STRIKE) == 1
        found.that(
            high, f"GPIO{STRIKE} stays high for {_LOCKED_S:g} s: so the case can tell", "it fell by itself"
        )
        return
    low_s = rig.wait(STRIKE, 0, _LOCKED_S, killed_s)
    found.that(True, f"GPIO{STRIKE} low {low_s - killed_s:.2f} s after SIGKILL")
    rig.run("sleep", "1")
    found.that(rig.value(STRIKE) == 0, "and stays so")


@case(
    "killed in a release: kept outputs, ExecStopPost",
    "SIGKILL while the line is high, on a kernel that keeps outputs: ExecStopPost has it low, and no restart",
)
def _kept_and_locked(place: Place, found: Found) -> None:
    dies_in_release(place, found, persist=True, stop_post=True)


@case(
    "killed in a release: kept outputs, no ExecStopPost",
    "without ExecStopPost the line stays high on such a kernel: so the case before shows what that does",
)
def _kept_and_not_locked(place: Place, found: Found) -> None:
    dies_in_release(place, found, persist=True, stop_post=False)


@case(
    "killed in a release: stock gpio-sim",
    "on a kernel that lets outputs go the line falls with the process",
)
def _let_go(place: Place, found: Found) -> None:
    dies_in_release(place, found, persist=False, stop_post=True)
