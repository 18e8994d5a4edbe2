"""Child: what does the contact of a button do? Says READY (number 1: closed), PRESSED, LET_GO."""

from __future__ import annotations

import queue
import sys
import threading
import time
from typing import Any

from portier.adapters.gpio.buttons import Buttons
from portier.core import debounce
from portier.core.effects import StartTimer
from portier.core.events import ButtonEdge, Event
from portier.core.states import Contact
from portier.plan import ButtonPin
from portier.setup.tries import What, child, tell, told_to_end
from portier.setup.tries.pins import opened

_LIMIT_S = 120.0
_NAME = "button"


def watch(pins: Any, pin: ButtonPin, debounce_s: float) -> None:
    """Tell each press and each end of one, debounced as the station does it. Raises GpioError."""
    edges: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
    buttons = Buttons(pins, {_NAME: pin}, edges.put)
    try:
        buttons.start()
        # An edge that is there at once says that it is closed at the start.
        closed = not edges.empty()
        tell(What.READY, number=float(closed))
        threading.Thread(target=_await_end, args=(edges,), daemon=True).start()
        _follow(edges, Contact(counted=closed, seen=closed), debounce_s)
    finally:
        buttons.close()
        pins.close()


def _await_end(edges: queue.SimpleQueue[Event | None]) -> None:
    told_to_end(_LIMIT_S)
    edges.put(None)


def _follow(edges: queue.SimpleQueue[Event | None], contact: Contact, debounce_s: float) -> None:
    due_s: float | None = None
    while True:
        try:
            edge = edges.get(timeout=None if due_s is None else max(0.0, due_s - time.monotonic()))
        except queue.Empty:
            due_s = None
            contact, _ = debounce.settle(contact)
            tell(What.PRESSED if contact.counted else What.LET_GO)
            continue
        if not isinstance(edge, ButtonEdge):
            return
        contact, effect = debounce.edge(contact, _NAME, edge.closed, edge.at_s, debounce_s)
        due_s = effect.due_s if isinstance(effect, StartTimer) else None


def main(factory: str, mock_file: str, pin: str, closed_is: str, debounce_ms: str) -> int:
    """The child; `mock_file` is empty where there is none."""
    button = ButtonPin(int(pin), closed_is == "low")
    return child(lambda: watch(opened(factory, mock_file), button, int(debounce_ms) / 1000))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
