"""The whole station and its line, each in a network namespace of its own, and a cable between them.

A process of its own, started in a fresh namespace: that is the station's. It tells what was seen and judges
nothing: one JSON object on stdout, the station's log on stderr.
"""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from queue import SimpleQueue

from tests.integration.conftest import OPERATOR
from tests.integration.dhcp import DhcpClient, DhcpServer
from tests.integration.live import LiveStation

from portier import logs
from portier.bench.line.agent import Agent
from portier.bench.voice import voice
from portier.core.events import RegistrationState
from portier.core.states import Idle, Talking
from portier.hosts import written

LIMIT_S = 60
_CABLE, _FAR_END = "street", "line"
_CLONE_NEWNET = 0x40000000
_LINE_PORT = 5062
_ENOUGH_SAMPLES = 4000


@dataclass(frozen=True, slots=True)
class Addresses:
    """Of one family, as `ip` takes them; those of the line and the station, and another one of that."""

    line: str
    station: str
    later: str
    prefix: str
    bound: str = ""


IPV4 = Addresses("10.79.0.1", "10.79.0.2", "10.79.0.3", "/24")
# At once, without asking the link whether somebody has the address.
IPV6 = Addresses("fd79::1", "fd79::2", "fd79::3", "/64 nodad", 'bind_address = "::"\n')
FAMILIES = {"ipv4": IPV4, "ipv6": IPV6}


@dataclass(slots=True)
class Seen:
    """What was seen: moments in seconds of one clock, contacts of REGISTERs as they came at the line."""

    moments: dict[str, float] = field(default_factory=dict)
    registered: list[tuple[float, str]] = field(default_factory=list)
    call_after: str = ""
    heard_at_door: int = 0
    heard_at_line: int = 0
    released: bool = False
    next_press: bool = False
    failure_shown: bool = False
    faults: list[str] = field(default_factory=list)


def ip(*words: str) -> None:
    """Run `ip`; CalledProcessError with what it said."""
    subprocess.run(["ip", *words], check=True, timeout=5, capture_output=True, text=True)


class LineElsewhere(Agent):
    """The line in a namespace of its own: threads belong to the namespace of whoever started them."""

    namespace = ""
    """A path by which that namespace can be entered."""

    @classmethod
    def put_up(cls, host: str, prefix: str) -> LineElsewhere:
        """Lay the cable, and start the line at its far end."""
        ip("link", "set", "lo", "up")
        ip("link", "add", _CABLE, "type", "veth", "peer", "name", _FAR_END)
        made: SimpleQueue[LineElsewhere | Exception] = SimpleQueue()
        there = threading.Event()

        def elsewhere() -> None:
            try:
                if ctypes.CDLL(None, use_errno=True).unshare(_CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "unshare")
                there.set()
                while not Path(f"/sys/class/net/{_FAR_END}").exists() and not _has(_FAR_END):
                    time.sleep(0.02)
                ip("link", "set", "lo", "up")
                ip("link", "set", _FAR_END, "up")
                ip("addr", "add", "dev", _FAR_END, *f"{host}{prefix}".split())
                line = cls(host, _LINE_PORT, OPERATOR, voice=voice("phone", 8000, 4.0))
                kept = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
                line.namespace = f"/proc/{os.getpid()}/fd/{kept}"
                line.start()
                made.put(line)
            except Exception as error:  # noqa: BLE001 -- raised again where it is waited for
                made.put(error)
                there.set()

        thread = threading.Thread(target=elsewhere)
        thread.start()
        there.wait(5)
        ip("link", "set", _FAR_END, "netns", str(thread.native_id))
        line = made.get(timeout=10)
        if isinstance(line, Exception):
            raise line
        return line


def _has(name: str) -> bool:
    return subprocess.run(["ip", "link", "show", name], capture_output=True, check=False).returncode == 0


class Street:
    """The station, its line, and the cable that can be cut."""

    def __init__(self, folder: Path, seen: Seen, addresses: Addresses) -> None:
        self.seen = seen
        self.folder = folder
        self._addresses = addresses
        self.line = LineElsewhere.put_up(addresses.line, addresses.prefix)

        def sip(_: int) -> str:
            at = written(addresses.line, _LINE_PORT)
            account = 'user = "0033912345678"\npassword_file = "password"\n'
            return f'!domain = "{at}"\nregistrar = "{at}"\n{addresses.bound}{account}'

        self.station = LiveStation(folder, proxied=sip, buttons_side="")

    def plug_in(self) -> None:
        """The cable is in, and the station has an address."""
        ip("link", "set", _CABLE, "up")
        self._address("add", self._addresses.station)

    def change_address(self) -> None:
        """What a DHCP server may do at a renewal."""
        self._address("del", self._addresses.station)
        time.sleep(0.2)
        self._address("add", self._addresses.later)
        self.note("changed")

    def _address(self, change: str, address: str) -> None:
        ip("addr", change, "dev", _CABLE, *f"{address}{self._addresses.prefix}".split())

    def cut(self, for_s: float) -> None:
        """The cable is out for a while."""
        ip("link", "set", _CABLE, "down")
        self.note("cut")
        time.sleep(for_s)
        self.seen.failure_shown = "failure" in {one.value for one in self.station.shown}
        ip("link", "set", _CABLE, "up")
        self.note("back")

    def note(self, moment: str) -> None:
        """Remember when something was."""
        self.seen.moments[moment] = time.monotonic()

    def registered(self, limit_s: float = 10.0) -> None:
        """Wait until the station says that it is."""
        self.station.until(
            lambda: self.station.state.registration is RegistrationState.REGISTERED, "registered", limit_s
        )

    def asks_again(self, limit_s: float = 10.0) -> None:
        """Wait for a REGISTER that came after the last noted moment."""
        since_s = max(self.seen.moments.values())
        self.station.until(lambda: any(at_s > since_s for at_s, _ in self.registers()), "REGISTER", limit_s)

    def registers(self) -> list[tuple[float, str]]:
        """When REGISTERs came, and with which contact."""
        return [
            (one.at.mono_ns / 1e9, one.request.header("Contact"))
            for one in self.line.requests
            if one.request.method == "REGISTER"
        ]

    def listen(self, limit_s: float = 10.0) -> None:
        """How much each side hears until both have heard enough: samples that are not silence."""
        began_s, before = time.monotonic(), len(self.line.recording())

        def heard() -> bool:
            self.seen.heard_at_door = _loud(self.station.card.heard_between(began_s, time.monotonic()))
            self.seen.heard_at_line = _loud(self.line.recording()[before:])
            return min(self.seen.heard_at_door, self.seen.heard_at_line) > _ENOUGH_SAMPLES

        _within(limit_s, heard, every_s=0.2)

    def release(self) -> None:
        """The phone presses the release digit."""
        since_s = time.monotonic()
        self.line.press("5")
        self.seen.released = _within(5.0, lambda: self.station.releases(since_s) > 0)

    def end_and_press_again(self) -> None:
        """Whatever became of the call, the next press is to ring."""
        self.seen.call_after = type(self.station.state.call).__name__
        self.station.end_call()
        self.station.until(lambda: not self.station.state.call_failed, "shown", 8.0)
        self.station.talk()
        self.seen.next_press = isinstance(self.station.state.call, Talking)
        self.station.end_call()


def cut_in_a_call(street: Street) -> None:
    """The cable is out for ten seconds of a call."""
    street.registered()
    street.station.talk()
    street.cut(10.0)
    street.listen()
    street.release()
    street.end_and_press_again()


def cut_at_rest(street: Street) -> None:
    """The cable is out for ten seconds while nobody calls."""
    street.registered()
    street.cut(10.0)
    street.asks_again()
    street.registered()
    street.end_and_press_again()


def address_changes(street: Street) -> None:
    """Another address while nobody calls."""
    street.registered()
    street.change_address()
    street.asks_again()
    street.registered()
    street.end_and_press_again()


def address_changes_in_a_call(street: Street) -> None:
    """Another address in mid-call."""
    street.registered()
    street.station.talk()
    street.change_address()
    street.asks_again()
    if isinstance(street.station.state.call, Talking):
        street.listen()
        street.release()
    street.end_and_press_again()


def lease_is_not_prolonged(street: Street) -> None:
    """The address is from a DHCP server, which at the renewal refuses it and gives another."""
    ip("link", "set", _CABLE, "up")
    folder, at = street.folder, (street.line.namespace, _FAR_END)
    with DhcpClient(_CABLE, folder) as client:
        with DhcpServer(*at, IPV4.station, folder):
            street.registered()
        with DhcpServer(*at, IPV4.later, folder):
            time.sleep(1.0)
            client.renew()
            _within(10.0, lambda: _has_address(IPV4.later))
            street.note("changed")
            street.asks_again()
            street.registered()
            street.end_and_press_again()


def network_comes_late(street: Street) -> None:
    """The station is up before its network is, as after a power cut."""
    time.sleep(6.0)
    assert isinstance(street.station.state.call, Idle)
    street.plug_in()
    street.note("back")
    street.registered()
    street.end_and_press_again()


def _has_address(address: str) -> bool:
    shown = subprocess.run(["ip", "-4", "-o", "addr"], capture_output=True, text=True, timeout=5, check=True)
    return f"inet {address}/" in shown.stdout


def _loud(sound: bytes) -> int:
    return sum(abs(int(one)) > 200 for one in memoryview(sound).cast("h"))


def _within(limit_s: float, condition: Callable[[], bool], every_s: float = 0.01) -> bool:
    until_s = time.monotonic() + limit_s
    while not condition() and time.monotonic() < until_s:
        time.sleep(every_s)
    return condition()


STORIES: dict[str, Callable[[Street], None]] = {
    one.__name__: one
    for one in (
        cut_in_a_call,
        cut_at_rest,
        address_changes,
        address_changes_in_a_call,
        lease_is_not_prolonged,
        network_comes_late,
    )
}


def play(story: str, folder: Path, addresses: Addresses) -> Seen:
    """Let a story happen."""
    seen = Seen()
    street = Street(folder, seen, addresses)
    if STORIES[story] not in (network_comes_late, lease_is_not_prolonged):
        street.plug_in()
    with street.station as station:
        try:
            STORIES[story](street)
        finally:
            seen.registered = street.registers()
            seen.faults = [f"{type(one).__name__}: {one}" for one in station.faults]
    street.line.stop()
    return seen


if __name__ == "__main__":
    logs.set_up()
    told = play(sys.argv[1], Path(sys.argv[2]), FAMILIES[sys.argv[3]])
    print(json.dumps(asdict(told)))
    sys.stdout.flush()
    os._exit(0)
