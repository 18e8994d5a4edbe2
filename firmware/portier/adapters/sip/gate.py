"""The SIP socket's gate: the kernel's filter while there is one, and what is said where there is none."""

from __future__ import annotations

import logging
import socket
from contextlib import suppress

from portier.adapters.sip.packet_filter import Address, Admitted, PacketFilter, own_socket
from portier.errors import SipError

_log = logging.getLogger(__name__)


class Gate:
    """Open until `shut`; open again where the kernel takes the filter no more. All on the SIP thread."""

    def __init__(self) -> None:
        self._filter: PacketFilter | None = None
        self._sender: socket.socket | None = None
        self._dropped = 0

    def shut(self, bound: Address, waker: socket.socket, waker_host: str) -> None:
        """Let nobody but `waker` through to the socket that is bound so; `waker` is given a port for that."""
        try:
            # Its own: it sends also where the kernel takes no filter.
            self._sender = own_socket(bound)
        except (OSError, SipError) as error:
            _log.warning("sip: nothing can be sent past PJSIP: %s; no call goes on to a next account", error)
        try:
            waker.bind((waker_host, 0))
            self._filter = PacketFilter(bound, waker.getsockname()[:2])
        except (OSError, SipError) as error:
            _log.warning("sip: strangers cannot be kept off by the kernel: %s; PJSIP hears them", error)

    def admit(self, admitted: Admitted) -> None:
        """Let these through, and nobody else."""
        if self._filter is None:
            return
        try:
            self._filter.admit(admitted)
        except OSError as error:
            _log.warning("sip: the kernel does not take the filter against strangers any more: %s", error)
            # One that is out of date could keep off whom the station calls.
            with suppress(OSError):
                self._filter.lift()
            self._filter.close()
            self._filter = None

    def send(self, message: bytes, to: Address) -> bool:
        """Send a datagram from the SIP socket; False where it cannot be got at, or the network is down."""
        if self._sender is None:
            return False
        try:
            self._sender.sendto(message, socket.MSG_DONTWAIT, to)
        except OSError:
            return False
        return True

    def tell_dropped(self) -> None:
        """Log how much was kept off, where there is news."""
        dropped = self._filter.dropped if self._filter else self._dropped
        if dropped != self._dropped:
            _log.info(
                "sip: %d datagrams from strangers were dropped since the last such line; "
                "sip.accept_from names who else is heard",
                dropped - self._dropped,
            )
            self._dropped = dropped

    def leave(self) -> None:
        """Let go of the socket, before PJSIP closes it: a second descriptor would keep the port."""
        for held in (self._filter, self._sender):
            if held:
                held.close()
        self._filter = self._sender = None
