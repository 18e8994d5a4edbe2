"""A core with doors, keypads and callers, and a directory that answers it at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from portier.bench.bare import BareStation
from portier.bench.codes import FakeDirectory
from portier.core.codes import CodeMatch, Entry
from portier.core.effects import Audit, Effect, LookUpCode, Play, Release, Remember, SpendCode, Tone
from portier.core.events import CallOffered, CardRead, CodeLookedUp, Digit, Event, KeypadKey
from portier.core.profiles import Hours, Profile
from portier.core.rules import (
    ButtonRule,
    DoorRule,
    IncomingRule,
    KeypadRule,
    ListRule,
    Rules,
    StepRule,
    TargetRule,
)

RELEASE_S, LONG_S = 3.0, 8.0
BOTH = frozenset({"front", "yard"})
RIGHT = "246810"
WRONG = "135791"
CALLER = "201"

_E = TypeVar("_E", bound=Effect)

RULES = Rules(
    buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03)},
    doors={
        name: DoorRule(name, digit, RELEASE_S, 10.0, LONG_S)
        for name, digit in (("front", "5"), ("yard", "12"))
    },
    incoming=IncomingRule({CALLER: False, "202": True}, code_from=frozenset({CALLER}), code_door="front"),
    keypads={"front": KeypadRule("front", "front"), "yard": KeypadRule("yard", "yard")},
    flats={"12": "dupont", "3": "martin"},
    lists={
        name: ListRule(name, (StepRule((TargetRule(room, f"sip:{room}@pbx.example"),)),))
        for name, room in (("dupont", "kitchen"), ("martin", "office"))
    },
    profiles={"day": Profile(hours=(Hours(8 * 60, 18 * 60),))},
    calls_per_hour=3,
)


def code(number: int = 1, label: str = "postman", **changes: Any) -> CodeMatch:
    """A code of both doors, and what else is to be of it."""
    return CodeMatch(number, label, **{"doors": BOTH, **changes})


class CodeStation(BareStation):
    """Answers each question of the core from a fake directory, and carries out what it spends.

    `facts` is what it remembers over a restart.
    """

    def __init__(
        self,
        codes: Mapping[str, CodeMatch] | None = None,
        rules: Rules = RULES,
        remembered: Mapping[str, str] | None = None,
        at_s: float = 0.0,
    ) -> None:
        super().__init__(rules, remembered, at_s)
        self.directory = FakeDirectory({RIGHT: code()} if codes is None else codes)
        self.facts = dict(remembered or {})
        self.become_ready()

    def take(self, event: Event) -> list[Effect]:
        effects = super().take(event)
        for effect in tuple(effects):
            match effect:
                case LookUpCode(number, entry):
                    answer = CodeLookedUp(number, self.directory.look_up(entry), at_s=event.at_s)
                    effects += self.take(answer)
                case SpendCode(number):
                    self.directory.spend(number)
                case Remember(key, None):
                    self.facts.pop(key, None)
                case Remember(key, str(value)):
                    self.facts[key] = value
                case _:
                    pass
        return effects

    def keyed(self, keys: str, keypad: str = "front") -> list[Effect]:
        """Keys at a keypad, all at this moment."""
        effects: list[Effect] = []
        for key in keys:
            effects += self.take(KeypadKey(keypad, key, at_s=self.now_s))
        return effects

    def card(self, card: str, keypad: str = "front") -> list[Effect]:
        """A card at a reader."""
        return self.take(CardRead(keypad, Entry(card), at_s=self.now_s))

    def called(self, number: str = CALLER) -> None:
        """Somebody calls, is answered, and is joined to the door."""
        self.take(CallOffered(1, number, at_s=self.now_s))
        self.answer()
        self.wait(1.0)

    def dialled(self, keys: str) -> list[Effect]:
        """Keys of that caller."""
        effects: list[Effect] = []
        for key in keys:
            effects += self.take(Digit(self.state.last_leg, key, at_s=self.now_s))
        return effects

    def block(self, keypad: str = "front") -> list[Effect]:
        """Five wrong codes."""
        return [effect for _ in range(5) for effect in self.keyed(WRONG, keypad)]


def of(effects: list[Effect], kind: type[_E]) -> list[_E]:
    """All effects of a kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


def released(effects: list[Effect]) -> list[str]:
    """The doors that were released."""
    return [effect.door for effect in of(effects, Release)]


def tones(effects: list[Effect]) -> list[Tone]:
    """The tones that were played."""
    return [effect.tone for effect in of(effects, Play)]


def rows(effects: list[Effect]) -> list[tuple[str, str]]:
    """What the audit log is told, and why."""
    return [(effect.record.what.value, effect.record.why) for effect in of(effects, Audit)]
