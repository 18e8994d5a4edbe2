"""PJSIP up and down, for what is tried with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from portier.adapters import pjsip_library
from portier.adapters.sip import switches

RATE_HZ = 16000
FRAME_MS = 20
_NO_WAITING = 1  # PJSUA_DESTROY_NO_RX_MSG
_MOST_CALLS = 16
"""PJSUA_MAX_CALLS of our builds: asked for to see that it is granted."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that is its own authority, and its key: paths of PEM files."""

    file: str
    key: str


@contextmanager
def endpoint(pj: Any) -> Iterator[Any]:
    """PJSIP as the station starts it, on one thread and without a log."""
    library = pjsip_library.path()
    switches.silence(library)
    running = pj.Endpoint()
    running.libCreate()
    try:
        config = pj.EpConfig()
        config.logConfig.level = config.logConfig.consoleLevel = 0
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = False
        config.uaConfig.maxCalls = _MOST_CALLS
        config.medConfig.clockRate = config.medConfig.sndClockRate = RATE_HZ
        config.medConfig.audioFramePtime = FRAME_MS
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        running.libInit(config)
        switches.give_up_soon(library, 4000)
        running.libStart()
        yield running
    finally:
        running.libDestroy(_NO_WAITING)


def tls_transport(pj: Any, running: Any, certificate: Certificate) -> int:
    """Listen by TLS on loopback, and trust nobody but the holder of this certificate; the port."""
    config = pj.TransportConfig()
    config.boundAddress = "127.0.0.1"
    tls = config.tlsConfig
    tls.certFile, tls.privKeyFile, tls.CaListFile = certificate.file, certificate.key, certificate.file
    tls.verifyServer = True
    config.tlsConfig = tls
    info = running.transportGetInfo(running.transportCreate(pj.PJSIP_TRANSPORT_TLS, config))
    return int(str(info.localName).rsplit(":", 1)[1])
