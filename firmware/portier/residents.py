"""The directory in a running station: what it says reaches the core and SIP, also when it changes.

A new directory is read and made into rules off the loop; on the loop it takes the place of the one before, at
once. A call that lasts goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from portier.adapters.live_directory import LiveDirectory
from portier.core.audit import Record, Road, What
from portier.directory import snapshot
from portier.directory.model import Book
from portier.directory.settings import Settings
from portier.directory.snapshot import View
from portier.directory.store import not_collecting
from portier.plan import Plan, SipSettings
from portier.ports import Journal
from portier.runtime import Runtime

_log = logging.getLogger(__name__)


class Learner(Protocol):
    """A phone that is told whom it may call, and whose calls it may take."""

    def learn(self, targets: tuple[str, ...], lines: frozenset[str], callers: tuple[str, ...]) -> None: ...


class Residents:
    """Everything on the loop but `_changed`."""

    def __init__(self, plan: Plan, settings: Settings, runtime: Runtime) -> None:
        self._plan = plan
        self._settings = settings
        self._runtime = runtime
        self._loop = asyncio.get_running_loop()
        self._phone: Learner | None = None
        self._journal: Journal | None = None
        self.directory = LiveDirectory(settings.files, self._changed)

    async def start(self) -> SipSettings:
        """Read the directory; what SIP is to know of it. Nothing that is wrong with it hinders the start."""
        view = await asyncio.to_thread(self._first)
        if view is None:
            return self._plan.sip
        self._runtime.change_rules(view.rules)
        targets, lines, callers = self._dialled(view)
        return replace(self._plan.sip, targets=targets, lines=lines, callers=callers)

    def connect(self, phone: Learner, journal: Journal | None) -> None:
        """Name who is to hear of changes."""
        self._phone, self._journal = phone, journal

    def read_again(self, by: str, done: Callable[[str], None]) -> None:
        """Take the directory as it is by now; then `done`, on the loop, with what is wrong with it, or ""."""

        def told(trouble: str) -> None:
            self._call_soon(self._done, by, trouble, done)

        self.directory.read_again(told)

    def close(self) -> None:
        """Write what is not written yet."""
        self.directory.close()

    def _first(self) -> View | None:
        with not_collecting():
            return self._view(self.directory.start())

    def _changed(self, book: Book) -> None:
        """On the directory's thread."""
        if (view := self._view(book)) is not None:
            self._call_soon(self._take, view)

    def _view(self, book: Book) -> View | None:
        try:
            return snapshot.view(self._plan.rules, book, self._settings)
        except Exception:  # noqa: BLE001 -- whatever it is: without it the station still rings
            _log.exception("directory: it cannot be used; the one before stays")
            return None

    def _take(self, view: View) -> None:
        self._runtime.change_rules(view.rules)
        if self._phone:
            self._phone.learn(*self._dialled(view))

    def _done(self, by: str, trouble: str, done: Callable[[str], None]) -> None:
        if not trouble and self._journal:
            self._journal.write(Record(What.CHANGED, road=Road.COMMAND, who=by))
        done(trouble)

    def _dialled(self, view: View) -> tuple[tuple[str, ...], frozenset[str], tuple[str, ...]]:
        sip = self._plan.sip
        return (
            tuple(dict.fromkeys((*sip.targets, *view.targets))),
            sip.lines | view.lines,
            tuple(dict.fromkeys((*sip.callers, *view.callers))),
        )

    def _call_soon(self, work: Callable[..., None], *values: object) -> None:
        try:
            self._loop.call_soon_threadsafe(work, *values)
        except RuntimeError:
            pass  # after the loop's end
