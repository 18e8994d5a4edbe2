"""Says in words what is wrong with what a test of the sound measured, and what to do. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from portier.doctor.finding import Finding, Reporter

from .measure import JUMP_MS, Measured
from .signal import SWEEPS

_NOTHING_PEAK = 2
"""A microphone that is off, or none, gives nothing, or the last bit."""

_ENOUGH_SWEEPS = SWEEPS - 1
_HUM_DBFS, _HUM_ABOVE_DB = -60.0, 12.0
_NOISE_DBFS = -40.0
_CUT_SHARE = 0.0001
_LATE_MS = 200.0
_LEAST_LOSS_DB = 0.0

_LOSES = "the card loses sound: try another USB socket; one card for both ways in place of two"
_MICROPHONE, _LOUDSPEAKER, _ECHO = Reporter("microphone"), Reporter("speaker"), Reporter("echo")
_HUM_COMES_FROM = {
    50: "by its cable or ground: screen the cable, ground it at the card alone, keep it off mains cables",
    100: "by its supply's rectifier: take another power supply, or one of its own for the amplifier",
}


def findings(measured: Measured, reversed_: Measured | None = None) -> Iterator[Finding]:
    """Everything that was found; `reversed_` is the same with the two devices' roles exchanged.

    What asks for nothing is told, too, with its figures.
    """
    gives = measured.peak > _NOTHING_PEAK
    if not hears(measured) and reversed_ is not None and hears(reversed_):
        yield _MICROPHONE.error(
            "microphone and loudspeaker are swapped: with their devices exchanged it hears what is played",
            "exchange audio.capture and audio.playback",
        )
        return
    if not gives:
        yield _MICROPHONE.error(
            "nothing comes from the microphone, not even noise",
            "look whether it is plugged into the right socket and its control is on (audio.mixer); "
            "arecord -L lists the devices for audio.capture",
        )
        return
    yield from _microphone(measured)
    if hears(measured):
        yield _LOUDSPEAKER.ok(f"the microphone heard {measured.heard} of {SWEEPS} sweeps")
        yield from _echo(measured)
    else:
        yield _LOUDSPEAKER.error(
            f"the microphone did not hear what was played ({measured.heard} of {SWEEPS} sweeps)",
            "listen whether the loudspeaker sounds: if not, look at its wires, its amplifier and its control "
            "(audio.mixer); if it does, make the microphone louder, or look whether audio.capture is right",
        )


def hears(measured: Measured) -> bool:
    """Whether the microphone heard the loudspeaker."""
    return measured.heard >= _ENOUGH_SWEEPS


def _microphone(measured: Measured) -> Iterator[Finding]:
    cut = measured.cut_share > _CUT_SHARE
    if measured.cut_in_silence:
        yield _MICROPHONE.warning(
            "it clips though nothing is played", "make its capture control lower (audio.mixer)"
        )
    elif cut:
        yield _MICROPHONE.warning(
            f"it clips while the loudspeaker sounds ({100 * measured.cut_share:.1f}% of the time)",
            "make the loudspeaker or the microphone's capture control lower (audio.mixer): no canceller "
            "takes away an echo that is cut off",
        )
    hum = [
        mains
        for mains, level in measured.hum_dbfs.items()
        if level > _HUM_DBFS and measured.hum_above_db[mains] > _HUM_ABOVE_DB
    ]
    if hum:
        loudest = max(hum, key=lambda mains: measured.hum_dbfs[mains])
        told = " and ".join(f"{mains} Hz ({measured.hum_dbfs[mains]:.0f} dBFS)" for mains in hum)
        yield _MICROPHONE.warning(f"it hums at {told}", f"it comes {_HUM_COMES_FROM[loudest]}")
    noise = f"{measured.noise_dbfs:.0f} dBFS of noise"
    if measured.noise_dbfs > _NOISE_DBFS and not hum:
        yield _MICROPHONE.note(
            f"{noise}: a loud place, or a microphone that is too loud", "portier audio levels shows it"
        )
    elif not (hum or cut or measured.cut_in_silence):
        yield _MICROPHONE.ok(noise)


def _echo(measured: Measured) -> Iterator[Finding]:
    told = f"comes {measured.delay_ms:.0f} ms after it was played, {measured.loss_db:.0f} dB weaker"
    if measured.delay_ms < 0:
        yield _ECHO.warning(
            f"is heard {-measured.delay_ms:.0f} ms before it was played: sound is missing, "
            f"and {measured.loss_db:.0f} dB weaker",
            _LOSES,
        )
    elif measured.delay_spread_ms > JUMP_MS:
        yield _ECHO.warning(
            f"{told}, and at moments that differ by {measured.delay_spread_ms:.0f} ms",
            _LOSES,
        )
    elif measured.delay_ms > _LATE_MS:
        yield _ECHO.warning(
            f"{told}: too late to be cancelled well",
            "name the card itself (plughw:CARD=...), no sound server",
        )
    elif measured.loss_db < _LEAST_LOSS_DB:
        yield _ECHO.warning(
            f"comes {measured.delay_ms:.0f} ms after it was played, {-measured.loss_db:.0f} dB stronger",
            "make the loudspeaker or the microphone lower, or put them farther apart",
        )
    else:
        yield _ECHO.ok(told)
