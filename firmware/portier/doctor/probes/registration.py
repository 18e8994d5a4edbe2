"""Child: does the registrar take the account? Registers as the station would, then unregisters."""

from __future__ import annotations

import queue
import socket
import sys
import time
from dataclasses import dataclass, fields, replace
from pathlib import Path

from portier.doctor import probes
from portier.hosts import family_of

ANSWER_LIMIT_S = 8.0
_STOP_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Registered:
    """What became of it: `status` is the SIP code, 0 where no answer came within `ANSWER_LIMIT_S`."""

    status: int
    took_s: float


def register(path: Path, name: str) -> Registered:
    """Register an account of a configuration, from a port of its own. Raises PortierError."""
    from portier.adapters.sip.phone import SipPhone
    from portier.config import load, planned
    from portier.core.events import Event, Registration, RegistrationState
    from portier.plan import AccountSettings

    config = load.load(path)
    sip = planned.plan(config).sip
    (own,) = [one for one in sip.accounts if one.name == name]
    account = {one.name: getattr(own, one.name) for one in fields(AccountSettings)}
    settings = replace(sip, **account, more=(), port=_free_port(config.sip.bind_address))
    news: queue.SimpleQueue[Event | Exception] = queue.SimpleQueue()
    phone = SipPhone(settings, news.put, news.put)
    began_s = time.monotonic()
    phone.start()
    try:
        phone.go_online()
        while (left_s := began_s + ANSWER_LIMIT_S - time.monotonic()) > 0:
            try:
                one = news.get(timeout=left_s)
            except queue.Empty:
                break
            if isinstance(one, Exception):
                raise one
            if isinstance(one, Registration) and one.state is not RegistrationState.TRYING:
                return Registered(one.status, round(time.monotonic() - began_s, 3))
        return Registered(0, ANSWER_LIMIT_S)
    finally:
        phone.stop(_STOP_LIMIT_S)


def _free_port(host: str) -> int:
    with socket.socket(family_of(host), socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(probes.answer(lambda: register(Path(sys.argv[1]), sys.argv[2])))
