"""Controls of a card's mixer that no station wants as they often are; pure. Cards: see hardware/sound.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from portier.mixer_settings import MixerSetting, Reading, fits, unfit

_PUMPS = "the visitor's loudness pumps, and echo with it"
_HOWLS = "the microphone goes to the loudspeaker inside the card, and howls"


class Harm(NamedTuple):
    """What a control is to be, and what comes of it where it is not."""

    setting: MixerSetting
    why: str


HARMS = (
    *(
        Harm(MixerSetting(control, "playback", "off"), _HOWLS)
        for control in (
            "Mic",
            *(f"Mixout {one} Mixin {other}" for one in ("Left", "Right") for other in ("Left", "Right")),
            "Left Output Mixer Boost Bypass",
            "Right Output Mixer Boost Bypass",
        )
    ),
    Harm(MixerSetting("Auto Gain Control", "capture", "off"), _PUMPS),
    Harm(MixerSetting("ALC", "capture", "off"), _PUMPS),
    Harm(MixerSetting("ALC Function", "capture", "Off"), _PUMPS),
    Harm(MixerSetting("Noise Gate", "capture", "off"), _PUMPS),
)


def does_harm(harm: Harm, reading: Reading) -> bool:
    """Whether a control is as no station wants it.

    A microphone's own switch is no way to the loudspeaker: those count on their own side alone.
    """
    setting = harm.setting
    of_that_side = setting.side == "capture" or reading.side == setting.side
    return of_that_side and unfit(setting, reading) is None and not fits(setting, reading)


def why(setting: MixerSetting) -> str:
    """What comes of it where a control of `HARMS` is not so."""
    return next(harm.why for harm in HARMS if harm.setting == setting)


def unsettled(found: Iterable[MixerSetting], settings: Iterable[MixerSetting]) -> Iterator[MixerSetting]:
    """Of those that were found those that the configuration's own settings leave as they are."""
    settled = {(one.control, one.wanted) for one in settings}
    return (one for one in found if (one.control, one.wanted) not in settled)


def in_words(settings: Iterable[MixerSetting]) -> str:
    """The list that `mixer` in [audio] takes."""
    tables = (f'{{ control = "{one.control}", {one.side} = "{one.wanted}" }}' for one in settings)
    return f"[{', '.join(tables)}]"
