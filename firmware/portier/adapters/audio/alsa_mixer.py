"""A card's mixer by ALSA, as pyalsaaudio has it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from portier.errors import AudioError
from portier.mixer_settings import MixerSetting, Reading, Side

_OTHER: dict[Side, Side] = {"capture": "playback", "playback": "capture"}


def opener(capture: str, playback: str) -> Callable[[Side], AlsaMixer]:
    """What opens the mixers of two ALSA devices: one where both are of one card."""
    mixer = cache(AlsaMixer)
    return lambda side: mixer(card_of(capture if side == "capture" else playback))


def card_of(device: str) -> str:
    """The control device of an ALSA device's card: "hw:Device" of "plughw:CARD=Device,DEV=0"."""
    named = re.search(r"CARD=[\"']?([^,\s\"']+)", device) or re.fullmatch(
        r"(?:plug)?hw:([^,=\s]+)(?:,.*)?", device
    )
    return f"hw:{named[1]}" if named else device


class AlsaMixer:
    """The mixer of one card, by the name of its control device: fulfils `mixer.Mixer`.

    pyalsaaudio opens the whole mixer for each control, which reads them all. So each is opened once, for its
    reading and setting; what was set is then what ALSA remembers, until the control is opened anew.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._open: dict[str, Any] = {}

    def names(self) -> tuple[str, ...]:
        """The simple controls, a second one of a name as "Mic,1"."""
        found = self._asked(lambda alsa: alsa.mixers(device=self._device))
        return tuple(
            f"{name},{found[:place].count(name)}" if name in found[:place] else name
            for place, name in enumerate(found)
        )

    def read(self, setting: MixerSetting) -> Reading:
        """How a control is on the side that is asked for, or on the only one it has."""
        reading: Reading = self._with(setting, lambda alsa, control: _read(alsa, control, setting))
        return reading

    def write(self, setting: MixerSetting) -> None:
        """Set it; a volume is switched on, too."""
        self._with(setting, lambda alsa, control: _write(alsa, control, setting))

    def refresh(self) -> None:
        """Open each control anew when it is asked for next."""
        for control in self._open.values():
            control.close()
        self._open.clear()

    def _with(self, setting: MixerSetting, work: Callable[[Any, Any], Any]) -> Any:
        name, _, number = setting.control.rpartition(",")
        if not name or not number.isdecimal():
            name, number = setting.control, "0"

        def done(alsa: Any) -> Any:
            control = self._open.get(setting.control)
            if control is None:
                control = alsa.Mixer(control=name, id=int(number), device=self._device)
                self._open[setting.control] = control
            return work(alsa, control)

        return self._asked(done)

    def _asked(self, question: Callable[[Any], Any]) -> Any:
        try:
            import alsaaudio
        except ImportError as error:
            raise AudioError(f"audio: no mixer: pyalsaaudio is not here ({error})") from error
        try:
            return question(alsaaudio)
        except alsaaudio.ALSAAudioError as error:
            raise AudioError(f'audio: the mixer of "{self._device}": {error}') from error


def _read(alsa: Any, control: Any, setting: MixerSetting) -> Reading:
    chosen = control.getenum()
    if chosen:
        return Reading(item=chosen[0], items=tuple(chosen[1]))
    side = _side(control.volumecap(), "Volume", setting.side) if setting.level else None
    if side is None:
        switch = _side(control.switchcap(), "Mute", setting.side)
        return Reading(on=None if switch is None else _is_on(control, switch), side=switch)
    stream = _stream(alsa, side)
    least, most = control.getrange(pcmtype=stream, units=alsa.VOLUME_UNITS_RAW)
    percents = control.getvolume(pcmtype=stream)
    # Hundredths of a decibel.
    decibels = control.getvolume(pcmtype=stream, units=alsa.VOLUME_UNITS_DB)
    has_db = len(set(control.getrange(pcmtype=stream, units=alsa.VOLUME_UNITS_DB))) > 1
    return Reading(
        percent=_farthest(percents, setting) if percents else None,
        db=_farthest([one / 100 for one in decibels], setting) if decibels and has_db else None,
        on=_is_on(control, side) if _has(control.switchcap(), "Mute", side) else None,
        step_percent=100 / max(1, most - least),
    )


def _farthest(channels: list[float], setting: MixerSetting) -> float:
    """Of several channels the one that is the least as it is wanted."""
    wanted = setting.level.amount if setting.level else 0.0
    return max(channels, key=lambda one: abs(one - wanted))


def _write(alsa: Any, control: Any, setting: MixerSetting) -> None:
    chosen = control.getenum()
    if chosen:
        control.setenum(chosen[1].index(setting.wanted))
        return
    wanted = setting.level
    if wanted is None:
        side = _side(control.switchcap(), "Mute", setting.side)
        if side is not None:
            _switch(control, side, on=bool(setting.on))
        return
    side = _side(control.volumecap(), "Volume", setting.side)
    if side is None:
        return
    by_db = wanted.unit == "dB"
    control.setvolume(
        round(wanted.amount * (100 if by_db else 1)),
        alsa.MIXER_CHANNEL_ALL,
        _stream(alsa, side),
        alsa.VOLUME_UNITS_DB if by_db else alsa.VOLUME_UNITS_PERCENTAGE,
    )
    if _has(control.switchcap(), "Mute", side):
        _switch(control, side, on=True)


def _side(capabilities: list[str], what: str, asked: Side) -> Side | None:
    """The side that is asked for where a control has it, else the other one where it has that."""
    return next((side for side in (asked, _OTHER[asked]) if _has(capabilities, what, side)), None)


def _has(capabilities: list[str], what: str, side: Side) -> bool:
    # What both sides share has the bare name.
    return what in capabilities or f"{side.capitalize()} {what}" in capabilities


def _is_on(control: Any, side: Side) -> bool:
    if side == "capture" and "Mute" not in control.switchcap():
        return all(control.getrec())
    return not any(control.getmute())


def _switch(control: Any, side: Side, *, on: bool) -> None:
    if side == "capture" and "Mute" not in control.switchcap():
        control.setrec(int(on))
    else:
        control.setmute(int(not on))


def _stream(alsa: Any, side: Side) -> int:
    return int(alsa.PCM_CAPTURE if side == "capture" else alsa.PCM_PLAYBACK)
