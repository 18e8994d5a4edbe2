"""Our settings of a call's sound in PJSIP's words: jitter buffer, marks of the packets, session timer."""

from __future__ import annotations

from typing import Any

from portier.adapters import pjsip_library
from portier.plan import JitterBufferName, MediaSettings

EXPEDITED_FORWARDING = 46
"""The DSCP of sound (RFC 4594 section 4.1)."""

CLASS_SELECTOR_3 = 24
"""The DSCP of what sets calls up, as most switches and operators expect it (RFC 4594 section 4.2: CS5)."""

_BUFFERS_MS: dict[JitterBufferName, tuple[int, int, int, int]] = {
    "lan": (-1, -1, -1, -1),
    "wifi": (60, 40, 120, 200),
}
"""Initial, least and greatest prefetch, and the size; -1 is PJSIP's own. Through 5 % loss and 50 ms of jitter
the first throws every fifth packet away, the second one of 300, for 50 ms more of delay.
"""


def buffer_jitter(media: Any, settings: MediaSettings) -> None:
    """Set the jitter buffer in a MediaConfig."""
    media.jbInit, media.jbMinPre, media.jbMaxPre, media.jbMax = _BUFFERS_MS[settings.jitter_buffer]


def mark(transport: Any, settings: MediaSettings, dscp: int) -> None:
    """Have a socket of a TransportConfig mark its packets (RFC 2474), where that is wanted."""
    if settings.dscp:
        pj = pjsip_library.load()
        quality = pj.pj_qos_params()
        quality.flags, quality.dscp_val = pj.PJ_QOS_PARAM_HAS_DSCP, dscp
        transport.qosParams = quality


def refresh_sessions(call: Any, settings: MediaSettings) -> None:
    """Offer a session timer (RFC 4028) in an AccountCallConfig, or none."""
    pj = pjsip_library.load()
    call.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL if settings.session_timer_s else pj.PJSUA_SIP_TIMER_INACTIVE
    if settings.session_timer_s:
        call.timerSessExpiresSec = settings.session_timer_s
