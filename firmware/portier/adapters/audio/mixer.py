"""A card's mixer as the configuration wants it: set where it differs, and read back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from portier.errors import AudioError
from portier.mixer_settings import MixerSetting, Reading, Side, fits, unfit, words


class Mixer(Protocol):
    """The mixer of one card. Every method but `refresh` raises AudioError."""

    def names(self) -> tuple[str, ...]:
        """The controls that are there."""
        ...

    def read(self, setting: MixerSetting) -> Reading:
        """How the control of a setting is; once it was asked, what is remembered of it until `refresh`."""
        ...

    def write(self, setting: MixerSetting) -> None:
        """Set it; a volume is switched on, too, where it has a switch."""
        ...

    def refresh(self) -> None:
        """Remember nothing: open it anew for what is read from now on."""
        ...


OpenMixer = Callable[[Side], Mixer]
"""The mixer of the card of one side, the same one whenever it is asked for; raises AudioError."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of the settings: a line for each that is not as it is wanted, and for each that was set."""

    troubles: tuple[str, ...] = ()
    done: tuple[str, ...] = ()


def kept(settings: tuple[MixerSetting, ...], open_mixer: OpenMixer) -> Kept:
    """Set what differs, then read it back. It raises nothing."""
    troubles: dict[MixerSetting, str] = {}
    refused: dict[MixerSetting, str | None] = {}
    for setting in settings:
        with _telling(setting, troubles):
            mixer = open_mixer(setting.side)
            told, reading = _look(mixer, setting)
            if told is not None:
                troubles[setting] = told
            elif reading is not None and not fits(setting, reading):
                refused[setting] = _written(mixer, setting)
    for side in {setting.side: None for setting in refused}:
        open_mixer(side).refresh()
    done = []
    for setting, why in refused.items():
        with _telling(setting, troubles):
            reading = open_mixer(setting.side).read(setting)
            # pyalsaaudio 0.11 may tell of decibels, once, that a control has not.
            if lack := unfit(setting, reading):
                troubles[setting] = f"{_named(setting)} {lack}"
            elif fits(setting, reading):
                done.append(f"{_named(setting)} set to {setting.wanted}")
            else:
                is_now = words(setting, reading)
                troubles[setting] = why or f"{_named(setting)} was set to {setting.wanted} and is {is_now}"
    return Kept(tuple(troubles[one] for one in settings if one in troubles), tuple(done))


def compared(settings: tuple[MixerSetting, ...], open_mixer: OpenMixer) -> Iterator[tuple[str, bool]]:
    """Say what is not as it is wanted, and whether setting it may help; nothing is set. Raises AudioError."""
    for setting in settings:
        told, reading = _look(open_mixer(setting.side), setting)
        if told is not None:
            yield told, False
        elif reading is not None and not fits(setting, reading):
            yield f"{_named(setting)} is {words(setting, reading)}, not {setting.wanted}", True


@contextmanager
def _telling(setting: MixerSetting, troubles: dict[MixerSetting, str]) -> Iterator[None]:
    try:
        yield
    except AudioError as error:
        troubles[setting] = str(error)
    except Exception as error:  # noqa: BLE001 -- the other settings are looked at all the same
        troubles[setting] = f"{_named(setting)} cannot be set: {error!r}"


def _written(mixer: Mixer, setting: MixerSetting) -> str | None:
    """Set a control; why it was refused. pyalsaaudio 0.11 takes "it has changed" for a fault of setenum."""
    try:
        mixer.write(setting)
    except AudioError as error:
        return str(error)
    return None


def _look(mixer: Mixer, setting: MixerSetting) -> tuple[str | None, Reading | None]:
    """What is wrong with a setting for good, and how its control is."""
    try:
        reading = mixer.read(setting)
    except AudioError:
        # Only now, since a listing opens the mixer once more.
        names = mixer.names()
        if setting.control in names:
            raise
        return f"{_named(setting)} is not there. Controls here: {', '.join(names) or 'none'}", None
    lack = unfit(setting, reading)
    return (f"{_named(setting)} {lack}" if lack else None), reading


def _named(setting: MixerSetting) -> str:
    return f'audio: mixer: {setting.side} control "{setting.control}"'
