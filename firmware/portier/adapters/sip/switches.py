"""Switches of PJSIP that its Python binding does not reach: set by ctypes in the loaded library.

Their places are assumptions about a build, so `portier.selftest` proves them in a child process at start.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from portier.errors import SelfTestError
from portier.hosts import address_of

TCP_THRESHOLD_BYTES = 1300
"""PJSIP_UDP_SIZE_THRESHOLD of a stock build."""

_TCP_SWITCH_INDEX = 4
"""`disable_tcp_switch` in `pjsip_cfg_t.endpt`, an array of int up to there (pjsip/sip_config.h)."""

_SETTINGS_INTS = 40
_DEFAULT_TIMERS_MS = (500, 4000, 5000, 32000)
"""T1, T2, T4 and TD as `pjsip_cfg_t.tsx` has them in a row."""

_TRANSPORTS = {"tcp": 2, "tls": 3}
"""pjsip_transport_type_e, of IPv4."""

_TRANSPORT_IPV6 = 128
"""PJSIP_TRANSPORT_IPV6, a bit of the type."""

_PENDING = 70002
"""PJ_EPENDING."""

_ADDRESS_OF, _ADDRESS6_OF = "portier_address_of", "portier_address6_of"
"""Pointers to functions, in a build with the changes of `portier_pjsip.patches` alone."""

_IPV6, _SOCKADDR_IN_BYTES = 6, 16

_SYMBOLS = (
    "pj_log_set_level",
    "pjsip_sip_cfg_var",
    "pjsip_rdata_get_dlg",
    "pjsip_dlg_respond",
    "pjsip_include_allow_hdr_in_dlg",
    "pjsip_tsx_set_timers",
    "pjsip_endpt_send_raw",
    "pjsua_get_pjsip_endpt",
)


def silence(library: Path) -> None:
    """No log line before PJSIP's own log settings are read."""
    _library(library).pj_log_set_level(0)


def stay_on_udp(library: Path, on: bool = True) -> None:
    """A request above 1300 bytes leaves by UDP all the same (PJSIP would take TCP, RFC 3261 18.1.1)."""
    fields = (ctypes.c_int * (_TCP_SWITCH_INDEX + 1)).in_dll(_library(library), "pjsip_sip_cfg_var")
    fields[_TCP_SWITCH_INDEX] = int(on)


def leave_out_allow(library: Path) -> None:
    """No Allow header in the INVITE: 90 bytes that no peer needs."""
    ctypes.c_int.in_dll(_library(library), "pjsip_include_allow_hdr_in_dlg").value = 0


def give_up_soon(library: Path, after_ms: int) -> None:
    """Give up what nobody answers after `after_ms`, in place of 32 s (RFC 3261 timers B, D, F, H).

    A call that was hung up holds one of PJSIP's few call slots until its far end confirms, or for that long.
    To be called after libInit, which sets these values back.
    """
    loaded = _library(library)
    settings = (ctypes.c_int * _SETTINGS_INTS).in_dll(loaded, "pjsip_sip_cfg_var")
    places = [at for at in range(_SETTINGS_INTS - 3) if _are_timers(*settings[at : at + 4])]
    if len(places) != 1:
        raise SelfTestError("sip: this build of PJSIP does not have its timers where they are expected")
    # How long a cancelled INVITE may wait for its 487 is 64 times this T1; retransmissions keep the other.
    settings[places[0]] = after_ms // 64
    loaded.pjsip_tsx_set_timers(0, 0, 0, after_ms)


def _are_timers(t1_ms: int, t2_ms: int, t4_ms: int, give_up_ms: int) -> bool:
    """Whether these are PJSIP's timers, as they are by default or as they were set before."""
    return (t2_ms, t4_ms) == _DEFAULT_TIMERS_MS[1:3] and t1_ms == give_up_ms // 64


def is_patched(library: Path) -> bool:
    """Whether it is a build of ours, with the changes of `portier_pjsip.patches`."""
    return hasattr(_library(library), _ADDRESS_OF)


def transport_of(request: int) -> str:
    """By what a message came, "udp", "tcp" or "tls", or else empty; `request` is its pjsip_rx_data's address.

    That begins with the pool and the transport, which begins with its name (pjsip/sip_transport.h).
    """
    transport = ctypes.c_void_p.from_address(request + ctypes.sizeof(ctypes.c_void_p)).value
    name = ctypes.string_at(transport, 3).decode("ascii", "replace") if transport else ""
    return name if name in ("udp", "tcp", "tls") else ""


def accept(library: Path, request: int) -> None:
    """Answer a request inside a dialog with 200; `request` is the address of its pjsip_rx_data.

    Only in the callback that tells of it: PJSIP refuses with 500, right after, what nobody answered.
    """
    loaded = _library(library)
    pointer = ctypes.c_void_p
    find, respond = loaded.pjsip_rdata_get_dlg, loaded.pjsip_dlg_respond
    find.argtypes, find.restype = [pointer], pointer
    respond.argtypes = [pointer, pointer, ctypes.c_int, pointer, pointer, pointer]
    if dialog := find(request):
        respond(dialog, request, 200, None, None, None)


def send_by_connection(library: Path, message: bytes, to: tuple[str, int], transport: str) -> bool:
    """Send a whole message into the connection, "tcp" or "tls", that leads to an address; whether it could.

    Where there is none PJSIP would make one.
    """
    loaded = _library(library)
    pointer = ctypes.c_void_p
    endpoint, send = loaded.pjsua_get_pjsip_endpt, loaded.pjsip_endpt_send_raw
    endpoint.argtypes, endpoint.restype = [], pointer
    send.argtypes = [
        *(pointer, ctypes.c_int, pointer, ctypes.c_char_p, ctypes.c_size_t),
        *(ctypes.c_char_p, ctypes.c_int, pointer, pointer),
    ]
    kind, address = _TRANSPORTS[transport], _socket_address(to)
    if len(address) > _SOCKADDR_IN_BYTES:
        kind |= _TRANSPORT_IPV6
    status = send(endpoint(), kind, None, message, len(message), address, len(address), None, None)
    return status in (0, _PENDING)


def _socket_address(to: tuple[str, int]) -> bytes:
    """struct sockaddr_in or sockaddr_in6: the port and the address in network order (ip(7))."""
    host = ip_address(to[0])
    if host.version == _IPV6:
        return struct.pack("=H", socket.AF_INET6) + struct.pack("!HI16sI", to[1], 0, host.packed, 0)
    return struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", to[1], host.packed)


def ask_for_names(
    library: Path, address: Callable[[str], str | None], in_ipv6: bool = False
) -> Callable[[], None] | None:
    """Have PJSIP ask us for the address of a name, in place of the system's resolver, which blocks.

    What is returned takes that back, and must be kept until then. None for a build that is not patched.
    """
    symbol = _ADDRESS6_OF if in_ipv6 else _ADDRESS_OF
    loaded = _library(library)
    if not hasattr(loaded, symbol):
        return None
    asked = ctypes.c_void_p.in_dll(loaded, symbol)

    def known(name: bytes) -> bytes:
        try:
            found = address_of(address(name.decode("ascii")) or "")
        except UnicodeDecodeError:
            return b""
        return found.packed if found and (found.version == _IPV6) is in_ipv6 else b""

    def find(name: bytes) -> int:
        return int.from_bytes(known(name), sys.byteorder)

    def find_in_ipv6(name: bytes, into: int) -> int:
        found = known(name)
        ctypes.memmove(into, found, len(found))
        return int(bool(found))

    callback: Any
    if in_ipv6:
        callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p, ctypes.c_void_p)(find_in_ipv6)
    else:
        callback = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_char_p)(find)
    asked.value = ctypes.cast(callback, ctypes.c_void_p).value

    def take_back(_kept: object = callback) -> None:
        asked.value = None

    return take_back


def _library(library: Path) -> ctypes.CDLL:
    try:
        loaded = ctypes.CDLL(str(library))
        for symbol in _SYMBOLS:
            ctypes.c_int.in_dll(loaded, symbol)
    except (OSError, ValueError) as error:
        raise SelfTestError(
            f"sip: this build of PJSIP does not export what the station needs: {error}"
        ) from error
    return loaded
