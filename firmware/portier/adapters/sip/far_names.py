"""Names that a far end sends, in a Contact, a Record-Route or a description: PJSIP would wait for each.

While a name server is slow to answer, the SIP thread would do nothing else, and after 8 s the station would
be ended as one that hangs. So PJSIP asks here, and is told what is known by now: nothing, the first time.
What it could not send then it sends when the far end repeats itself half a second later (RFC 3261 section
13.3.1.4).
"""

from __future__ import annotations

import logging
import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from portier.adapters.sip import names

_log = logging.getLogger(__name__)
_FRESH_S = 300.0
_FAILED_S = 5.0
_MOST = 32
_NAME = re.compile(r"(?=.*[a-z])[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")


@dataclass(slots=True)
class _Known:
    """A name's address, None where it has none; `due_s` is when to look anew."""

    address: str | None
    due_s: float


class FarNames:
    """Addresses of names, looked up on a thread of its own. `changed` is called there when one was found."""

    def __init__(self, changed: Callable[[], None], lookup: names.Lookup | None = None) -> None:
        self._changed = changed
        self._lookup = lookup or names.system_lookup
        self._known: dict[str, _Known] = {}
        self._asked: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def address(self, host: str) -> str | None:
        """What is known of a host at the moment; None while nothing is. Never waits. On the SIP thread."""
        name = host.lower()
        if not _NAME.fullmatch(name):
            return None
        now_s = time.monotonic()
        known = self._known.get(name)
        if known is None or now_s >= known.due_s:
            self._ask(name, _Known(known.address if known else None, now_s + _FRESH_S))
        return known.address if known else None

    def addresses(self) -> frozenset[str]:
        """Every address that is known."""
        return frozenset(one.address for one in self._known.copy().values() if one.address)

    def stop(self) -> None:
        """Look up no more; a lookup that hangs is left to end by itself."""
        self._asked.put(None)

    def _ask(self, name: str, known: _Known) -> None:
        if name not in self._known and len(self._known) >= _MOST:
            del self._known[next(iter(self._known))]
        self._known[name] = known
        self._asked.put(name)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="far names", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while (name := self._asked.get()) is not None:
            known = self._known.get(name)
            if known is None:
                continue
            try:
                address = self._lookup(name)[0]
            except (OSError, IndexError, UnicodeError) as error:
                _log.info('sip: the far end names "%s", which cannot be resolved: %s', name, error)
                known.due_s = time.monotonic() + _FAILED_S
                continue
            known.due_s = time.monotonic() + _FRESH_S
            if address != known.address:
                known.address = address
                self._changed()
