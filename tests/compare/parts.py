"""Where a call's CPU goes: one row a part that costs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.compare.figures import Row
from tests.compare.place import Place
from tests.compare.sound import Heard, our_call

_ALONE = Path(__file__).with_name("alone.py")
_LONGEST_S = 20.0


def parts_rows(place: Place, heard: dict[str, Heard]) -> list[Row]:
    """The parts of our PCMA call in `heard`."""
    seconds = min(_LONGEST_S, place.size.call_s)
    call = heard["ours PCMA"]
    place.say(f"parts of a call, {3 * seconds:.0f} s")
    asleep_s, line_s = _alone("sleep", seconds), _alone("line", seconds)
    wide = our_call(place, "PCMA", seconds, codecs=("G722", "PCMA"))
    by_thread = _by_thread(call)
    wakes = _wakes(call)
    rows = [
        Row(
            "part: resampling",
            "s/min",
            wide.cpu_s - call.cpu_s,
            None,
            None,
            "a PCMA call at a clock of 16 kHz, less one at 8 kHz",
        ),
        Row(
            "part: waking up 50 times a second",
            "s/min",
            asleep_s,
            None,
            None,
            "a Python thread that sleeps from frame to frame, and does nothing",
        ),
        Row(
            "part: interpreter",
            "s/min",
            line_s - asleep_s,
            None,
            None,
            "our media line on a simulated card, without PJSIP and ALSA, less that",
        ),
        Row(
            "part: wake-ups in a call",
            "1/s",
            wakes,
            _wakes(heard["rival PCMA"]),
            None,
            "voluntary context switches of all threads, those of the virtual card in the process too",
        ),
    ]
    rows += [
        Row(f"part: thread {name}", "s/min", used_s, None, None, "in the PCMA call (schedstat)")
        for name, used_s in sorted(by_thread.items(), key=lambda item: -item[1])
        if used_s > 0.005
    ]
    return rows


def _alone(what: str, seconds: float) -> float:
    """Seconds of CPU in a minute of a part that runs by itself."""
    ran = subprocess.run(
        [sys.executable, str(_ALONE), what, "8000", str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=seconds + 30,
    )
    return float(ran.stdout) * 60 / seconds


def _wakes(call: Heard) -> float:
    return (call.after.wake_ups - call.before.wake_ups) / call.wall_s


def _by_thread(call: Heard) -> dict[str, float]:
    """Seconds of CPU in a minute of the call by the threads' names, those of one name together."""
    used: dict[str, float] = {}
    for thread, seconds in call.after.by_thread(call.before).items():
        name = thread.rpartition(" ")[0]
        used[name] = used.get(name, 0.0) + seconds * 60 / call.wall_s
    return used
