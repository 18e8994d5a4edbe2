"""A station's core on a real loop with pretended ports, its control socket, and readers of raw bytes."""

from __future__ import annotations

import asyncio
import json
import select
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from portier.adapters.control.server import ControlServer
from portier.adapters.journal.writer import Health
from portier.bench.deeds import Diary
from portier.bench.fake_phone import FakePhone, FarLine
from portier.bench.fakes import FakeLamps, FakeSound, FakeStrikes
from portier.core.audit import Record
from portier.core.events import Registration, RegistrationState
from portier.core.rules import ButtonRule, DoorRule, Rules
from portier.record.recorder import Recorder
from portier.runtime import Ports, Runtime

T = TypeVar("T")
RULES = Rules(
    buttons={
        "bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03),
        "side": ButtonRule("side", "sip:shop@pbx.example", 0.03),
    },
    doors={"front": DoorRule("front", "9876", 0.5, 2.0)},
)
_LIMIT_S = 5.0


class ControlStation:
    """Ready for calls, and listening. Use as a context manager; the loop has a thread of its own."""

    def __init__(
        self,
        path: Path,
        line: FarLine | None = None,
        rules: Rules = RULES,
        *,
        keeps_log: bool = False,
    ) -> None:
        self.path = path
        self.audit_rows: list[Record] = []
        self._keeps_log = keeps_log
        self.audit_trouble = ""
        self.faults: list[Exception] = []
        self.directory_trouble: str | None = None
        self.echo: str | None = None
        self.mixer_troubles: tuple[str, ...] = ()
        self.runtime: Runtime
        self.server: ControlServer
        self.diary: Diary
        self.phone: FakePhone
        self._line = line or FarLine(rings_after_s=0.05, answers_after_s=0.1)
        self._rules = rules
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="station-loop")

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(_LIMIT_S)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.do(self.server.close)
        self._end()

    def do(self, work: Callable[[], T]) -> T:
        """Have the loop do something, and wait for what comes of it."""
        done: Future[T] = Future()

        def run() -> None:
            try:
                done.set_result(work())
            except Exception as error:  # noqa: BLE001 -- raised again where it is waited for
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return done.result(_LIMIT_S)

    def register(self, good: bool) -> None:
        """Change the registration: a change of the status that needs no call."""
        state = RegistrationState.REGISTERED if good else RegistrationState.TRYING
        self.do(lambda: self.runtime.take(Registration(state, at_s=self._loop.time())))

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        self.diary = Diary(loop)
        self.runtime = Runtime(self._rules, loop, self.faults.append)
        self.recorder = Recorder(self._rules.buttons, loop.time, loop.call_later)
        self.runtime.observe(self.recorder)
        self.phone = FakePhone(loop, self.runtime.post, self.diary, [self._line])
        strikes = FakeStrikes(
            loop,
            self.diary,
            {name: one.max_release_s for name, one in self._rules.doors.items()},
            [name for name, one in self._rules.doors.items() if one.may_hold],
        )
        self.runtime.connect(Ports(self.phone, strikes, FakeLamps(self.diary), FakeSound(loop, self.diary)))
        self.server = ControlServer(
            self.path,
            self._rules,
            self.runtime,
            self.recorder,
            directory_trouble=lambda: self.directory_trouble,
            echo_words=lambda: self.echo,
            mixer_troubles=lambda: self.mixer_troubles,
            audit_health=lambda: Health(trouble=self.audit_trouble) if self._keeps_log else None,
            write_audit=self.audit_rows.append if self._keeps_log else None,
        )
        self.phone.become_ready()
        await asyncio.sleep(0)
        await self.server.start()

    def _end(self) -> None:
        async def last_turns() -> None:
            if hasattr(self, "runtime"):
                self.runtime.close()
            await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(last_turns(), self._loop).result(_LIMIT_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_LIMIT_S)
        self._loop.close()


class RawReader:
    """A connection to the socket, in bytes. Use as a context manager."""

    def __init__(self, path: Path, *, greeted: bool = True) -> None:
        self.received = b""
        self._unread = b""
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(_LIMIT_S)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise
        if greeted:
            assert self.line()["protocol"] == 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def send_until_closed(self, data: bytes, times: int) -> int:
        """Send the same bytes again and again without reading; how many went before the station closed."""
        sent_bytes = 0
        for _ in range(times):
            try:
                sent_bytes += self.socket.send(data)
            except ConnectionError:
                return sent_bytes
        raise AssertionError(f"still open after {sent_bytes} bytes")

    def ask(self, **request: object) -> dict[str, Any]:
        """Send a request and take the next line."""
        self.send(json.dumps(request).encode() + b"\n")
        return self.line()

    def line(self) -> dict[str, Any]:
        """The next line, as an object; EOFError when the station has closed."""
        while b"\n" not in self._unread:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError(self._unread)
            self._unread += more
        data, _, self._unread = self._unread.partition(b"\n")
        self.received += data + b"\n"
        message = json.loads(data)
        assert isinstance(message, dict)
        return message

    def until_event(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Take lines until an event whose status meets a condition; that status."""
        while True:
            message = self.line()
            if "event" in message and condition(message["status"]):
                status: dict[str, Any] = message["status"]
                return status

    def nothing_waits(self) -> bool:
        """Whether the station has said nothing that was not taken yet."""
        return not self._unread and not select.select([self.socket], [], [], 0)[0]

    def closed(self) -> bool:
        """Whether the station closes the connection, after what it still said."""
        try:
            while self.socket.recv(65536):
                pass
        except TimeoutError:
            return False
        except OSError:
            return True
        return True
