"""A house with all that a door can have: what its tests share."""

from __future__ import annotations

from datetime import datetime

from portier.bench.bare import BareStation
from portier.core.audit import Record, What
from portier.core.door_rules import (
    ContactRule,
    ExitRule,
    FireRule,
    LightRule,
    LightWhen,
    TamperRule,
)
from portier.core.effects import Audit, Effect
from portier.core.events import ClockTold, DoorOrdered, ReleaseRequested, Requester, Verb
from portier.core.inputs import Input, InputKind
from portier.core.profiles import Hours, Profile
from portier.core.rules import ButtonRule, DoorRule, Rules
from portier.core.states import Fire

DEBOUNCE_S = 1 / 32
CONTACT, EXIT = Input(InputKind.DOOR, "front"), Input(InputKind.EXIT, "front")
FIRE, TAMPER = Input(InputKind.FIRE), Input(InputKind.TAMPER)
YARD_EXIT = Input(InputKind.EXIT, "yard")
NOON, NIGHT = datetime(2026, 11, 26, 12), datetime(2026, 11, 26, 23)  # noqa: DTZ001 -- wall time has no zone


def rules(
    *,
    contact: ContactRule | None = None,
    fire: FireRule | None = None,
    blocks_codes_s: float = 0.0,
    light: LightRule | None = None,
    released_by_fire: bool = True,
) -> Rules:
    """The front door may hold, and is held open by day; the yard's strike is for pulses."""
    return Rules(
        buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", DEBOUNCE_S)},
        doors={
            "front": DoorRule(
                "front",
                "5",
                3.0,
                8.0,
                long_release_s=6.0,
                may_hold=True,
                held_open="day",
                released_by_fire=released_by_fire,
                contact=contact or ContactRule(DEBOUNCE_S),
                exit=ExitRule(DEBOUNCE_S),
            ),
            "yard": DoorRule("yard", "12", 2.0, 5.0, exit=ExitRule(DEBOUNCE_S, long=True)),
        },
        profiles={"day": Profile(hours=(Hours(8 * 60, 18 * 60),))},
        fire=fire or FireRule(DEBOUNCE_S),
        tamper=TamperRule(DEBOUNCE_S, blocks_codes_s),
        light=light,
    )


def stairs(*when: LightWhen, lit_s: float = 10.0) -> LightRule:
    """The light of the stairs."""
    return LightRule(frozenset(when), lit_s)


class House(BareStation):
    """A station, and short words for what happens to its doors."""

    def order(self, verb: Verb, door: str = "front") -> list[Effect]:
        """A command orders something of a door."""
        return self.take(DoorOrdered(door, verb, at_s=self.now_s))

    def ask(
        self, door: str = "front", by: Requester = Requester.COMMAND, *, long: bool = False
    ) -> list[Effect]:
        """Somebody asks for a release."""
        return self.take(ReleaseRequested(door, by, long, at_s=self.now_s))

    def clock(self, local: datetime | None) -> list[Effect]:
        """The wall clock tells the time, or that it is not sure."""
        return self.take(ClockTold(local, at_s=self.now_s))

    def fire(self) -> Fire:
        """How the fire alarm stands."""
        return self.state.fire

    def talk(self) -> None:
        """A visit comes to a talk."""
        self.become_ready()
        self.press("bell")
        self.answer()


def rows(effects: list[Effect]) -> list[Record]:
    """The rows of the audit log among effects."""
    return [effect.record for effect in effects if isinstance(effect, Audit)]


def whats(effects: list[Effect]) -> list[What]:
    """What those rows tell."""
    return [record.what for record in rows(effects)]


def of(effects: list[Effect], kind: type[Effect]) -> list[Effect]:
    """The effects of one kind."""
    return [effect for effect in effects if isinstance(effect, kind)]
