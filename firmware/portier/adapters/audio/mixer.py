"""Keeps a card's mixer as the configuration wants it: set where it differs, and read back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from portier.errors import AudioError
from portier.mixer_settings import MixerSetting, Reading, Side, fits, unfit, words

LOG = logging.getLogger(__name__)


class Mixer(Protocol):
    """The mixer of one card. Every method raises AudioError."""

    def names(self) -> tuple[str, ...]:
        """The controls that are there."""
        ...

    def read(self, setting: MixerSetting) -> Reading:
        """How the control of a setting is."""
        ...

    def write(self, setting: MixerSetting) -> None:
        """Set it; a volume is switched on, too, where it has a switch."""
        ...


OpenMixer = Callable[[Side], Mixer]
"""The mixer of the card of one side; raises AudioError."""


class MixerKeeper:
    """Looks at the controls whenever `keep` is called, from any thread. It never raises.

    `troubles` says of each that is not as it is wanted what is wrong; the log hears it once.
    """

    def __init__(self, settings: tuple[MixerSetting, ...], open_mixer: OpenMixer) -> None:
        self._settings = settings
        self._open = open_mixer
        self._lock = threading.Lock()
        self.troubles: tuple[str, ...] = ()

    def keep(self) -> None:
        """Set what differs, and read it back."""
        with self._lock:
            found = tuple(told for one in self._settings if (told := self._kept(one)))
            before, self.troubles = self.troubles, found
            for told in found:
                if told not in before:
                    LOG.warning("%s", told)
            if before and not found:
                LOG.info("audio: the mixer is as it is wanted again")

    def _kept(self, setting: MixerSetting) -> str | None:
        try:
            mixer = self._open(setting.side)
            told, reading = _look(mixer, setting)
            if told is not None or reading is None or fits(setting, reading):
                return told
            refused = _written(mixer, setting)
            reading = mixer.read(setting)
        except AudioError as error:
            return str(error)
        except Exception as error:  # noqa: BLE001 -- a call goes on without its mixer
            return f"{_named(setting)} cannot be set: {error!r}"
        if fits(setting, reading):
            LOG.info("%s set to %s", _named(setting), setting.wanted)
            return None
        return refused or f"{_named(setting)} was set to {setting.wanted} and is {words(setting, reading)}"


def compared(settings: tuple[MixerSetting, ...], open_mixer: OpenMixer) -> Iterator[tuple[str, bool]]:
    """Say what is not as it is wanted, and whether setting it may help; nothing is set. Raises AudioError."""
    for setting in settings:
        told, reading = _look(open_mixer(setting.side), setting)
        if told is not None:
            yield told, False
        elif reading is not None and not fits(setting, reading):
            yield f"{_named(setting)} is {words(setting, reading)}, not {setting.wanted}", True


def _written(mixer: Mixer, setting: MixerSetting) -> str | None:
    """Set a control; why it was refused. pyalsaaudio 0.11 takes "it has changed" for a fault of setenum."""
    try:
        mixer.write(setting)
    except AudioError as error:
        return str(error)
    return None


def _look(mixer: Mixer, setting: MixerSetting) -> tuple[str | None, Reading | None]:
    """What is wrong with a setting for good, and how its control is."""
    names = mixer.names()
    if setting.control not in names:
        return f"{_named(setting)} is not there. Controls here: {', '.join(names) or 'none'}", None
    reading = mixer.read(setting)
    lack = unfit(setting, reading)
    return (f"{_named(setting)} {lack}" if lack else None), reading


def _named(setting: MixerSetting) -> str:
    return f'audio: mixer: {setting.side} control "{setting.control}"'
