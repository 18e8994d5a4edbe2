"""Two handshakes of TLS 1.3 with Python's own TLS as the other side: PJSIP as server, then as client."""

from __future__ import annotations

import json
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from portier.adapters import pjsip_library
from portier_pjsip.guest.endpoint import Certificate, endpoint, tls_transport

_LIMIT_S = 20.0
_REQUEST = (
    b"OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1;branch=z9hG4bK-1\r\nMax-Forwards: 70\r\n"
    b"From: <sip:a@127.0.0.1>;tag=1\r\nTo: <sip:b@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
    b"Contact: <sip:a@127.0.0.1>\r\nContent-Length: 0\r\n\r\n"
)


def main() -> int:
    """Print what was agreed on in each direction; 1 where either did not come about in time."""
    certificate = Certificate(*sys.argv[1:3])
    pj = pjsip_library.load()
    with endpoint(pj) as running:
        port = tls_transport(pj, running, certificate)
        account = pj.Account()
        config = pj.AccountConfig()
        config.idUri = "sip:check@127.0.0.1"
        account.create(config)
        told: dict[str, Any] = {}
        _wait(running, told, "server", lambda: _as_client(port, certificate))
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(_LIMIT_S)
            request = pj.SendRequestParam()
            request.method = "OPTIONS"
            request.txOption.targetUri = f"sip:a@127.0.0.1:{listener.getsockname()[1]};transport=tls"
            account.sendRequest(request)
            _wait(running, told, "client", lambda: _as_server(listener, certificate))
        account.shutdown()
        del account
    sys.stdout.write(f"\n{json.dumps(told)}\n")
    return 0 if len(told) == 2 else 1


def _as_client(port: int, certificate: Certificate) -> tuple[str, str]:
    context = ssl.create_default_context(cafile=certificate.file)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with (
        socket.create_connection(("127.0.0.1", port), _LIMIT_S) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
    ):
        secured.sendall(_REQUEST)
        return str(secured.version()), secured.recv(65536).decode(errors="replace").split("\r\n")[0]


def _as_server(listener: socket.socket, certificate: Certificate) -> tuple[str, str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate.file, certificate.key)
    plain, _ = listener.accept()
    plain.settimeout(_LIMIT_S)
    with plain, context.wrap_socket(plain, server_side=True) as secured:
        return str(secured.version()), secured.recv(65536).decode(errors="replace").split("\r\n")[0]


def _wait(running: Any, told: dict[str, Any], name: str, other: Callable[[], tuple[str, str]]) -> None:
    """Let PJSIP work until its other side, which only waits, is done."""
    done = threading.Event()

    def talk() -> None:
        try:
            told[name] = other()
        except OSError as error:
            sys.stderr.write(f"PJSIP as TLS {name}: {error}\n")
        finally:
            done.set()

    talking = threading.Thread(target=talk, name=name, daemon=True)
    talking.start()
    until_s = time.monotonic() + _LIMIT_S
    while not done.is_set() and time.monotonic() < until_s:
        running.libHandleEvents(10)


if __name__ == "__main__":
    sys.exit(main())
