"""Which lines are dialled with the operator's prefix: by the configuration, and by the directory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portier.config.model import Config
from portier.config.profiles import ByProfileConfig
from portier.config.reach_model import TargetConfig
from portier.directory.health import Look
from portier.directory.model import Line
from portier.intercom import steps

_WHOLE = re.compile(rf"sips?:{steps.PREFIX}(\+?\d+)@")
"""A whole address that has the prefix in it already."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """Numbers without their prefix, by where they stand: a configuration's key, or a resident's number."""

    configured: Mapping[str, str]
    of_residents: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.configured or self.of_residents)

    def __or__(self, other: Dialled) -> Dialled:
        return Dialled({**self.configured, **other.configured}, {**self.of_residents, **other.of_residents})


def by_prefix(config: Config, look: Look) -> Dialled:
    """Find the numbers that `dialling` puts the prefix before."""
    if not config.dialling.prefix or "{prefix}" not in config.dialling.template:
        return Dialled({}, {})
    found: dict[str, str] = {}
    for name, button in config.buttons.items():
        by_profile: tuple[ByProfileConfig, ...] = button.by_profile
        lines = [button.line, *(one.line for one in by_profile)]
        keys = [f"buttons.{name}.line", *(f"buttons.{name}.by_profile.{one.profile}" for one in by_profile)]
        found |= {key: line for key, line in zip(keys, lines, strict=True) if line}
    targets: Mapping[str, TargetConfig] = config.targets
    found |= {f"targets.{name}.line": one.line for name, one in targets.items() if one.line and one.prefix}
    if config.sip.domain is None:
        return Dialled(found, {})
    return Dialled(found, {place: one.number for place, one in _told(look) if one.number and one.prefix})


def whole(config: Config, look: Look) -> Dialled:
    """Find the numbers of whole addresses that have the prefix in them."""
    uris: dict[str, str | None] = {}
    for name, button in config.buttons.items():
        by_profile: tuple[ByProfileConfig, ...] = button.by_profile
        uris[f"buttons.{name}.uri"] = button.uri
        uris |= {f"buttons.{name}.by_profile.{one.profile}": one.uri for one in by_profile}
    targets: Mapping[str, TargetConfig] = config.targets
    uris |= {f"targets.{name}.uri": one.uri for name, one in targets.items()}
    return Dialled(_with_prefix(uris), _with_prefix({place: one.uri for place, one in _told(look)}))


def _with_prefix(uris: Mapping[str, str | None]) -> dict[str, str]:
    return {place: found[1] for place, uri in uris.items() if uri and (found := _WHOLE.match(uri))}


def _told(look: Look) -> Iterator[tuple[str, Line]]:
    """Each line of the directory, by the number of whose it is, as the log has it."""
    for whose, lines in look.lines or ():
        for at, line in enumerate(lines, start=1):
            yield f"resident {whose}{'' if at == 1 else f' ({at})'}", line
