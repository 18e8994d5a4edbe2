"""A filter in the kernel at the SIP socket: what a stranger sends never reaches PJSIP.

Classic BPF by SO_ATTACH_FILTER (socket(7), and the kernel's Documentation/networking/filter.rst). It takes no
right to set one. It does not stop who forges the sender's address, as UDP allows: what PJSIP does with a
datagram must be right all the same.
"""

from __future__ import annotations

import ctypes
import os
import socket
import stat
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from pathlib import Path

from portier.errors import SipError
from portier.hosts import written

# asm-generic/socket.h: not in Python's socket module.
_SO_ATTACH_FILTER = 26
_SO_DETACH_FILTER = 27
_SO_MEMINFO = 55
_MEMINFO, _MEMINFO_DROPS = "@9I", 8

# linux/filter.h: struct sock_filter and struct sock_fprog.
_INSTRUCTION = struct.Struct("=HBBI")
_PROGRAM = struct.Struct("@HP")
_LOAD_WORD, _LOAD_HALF, _LOAD_BYTE, _AND, _JUMP_EQUAL, _RETURN = 0x20, 0x28, 0x30, 0x54, 0x15, 0x06
# Before SKF_NET_OFF lies the IP header; offset 0 is the UDP header, without which no datagram gets here.
_IP_HEADER = 0x100000000 - 0x100000
_SOURCE_ADDRESSES = {socket.AF_INET: _IP_HEADER + 12, socket.AF_INET6: _IP_HEADER + 8}
_VERSIONS = {socket.AF_INET: 0x40, socket.AF_INET6: 0x60}
_SOURCE_PORT = 0
_PAYLOAD = 8
_WHOLE, _NOTHING = 0xFFFFFFFF, 0
_ALL_BITS = 0xFFFFFFFF
_IPV6 = 6
_ANSWER_BEGINS = b"SIP/2.0 "
_LARGEST = 65535

Address = tuple[str, int]
IpAddress = IPv4Address | IPv6Address
IpNetwork = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Admitted:
    """Who is heard: these addresses and networks, and of everybody else the answers where `answers`.

    At a socket those of the other family are nobody.
    """

    addresses: frozenset[IpAddress] = frozenset()
    networks: tuple[IpNetwork, ...] = ()
    answers: bool = False


def program(admitted: Admitted, own: Address) -> bytes:
    """The filter as an array of struct sock_filter, for a socket of the family of `own`.

    What comes from `own` is always heard.
    """
    return b"".join(_INSTRUCTION.pack(*one) for one in _instructions(admitted, own))


def _instructions(admitted: Admitted, own: Address) -> Iterator[tuple[int, int, int, int]]:
    hear, drop = (_RETURN, 0, 0, _WHOLE), (_RETURN, 0, 0, _NOTHING)
    host, port = ip_address(own[0]), own[1]
    family = socket.AF_INET6 if host.version == _IPV6 else socket.AF_INET
    # A socket of IPv6 may be given what came by IPv4, whose header holds other things there.
    yield _LOAD_BYTE, 0, 0, _IP_HEADER
    yield _AND, 0, 0, 0xF0
    yield _JUMP_EQUAL, 1, 0, _VERSIONS[family]
    yield drop
    for address in sorted(one for one in admitted.addresses if one.version == host.version):
        yield from _unless_from(family, _words(address), 1)
        yield hear
    for network in admitted.networks:
        if network.version == host.version:
            yield from _unless_from(family, _words(network.network_address), 1, _words(network.netmask))
            yield hear
    yield from _unless_from(family, _words(host), 3)
    yield _LOAD_HALF, 0, 0, _SOURCE_PORT
    yield _JUMP_EQUAL, 0, 1, port
    yield hear
    if admitted.answers:
        # To load what is not there ends the program with nothing: too short a datagram is dropped.
        for at in range(0, len(_ANSWER_BEGINS), 4):
            yield _LOAD_WORD, 0, 0, _PAYLOAD + at
            yield _JUMP_EQUAL, 1, 0, int.from_bytes(_ANSWER_BEGINS[at : at + 4], "big")
            yield drop
        yield hear
    yield drop


def _unless_from(
    family: socket.AddressFamily, words: tuple[int, ...], skipped: int, masks: tuple[int, ...] = ()
) -> Iterator[tuple[int, int, int, int]]:
    """Skip instructions where the source address, masked, is another; each of its words is compared."""
    counted = [
        (at, word, mask)
        for at, (word, mask) in enumerate(zip(words, masks or (_ALL_BITS,) * len(words), strict=True))
        if mask
    ]
    steps = []
    for at, word, mask in counted:
        step = [(_LOAD_WORD, 0, 0, _SOURCE_ADDRESSES[family] + 4 * at)]
        if mask != _ALL_BITS:
            step.append((_AND, 0, 0, mask))
        steps.append((step, word))
    left = sum(len(step) + 1 for step, _ in steps)
    for step, word in steps:
        yield from step
        left -= len(step) + 1
        yield _JUMP_EQUAL, 0, left + skipped, word


def _words(address: IpAddress) -> tuple[int, ...]:
    packed = address.packed
    return tuple(int.from_bytes(packed[at : at + 4], "big") for at in range(0, len(packed), 4))


class PacketFilter:
    """The filter of one of this process's own UDP sockets. `own` is where the station wakes itself from.

    To be closed before the socket is: it holds a second descriptor of it.
    """

    def __init__(self, bound: Address, own: Address) -> None:
        """Hear nobody, and forget what has come.

        Raises SipError where no socket of this process is bound so, OSError where the kernel takes no filter.
        """
        self._own = own
        self._socket = own_socket(bound)
        try:
            self.admit(Admitted())
        except OSError:
            self._socket.close()
            raise
        self._drain()

    def admit(self, admitted: Admitted) -> None:
        """Hear these and nobody else from now on. Raises OSError, also for more than the kernel takes."""
        instructions = program(admitted, self._own)
        memory = ctypes.create_string_buffer(instructions, len(instructions))
        count = len(instructions) // _INSTRUCTION.size
        value = _PROGRAM.pack(count, ctypes.addressof(memory))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, value)

    @property
    def dropped(self) -> int:
        """How many datagrams the socket never got; see `dropped_at`."""
        return _dropped(self._socket)

    def lift(self) -> None:
        """Hear everybody from now on."""
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)

    def close(self) -> None:
        """Let go of the socket; the filter stays on it."""
        self._socket.close()

    def _drain(self) -> None:
        while True:
            try:
                self._socket.recv(_LARGEST, socket.MSG_DONTWAIT)
            except ConnectionError:
                continue  # an ICMP error, which is told once
            except OSError:
                return


def shut_listener(port: int) -> None:
    """Let no connection come about at this process's own TCP socket that listens at a port.

    Raises SipError where there is none, OSError where the kernel takes no filter.
    """
    memory = ctypes.create_string_buffer(_INSTRUCTION.pack(_RETURN, 0, 0, _NOTHING))
    value = _PROGRAM.pack(1, ctypes.addressof(memory))
    shut = False
    for found in _own_sockets(socket.SOCK_STREAM):
        with found:
            if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and found.getsockname()[1] == port:
                found.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, value)
                shut = True
    if not shut:
        raise SipError(f"sip: this process listens at no TCP port {port}")


def drop_connections(peer: Address) -> None:
    """End every TCP connection of this process with a peer: whoever holds it reads its end."""
    for found in _own_sockets(socket.SOCK_STREAM):
        with found:
            try:
                if found.getpeername()[:2] == peer:
                    found.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # not connected (any more)


def is_connected(peer: Address) -> bool:
    """Whether this process has a TCP connection with a peer that stands."""
    for found in _own_sockets(socket.SOCK_STREAM):
        with found:
            try:
                if found.getpeername()[:2] == peer:
                    return True
            except OSError:
                continue  # not connected, not yet, or not any more
    return False


def own_socket(bound: Address) -> socket.socket:
    """Another descriptor of this process's UDP socket that is bound to an address; SipError without one."""
    for found in _own_sockets(socket.SOCK_DGRAM):
        if found.getsockname()[:2] == bound:
            return found
        found.close()
    raise SipError(f"sip: this process has no UDP socket that is bound to {written(*bound)}")


def dropped_at(bound: Address) -> int:
    """How many datagrams our socket that is bound so never got: filtered, or more than its buffer holds.

    0 where the kernel does not say: not every one has the option, and an emulator knows less of it. Raises
    SipError where no socket of this process is bound so.
    """
    with own_socket(bound) as found:
        return _dropped(found)


def _dropped(from_socket: socket.socket) -> int:
    size_bytes = struct.calcsize(_MEMINFO)
    try:
        value = from_socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, size_bytes)
    except OSError:
        return 0
    return int(struct.unpack(_MEMINFO, value)[_MEMINFO_DROPS]) if len(value) == size_bytes else 0


def _own_sockets(kind: socket.SocketKind) -> Iterator[socket.socket]:
    """A second descriptor, to be closed, of each IP socket of a kind that this process has."""
    for entry in Path("/proc/self/fd").iterdir():
        found = _as_socket(int(entry.name))
        if found is None:
            continue
        if found.family in _VERSIONS and found.type == kind:
            yield found
        else:
            found.close()


def _as_socket(descriptor: int) -> socket.socket | None:
    """A second descriptor of the same socket; None where it is none, or was closed since it was listed."""
    try:
        if stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return socket.socket(fileno=os.dup(descriptor))
    except OSError:
        pass
    return None
