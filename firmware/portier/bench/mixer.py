"""A card's mixer without a card: controls as a test wants them, some of which do not do as they are told."""

from __future__ import annotations

from dataclasses import replace

from portier.errors import AudioError
from portier.mixer_settings import MixerSetting, Reading, Side


class PretendedMixer:
    """Controls by name: fulfils `adapters.audio.mixer.Mixer`, and opens itself for either side.

    What was read or set is remembered, as ALSA does, until `refresh`. Those in `stubborn` stay as they are;
    while it is `gone` nothing can be asked, and one that `complains` says so of whatever is set. `written` is
    what was set.
    """

    def __init__(self, **controls: Reading) -> None:
        self.controls = dict(controls)
        self.stubborn: set[str] = set()
        self.gone = False
        self.complains = False
        self.written: list[MixerSetting] = []
        self._remembered: dict[str, Reading] = {}

    def __call__(self, side: Side) -> PretendedMixer:
        """The mixer of the card of this side: this one."""
        del side
        return self

    def names(self) -> tuple[str, ...]:
        """The controls that are there."""
        self._check()
        return tuple(self.controls)

    def read(self, setting: MixerSetting) -> Reading:
        """How a control is."""
        self._check()
        if setting.control not in self.controls:
            raise AudioError('audio: the mixer of "hw:Device": Unable to find mixer control')
        return self._remembered.setdefault(setting.control, self.controls[setting.control])

    def write(self, setting: MixerSetting) -> None:
        """Set it, unless it is stubborn."""
        self._check()
        self.written.append(setting)
        now = self._remembered[setting.control] = _after(setting, self.controls[setting.control])
        if setting.control not in self.stubborn:
            self.controls[setting.control] = now
        if self.complains:
            raise AudioError('audio: the mixer of "hw:Device": Operation not permitted')

    def refresh(self) -> None:
        """Remember nothing."""
        self._remembered.clear()

    def _check(self) -> None:
        if self.gone:
            raise AudioError('audio: the mixer of "hw:Device": No such device')


def _after(setting: MixerSetting, was: Reading) -> Reading:
    if level := setting.level:
        on = True if was.on is not None else None
        return (
            replace(was, on=on, percent=level.amount)
            if level.unit == "%"
            else replace(was, on=on, db=level.amount)
        )
    if was.items:
        return replace(was, item=setting.wanted)
    return replace(was, on=was.on if setting.on is None else setting.on)
