"""Python busy with something else in the middle of a call: does the sound wait for it?"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.compare.doors import OurDoor
from tests.compare.figures import Row
from tests.compare.load import GAP_MS, LOG_LINES, longest_gap_ms, record
from tests.compare.place import Place
from tests.compare.reaction import AT_ONCE, talk

from portier.bench.line.agent import Agent
from portier.bench.line.events import What
from portier.bench.pinfile import PinFile

MOST_BURDEN_S = 10.0
_LIMIT_S = 60.0
_SETTLE_S, _AFTER_S = 1.0, 0.5
_COLLECTIONS = 5

BURDENS = {
    "nothing": "nothing besides",
    "burn": "a thread of the same interpreter that computes without end",
    "log": f"{LOG_LINES} lines of log by another thread, as fast as they go",
    "collect": f"{_COLLECTIONS} calls of gc.collect() by another thread, at what the station leaves to it",
    "collect everything": f"{_COLLECTIONS} full collections by another thread, gc.unfreeze() before each",
}

_CUSTOM = """
import sys
if "run" in sys.orig_argv:
    import gc, json, logging, os, threading, time
    def burn(until_s):
        number = 0
        while time.monotonic() < until_s:
            for _ in range(1000):
                number = (number * 31 + 7) % 1_000_003
    def work(what, seconds):
        until_s, longest_s = time.monotonic() + seconds, 0.0
        if what == "burn":
            burn(until_s)
        if what == "log":
            log = logging.getLogger("portier.burden")
            for number in range({lines}):
                log.info("line %d of a log that somebody wanted to see", number)
        if what.startswith("collect"):
            for _ in range({collections}):
                began_s = time.monotonic()
                if what == "collect everything":
                    gc.unfreeze()
                gc.collect()
                longest_s = max(longest_s, time.monotonic() - began_s)
                time.sleep(seconds / {collections})
            gc.freeze()
        if what == "nothing":
            time.sleep(seconds)
        return longest_s
    def watch(asked, done):
        while True:
            time.sleep(0.1)
            if not os.path.exists(asked):
                continue
            with open(asked) as file:
                what, seconds = json.load(file)
            os.remove(asked)
            began_s = time.monotonic()
            longest_s = work(what, seconds)
            with open(done + ".new", "w") as file:
                json.dump([time.monotonic() - began_s, longest_s], file)
            os.rename(done + ".new", done)
    threading.Thread(target=watch, args=({asked!r}, {done!r}), daemon=True).start()
"""


@dataclass(frozen=True, slots=True)
class Burdened:
    """A call meanwhile: the longest pause at the peer beyond a packet's own, and what the station counted.

    `took_s` is how long the burden lasted, `held_s` the longest of its collections.
    """

    gap_ms: float
    xruns: int
    took_s: float
    held_s: float


class Burden:
    """What a station does besides, when it is told to."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._asked, self._done = folder / "asked", folder / "done"

    @property
    def custom(self) -> str:
        """The sitecustomize.py of such a station."""
        return _CUSTOM.format(
            lines=LOG_LINES, collections=_COLLECTIONS, asked=str(self._asked), done=str(self._done)
        )

    def work(self, what: str, seconds: float) -> tuple[float, float]:
        """Let it work; how long it did, and its longest collection. TimeoutError when it does not end."""
        self._done.unlink(missing_ok=True)
        new = self._asked.with_suffix(".new")
        new.write_text(json.dumps([what, seconds]))
        new.rename(self._asked)
        give_up_s = time.monotonic() + _LIMIT_S
        while not self._done.exists():
            if time.monotonic() > give_up_s:
                raise TimeoutError(f"the station did not end {what!r} within {_LIMIT_S:.0f} s")
            time.sleep(0.05)
        took_s, held_s = json.loads(self._done.read_text())
        return took_s, held_s


def busy_rows(place: Place) -> list[Row]:
    """One call for each burden, one after the other, of one station; and a call of the rival's at rest."""
    seconds = min(MOST_BURDEN_S, place.size.call_s)
    burden = Burden(place.folder("burden"))
    found: dict[str, Burdened] = {}
    with place.ours(AT_ONCE, burden.custom) as (door, line):
        last: dict[str, Any] | None = None
        for what in BURDENS:
            place.say(f"a call, and Python busy: {what}")
            found[what], last = _call(door, line, burden, what, seconds, last)
    with place.rivals(AT_ONCE) as (rivals_door, rivals_line):
        rivals_gap_ms = _rivals_gap_ms(rivals_door.pins, rivals_line, seconds)
    return [row for what, one in found.items() for row in rows_of(what, one, rivals_gap_ms)]


def rows_of(what: str, one: Burdened, rivals_gap_ms: float) -> list[Row]:
    """The two rows of a burden."""
    lasted = f"for {one.took_s:.2f} s"
    if what.startswith("collect"):
        lasted += f", the longest of them {1000 * one.held_s:.1f} ms"
    burden = f"{BURDENS[what]}, {lasted}"
    return [
        Row(
            f"a call and {what}: xruns",
            "",
            float(one.xruns),
            None,
            0.0,
            f"of the whole call, as the station counts them; {burden}",
        ),
        Row(
            f"a call and {what}: longest gap",
            "ms",
            one.gap_ms,
            rivals_gap_ms,
            GAP_MS,
            "the longest pause between RTP packets at the peer (kernel time stamps), less the 20 ms of one; "
            f"{burden}; the rival, whose media has no interpreter, with nothing besides",
        ),
    ]


def _call(
    door: OurDoor, line: Agent, burden: Burden, what: str, seconds: float, last: dict[str, Any] | None
) -> tuple[Burdened, dict[str, Any]]:
    talk(door.pins, line)
    time.sleep(_SETTLE_S)
    before = len(line.calls[-1].leg.recording.arrivals())
    took_s, held_s = burden.work(what, seconds)
    time.sleep(_AFTER_S)
    gap_ms = longest_gap_ms(line, before)
    line.hang_up()
    line.wait_for(What.ENDED, timeout_s=_LIMIT_S)
    told = record(door, last)
    return Burdened(gap_ms, int(told["xruns"]), took_s, held_s), told


def _rivals_gap_ms(pins: PinFile, line: Agent, seconds: float) -> float:
    talk(pins, line)
    time.sleep(_SETTLE_S)
    before = len(line.calls[-1].leg.recording.arrivals())
    time.sleep(seconds)
    gap_ms = longest_gap_ms(line, before)
    line.hang_up()
    return gap_ms
