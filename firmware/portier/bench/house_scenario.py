"""What a scenario says of doors and house: contacts, exit buttons, orders, fire, tamper, light, restarts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Literal

from portier.bench.deeds import Deed, Lit, Recorded
from portier.bench.scenario_part import Part, Timed
from portier.core.audit import Record, Road, What
from portier.core.door_rules import ContactRule, ExitRule, FireRule, LightRule, LightWhen, TamperRule
from portier.core.events import DoorOrdered, Event, FireResetRequested, InputEdge, Verb
from portier.core.inputs import Input, InputKind
from portier.core.rules import DoorRule

_CHATTER_S = 0.002


class ContactPart(Part):
    """A door's contact; what is left out has the core's default."""

    forced_alarm: bool = True
    held_open_s: float | None = 60.0
    pre_alarm_s: float = 15.0
    relock: bool = False


class DoorPart(Part):
    """A door, its key, its limits, and what else it has."""

    release_digit: str
    release_s: float
    max_release_s: float
    long_release_s: float | None = None
    may_hold: bool = False
    held_open: str = ""
    released_by_fire: bool = False
    contact: ContactPart | None = None
    exit: Literal["usual", "long"] | None = None

    def rule(self, name: str) -> DoorRule:
        """The door as the core wants it."""
        return DoorRule(
            name,
            self.release_digit,
            self.release_s,
            self.max_release_s,
            self.long_release_s,
            self.may_hold,
            self.held_open,
            self.released_by_fire,
            ContactRule(**self.contact.model_dump()) if self.contact else None,
            ExitRule(long=self.exit == "long") if self.exit else None,
        )


class FirePart(Part):
    """The fire contact."""

    reset_after_s: float | None = None

    def rule(self) -> FireRule:
        """As the core wants it."""
        return FireRule(reset_after_s=self.reset_after_s)


class TamperPart(Part):
    """The tamper contact."""

    blocks_codes_s: float = 0.0

    def rule(self) -> TamperRule:
        """As the core wants it."""
        return TamperRule(blocks_codes_s=self.blocks_codes_s)


class LightPart(Part):
    """The light of the stairs."""

    when: frozenset[LightWhen]
    lit_s: float

    def rule(self) -> LightRule:
        """As the core wants it."""
        return LightRule(self.when, self.lit_s)


class Opens(Timed):
    """A door is opened."""

    opens: str


class Shuts(Timed):
    """A door is shut."""

    shuts: str


class Bounces(Timed):
    """A door's contact chatters without a rest, and ends as it began."""

    bounces: str
    lasts_s: float
    every_s: float = _CHATTER_S


class ExitPress(Timed):
    """Somebody presses an exit button."""

    exit: str
    held_s: float = 0.3


class FireChange(Timed):
    """The fire contact tells of a fire, or goes back."""

    fire: Literal["on", "off"]


class TamperChange(Timed):
    """The box is opened, or shut."""

    tamper: Literal["on", "off"]


class Ordered(Timed):
    """A command orders something of a door."""

    order: Verb
    door: str


class FireReset(Timed):
    """A command resets the fire alarm."""

    fire_reset: Literal[True]


class Restart(Timed):
    """The station starts anew, with what it remembers."""

    restart: Literal[True]


HouseStep = Opens | Shuts | Bounces | ExitPress | FireChange | TamperChange | Ordered | FireReset


def events(step: HouseStep) -> Iterator[Event]:
    """All that a step makes happen, each at its moment."""
    at_s = step.at_s
    match step:
        case Opens(opens=name):
            yield InputEdge(Input(InputKind.DOOR, name), active=True, at_s=at_s)
        case Shuts(shuts=name):
            yield InputEdge(Input(InputKind.DOOR, name), active=False, at_s=at_s)
        case Bounces(bounces=name, lasts_s=lasts_s, every_s=every_s):
            levels = itertools.cycle((True, False))
            for index in range(2 * round(lasts_s / every_s / 2)):
                moment_s = at_s + index * every_s
                yield InputEdge(Input(InputKind.DOOR, name), active=next(levels), at_s=moment_s)
        case ExitPress(exit=name, held_s=held_s):
            button = Input(InputKind.EXIT, name)
            yield InputEdge(button, active=True, at_s=at_s)
            yield InputEdge(button, active=False, at_s=at_s + held_s)
        case FireChange(fire=on):
            yield InputEdge(Input(InputKind.FIRE), active=on == "on", at_s=at_s)
        case TamperChange(tamper=on):
            yield InputEdge(Input(InputKind.TAMPER), active=on == "on", at_s=at_s)
        case Ordered(order=verb, door=name):
            yield DoorOrdered(name, verb, at_s=at_s)
        case FireReset():
            yield FireResetRequested(at_s=at_s)


class ExpectLight(Timed):
    """The light goes on, or out."""

    light: Literal["on", "off"]


class ExpectRow(Timed):
    """A row goes to the audit log; what is not named may be anything."""

    row: What
    door: str | None = None
    road: Road | None = None
    why: str | None = None


HouseExpectation = ExpectLight | ExpectRow


def wanted(expectation: HouseExpectation) -> Deed:
    """The deed that is expected, as far as it is named."""
    match expectation:
        case ExpectLight(light=light):
            return Lit(light == "on")
        case ExpectRow(row=what, door=name, road=road, why=why):
            return Recorded(Record(what, name or "", road, why=why or ""))


def fits(expectation: ExpectRow, deed: Recorded) -> bool:
    """Whether a row is the one that is expected."""
    one = deed.record
    return (
        one.what is expectation.row
        and expectation.door in (None, one.door)
        and expectation.road in (None, one.road)
        and (expectation.why is None or expectation.why in one.why)
    )
