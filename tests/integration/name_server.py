"""A name server on loopback: answers from a table, or not at all."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset

Zone = dict[tuple[str, str], list[str]]
"""Records in the words of a zone file, by name and type."""


class NameServer:
    """Answers UDP queries in a thread of its own. Use as a context manager."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.asked: list[tuple[str, str]] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._run, name="name server")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
            ending.sendto(b"", self._socket.getsockname())
        self._thread.join(2)
        self._socket.close()

    def resolver(self) -> dns.resolver.Resolver:
        """A resolver that asks nobody but this."""
        made = dns.resolver.Resolver(configure=False)
        made.nameservers = ["127.0.0.1"]
        made.port = int(self._socket.getsockname()[1])
        return made

    def lookup(self, host: str) -> list[str]:
        """Every IPv4 address of a host, asked for as the system would. Raises OSError."""
        try:
            return [str(one) for one in self.resolver().resolve(f"{host}.", "A", lifetime=2.0)]
        except dns.exception.DNSException as error:
            raise OSError(str(error)) from error

    def _run(self) -> None:
        while True:
            data, source = self._socket.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            question = query.question[0]
            name, kind = question.name.to_text(omit_final_dot=True).lower(), question.rdtype.name
            self.asked.append((name, kind))
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            known = self.zone.get((name, kind))
            if known:
                answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, known))
            elif not any(one == name for one, _ in self.zone):
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self._socket.sendto(answer.to_wire(), source)
