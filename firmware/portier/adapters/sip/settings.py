"""Our configuration in PJSIP's words."""

from __future__ import annotations

from typing import Any

from portier import __version__
from portier.adapters import pjsip_build, pjsip_library
from portier.adapters.sip import ipv6, media_settings
from portier.hosts import bound_to, written
from portier.plan import AccountSettings, SipSettings

MAX_CALLS = 4
"""PJSUA_MAX_CALLS of the published build: more are refused by it without a call object."""

MAX_CALLS_OF_OURS = 8
"""Ours allows 16: four legs, and four that were cancelled and whose transactions have not ended yet."""

_SMALL_FILTER = 4
"""pjsua_media_config.quality: from 5 on PJSIP resamples by its large filter, of which PESQ shows nothing, and
which costs 6 ms there and back and a tenth of a call's processor time; below 3 speech suffers.
"""

_SRTP = {"off": 0, "optional": 1, "required": 2}
"""pjmedia_srtp_use."""


def max_calls() -> int:
    """How many calls there may be at once, strangers' and those that are being ended among them."""
    return MAX_CALLS if pjsip_build.own() is None else MAX_CALLS_OF_OURS


def endpoint_config(settings: SipSettings) -> Any:
    """An EpConfig: no thread of PJSIP's own, no sound device, no log, no silence suppression.

    On one thread for SIP and media no key overtakes the answer that makes it count.
    """
    pj = pjsip_library.load()
    config = pj.EpConfig()
    config.logConfig.level = config.logConfig.consoleLevel = 0
    config.uaConfig.threadCnt = 0
    config.uaConfig.mainThreadOnly = False
    config.uaConfig.maxCalls = max_calls()
    config.uaConfig.natTypeInSdp = 0
    config.uaConfig.userAgent = f"Portier/{__version__}"
    media = config.medConfig
    media.clockRate = media.sndClockRate = settings.rate_hz
    media.quality = _SMALL_FILTER
    media.audioFramePtime = settings.frame_ms
    media.noVad = True
    media.ecTailLen = 0
    media.sndAutoCloseTime = -1
    media.hasIoqueue = False
    media.threadCnt = 0
    media_settings.buffer_jitter(media, settings.media)
    return config


def transport_config(settings: SipSettings) -> Any:
    """The UDP socket."""
    pj = pjsip_library.load()
    config = pj.TransportConfig()
    config.boundAddress = bound_to(settings.bind_address)
    config.port = settings.port
    media_settings.mark(config, settings.media, media_settings.CLASS_SELECTOR_3)
    return config


def direct_config(settings: SipSettings, local_host: str) -> Any:
    """An account for calls that go straight to their target: no registrar, no route.

    The operator's password is for the operator: a target elsewhere is never shown a digest of it.
    """
    return _identity(settings, settings, written(local_host))


def strangers_config(settings: SipSettings, local_host: str) -> Any:
    """The account that calls from outside are matched to, before all others.

    Its media have no sockets: PJSIP keeps a closed socket for half a second, and 64 of them abort it. Its
    contact is fixed: PJSIP else works it out from the caller's Record-Route, and one that is no SIP URI
    aborts it.
    """
    config = _identity(settings, settings, settings.domain or written(local_host))
    config.priority = 100
    config.sipConfig.contactForced = f"<sip:{settings.user}@{written(local_host, settings.port)}>"
    config.mediaConfig.useLoopMedTp = True
    return config


def account_config(
    settings: SipSettings,
    own: AccountSettings,
    address: str,
    contact: int = 0,
    transport_id: int | None = None,
) -> Any:
    """An account at its domain; `address` is the next hop's, host and port, resolved (by TLS `streams.hop`).
    With another number as `contact`, PJSIP works out anew by which address it is reached, and registers that.

    The route to it is hidden: it spares PJSIP the name and does not show on the wire. PJSIP renews a
    registration, and never tries one again that has failed: when to do that is ours to say.
    """
    pj = pjsip_library.load()
    config = _identity(settings, own, own.domain)
    if own.password is not None:
        config.sipConfig.authCreds.append(pj.AuthCredInfo("digest", "*", own.auth_user, 0, own.password))
    if transport_id is not None:
        config.sipConfig.transportId = transport_id
        config.sipConfig.proxies.append(f"sip:{address};transport={own.transport};lr;hide")
    else:
        config.sipConfig.proxies.append(f"sip:{address};lr;hide")
    if own.proxy:
        config.sipConfig.proxies.append(f"sip:{own.proxy};lr")
    registration = config.regConfig
    if own.registrar:
        registration.registrarUri = f"sip:{own.registrar}"
    registration.timeoutSec = own.expiry_s
    registration.retryIntervalSec = registration.firstRetryIntervalSec = 0
    registration.unregWaitMsec = 500
    config.mediaConfig.srtpUse = _SRTP[own.srtp]
    config.mediaConfig.srtpSecureSignaling = int(own.transport == "tls")
    # Of no other effect while SIP outbound is off.
    config.natConfig.sipOutboundRegId = str(contact) if contact else ""
    return config


def _identity(settings: SipSettings, own: AccountSettings, domain: str) -> Any:
    pj = pjsip_library.load()
    config = pj.AccountConfig()
    name = f'"{own.display_name}" ' if own.display_name else ""
    config.idUri = f"{name}<sip:{own.user}@{domain}>"
    ipv6.choose(config, settings.bind_address)
    nat = config.natConfig
    nat.iceEnabled = False
    nat.sipOutboundUse = 0
    nat.sipStunUse = pj.PJSUA_STUN_USE_DISABLED
    nat.mediaStunUse = pj.PJSUA_STUN_USE_DISABLED
    media_settings.refresh_sessions(config.callConfig, settings.media)
    media = config.mediaConfig.transportConfig
    media.boundAddress = transport_config(settings).boundAddress
    media.port = settings.rtp_port
    # PJSIP counts the last one in.
    media.portRange = settings.rtp_ports - 2
    # After a crash the old call's far end still sends to its port: see quiet_ports.
    media.randomizePort = True
    media_settings.mark(media, settings.media, media_settings.EXPEDITED_FORWARDING)
    return config
