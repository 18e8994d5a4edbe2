"""The tone that asks whoever answered for the confirming key: two short beeps, again and again."""

from __future__ import annotations

from typing import Any

from portier.adapters import pjsip_library

_BEEP_HZ = 880
_BEEP_MS, _BETWEEN_MS, _PAUSE_MS = 120, 120, 1600


def asking_tone(rate_hz: int) -> Any:
    """A sounding ToneGenerator of PJSIP's: on the SIP thread, and gone before libDestroy. Raises pj.Error."""
    pj = pjsip_library.load()
    beeps = pj.ToneDescVector()
    for silent_ms in (_BETWEEN_MS, _PAUSE_MS):
        beep = pj.ToneDesc()
        beep.freq1, beep.on_msec, beep.off_msec = _BEEP_HZ, _BEEP_MS, silent_ms
        beeps.append(beep)
    tone = pj.ToneGenerator()
    tone.createToneGenerator(rate_hz, 1)
    tone.play(beeps, True)
    return tone
