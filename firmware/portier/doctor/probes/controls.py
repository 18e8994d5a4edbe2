"""Child: which controls of the card's mixer do harm as they are? It sets nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from portier.doctor import probes
from portier.doctor.machine import Machine
from portier.mixer_harm import HARMS, does_harm
from portier.mixer_settings import MixerSetting

_LIMIT_S = 3.0


@dataclass(frozen=True, slots=True)
class Harmful:
    """Their places in `HARMS`."""

    places: list[int]


def harmful(machine: Machine, capture: str, playback: str) -> tuple[MixerSetting, ...]:
    """What such controls of two devices' cards are to be; nothing where the mixer cannot be asked."""
    try:
        answer = probes.ask(machine, Harmful, "controls", capture, playback, limit_s=_LIMIT_S)
    except probes.ProbeError:
        return ()
    return tuple(HARMS[place].setting for place in answer.places)


def look(capture: str, playback: str) -> Harmful:
    """Look at them. Raises AudioError."""
    return Harmful([*_places(capture, playback)])


def _places(capture: str, playback: str) -> Iterator[int]:
    from portier.adapters.audio.alsa_mixer import opener

    open_mixer = opener(capture, playback)
    for place, harm in enumerate(HARMS):
        mixer = open_mixer(harm.setting.side)
        if harm.setting.control in mixer.names() and does_harm(harm, mixer.read(harm.setting)):
            yield place


if __name__ == "__main__":
    sys.exit(probes.answer(lambda: look(sys.argv[1], sys.argv[2])))
