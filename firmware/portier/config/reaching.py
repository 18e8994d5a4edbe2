"""From the configuration's targets and lists to what the core rings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

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

from .dial import address, line_address, line_template
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
        ByProfile(one.profile, address(config, one), _of_button(config, one), one.list or "")
        for one in button.by_profile
    )
    target, uri = _of_button(config, button), address(config, button)
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
        for one in ways:
            target = _of_button(config, one) if one.line is not None else None
            found |= set(_of(target)) if target is not None else set()
    for name, named in config.targets.items():
        found |= set(_of(_target(config, name))) if named.line is not None else set()
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


def _of_button(config: Config, button: ButtonConfig | ByProfileConfig) -> TargetRule | None:
    """Say whom it rings by name, or by its line; None for a whole address, and for a list."""
    if button.target is not None:
        return _target(config, button.target)
    return None if button.line is None else _line(config, "", button.line)


def _target(config: Config, name: str) -> TargetRule:
    target = config.targets[name]
    auto_answer = AutoAnswer(target.auto_answer)
    if target.uri is not None:
        return TargetRule(name, target.uri, auto_answer=auto_answer)
    line = target.line or ""
    if not target.prefix:
        return TargetRule(name, _plain(config, line), auto_answer=auto_answer)
    return replace(_line(config, name, line, target.plain_when_refused), auto_answer=auto_answer)


def any_line(config: Config) -> TargetRule | None:
    """Say how a line is rung that is not known yet: `{line}` stands for it. None without a domain."""
    uri, plain = line_template(config, config.dialling.prefix), line_template(config, "")
    if uri is None or plain is None:
        return None
    return _once_more("", uri, plain, config.dialling.plain_when_refused)


def _line(config: Config, name: str, line: str, refused: tuple[int, ...] | None = None) -> TargetRule:
    """Ring a line with the prefix, and once more without it after these answers; None: after the usual."""
    dialled = line_address(config, config.dialling.template.format(prefix=config.dialling.prefix, line=line))
    after = config.dialling.plain_when_refused if refused is None else refused
    return _once_more(name, dialled, _plain(config, line), after)


def _once_more(name: str, dialled: str, plain: str, after: tuple[int, ...]) -> TargetRule:
    if dialled == plain or not after:
        return TargetRule(name, dialled)
    return TargetRule(name, dialled, plain, frozenset(after))


def _plain(config: Config, line: str) -> str:
    return line_address(config, config.dialling.template.format(prefix="", line=line))


def _of(target: TargetRule) -> Iterator[str]:
    yield target.uri
    if target.plain_uri:
        yield target.plain_uri
