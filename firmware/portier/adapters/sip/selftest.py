"""Proof that a request above 1300 bytes stays on UDP where that is asked for.

To be run in a process of its own: a wrong layout aborts it.
"""

from __future__ import annotations

import socket
import time
from typing import Any

from portier.adapters import pjsip_library
from portier.adapters.sip import switches
from portier.errors import SelfTestError

_TIMEOUT_S = 3.0
_BODY_BYTES = switches.TCP_THRESHOLD_BYTES + 200
_BY_UDP, _BY_TCP = "UDP", "TCP"


def check_udp_only() -> None:
    """Send 1500 bytes with a TCP transport present, and see how they leave: by TCP, or by UDP as asked.

    Both ways, because a build may have been told to stay on UDP: then only the other way shows that the
    switch is where it is expected. Raises SelfTestError where it is not.
    """
    pj = pjsip_library.load()
    library = pjsip_library.path()
    switches.silence(library)
    switches.leave_out_allow(library)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver, socket.socket() as temptation:
        receiver.bind(("127.0.0.1", 0))
        # PJSIP goes back to UDP where nobody listens by TCP: only a listener shows what it prefers.
        temptation.bind(receiver.getsockname())
        temptation.listen()
        receiver.setblocking(False)
        temptation.setblocking(False)
        endpoint = pj.Endpoint()
        endpoint.libCreate()
        try:
            endpoint.libInit(_quiet_config(pj))
            for kind in (pj.PJSIP_TRANSPORT_UDP, pj.PJSIP_TRANSPORT_TCP):
                transport = pj.TransportConfig()
                transport.boundAddress = "127.0.0.1"
                endpoint.transportCreate(kind, transport)
            endpoint.libStart()
            endpoint.audDevManager().setNoDev()
            # The account must outlive its requests, which only libDestroy ends.
            account = pj.Account()
            account_config = pj.AccountConfig()
            account_config.idUri = "sip:selftest@127.0.0.1"
            account.create(account_config)
            ways = []
            for on, body in ((True, "x" * _BODY_BYTES), (False, "y" * _BODY_BYTES)):
                switches.stay_on_udp(library, on)
                _send_large_request(pj, account, receiver.getsockname()[1], body)
                ways.append(_way_taken(endpoint, receiver, temptation, body.encode()))
        finally:
            endpoint.libDestroy(pj.PJSUA_DESTROY_NO_RX_MSG)
    if ways[0] != _BY_UDP:
        raise SelfTestError(
            "sip: a request above 1300 bytes does not leave by UDP: "
            "this build of PJSIP has the switch for that elsewhere"
        )
    if ways[1] != _BY_TCP:
        raise SelfTestError(
            "sip: a request above 1300 bytes leaves by UDP when TCP is allowed too: "
            "this build of PJSIP has the switch for that elsewhere"
        )


def _quiet_config(pj: Any) -> Any:
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = False
    return config


def _send_large_request(pj: Any, account: Any, port: int, body: str) -> None:
    request = pj.SendRequestParam()
    request.method = "OPTIONS"
    request.txOption.targetUri = f"sip:selftest@127.0.0.1:{port}"
    request.txOption.contentType = "text/plain"
    request.txOption.msgBody = body
    account.sendRequest(request)


def _way_taken(endpoint: Any, receiver: socket.socket, temptation: socket.socket, body: bytes) -> str:
    until_s = time.monotonic() + _TIMEOUT_S
    while time.monotonic() < until_s:
        endpoint.libHandleEvents(10)
        try:
            message = receiver.recv(65536)
        except BlockingIOError:
            message = b""
        # After half a second the request before this one is sent again (RFC 3261 section 17.1.2.2).
        if body in message:
            return _BY_UDP
        try:
            connection, _ = temptation.accept()
        except BlockingIOError:
            continue
        connection.close()
        return _BY_TCP
    return ""
