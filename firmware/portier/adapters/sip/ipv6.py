"""IPv6 in PJSIP's words: the station speaks it alone where the address that it is bound to is one of IPv6."""

from __future__ import annotations

from typing import Any

from portier.adapters import pjsip_library
from portier.errors import SelfTestError
from portier.hosts import is_ipv6


def possible() -> bool:
    """Whether this build of PJSIP can: one without it takes no account that asks for it, with an abort.

    An account's defaults tell (`pjsua_acc_config_default`).
    """
    pj = pjsip_library.load()
    return bool(pj.AccountConfig().mediaConfig.ipv6Use != pj.PJSUA_IPV6_DISABLED)


def udp(bind_address: str) -> int:
    """The kind of a UDP transport that is bound there.

    Raises SelfTestError where this build of PJSIP has no IPv6, as the published one.
    """
    pj = pjsip_library.load()
    if not is_ipv6(bind_address):
        return int(pj.PJSIP_TRANSPORT_UDP)
    if not possible():
        raise SelfTestError(
            f'sip: bind_address is "{bind_address}", and this build of PJSIP has no IPv6: install a PJSIP of '
            "this project (make wheel), or take an IPv4 address"
        )
    return int(pj.PJSIP_TRANSPORT_UDP6)


def choose(account: Any, bind_address: str) -> None:
    """Have an AccountConfig speak one family alone, in SIP and in sound."""
    pj = pjsip_library.load()
    use = pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY if is_ipv6(bind_address) else pj.PJSUA_IPV6_DISABLED
    # Builds before 2.14 know none for SIP, and ignore it.
    account.sipConfig.ipv6Use = account.mediaConfig.ipv6Use = use
