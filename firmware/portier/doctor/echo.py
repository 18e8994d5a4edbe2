"""Echo: what would keep the far end of a call from hearing itself."""

from __future__ import annotations

from collections.abc import Iterator

from portier.config import load, sound
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine
from portier.doctor.probes import ProbeError, ask
from portier.doctor.probes.echo import Cancels

_LIMIT_S = 10.0
_SLOW_MS = 8.0
"""Of 20 ms a frame has: the rest is for PJSIP, the card and everybody else."""

_INSTALL = "pip install 'portier[echo]'"
_REPORT = Reporter("echo")


def check(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell what runs, and how long it takes."""
    audio = known.audio
    if audio is None or audio.card == "none":
        yield _REPORT.note("not tried: there is no sound")
        return
    echo = sound.processing(audio, simulated=audio.card == "simulated").echo
    if echo == "off":
        why = "audio.card is simulated" if audio.echo == "auto" else 'audio.echo is "off"'
        yield _REPORT.note(f"nothing is done about it: {why}")
        return
    rate_hz = 8000 if known.config and load.narrowband(known.config) else 16000
    try:
        answer = ask(machine, Cancels, "echo", echo, str(rate_hz), limit_s=_LIMIT_S)
    except ProbeError as error:
        yield _REPORT.error(f"not to be had: {error}", 'set audio.echo to "off" until it is')
        return
    told = f"by {answer.words}, {answer.frame_ms:g} ms for a frame of 20 ms at {rate_hz} Hz"
    if answer.frame_ms > _SLOW_MS:
        yield _REPORT.warning(f"{told}: this machine is too slow for it", 'set audio.echo to "half-duplex"')
    elif echo == "aec3" and answer.words == "half-duplex":
        yield _REPORT.warning(f"{told}, as pywebrtc-audio is not here", _INSTALL)
    elif echo == "auto" and answer.words == "half-duplex":
        yield _REPORT.note(f"{told}, as pywebrtc-audio is not here", _INSTALL)
    elif answer.words == "AEC3":
        yield _REPORT.note(
            f"{told}; while both speak the visitor is heard more weakly than he might be",
            "sudo apt install libspeexdsp1",
        )
    else:
        yield _REPORT.ok(told)
