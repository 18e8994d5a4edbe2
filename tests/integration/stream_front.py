"""A server that speaks SIP by TCP or TLS, and hands each message to a line that speaks UDP."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from portier.hosts import address_of, family_of

_LENGTH = re.compile(rb"^(?:content-length|l)[ \t]*:[ \t]*(\d+)", re.IGNORECASE | re.MULTILINE)
_LARGEST = 65535


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, in files; it is its own authority."""

    file: Path
    key: Path


def certificate(folder: Path, name: str = "127.0.0.1", days: int = 2) -> Certificate:
    """Make a certificate for a name or an address, for so many days; a negative number: it has expired."""
    made = Certificate(folder / f"{name}{days}.pem", folder / f"{name}{days}.key")
    request, extensions = folder / "request", folder / "extensions"
    extensions.write_text(f"subjectAltName={'IP' if address_of(name) else 'DNS'}:{name}\n")
    key, file = str(made.key), str(made.file)
    for command in (
        f"openssl req -newkey rsa:2048 -nodes -subj /CN={name} -keyout {key} -out {request}",
        f"openssl x509 -req -in {request} -signkey {key} -days {days} -extfile {extensions} -out {file}",
    ):
        subprocess.run(command.split(), check=True, capture_output=True, timeout=30)
    return made


class StreamFront:
    """Listens on loopback; TLS with a certificate, TCP without. Use as a context manager."""

    def __init__(
        self,
        line_port: int,
        secured_by: Certificate | None,
        oldest: ssl.TLSVersion | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self._line = (host, line_port)
        self._context: ssl.SSLContext | None = None
        if secured_by:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(secured_by.file, secured_by.key)
            if oldest:
                self._context.minimum_version = self._context.maximum_version = oldest
                self._context.set_ciphers("ALL:@SECLEVEL=0")
        self._listener = socket.create_server((host, 0), family=family_of(host))
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._listen, name="front")]
        self.versions: list[str] = []
        self.connections = 0
        self.frozen = 0
        """How many of the connections, the first ones, hear and say nothing more."""
        self.is_gone = threading.Event()
        """Set, it ends its connections and takes no more: where it listened nobody is any more."""
        self.port = int(self._listener.getsockname()[1])

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(3)

    @property
    def is_there(self) -> bool:
        """Whether somebody is connected, or could connect."""
        return any(one.is_alive() for one in self._threads)

    def _listen(self) -> None:
        while not self._ends():
            if not select.select([self._listener], [], [], 0.1)[0]:
                continue
            plain, _ = self._listener.accept()
            thread = threading.Thread(target=self._serve, args=(plain,), name="front connection")
            self._threads.append(thread)
            thread.start()
        self._listener.close()

    def _ends(self) -> bool:
        return self._stopping.is_set() or self.is_gone.is_set()

    def _serve(self, plain: socket.socket) -> None:
        plain.settimeout(2.0)
        with contextlib.suppress(OSError), plain, socket.socket(plain.family, socket.SOCK_DGRAM) as inside:
            inside.connect(self._line)
            if self._context is None:
                self._relay(plain, inside)
                return
            with self._context.wrap_socket(plain, server_side=True) as secured:
                self.versions.append(str(secured.version()))
                self._relay(secured, inside)

    def _relay(self, outside: socket.socket, inside: socket.socket) -> None:
        pending = b""
        self.connections += 1
        number = self.connections
        while not self._ends():
            if number <= self.frozen:
                self._stopping.wait(0.1)
                continue
            held = isinstance(outside, ssl.SSLSocket) and outside.pending()
            ready = [outside] if held else select.select([outside, inside], [], [], 0.1)[0]
            if inside in ready:
                outside.sendall(inside.recv(_LARGEST))
            if outside in ready:
                more = outside.recv(_LARGEST)
                if not more:
                    return
                pending = _handed_on((pending + more).lstrip(b"\r\n"), inside)


def _handed_on(data: bytes, inside: socket.socket) -> bytes:
    """Hand on whole messages (RFC 3261 section 18.3); what is left waits for more."""
    while (end := data.find(b"\r\n\r\n")) >= 0:
        length = _LENGTH.search(data[:end])
        size = end + 4 + (int(length[1]) if length else 0)
        if len(data) < size:
            break
        inside.send(data[:size])
        data = data[size:].lstrip(b"\r\n")
    return data
