"""A scenario's file: the station, how calls to it and from it are met, what happens, and what is expected."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path

from pydantic import Field, model_validator

from portier.bench.codes import CodePart
from portier.bench.fake_phone import FarLine
from portier.bench.house_scenario import DoorPart, FirePart, LightPart, TamperPart
from portier.bench.operator_part import OperatorPart
from portier.bench.scenario_expect import Expectation
from portier.bench.scenario_part import Part
from portier.bench.scenario_steps import Step
from portier.core.profiles import Holidays, Hours, Profile
from portier.core.rules import (
    ButtonRule,
    ByProfile,
    Confirmation,
    GongRule,
    GongWhen,
    IncomingRule,
    KeypadRule,
    ListRule,
    Rules,
    StepRule,
    TargetRule,
    VolumeByProfile,
)


class Button(Part):
    """A button and whom it rings; `by_profile` are pairs of a profile and whom it rings then."""

    uri: str = ""
    list: str = ""
    debounce_s: float = 0.03
    by_profile: tuple[tuple[str, str], ...] = ()

    @model_validator(mode="after")
    def _rings_somebody(self) -> Button:
        if bool(self.uri) == bool(self.list):
            raise ValueError("a button rings either a uri or a list")
        return self


class Target(Part):
    """Whom a list may ring."""

    uri: str
    plain_uri: str = ""
    plain_after: tuple[int, ...] = ()


class ListStep(Part):
    """Who of a list is rung at once."""

    ring: tuple[str, ...]
    seconds: float


class ListPart(Part):
    """A list, and what follows it."""

    steps: tuple[ListStep, ...]
    cycles: int = 1
    fallback: str = ""
    confirm: str = ""
    confirm_s: float = 8.0
    total_s: float | None = None


class RulesPart(Part):
    """The core's other rules; what is left out has the core's default."""

    ring_timeout_s: float | None = None
    max_talk_s: float | None = None
    digit_timeout_s: float | None = None
    press_hangs_up: bool | None = None
    wrong_attempts: int | None = None
    failure_shown_s: float | None = None
    hang_up_after_release_s: float | None = None
    calls_per_hour: int | None = None
    cool_down_after: int | None = None
    cool_down_s: float | None = None
    code_length: int | None = None


class ProfilePart(Part):
    """A time profile: days of the week (0 is Monday) and minutes of the day, as the core has them."""

    weekdays: frozenset[int] = frozenset(range(7))
    hours: tuple[tuple[int, int], ...] = ()
    holidays: Holidays = Holidays.BY_WEEKDAY


class GongPart(Part):
    """When the gong sounds, and for how long."""

    when: frozenset[GongWhen]
    pulse_s: float = 1.0


class IncomingPart(Part):
    """Whose calls are taken, and whose digits count then."""

    callers: dict[str, bool]
    answer_after_s: float = 0.0
    code_from: frozenset[str] = frozenset()
    code_door: str = ""


class KeypadPart(Part):
    """A keypad, and whose door its codes release."""

    door: str


class Scenario(Part):
    """One file."""

    story: str
    ready: bool = True
    buttons: dict[str, Button]
    doors: dict[str, DoorPart]
    targets: dict[str, Target] = Field(default_factory=dict)
    lists: dict[str, ListPart] = Field(default_factory=dict)
    rules: RulesPart = RulesPart()
    profiles: dict[str, ProfilePart] = Field(default_factory=dict)
    holidays: frozenset[date] = frozenset()
    gong: GongPart | None = None
    incoming: IncomingPart | None = None
    fire: FirePart | None = None
    tamper: TamperPart | None = None
    light: LightPart | None = None
    keypads: dict[str, KeypadPart] = Field(default_factory=dict)
    codes: dict[str, CodePart] = Field(default_factory=dict)
    flats: dict[str, str] = Field(default_factory=dict)
    volume_by_profile: tuple[tuple[str, float], ...] = ()
    lines: tuple[FarLine, ...] = ()
    operator: OperatorPart | None = None
    steps: tuple[Step, ...]
    expect: tuple[Expectation, ...]

    def core_rules(self) -> Rules:
        """The rules as the core wants them."""
        return Rules(
            buttons={
                name: ButtonRule(
                    name,
                    part.uri,
                    part.debounce_s,
                    tuple(ByProfile(*pair) for pair in part.by_profile),
                    list_name=part.list,
                )
                for name, part in self.buttons.items()
            },
            doors={name: part.rule(name) for name, part in self.doors.items()},
            lists={name: self._list(name, part) for name, part in self.lists.items()},
            profiles={
                name: Profile(part.weekdays, tuple(Hours(*pair) for pair in part.hours), part.holidays)
                for name, part in self.profiles.items()
            },
            holidays=self.holidays,
            gong=GongRule(self.gong.when, self.gong.pulse_s) if self.gong else None,
            incoming=IncomingRule(**self.incoming.model_dump()) if self.incoming else None,
            fire=self.fire.rule() if self.fire else None,
            tamper=self.tamper.rule() if self.tamper else None,
            light=self.light.rule() if self.light else None,
            keypads={name: KeypadRule(name, part.door) for name, part in self.keypads.items()},
            flats=self.flats,
            volume_by_profile=tuple(VolumeByProfile(*pair) for pair in self.volume_by_profile),
            **self.rules.model_dump(exclude_none=True),
        )

    def _list(self, name: str, part: ListPart) -> ListRule:
        targets = {
            name: TargetRule(name, one.uri, one.plain_uri, frozenset(one.plain_after))
            for name, one in self.targets.items()
        }
        return ListRule(
            name,
            tuple(StepRule(tuple(targets[one] for one in step.ring), step.seconds) for step in part.steps),
            part.cycles,
            part.fallback,
            Confirmation(part.confirm, part.confirm_s) if part.confirm else None,
            part.total_s,
        )


def load(path: Path) -> Scenario:
    """Read a file; raises ValueError where it is no scenario."""
    return Scenario.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
