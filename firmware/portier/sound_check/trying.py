"""Plays the test's sweeps on a card, and judges what its microphone heard."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from portier.adapters.audio.tones import FRAME_MS
from portier.doctor.finding import Finding
from portier.errors import AudioError
from portier.ports import Card

from .judge import findings, hears
from .measure import Measured, measure
from .moving import moved
from .signal import signal


def tried(card: Card, reversed_: Card | None) -> tuple[Finding, ...]:
    """Everything that was found; `reversed_` has the devices' roles exchanged, None where they are one.

    It is tried only where the card itself does not hear. Raises AudioError where neither can be used.
    """
    failed: AudioError | None = None
    measured: Measured | None = None
    try:
        measured = _measured(card)
    except AudioError as error:
        failed = error
    other: Measured | None = None
    if reversed_ is not None and (measured is None or not hears(measured)):
        try:
            other = _measured(reversed_)
        except AudioError:
            # Most often a microphone that cannot play: what is told of the card itself says more.
            other = None
    if measured is None and other is not None and hears(other):
        measured = measure(np.zeros(0, np.int16), card.rate_hz)
    if measured is None:
        raise failed or AudioError("audio: the card gave nothing")
    return tuple(findings(measured, other))


def _measured(card: Card) -> Measured:
    heard = b"".join(captured for _, captured in moved(card, _frames(card.rate_hz)))
    return measure(np.frombuffer(heard, np.int16), card.rate_hz)


def _frames(rate_hz: int) -> Iterator[bytes]:
    played = signal(rate_hz).tobytes()
    size = 2 * rate_hz * FRAME_MS // 1000
    for start in range(0, len(played), size):
        yield played[start : start + size].ljust(size, b"\0")
