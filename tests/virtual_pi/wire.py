"""What goes over the guest's cable, seen from outside, with the kernel's time stamps."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

Address = tuple[str, int]

_ALL_PROTOCOLS = 0x0003
"""ETH_P_ALL of linux/if_ether.h."""
_SO_TIMESTAMPNS = 35
_IPV4, _UDP = 0x0800, 17
_LOOK_S = 0.2
_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Sound:
    """A packet of RTP (RFC 3550); `key` is the event of RFC 4733 that it tells, None where it is sound."""

    number: int
    stream: int
    key: int | None


@dataclass(frozen=True, slots=True)
class Packet:
    """A UDP packet, and when it passed, by this machine's monotonic clock."""

    at_s: float
    source: Address
    target: Address
    data: bytes

    @property
    def sip(self) -> str:
        """Its first line where it is a SIP message, else empty."""
        line = self.data[:200].partition(b"\r\n")[0]
        return line.decode(errors="replace") if b"SIP/2.0" in line else ""

    @property
    def text(self) -> str:
        """All of it as text."""
        return self.data.decode(errors="replace")

    @property
    def sound(self) -> Sound | None:
        """What it is where it is RTP."""
        if len(self.data) < 16 or self.data[0] >> 6 != 2 or 72 <= self.data[1] & 0x7F <= 76:
            return None
        number, _, stream = struct.unpack_from("!HII", self.data, 2)
        is_key = len(self.data) == 16 and self.data[1] & 0x7F >= 96
        return Sound(number, stream, self.data[12] if is_key else None)


def parsed(frame: bytes, at_s: float) -> Packet | None:
    """A UDP packet of IPv4 in an Ethernet frame; None for all else."""
    if len(frame) < 42 or frame[12:14] != _IPV4.to_bytes(2, "big") or frame[23] != _UDP:
        return None
    begin = 14 + 4 * (frame[14] & 0x0F)
    if len(frame) < begin + 8:
        return None
    source, target, length = struct.unpack_from("!HHH", frame, begin)
    return Packet(
        at_s,
        (socket.inet_ntoa(frame[26:30]), source),
        (socket.inet_ntoa(frame[30:34]), target),
        frame[begin + 8 : begin + length],
    )


class Wire:
    """Listens at an interface, which may come later. Use from any thread; `close` it."""

    def __init__(self, interface: str) -> None:
        """Begin to listen. PermissionError for who is not root."""
        self._interface = interface
        self._packets: list[Packet] = []
        self._ending = False
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL_PROTOCOLS))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        self._socket.settimeout(_LOOK_S)
        self._thread = threading.Thread(target=self._listen, name="wire", daemon=True)
        self._thread.start()

    def packets(self, since_s: float = 0.0) -> list[Packet]:
        """All that have passed since a moment, in their order."""
        return [one for one in self._packets if one.at_s >= since_s]

    def first(self, wanted: Callable[[Packet], bool], since_s: float, limit_s: float = 0.0) -> Packet | None:
        """The first packet of a kind since a moment; waited for, and None where it does not come."""
        until_s = time.monotonic() + limit_s
        while True:
            for one in self.packets(since_s):
                if wanted(one):
                    return one
            if time.monotonic() >= until_s:
                return None
            time.sleep(_POLL_S)

    def close(self) -> None:
        """Listen no more."""
        self._ending = True
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while not self._ending:
            try:
                frame, ancillary, _, address = self._socket.recvmsg(2048, 64)
            except TimeoutError:
                continue
            except OSError:
                # An interface that goes down says so once.
                continue
            if address[0] != self._interface:
                continue
            packet = parsed(frame, _moment_s(ancillary))
            if packet:
                self._packets.append(packet)


def _moment_s(ancillary: list[tuple[int, int, bytes]]) -> float:
    """The kernel's time stamp as monotonic seconds."""
    now_s, real_s = time.monotonic(), time.time()
    for _, kind, data in ancillary:
        if kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("@ll", data[:16])
            return now_s - (real_s - int(seconds) - int(nanoseconds) / 1e9)
    return now_s
