"""What can be known of a configuration, also of one that has problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from portier.config import door_checks, keypads, load, speech_checks
from portier.config.directory import DirectoryConfig
from portier.config.gong import GongConfig
from portier.config.house import FireConfig, LightConfig, TamperConfig
from portier.config.keypads import KeypadConfig
from portier.config.model import (
    AudioConfig,
    ButtonConfig,
    Config,
    DoorConfig,
    GpioConfig,
    LampsConfig,
    SipConfig,
)
from portier.config.problems import dotted
from portier.config.reach_model import TargetConfig
from portier.config.source import parsed, read
from portier.config.speech import SpeechButtonConfig
from portier.errors import ConfigError

_Model = TypeVar("_Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Known:
    """A configuration as far as it can be used: `config` only where it has no problem at all."""

    path: Path
    readable: bool
    problems: tuple[str, ...] = ()
    config: Config | None = None
    sip: SipConfig | None = None
    audio: AudioConfig | None = None
    gpio: GpioConfig | None = None
    lamps: LampsConfig | None = None
    gong: GongConfig | None = None
    fire: FireConfig | None = None
    tamper: TamperConfig | None = None
    light: LightConfig | None = None
    speech_button: SpeechButtonConfig | None = None
    directory: DirectoryConfig | None = None
    buttons: Mapping[str, ButtonConfig] = field(default_factory=dict)
    doors: Mapping[str, DoorConfig] = field(default_factory=dict)
    targets: Mapping[str, TargetConfig] = field(default_factory=dict)
    keypads: Mapping[str, KeypadConfig] = field(default_factory=dict)

    def without(self, section: str) -> str:
        """Say why a section cannot be used."""
        return f"the section [{section}] has problems" if self.readable else "there is no configuration"

    @property
    def pins(self) -> dict[str, int]:
        """Every pin that is named, by who has it."""
        pins = {f"buttons.{name}": button.pin for name, button in self.buttons.items()}
        pins |= {f"doors.{name}": door.pin for name, door in self.doors.items()}
        if self.gong is not None and self.gong.pin is not None:
            pins["gong"] = self.gong.pin
        more = door_checks.pins(self.doors, self.fire, self.tamper, self.light)
        pins |= {dotted(loc).removesuffix(".pin"): pin for loc, pin in more}
        pins |= {dotted(loc).removesuffix(".pin"): pin for loc, pin in speech_checks.pins(self.speech_button)}
        pins |= {dotted(place): pin for place, pin in keypads.used(self.keypads)}
        lamps = () if self.lamps is None else self.lamps
        return pins | {f"lamps.{name}": pin for name, pin in lamps if pin is not None}


def read_known(path: Path) -> Known:
    """Read a file, whatever is wrong with it."""
    path = path.absolute()
    try:
        data = parsed(read(path), str(path))
    except ConfigError as error:
        return Known(path, False, error.problems)
    config: Config | None = None
    problems: tuple[str, ...] = ()
    try:
        config = load.load(path)
    except ConfigError as error:
        problems = error.problems
    context = {"base": path.parent}

    def section(name: str, model: type[_Model]) -> _Model | None:
        return _usable(data.get(name, {}), model, context)

    def named(name: str, model: type[_Model]) -> dict[str, _Model]:
        entries = data.get(name, {})
        if not isinstance(entries, Mapping):
            return {}
        found = {str(key): _usable(value, model, context) for key, value in entries.items()}
        return {key: one for key, one in found.items() if one is not None}

    return Known(
        path,
        True,
        problems,
        config,
        sip=section("sip", SipConfig),
        audio=section("audio", AudioConfig),
        gpio=section("gpio", GpioConfig),
        lamps=section("lamps", LampsConfig),
        gong=section("gong", GongConfig),
        fire=section("fire", FireConfig),
        tamper=section("tamper", TamperConfig),
        light=section("light", LightConfig),
        speech_button=section("speech_button", SpeechButtonConfig),
        directory=section("directory", DirectoryConfig),
        buttons=named("buttons", ButtonConfig),
        doors=named("doors", DoorConfig),
        targets=named("targets", TargetConfig),
        keypads=named("keypads", KeypadConfig),
    )


def _usable(data: Any, model: type[_Model], context: Mapping[str, Path]) -> _Model | None:
    try:
        return model.model_validate(data, context=dict(context))
    except ValidationError:
        return None
