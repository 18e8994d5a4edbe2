"""Child: how are the controls of the card's mixer, and how are they wanted? It sets nothing."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from portier.doctor import probes
from portier.mixer_settings import MixerSetting, settings_of


@dataclass(frozen=True, slots=True)
class Mixed:
    """What the card does not have, and what only is to be set."""

    lacking: list[str]
    differing: list[str]


def look(capture: str, playback: str, settings: tuple[MixerSetting, ...]) -> Mixed:
    """Compare the controls with what is wanted. Raises AudioError."""
    from portier.adapters.audio.alsa_mixer import opener
    from portier.adapters.audio.mixer import compared

    found = tuple(compared(settings, opener(capture, playback)))
    return Mixed([told for told, helps in found if not helps], [told for told, helps in found if helps])


if __name__ == "__main__":
    sys.exit(probes.answer(lambda: look(sys.argv[1], sys.argv[2], settings_of(sys.argv[3]))))
