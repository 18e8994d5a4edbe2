"""Child: which PJSIP is it, and what was it built with?"""

from __future__ import annotations

import ctypes
import re
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from portier.adapters import pjsip_build
from portier.adapters.pjsip_build import OwnBuild
from portier.doctor import probes

_INFO_LEVEL = 3
_TLS_VERSION = ("OpenSSL_version", "SSLeay_version")
"""The first is the name since OpenSSL 1.1, the second that of older ones."""


@dataclass(frozen=True, slots=True)
class Build:
    """A build of PJSIP; `handles` is 0, `queue` and `tls` are empty where they could not be told.

    `queue` is how it waits for its sockets: "epoll", or "select", which is slower. `patched` tells whether
    it has our changes to PJSIP's source, `ipv6` whether it can speak that. `own` holds the facts of an
    OwnBuild, and is None where somebody else built it.
    """

    version: str
    codecs: list[str]
    handles: int
    tls: str
    queue: str = ""
    patched: bool = False
    ipv6: bool = False
    own: dict[str, Any] | None = None

    @property
    def own_build(self) -> OwnBuild | None:
        """How it was built, where that was us."""
        return None if self.own is None else OwnBuild(**self.own)


def build() -> Build:
    """Start PJSIP without a socket, ask it, end it. Raises PjsipMissingError, and aborts on a wrong build."""
    from portier.adapters import pjsip_library
    from portier.adapters.sip import ipv6, switches

    own = pjsip_build.own()
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
            _text(library, *_TLS_VERSION),
            _text(library, "pj_ioqueue_name").partition("[")[0],
            switches.is_patched(binary),
            ipv6.possible(),
            None if own is None else asdict(own),
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


def _text(library: ctypes.CDLL, *names: str) -> str:
    """What the first of these functions that is there returns; empty where none is."""
    for name in names:
        try:
            function = library[name]
        except AttributeError:
            continue
        function.restype = ctypes.c_char_p
        return " ".join(bytes(function(0) or b"").decode(errors="replace").split())
    return ""


if __name__ == "__main__":
    sys.exit(probes.answer(build))
