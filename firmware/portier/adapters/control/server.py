"""Listens at the control socket. Everything here is on the loop, and nothing waits for a reader."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from portier import __version__
from portier.core.audit import Record
from portier.core.rules import Rules
from portier.core.states import State
from portier.record.call_record import CallRecord
from portier.record.words import outcome
from portier.status import LastCall, Snapshot, snapshot

from . import line_notes
from .desk import Core, Desk
from .key_tests import KeyTests
from .levels import Levels
from .protocol import READERS_LIMIT, Do, Request, encode, event, greeting, reply
from .reader import Reader
from .socket_file import SocketFile
from .sound_tests import SoundTests

_log = logging.getLogger(__name__)
_BACKLOG = 64


class WatchedCore(Core, Protocol):
    """What the socket needs of the runtime."""

    def watch(self, watcher: Callable[[State], None]) -> None:
        """Call `watcher` with every new state."""
        ...

    def observe(self, observer: Levels) -> None:
        """Let somebody look on from now on."""
        ...


class Records(Protocol):
    """Who knows what the last call was."""

    @property
    def last(self) -> CallRecord | None: ...

    def watch(self, watcher: Callable[[], None]) -> None:
        """Call `watcher` whenever there is a new last record."""
        ...


class ControlServer:
    """The station's control socket at a path, from `start` to `close`."""

    def __init__(
        self,
        path: Path,
        rules: Rules,
        core: WatchedCore,
        records: Records,
        key_tests: KeyTests | None = None,
        audit_health: Callable[[], Any] = lambda: None,
        read_directory: Callable[[str, Callable[[str], None]], None] | None = None,
        directory_trouble: Callable[[], str | None] = lambda: None,
        echo_words: Callable[[], str | None] = lambda: None,
        mixer_troubles: Callable[[], tuple[str, ...]] = tuple,
        write_audit: Callable[[Record], None] | None = None,
    ) -> None:
        """`audit_health` says how the audit log is, as a dataclass; None where there is none.

        `read_directory` is told who asks for it, and what to call with what is wrong, or "";
        `directory_trouble` says what is wrong at the moment, or "", and None where there is no directory.
        `echo_words` says what keeps a far end from hearing itself; None where nothing is done to the sound.
        `mixer_troubles` are the controls of the card's mixer that are not as they are wanted.
        `write_audit` writes a row; None where there is no audit log.
        """
        self._path = path
        self._core = core
        self._records = records
        self._key_tests = key_tests
        self._audit_health = audit_health
        self._read_directory = read_directory
        self._directory_trouble = directory_trouble
        self._echo_words = echo_words
        self._mixer_troubles = mixer_troubles
        self._write_audit = write_audit
        self._desk = Desk(rules, core)
        self._sound_tests = SoundTests(core)
        self._levels = Levels(core)
        self._loop = asyncio.get_running_loop()
        self._readers: set[Reader] = set()
        self._told: Snapshot | None = None
        self._untold: list[tuple[str, Snapshot]] = []
        self._server: asyncio.Server | None = None
        self._file: SocketFile | None = None

    async def start(self) -> None:
        """Listen; raises ControlError when another station does so there, or nobody can."""
        self._file = SocketFile(self._path)
        self._server = await self._loop.create_unix_server(
            lambda: Reader(self, self._loop), sock=self._file.socket, backlog=_BACKLOG
        )
        self._told = self._snapshot()
        self._core.watch(lambda _: self._changed())
        self._records.watch(self._changed)
        _log.info("control: listening at %s", self._path)

    def close(self) -> None:
        """Tell what is still untold, close every reader, and remove the socket's file."""
        if self._server:
            self._server.close()
        if self._file:
            self._file.remove()
        self._tell()
        if self._key_tests:
            self._key_tests.close()
        for reader in tuple(self._readers):
            reader.drop()

    def opened(self, reader: Reader) -> None:
        """Greet a new reader, or refuse one too many."""
        if len(self._readers) >= READERS_LIMIT:
            reader.refuse(f"{READERS_LIMIT} readers are connected already, and no more may be; closed")
            return
        self._readers.add(reader)
        reader.send(encode(greeting(__version__)))

    def closed(self, reader: Reader) -> None:
        """Forget a reader."""
        self._readers.discard(reader)
        self._levels.left(reader)
        if self._key_tests:
            self._key_tests.left(reader)

    def answer(self, reader: Reader, request: Request) -> None:
        """Do what a reader asks, then tell it."""
        error: str | None = None
        match request.do:
            case Do.STATUS | Do.RECORD:
                pass
            case Do.EVENTS:
                # What happened before it asked is not for it.
                self._tell()
                reader.follows = True
            case Do.KEY_TEST:
                error = self._begin_key_test(request, reader)
            case Do.LEVELS:
                error = self._levels.begin(reader)
            case Do.READ_DIRECTORY if self._read_directory:
                _log.info("control: %s by %s", request.do, reader.name)
                self._read_directory(reader.name, partial(self._reply, reader, request))
                return
            case Do.READ_DIRECTORY:
                error = "this station has no directory"
            case Do.LINE_CHANGED:
                error = self._note_line(request, reader)
            case Do.SOUND_TEST:
                _log.info("control: %s by %s", request.do, reader.name)
                self._sound_tests.begin(partial(self._reply, reader, request), self._loop.time())
                return
            case _:
                error = self._desk.carry_out(request, self._loop.time())
                if error is None:
                    named = f' "{request.target}"' if request.target else ""
                    _log.info("control: %s%s by %s", request.do, named, reader.name)
        self._reply(reader, request, error)

    def _reply(self, reader: Reader, request: Request, error: str | None) -> None:
        status = asdict(self._snapshot())
        # Not in the snapshot, whose every change is an event.
        health = self._audit_health()
        beside: dict[str, Any] = {"audit": asdict(health)} if health else {}
        if (trouble := self._directory_trouble()) is not None:
            beside["directory"] = {"trouble": trouble}
        if words := self._echo_words():
            beside["echo"] = words
        if troubles := self._mixer_troubles():
            beside["mixer"] = {"troubles": troubles}
        message = reply(request.id, status | beside, error or None)
        if request.do is Do.RECORD:
            record = self._records.last
            message["record"] = record.plain() if record else None
        reader.send(encode(message))
        if request.do is Do.EVENTS:
            reader.send(encode(event(_now(), status)))

    def _begin_key_test(self, request: Request, reader: Reader) -> str | None:
        if self._key_tests is None:
            return "this station cannot test keys"
        error = self._key_tests.begin(request.target, reader)
        if error is None:
            _log.info("control: %s by %s", request.do, reader.name)
        return error

    def _note_line(self, request: Request, reader: Reader) -> str | None:
        if not reader.may_see_keys:
            return "changes of lines are taken from root and the service's own user alone: try sudo"
        if self._write_audit is None:
            return "this station keeps no audit log"
        if request.target is None:
            return None
        told = line_notes.record(request.target, reader.name)
        if told is None:
            return '"change" is no change of a line'
        self._write_audit(told)
        _log.info("control: %s by %s", request.do, reader.name)
        return None

    def _snapshot(self) -> Snapshot:
        record = self._records.last
        last = None
        if record:
            said = outcome(record)
            last = LastCall(record.leg, record.button, record.begun_at, said, record.caller)
        return snapshot(self._core.state, last)

    def _changed(self) -> None:
        """Take note of a change; it is told later, so that the next event does not wait for readers."""
        shown = self._snapshot()
        if shown == self._told:
            return
        self._told = shown
        self._untold.append((_now(), shown))
        if len(self._untold) == 1:
            self._loop.call_soon(self._tell)

    def _tell(self) -> None:
        for at, shown in self._untold:
            line = encode(event(at, asdict(shown)))
            for reader in tuple(self._readers):
                if reader.follows:
                    reader.send(line)
        self._untold.clear()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
