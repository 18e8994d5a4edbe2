"""Child: which PJSIP is it, and what was it built with?"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portier.doctor import probes

_INFO_LEVEL = 3


@dataclass(frozen=True, slots=True)
class Build:
    """A build of PJSIP; `handles` is 0 and `tls` empty where they could not be told."""

    version: str
    codecs: list[str]
    handles: int
    tls: str


def build() -> Build:
    """Start PJSIP without a socket, ask it, end it. Raises PjsipMissingError, and aborts on a wrong build."""
    from portier.adapters import pjsip_library
    from portier.adapters.sip import switches

    pj = pjsip_library.load()
    binary = pjsip_library.path()
    switches.silence(binary)
    library = ctypes.CDLL(str(binary))
    endpoint = pj.Endpoint()
    endpoint.libCreate()
    try:
        config = pj.EpConfig()
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = False
        endpoint.libInit(config)
        # Parents of pj values stay in variables: a temporary frees what is read from it.
        version, codecs = endpoint.libVersion(), endpoint.codecEnum2()
        found = Build(
            str(version.full),
            sorted({str(info.codecId).split("/")[0] for info in codecs}),
            _handles(library),
            _tls(library),
        )
        del version, codecs
    finally:
        endpoint.libDestroy()
    return found


def _handles(library: ctypes.CDLL) -> int:
    """How many sockets PJSIP can watch: only its own log of its settings tells."""
    lines: list[bytes] = []
    listener: Callable[[Any], Any] = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_int)
    listening = listener(lambda _level, line, _length: lines.append(line))
    try:
        library.pj_log_set_log_func(listening)
        library.pj_log_set_level(_INFO_LEVEL)
        library.pj_dump_config()
        library.pj_log_set_level(0)
        library.pj_log_set_log_func(None)
    except AttributeError:
        return 0
    match = re.search(rb"PJ_IOQUEUE_MAX_HANDLES\s*:\s*(\d+)", b"".join(lines))
    return int(match[1]) if match else 0


def _tls(library: ctypes.CDLL) -> str:
    # The first name is that of OpenSSL 1.1 and newer, the second that of older ones.
    for name in ("OpenSSL_version", "SSLeay_version"):
        try:
            version = library[name]
        except AttributeError:
            continue
        version.restype = ctypes.c_char_p
        return " ".join(bytes(version(0) or b"").decode(errors="replace").split())
    return ""


if __name__ == "__main__":
    sys.exit(probes.answer(build))
