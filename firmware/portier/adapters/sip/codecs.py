"""What the station offers to speak, of what the PJSIP that runs has."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from portier.adapters import pjsip_library
from portier.errors import CodecError

_log = logging.getLogger(__name__)

OPUS = "opus"
_OPUS_RTP_HZ = 48000
"""Its RTP clock, and that of its telephone-event, at whatever rate it is coded (RFC 7587 section 4.1)."""

_RTP_HZ = 8000
"""Of all others, of G.722 too (RFC 3551 section 4.5.2)."""

_OPUS_RATE_HZ = 16000
_OPUS_BITS_PER_S = 24000
"""What the far end is asked for (RFC 7587 section 3.1.1: 16 to 20 kbit/s of wideband speech, and FEC)."""

_OPUS_EXPECTED_LOSS_PERCENT = 20
"""At the rate that PJSIP lets libopus 1.3 choose, it leaves FEC out at 5 %, and at 10 % it gives up wideband
in frames of 10 ms to have it."""


def event_clock_hz(codec: str) -> int:
    """By which clock PJSIP reckons the telephone-event that comes beside a codec."""
    return _OPUS_RTP_HZ if codec.lower() == OPUS else _RTP_HZ


def jitter_ms(codec: str, mean_us: float) -> float | None:
    """What PJSIP counts of jitter; None for Opus, whose packets it times by the rate of the coded sound."""
    return None if codec.lower() == OPUS else mean_us / 1000


def choose(wanted: Sequence[str], present: Iterable[str]) -> tuple[str, ...]:
    """The wanted codecs that are there, in their order. Raises CodecError where none is."""
    there = set(present)
    chosen = tuple(name for name in wanted if name in there)
    if not chosen:
        raise CodecError(none_of(wanted))
    return chosen


def none_of(wanted: Sequence[str]) -> str:
    """Say that a PJSIP has none of these, and what to do."""
    return (
        f"sip.codecs: the PJSIP that is installed has none of {', '.join(wanted)}: add PCMA, or install a "
        "PJSIP of this project (make wheel)"
    )


def some_missing(missing: Sequence[str]) -> str:
    """Say that a PJSIP lacks these of several, and what to do."""
    return (
        f"sip.codecs: the PJSIP that is installed lacks {', '.join(missing)}: the station speaks the others. "
        "Install a PJSIP of this project (make wheel), or leave it out"
    )


def apply(endpoint: Any, wanted: Sequence[str], packet_ms: int = 20) -> None:
    """Offer exactly these codecs, in this order, and send packets of so much sound.

    Raises:
        CodecError: PJSIP has none of them. One that it lacks is told in the log.
    """
    ids = {str(info.codecId).split("/")[0]: str(info.codecId) for info in endpoint.codecEnum2()}
    chosen = choose(wanted, ids)
    if missing := [name for name in wanted if name not in chosen]:
        _log.warning("sip: %s", some_missing(missing))
    for info in endpoint.codecEnum2():
        name = str(info.codecId).split("/")[0]
        endpoint.codecSetPriority(info.codecId, 255 - chosen.index(name) if name in chosen else 0)
    if OPUS in chosen:
        _configure_opus(endpoint, ids[OPUS], packet_ms)
    for name in chosen:
        setting = endpoint.codecGetParam(ids[name])
        setting.setting.frmPerPkt = max(1, packet_ms // setting.info.frameLen)
        endpoint.codecSetParam(ids[name], setting)


def _configure_opus(endpoint: Any, codec_id: str, packet_ms: int) -> None:
    """Mono, wideband, with FEC. PJSIP lets libopus choose our rate unless the far end names one."""
    config = endpoint.getCodecOpusConfig()
    config.sample_rate, config.channel_cnt = _OPUS_RATE_HZ, 1
    config.frm_ptime, config.frm_ptime_denum = packet_ms, 1
    config.bit_rate, config.packet_loss = _OPUS_BITS_PER_S, _OPUS_EXPECTED_LOSS_PERCENT
    endpoint.setCodecOpusConfig(config)
    # Left unsaid, PJSIP takes us to send stereo to who says that it hears it.
    setting = endpoint.codecGetParam(codec_id)
    mono = pjsip_library.load().CodecFmtp()
    mono.name, mono.val = "sprop-stereo", "0"
    setting.setting.decFmtp.append(mono)
    endpoint.codecSetParam(codec_id, setting)
