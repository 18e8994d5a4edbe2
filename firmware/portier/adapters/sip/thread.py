"""The thread that owns PJSIP: from libCreate to libDestroy every pj object lives and dies on it."""

from __future__ import annotations

import gc
import logging
import queue
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from portier.adapters import pjsip_library
from portier.adapters.sip import codecs, ipv6, switches
from portier.adapters.sip.gate import Gate
from portier.adapters.sip.packet_filter import Address, Admitted
from portier.adapters.sip.settings import endpoint_config, transport_config
from portier.errors import SipError, SipPortError
from portier.hosts import family_of, on_this_machine, written
from portier.plan import SipSettings
from portier.process import name_thread

_log = logging.getLogger(__name__)
_DEAF_POLL_MS = 100
_START_TIMEOUT_S = 10.0
_TIDY_EVERY_S = 600.0

Command = Callable[[], None]


class Tenant(Protocol):
    """What lives on the thread: it makes its pj objects there and must drop them there."""

    def move_in(
        self, endpoint: Any, library: Path, local_host: str, admit: Callable[[Admitted], None]
    ) -> None:
        """Called once PJSIP runs; nobody is heard before `admit` says who is."""
        ...

    def tend(self, now_s: float) -> None:
        """Called after each poll."""
        ...

    def patience_ms(self) -> int:
        """How long it may be left alone; anything that comes ends a poll sooner."""
        ...

    def idle(self) -> bool:
        """Whether no call object exists, so that garbage can be collected."""
        ...

    def move_out(self, poll: Callable[[int], None]) -> None:
        """End every call, drop every pj object; `poll(ms)` lets PJSIP work meanwhile."""
        ...


class SipThread:
    """Runs PJSIP and its tenant. A command wakes the thread at once, so the poll can be long."""

    def __init__(
        self,
        settings: SipSettings,
        tenant: Tenant,
        on_fault: Callable[[Exception], None],
        make_endpoint: Callable[[], Any] | None = None,
    ) -> None:
        self._settings = settings
        self._tenant = tenant
        self._on_fault = on_fault
        self._make_endpoint = make_endpoint
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self._started = threading.Event()
        self._stopping = False
        self._start_error: Exception | None = None
        self._waker: socket.socket
        self._wake_address = (on_this_machine(settings.bind_address), settings.port)
        self._thread = threading.Thread(target=self._run, name="sip", daemon=True)
        self._deaf = False
        self._destroys = True
        self._destroyed = True
        self._gate = Gate()
        self.beat_s = time.monotonic()

    def start(self) -> None:
        """Start PJSIP and wait until it is up.

        Raises:
            PjsipMissingError, SelfTestError: this build is missing or unfit.
            SipPortError: the UDP port cannot be opened.
            CodecError: this build has none of the codecs.
            SipError: PJSIP refused anything else.
        """
        # Not sooner: who never starts it need not stop it.
        host = self._settings.bind_address
        try:
            self._waker = socket.socket(family_of(host), socket.SOCK_DGRAM)
        except OSError as error:
            raise SipError(f"sip: cannot speak by the family of {host}: {error.strerror}") from error
        self._thread.start()
        if not self._started.wait(_START_TIMEOUT_S):
            raise SipError(f"sip: PJSIP did not start within {_START_TIMEOUT_S:.0f} s")
        if self._start_error:
            self._waker.close()
            raise self._start_error

    def submit(self, command: Command) -> None:
        """Run a command on the thread, soon; from any thread."""
        self._commands.put(command)
        if threading.current_thread() is not self._thread:
            self._wake()

    def send(self, message: bytes, to: Address, transport: str = "udp") -> bool:
        """Send a datagram from the SIP socket, past PJSIP, or into a connection of its; whether it could.

        On the thread.
        """
        if transport == "udp":
            return self._gate.send(message, to)
        return switches.send_by_connection(pjsip_library.path(), message, to, transport)

    def stop(self, timeout_s: float, *, destroy: bool = True) -> bool:
        """Hang up, unregister, destroy PJSIP; False where there still is one afterwards.

        Not to `destroy` it is for a process with a thread that may be in one of PJSIP's functions.
        """
        self._destroys &= destroy
        self._stopping = True
        self._wake()
        self._thread.join(timeout_s)
        stopped = not self._thread.is_alive()
        if stopped:
            self._waker.close()
        else:
            _log.warning("sip: the SIP thread did not end in time")
        return stopped and self._destroyed

    def _wake(self) -> None:
        if not self._thread.is_alive():
            return
        # PJSIP reads a lone CRLF as a keep-alive (RFC 5626 section 4.4.1) and ignores it.
        try:
            self._waker.sendto(b"\r\n\r\n", self._wake_address)
            self._deaf = False
        except OSError as error:
            if not self._deaf:
                _log.warning(
                    "sip: cannot wake the SIP thread: %s; it looks by itself until that works", error
                )
            self._deaf = True

    def _run(self) -> None:
        name_thread("sip")
        endpoint = None
        try:
            endpoint = self._create()
        except Exception as error:  # noqa: BLE001 -- handed to the thread that waits for the start
            # Its traceback would keep the endpoint, and with it PJSIP's one instance.
            self._start_error = error.with_traceback(None)
            self._started.set()
            return
        self._started.set()
        try:
            self._serve(endpoint)
        except Exception as fault:  # noqa: BLE001 -- without this thread there is no station
            # In the middle of a call perhaps: the media thread is in PJSIP's port then.
            self._destroys = False
            self._on_fault(fault)
        self._tenant.move_out(endpoint.libHandleEvents)
        gc.collect()
        if self._destroys:
            self._destroy(endpoint)
        else:
            # Its destructor would end PJSIP all the same.
            endpoint.thisown = False

    def _create(self) -> Any:
        pj = pjsip_library.load()
        library = pjsip_library.path()
        switches.silence(library)
        switches.stay_on_udp(library)
        switches.leave_out_allow(library)
        endpoint = self._make_endpoint() if self._make_endpoint else pj.Endpoint()
        self._destroyed = False
        endpoint.libCreate()
        try:
            endpoint.libInit(endpoint_config(self._settings))
            switches.give_up_soon(library, round(self._settings.answer_timeout_s * 1000))
            local_host = self._open_port(pj, endpoint)
            self._gate.shut(
                (self._settings.bind_address, self._settings.port), self._waker, self._wake_address[0]
            )
            endpoint.libStart()
            codecs.apply(endpoint, self._settings.codecs, self._settings.frame_ms)
            self._tenant.move_in(endpoint, library, local_host, self._gate.admit)
        except pj.Error as error:
            reason = error.reason
            self._destroy(endpoint)
            raise SipError(f"sip: PJSIP cannot start: {reason}") from None
        except SipError:
            self._destroy(endpoint)
            raise
        return endpoint

    def _open_port(self, pj: Any, endpoint: Any) -> str:
        address = written(self._settings.bind_address, self._settings.port)
        kind = ipv6.udp(self._settings.bind_address)
        try:
            transport = endpoint.transportCreate(kind, transport_config(self._settings))
            name = str(endpoint.transportGetInfo(transport).localName)
        except pj.Error as error:
            raise SipPortError(
                f"sip: cannot open UDP {address}: {error.reason}; another program has the port "
                "(ss -lunp shows which): stop it, or set sip.port"
            ) from None
        return name.rsplit(":", 1)[0].strip("[]")

    def _serve(self, endpoint: Any) -> None:
        tidied_s = time.monotonic()
        was_idle = True
        handle_events, commands, clock = endpoint.libHandleEvents, self._commands, time.monotonic
        patience_ms, tend_s = 0, 0.0
        while not self._stopping:
            handle_events(patience_ms)
            self.beat_s = now_s = clock()
            # Fifty times a second it is a packet of sound, and nothing else.
            if now_s < tend_s and commands.empty():
                continue
            self._drain()
            self._tenant.tend(now_s)
            patience_ms = _DEAF_POLL_MS if self._deaf else self._tenant.patience_ms()
            tend_s = now_s + patience_ms / 1000
            idle = self._tenant.idle()
            if idle and (not was_idle or now_s - tidied_s > _TIDY_EVERY_S):
                # A pj object in a reference cycle must be collected here and by no other thread.
                gc.collect()
                self._gate.tell_dropped()
                tidied_s = now_s
            was_idle = idle
        self._drain()

    def _drain(self) -> None:
        while True:
            try:
                command = self._commands.get_nowait()
            except queue.Empty:
                return
            command()

    def _destroy(self, endpoint: Any) -> None:
        self._destroyed = True
        self._gate.leave()
        try:
            endpoint.libDestroy()
        except Exception as error:  # noqa: BLE001 -- PJSIP's own class, and nothing is left to do
            _log.warning("sip: PJSIP did not end cleanly: %s", error)
