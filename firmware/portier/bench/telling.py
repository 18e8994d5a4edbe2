"""A scenario in words: what happens to the station, and what it does. It tells no key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from portier.bench.deeds import Deed, HungUp, Lit, Logged, Played, Recorded, Rung, Shown, Switched
from portier.bench.house_scenario import (
    Bounces,
    ExitPress,
    FireChange,
    FireReset,
    Opens,
    Ordered,
    Restart,
    Shuts,
    TamperChange,
)
from portier.bench.scenario_steps import (
    CallerEnds,
    CardShown,
    Clock,
    FarKey,
    Keyed,
    Offer,
    PhoneChange,
    Press,
    Registrar,
    Request,
    SoundChange,
    Step,
    Stop,
)
from portier.core.audit import What


@dataclass(frozen=True, slots=True)
class Line:
    """What happened at a moment: whose doing it was, and what."""

    at_s: float
    who: str
    text: str


def step_line(step: Step) -> Line:
    """What happens to the station."""
    return Line(step.at_s, *_happens(step))


def deed_lines(at_s: float, deeds: Sequence[Deed]) -> list[Line]:
    """What the station does at one moment: why, then what is seen and heard of it, then what is kept."""
    said = [
        Line(at_s, "station", f"{'warning: ' if one.warning else ''}{one.text}")
        for one in deeds
        if isinstance(one, Logged)
    ]
    seen = [words for one in deeds if (words := _seen(one))]
    shown = [Line(at_s, "shows", "; ".join(seen))] if seen else []
    kept = [
        Line(at_s, "audit", str(one).removeprefix("row: "))
        for one in deeds
        if isinstance(one, Recorded) and one.record.what is not What.CALL
    ]
    return [*said, *shown, *kept]


def _seen(deed: Deed) -> str:
    match deed:
        case Switched(door=door, energised=energised):
            return f'relay "{door}" {"on" if energised else "off"}'
        case Played(tone=tone):
            return f"tone: {tone.value}" if tone else ""
        case Shown(signs=signs):
            return f"lamp: {', '.join(sorted(sign.value for sign in signs)) or 'dark'}"
        case Lit() | Rung() | HungUp():
            return str(deed)
        case _:
            return ""


def _happens(step: Step) -> tuple[str, str]:
    match step:
        case Press(press=button):
            return "button", f'"{button}" pressed'
        case Keyed(keypad=keypad):
            return "keypad", f'a code keyed at "{keypad}"'
        case CardShown(keypad=keypad):
            return "reader", f'a card shown at "{keypad}"'
        case FarKey():
            return "phone", "a key pressed"
        case CallerEnds():
            return "phone", "hangs up"
        case Offer(offer=number):
            return "line", f"a call from {number}"
        case Opens(opens=door):
            return "door", f'"{door}" opened'
        case Shuts(shuts=door):
            return "door", f'"{door}" shut'
        case Bounces(bounces=door):
            return "door", f'the contact of "{door}" chatters'
        case ExitPress(exit=door):
            return "exit", f'the button of "{door}" pressed'
        case Request(request=door, by=by):
            return by.value, f'asks for "{door}"'
        case Ordered(order=verb, door=door):
            return "command", f'{verb.value} "{door}"'
        case FireChange(fire=on):
            return "fire", "the contact tells of a fire" if on == "on" else "the contact is back"
        case TamperChange(tamper=on):
            return "box", "opened" if on == "on" else "shut"
        case FireReset():
            return "command", "reset the fire alarm"
        case Registrar(registration=state):
            return "registrar", state.value
        case PhoneChange(phone=change):
            return "SIP", change
        case SoundChange(sound=change):
            return "sound", change
        case Clock(clock=clock):
            return "clock", clock if isinstance(clock, str) else f"{clock:%H:%M}"
        case Stop():
            return "service", "told to stop"
        case Restart():
            return "service", "starts anew"
        case never:
            assert_never(never)
