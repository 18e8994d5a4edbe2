"""Which of its states a station would not show, or not let hear, as it is configured."""

from __future__ import annotations

from collections.abc import Iterator

from .model import Config

_STATES = {
    "calling": "a call is placed",
    "talking": "somebody listens",
    "released": "the door can be opened",
    "failure": "nobody can be reached",
}


def warnings(config: Config) -> tuple[str, ...]:
    """Tell what visitors who cannot hear, or cannot see, would miss."""
    return (*_unseen(config), *_unheard(config))


def _unseen(config: Config) -> Iterator[str]:
    if config.lamps.status is not None:
        return
    missing = [name for name in _STATES if getattr(config.lamps, name) is None]
    if missing:
        what = ", ".join(_STATES[name] for name in missing)
        keys = ", ".join(f"lamps.{name}" for name in missing)
        yield (
            f"lamps: nothing shows a visitor who cannot hear that {what}: name the pin of {keys}, or of "
            "lamps.status, which tells everything by its rhythm"
        )


def _unheard(config: Config) -> Iterator[str]:
    if config.audio.card == "none":
        yield (
            'audio: card is "none", so nothing tells a visitor who cannot see what the station does: '
            "give it a sound card"
        )
