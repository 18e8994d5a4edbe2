"""Echo: what would keep the far end of a call from hearing itself, and what cleans the visitor's sound."""

from __future__ import annotations

from collections.abc import Iterator

from portier.config import load, loudness, sound
from portier.doctor.finding import Finding, Reporter
from portier.doctor.known import Known
from portier.doctor.machine import Machine
from portier.doctor.probes import ProbeError, ask
from portier.doctor.probes.echo import Cancels, asked_as
from portier.sound_settings import SoundProcessing

_LIMIT_S = 10.0
_SLOW_SHARE = 0.4
"""Of the time that a frame has: the rest is for PJSIP, the card and everybody else."""

_INSTALL = "pip install 'portier[echo]'"
_ANEW = "pip install --force-reinstall 'portier[echo]', or leave out in [audio] what fails"
_HALF_DUPLEX = 'set audio.echo to "half-duplex"'
_REPORT = Reporter("echo")


def check(machine: Machine, known: Known) -> Iterator[Finding]:
    """Tell what runs, how long it takes, and what cannot be had."""
    audio = known.audio
    if audio is None or audio.card == "none":
        yield _REPORT.note("not tried: there is no sound")
        return
    wanted = loudness.added(
        sound.processing(audio, simulated=audio.card == "simulated"), audio, audio.speaker_limit_dbfs
    )
    if wanted.echo == "off":
        why = "audio.card is simulated" if audio.echo == "auto" else 'audio.echo is "off"'
        yield _REPORT.note(f"nothing is done about it: {why}")
        if not _cleans(wanted):
            return
    rate_hz = 8000 if known.config and load.narrowband(known.config) else 16000
    frame_ms = sound.frame_ms(audio, audio.card)
    asked = (asked_as(wanted), str(rate_hz), str(frame_ms))
    try:
        answer = ask(machine, Cancels, "echo", *asked, limit_s=_LIMIT_S)
    except ProbeError as error:
        yield _REPORT.error(f"not to be had: {error}", 'set audio.echo to "off" until it is')
        return
    where = f"{answer.frame_ms:g} ms for a frame of {frame_ms} ms at {rate_hz} Hz"
    by = "noise and levels" if wanted.echo == "off" else f"by {answer.words}"
    yield _judged(wanted, answer, f"{by}, {where}", _SLOW_SHARE * frame_ms)


def _cleans(wanted: SoundProcessing) -> bool:
    return wanted.noise_suppression_db > 0 or wanted.gain_control_most_db > 0


def _judged(wanted: SoundProcessing, answer: Cancels, told: str, slow_ms: float) -> Finding:
    reasons = "; ".join((told, *answer.failed, *answer.missing))
    if answer.words.startswith("half-duplex, as"):
        return _REPORT.warning(reasons, f"{_HALF_DUPLEX}, or {_ANEW}")
    if answer.failed:
        return _REPORT.warning(reasons, _ANEW)
    if answer.frame_ms > slow_ms:
        return _REPORT.warning(f"{reasons}: this machine is too slow for it", _HALF_DUPLEX)
    if answer.missing and (wanted.echo == "aec3" or _cleans(wanted)):
        return _REPORT.warning(reasons, _INSTALL)
    if answer.missing:
        return _REPORT.note(reasons, _INSTALL)
    if answer.words == "AEC3":
        return _REPORT.note(
            f"{told}; while both speak the visitor is heard more weakly than he might be",
            "sudo apt install libspeexdsp1",
        )
    return _REPORT.ok(told)
