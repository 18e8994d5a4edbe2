"""Which parts a chain is made of: what is asked for, and what this machine has."""

from __future__ import annotations

import logging

from portier.adapters.audio.tones import FRAME_MS
from portier.sound_settings import SoundProcessing

from .chain import Canceller, Chain, Frame
from .levels import PLAIN, Arithmetic, HighPass, Limiter
from .street_noise import StreetFollower
from .voice_switch import VoiceSwitch

LOG = logging.getLogger(__name__)

_CORNER_HZ = 100.0
_INSTALL = "pip install 'portier[echo]'"


def make_chain(wanted: SoundProcessing, rate_hz: int, frame_ms: int = FRAME_MS) -> Chain:
    """The chain that is asked for, as far as it can be had; what is missing is said in the log, once.

    `frame_ms` is 10 or 20. It loads what it takes, and warms it up: for the station's start, and no thread
    that must not wait.
    """
    canceller = _canceller(wanted, rate_hz, rate_hz * frame_ms // 1000)
    by_switch = wanted.echo != "off" and canceller is None
    clean, arithmetic = _cleaner(wanted, rate_hz, high_pass=wanted.high_pass and canceller is None)
    chain = Chain(
        canceller,
        VoiceSwitch(wanted.voice_switch, frame_ms) if by_switch else None,
        VoiceSwitch(wanted.voice_switch, frame_ms),
        Limiter(rate_hz, wanted.speaker_gain_db, wanted.speaker_limit_dbfs, arithmetic),
        arithmetic,
        clean,
        wanted.microphone_gain_db,
        frame_ms=frame_ms,
        follower=_follower(wanted, frame_ms),
        speaker_gain_db=wanted.speaker_gain_db,
    )
    LOG.info("audio: echo: %s", chain.words)
    return chain


def _follower(wanted: SoundProcessing, frame_ms: int) -> StreetFollower | None:
    """Never without a limiter: louder than loud would be clipped."""
    if wanted.follow_noise is None or wanted.speaker_limit_dbfs >= 0:
        return None
    return StreetFollower(wanted.follow_noise, frame_ms / 1000)


def needed(wanted: SoundProcessing) -> bool:
    """Whether there is anything to do."""
    return wanted != SoundProcessing()


def _canceller(wanted: SoundProcessing, rate_hz: int, frame_samples: int) -> Canceller | None:
    if wanted.echo not in ("auto", "aec3"):
        return None
    try:
        from .aec3 import Aec3

        return Aec3(rate_hz, frame_samples)
    except ImportError as error:
        LOG.warning(
            "audio: no echo cancellation (%s): half-duplex in its place; for more: %s", error, _INSTALL
        )
    except Exception:
        LOG.exception("audio: echo cancellation cannot be had: half-duplex in its place")
    return None


def _cleaner(wanted: SoundProcessing, rate_hz: int, *, high_pass: bool) -> tuple[Frame | None, Arithmetic]:
    asked = wanted.noise_suppression_db > 0 or wanted.gain_control_most_db > 0
    try:
        from . import cleaner
    except ImportError as error:
        if asked:
            LOG.warning("audio: no noise suppression and no gain control (%s): %s", error, _INSTALL)
        return (HighPass(rate_hz, _CORNER_HZ).passed if high_pass else None), PLAIN
    if not asked and not high_pass:
        return None, cleaner.FAST
    try:
        made = cleaner.Cleaner(rate_hz, high_pass, wanted.noise_suppression_db, wanted.gain_control_most_db)
    except Exception:
        LOG.exception("audio: noise suppression cannot be had and is left out")
        return None, cleaner.FAST
    return made.cleaned, cleaner.FAST
