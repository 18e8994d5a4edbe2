"""What a card's mixer is to be set to, in plain values; pure."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from typing import Literal

Side = Literal["capture", "playback"]

MIXER_LIMIT_S = 10.0
"""How long a mixer may take for all that is wanted of it."""

_LEVEL = re.compile(r"([+-]?[0-9]{1,3}(?:\.[0-9]{1,2})?) ?(%|dB)")
_NEAR_PERCENT, _NEAR_DB = 1.0, 1.5


@dataclass(frozen=True, slots=True)
class Level:
    """A volume: 0 to 100 of "%", or decibels as the card counts them."""

    amount: float
    unit: Literal["%", "dB"]


@dataclass(frozen=True, slots=True)
class MixerSetting:
    """A control of the card of one side, and what it is to be: "80%", "-6 dB", "on", "off" or an item.

    A second control of the same name is called "Mic,1".
    """

    control: str
    side: Side
    wanted: str

    @property
    def level(self) -> Level | None:
        """The volume that is wanted; None where it is a switch or an item."""
        return level(self.wanted)

    @property
    def on(self) -> bool | None:
        """Whether a switch is to be on; None where it is no switch."""
        return {"on": True, "off": False}.get(self.wanted)


@dataclass(frozen=True, slots=True)
class Reading:
    """A control as it is. What it does not have is None, or empty; `step_percent` is its smallest step.

    `side` is the one whose switch was read: the one that was asked for, or the only one that has a switch.
    """

    percent: float | None = None
    db: float | None = None
    on: bool | None = None
    item: str | None = None
    items: tuple[str, ...] = ()
    step_percent: float = 1.0
    side: Side | None = None


def as_json(settings: tuple[MixerSetting, ...]) -> str:
    """The settings as a child process is told them."""
    return json.dumps([asdict(one) for one in settings])


def settings_of(text: str) -> tuple[MixerSetting, ...]:
    """The settings of such a text."""
    return tuple(MixerSetting(**one) for one in json.loads(text))


def level(text: str) -> Level | None:
    """Read a volume; None where the text is none."""
    match = _LEVEL.fullmatch(text)
    if match is None:
        return None
    return Level(float(match[1]), "%" if match[2] == "%" else "dB")


def unfit(setting: MixerSetting, reading: Reading) -> str | None:
    """Say what a control lacks for what is wanted of it; None where it lacks nothing."""
    wanted = setting.level
    if wanted is not None:
        has = reading.percent if wanted.unit == "%" else reading.db
        return None if has is not None else f"has no level in {wanted.unit}"
    if setting.on is not None and reading.on is not None:
        return None
    if setting.wanted in reading.items:
        return None
    if reading.items:
        return f"has no {setting.wanted!r}, but {', '.join(reading.items)}"
    return "has no switch" if setting.on is not None else "has nothing to choose from"


def fits(setting: MixerSetting, reading: Reading) -> bool:
    """Whether a control is as it is wanted, as near as its steps allow. A volume counts where it is on."""
    wanted = setting.level
    if wanted is None:
        if setting.on is not None and reading.on is not None:
            return reading.on is setting.on
        return reading.item == setting.wanted
    has, near = (
        (reading.percent, max(_NEAR_PERCENT, reading.step_percent))
        if wanted.unit == "%"
        else (reading.db, _NEAR_DB)
    )
    return reading.on is not False and has is not None and abs(has - wanted.amount) <= near


def words(setting: MixerSetting, reading: Reading) -> str:
    """Say how a control is, in the words in which it is wanted."""
    wanted = setting.level
    if wanted is None:
        return reading.item if reading.item is not None else "on" if reading.on else "off"
    has = reading.percent if wanted.unit == "%" else reading.db
    told = "without a level" if has is None else f"{has:g}{'%' if wanted.unit == '%' else ' dB'}"
    return f"{told}, and off" if reading.on is False else told
