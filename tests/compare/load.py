"""Under load: a thread that computes without end, ten thousand lines of log, fifty readers of the socket."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import Any

from tests.compare.doors import OurDoor
from tests.compare.figures import Row, quantile
from tests.compare.place import Place
from tests.compare.reaction import AT_ONCE, BUSY, DEBOUNCE_MS, press_ms, talk

from portier.adapters.control.protocol import Do
from portier.bench.line.agent import Agent
from portier.bench.pinfile import PinFile
from portier.control_client import ControlClient

READERS = 50
LOG_LINES = 10_000
MORE_MS = 2.0
GAP_MS = 20.0
_PACKET_MS = 20.0
_CALL_S = 20.0

BURDEN = f"""
import sys
if "run" in sys.orig_argv:
    import logging, threading, time
    def burn():
        number = 0
        while True:
            number = (number * 31 + 7) % 1_000_003
    def talk():
        log = logging.getLogger("portier.burden")
        time.sleep(3)
        for number in range({LOG_LINES}):
            log.info("line %d of a log that somebody wanted to see", number)
            time.sleep(0.002)
    for work in (burn, talk):
        threading.Thread(target=work, daemon=True).start()
"""


def load_rows(place: Place) -> list[Row]:
    """A call's sound, and presses, with and without the burden: one door after the other, each alone."""
    with place.ours(BUSY) as (our_door, our_line):
        ours_calm = _presses(place, "presses, calm, ours", our_door.pins, our_line, DEBOUNCE_MS)
    with place.rivals(BUSY) as (rivals_door, rivals_line):
        rivals_calm = _presses(place, "presses, calm, rival", rivals_door.pins, rivals_line, 0.0)
    with place.ours(BUSY, BURDEN) as (our_door, our_line), _readers(our_door):
        ours = _presses(place, "presses, under load, ours", our_door.pins, our_line, DEBOUNCE_MS)
    with place.rivals(BUSY, burns=True) as (rivals_door, rivals_line):
        rival = _presses(place, "presses, under load, rival", rivals_door.pins, rivals_line, 0.0)
    place.say(f"calls under load, {2 * _CALL_S:.0f} s")
    with place.ours(AT_ONCE, BURDEN) as (our_door, our_line), _readers(our_door):
        gap_ms = _gap_ms(our_door.pins, our_line)
        xruns = int(record(our_door)["xruns"])
    with place.rivals(AT_ONCE, burns=True) as (rivals_door, rivals_line):
        rivals_gap_ms = _gap_ms(rivals_door.pins, rivals_line)
    burden = (
        f"a thread of the same interpreter that computes without end, {LOG_LINES} lines of log and {READERS} "
        "readers of the control socket; the rival: such a thread in the program for its button"
    )
    return [
        Row(
            "press to INVITE under load, more at p99",
            "ms",
            quantile(ours, 0.99) - quantile(ours_calm, 0.99),
            quantile(rival, 0.99) - quantile(rivals_calm, 0.99),
            MORE_MS,
            f"p99 with less p99 without: {burden}; {len(ours)} samples each",
            {"ours, calm": ours_calm, "ours, under load": ours, "rival, under load": rival},
        ),
        Row("a call under load: xruns", "", float(xruns), None, 0.0, f"of {_CALL_S:.0f} s: {burden}"),
        Row(
            "a call under load: longest gap",
            "ms",
            gap_ms,
            rivals_gap_ms,
            GAP_MS,
            "the longest pause between RTP packets at the line (kernel time stamps), less the 20 ms of one",
        ),
    ]


def _presses(place: Place, text: str, pins: PinFile, line: Agent, debounce_ms: float) -> list[float]:
    return [press_ms(pins, line) - debounce_ms for _ in place.through(place.size.samples + 2, text)][2:]


def _gap_ms(pins: PinFile, line: Agent) -> float:
    """The longest gap of a call, which the line ends."""
    talk(pins, line)
    time.sleep(1.0)
    # What happens while the card opens is not of the call's sound.
    before = len(line.calls[-1].leg.recording.arrivals())
    time.sleep(_CALL_S)
    gap_ms = longest_gap_ms(line, before)
    line.hang_up()
    return gap_ms


def longest_gap_ms(line: Agent, after: int) -> float:
    """Of the last call from this packet on: the longest pause between two, less the 20 ms of one."""
    moments = [one.at.mono_ns / 1e6 for one in line.calls[-1].leg.recording.arrivals()[after:]]
    return max(late - early for early, late in pairwise(moments)) - _PACKET_MS


def record(door: OurDoor, before: object = None) -> dict[str, Any]:
    """What the station itself knows of the last call, once it is another than `before`."""
    give_up_s = time.monotonic() + 5
    while True:
        with ControlClient(door.control_path) as client:
            told = client.ask(Do.RECORD)["record"]
        if told and told != before:
            return dict(told)
        if time.monotonic() > give_up_s:
            raise TimeoutError(f"no record of the call: {door.said}")
        time.sleep(0.1)


@contextmanager
def _readers(door: OurDoor) -> Iterator[None]:
    """Fifty readers that follow every event."""
    with ExitStack() as stack:
        for _ in range(READERS):
            one = stack.enter_context(socket.socket(socket.AF_UNIX))
            one.connect(str(door.control_path))
            one.sendall(b'{"do": "events"}\n')
            threading.Thread(target=_read, args=(one,), daemon=True).start()
        yield


def _read(one: socket.socket) -> None:
    try:
        while one.recv(65536):
            pass
    except OSError:
        return
