"""A pretended operator's API on loopback, for tests, and by hand: python -m portier.bench.operator_api."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from portier.bench.operator_account import OperatorAccount

_LOOPBACK = "127.0.0.1"
_LARGEST_BYTES = 1024 * 1024


@dataclass(slots=True)
class Fault:
    """What goes wrong with the next requests whose method and path it fits.

    Of `status`, 0 cuts the connection: `done_first`, after the request was carried out. `text` stands in the
    place of a JSON body.
    """

    status: int
    method: str = ""
    path: str = ""
    times: int = 1
    retry_after: str = ""
    text: str = ""
    code: str = ""
    done_first: bool = False


class OperatorApi:
    """Listens on loopback alone. Use as a context manager.

    `asked` has the method and path of each request; `watch` is told of it before it is answered.
    """

    def __init__(self, account: OperatorAccount, port: int = 0) -> None:
        """Port 0: any that is free."""
        self.account = account
        self.faults: list[Fault] = []
        self.asked: list[tuple[str, str]] = []
        self.watch: Callable[[str, str], None] = lambda *_: None
        self._server = ThreadingHTTPServer((_LOOPBACK, port), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="operator")

    @property
    def base(self) -> str:
        """Where it is reached."""
        return f"http://{_LOOPBACK}:{self._server.server_address[1]}"

    @property
    def endpoint(self) -> str:
        """What the client is given as its endpoint."""
        return f"{self.base}/1.0"

    def count(self, method: str) -> int:
        """How many requests of a method have come, but for those of the clock."""
        return sum(verb == method and not path.endswith("/auth/time") for verb, path in self.asked)

    def fault_for(self, method: str, path: str) -> Fault | None:
        """The fault that is next for a request; it is used up once."""
        for one in self.faults:
            if one.times > 0 and one.method in ("", method) and one.path in path:
                one.times -= 1
                return one
        return None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _handler(api: OperatorApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- so it is called
            """Nothing: a request's headers name keys."""

        def _answer(self) -> None:
            body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _LARGEST_BYTES))
            path = self.path.partition("?")[0]
            api.asked.append((self.command, path))
            api.watch(self.command, path)
            fault = api.fault_for(self.command, path)
            if fault is None or fault.done_first:
                url = f"{api.base}{self.path}"
                status, told = api.account.answer(self.command, url, path, dict(self.headers), body, api.base)
                if fault is None:
                    self._send(status, json.dumps(told))
                    return
            if not fault.status:
                self.close_connection = True
                return
            told = {"errorCode": fault.code, "message": "as the test wants it"}
            self._send(fault.status, fault.text or json.dumps(told), fault.retry_after)

        def _send(self, status: int, text: str, retry_after: str = "") -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if retry_after:
                self.send_header("Retry-After", retry_after)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_PUT = do_POST = _answer  # noqa: N815 -- so they are called

    return Handler


def main() -> None:
    """Two lines, until Ctrl-C."""
    account = OperatorAccount()
    account.add("pretended-1", "0033972000001", "flat 1")
    account.add("pretended-1", "0033972000002", "flat 2", forwardUnconditional=True)
    with OperatorApi(account) as api:
        print(f"portier line login --write --keys FILE --endpoint {api.endpoint}")
        print(f"application key:    {account.application_key}")
        print(f"application secret: {account.application_secret}")
        print("until Ctrl-C", flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
