"""How the keys of the button for the microphone fit together."""

from __future__ import annotations

from collections.abc import Iterator

from .door_checks import idle, level
from .model import AudioConfig, LampsConfig
from .problems import Loc, Problem
from .speech import SpeechButtonConfig

_SECTION = "speech_button"


def pins(button: SpeechButtonConfig | None) -> Iterator[tuple[Loc, int]]:
    """The pin it names."""
    if button is not None and button.pin is not None:
        yield (_SECTION, "pin"), button.pin


def problems(
    button: SpeechButtonConfig | None, audio: AudioConfig | None, lamps: LampsConfig | None
) -> Iterator[Problem]:
    """Find what does nothing, or cannot be."""
    if button is None:
        return
    yield from level((_SECTION, "closed_is"), button.pin, button.closed_is)
    if button.pin is None:
        yield from idle(_SECTION, button, ("mode", "closed_is", "debounce_ms"))
        if lamps is not None and lamps.muted is not None:
            yield Problem(("lamps", "muted"), "does nothing without speech_button.pin: wire and name that")
    elif audio is not None and audio.card == "none":
        yield Problem((_SECTION, "pin"), 'does nothing with audio.card = "none": there is no microphone')
