"""From the configuration's targets and lists to what the core rings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from portier.core.rules import (
    AutoAnswer,
    ButtonRule,
    ByProfile,
    Confirmation,
    ListRule,
    Rules,
    StepRule,
    TargetRule,
)

from .dial import address, line_address
from .model import ButtonConfig, Config, DiallingConfig
from .profiles import ByProfileConfig
from .reach_model import ListConfig, TargetConfig


def answers_by_itself(dialling: DiallingConfig, target: TargetConfig) -> bool:
    """Tell whether a telephone may answer this call without anybody there."""
    prefixed = target.line is not None and target.prefix and bool(dialling.prefix)
    return prefixed or target.auto_answer != "none"


def button_rule(config: Config, name: str, button: ButtonConfig) -> ButtonRule:
    """Say whom a button rings, usually and by time profile."""
    by_profile = tuple(
        ByProfile(one.profile, address(config, one), _named(config, one.target), one.list or "")
        for one in button.by_profile
    )
    target, uri = _named(config, button.target), address(config, button)
    return ButtonRule(name, uri, button.debounce_ms / 1000, by_profile, target, button.list or "")


def lists(config: Config) -> dict[str, ListRule]:
    """Say all lists."""
    return {name: _list(config, name, one) for name, one in config.lists.items()}


def addresses(rules: Rules) -> tuple[str, ...]:
    """Every address that may be dialled, each once."""
    found: dict[str, None] = {}
    for button in rules.buttons.values():
        ways: tuple[ButtonRule | ByProfile, ...] = (button, *button.by_profile)
        for rings in ways:
            found |= {rings.uri: None} if rings.uri else {}
            found |= dict.fromkeys(_of(rings.target)) if rings.target else {}
    for one in rules.lists.values():
        for step in one.steps:
            for target in step.targets:
                found |= dict.fromkeys(_of(target))
    return tuple(found)


def lines(config: Config) -> frozenset[str]:
    """Every address that is made of a line: its number may be dialled at another account, too."""
    found: set[str] = set()
    for button in config.buttons.values():
        ways: tuple[ButtonConfig | ByProfileConfig, ...] = (button, *button.by_profile)
        found |= {address(config, one) for one in ways if one.line is not None}
    for name, target in config.targets.items():
        found |= set(_of(_target(config, name))) if target.line is not None else set()
    return frozenset(found)


def circle(lists: Mapping[str, ListConfig], name: str) -> bool:
    """Tell whether a list falls back, by way of whichever others, to itself."""
    follows = lists[name].fallback
    for _ in lists:
        if follows is None or follows == name or follows not in lists:
            break
        follows = lists[follows].fallback
    return follows == name


def _list(config: Config, name: str, one: ListConfig) -> ListRule:
    return ListRule(
        name,
        tuple(
            StepRule(tuple(_target(config, each) for each in step.ring), step.seconds) for step in one.steps
        ),
        one.cycles,
        one.fallback or "",
        None if one.confirm is None else Confirmation(one.confirm, one.confirm_s),
        one.total_s,
    )


def _named(config: Config, name: str | None) -> TargetRule | None:
    return None if name is None else _target(config, name)


def _target(config: Config, name: str) -> TargetRule:
    target, dialling = config.targets[name], config.dialling
    auto_answer = AutoAnswer(target.auto_answer)
    if target.uri is not None:
        return TargetRule(name, target.uri, auto_answer=auto_answer)
    line = target.line or ""
    plain = line_address(config, dialling.template.format(prefix="", line=line))
    dialled = line_address(config, dialling.template.format(prefix=dialling.prefix, line=line))
    if not target.prefix or dialled == plain:
        return TargetRule(name, plain, auto_answer=auto_answer)
    again = plain if target.plain_when_refused else ""
    return TargetRule(name, dialled, again, frozenset(target.plain_when_refused), auto_answer)


def _of(target: TargetRule) -> Iterator[str]:
    yield target.uri
    if target.plain_uri:
        yield target.plain_uri
