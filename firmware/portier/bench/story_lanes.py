"""The lanes of a story's picture: what held when, and moments with a name or, for keys, without one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from portier.bench.deeds import Played, Recorded, Shown, Switched
from portier.bench.scenario_steps import Clock, FarKey, Keyed, Step
from portier.bench.telling import step_line
from portier.core.audit import What
from portier.core.effects import Sign
from portier.core.states import Calling, Fire, Incoming, Ringing, State, Talking
from portier.report.event_rows import Band, Flags, Segment
from portier.report.moments import Moment
from portier.report.row import Row
from portier.report.scale import Look, Scale
from portier.report.style import Ink

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from portier.bench.story import Account

_INKS = {
    "calling": Ink.CALLING,
    "ringing": Ink.RINGING,
    "talking": Ink.TALKING,
    "released": Ink.OPENED,
    "held": Ink.OPENED,
    "on": Ink.OPENED,
    "blocked": Ink.FAILED,
    "alarm": Ink.FAILED,
    "forced": Ink.FAILED,
    "contact back": Ink.RINGING,
    "lit": Ink.CALLING,
}
_UNDRAWN = (What.CALL, What.OPENED, What.CLOSED)
_FIRES = {Fire.NONE: "", Fire.ALARM: "alarm", Fire.OVER: "contact back, not reset"}

Changes = Iterable[tuple[float, str]]


class KeyMarks:
    """That keys were pressed, and when; not which."""

    subtitle, in_pixels = "", True

    def __init__(self, title: str, moments_s: Sequence[float], look: Look, scale: Scale) -> None:
        self.title = title
        self.height_px = look.text_px * 1.2
        self._places = [scale.px(at_s) for at_s in moments_s]

    def draw(self, axes: Axes) -> None:
        """Draw a mark for each key."""
        heights = [self.height_px / 2] * len(self._places)
        axes.plot(self._places, heights, marker="|", markersize=8, linewidth=0, color=Ink.DOOR.value)


def rows(account: Account, look: Look, scale: Scale) -> list[Row]:
    """All lanes, from top to bottom; moments only where there are some."""

    def flags(title: str, moments: Sequence[Moment]) -> list[Row]:
        inside = [one for one in moments if scale.holds(one.at_s)]
        return [Flags(inside, look, scale, title, timed=False)] if inside else []

    def keys(title: str, moments_s: Sequence[float]) -> list[Row]:
        inside = [at_s for at_s in moments_s if scale.holds(at_s)]
        return [KeyMarks(title, inside, look, scale)] if inside else []

    def band(title: str, changes: Changes) -> Row:
        return Band(title, _segments(changes, scale), look, scale)

    def of_state(title: str, name: Callable[[State], str]) -> Row:
        return band(title, ((at_s, name(state)) for at_s, state in account.states))

    steps, deeds = account.story.steps, account.deeds
    found = [
        *flags("What happens", _happenings(steps)),
        *keys("Keypad's keys", _keypad_keys_s(steps)),
        *keys("Phone's keys", [one.at_s for one in steps if isinstance(one, FarKey)]),
        of_state("Call", _call),
        *flags("Sounds", _tones(account)),
        band("Lamp", ((at_s, _lamp(one)) for at_s, one in deeds if isinstance(one, Shown))),
    ]
    for door in account.story.doors:
        switched = [(at_s, one) for at_s, one in deeds if isinstance(one, Switched) and one.door == door]
        found += [
            band(f"Relay {door}", ((at_s, "on" if one.energised else "") for at_s, one in switched)),
            of_state(f"Contact {door}", partial(_leaf, door)),
        ]
    kept = [(at_s, one.record.what) for at_s, one in deeds if isinstance(one, Recorded)]
    return [
        *found,
        of_state("Keypad", _blocked),
        of_state("Alarms", _alarms),
        of_state("Fire", lambda state: _FIRES[state.fire]),
        of_state("Light", lambda state: "lit" if state.light else ""),
        *flags("Audit log", [Moment(at_s, what.value) for at_s, what in kept if what not in _UNDRAWN]),
    ]


def _segments(changes: Changes, scale: Scale) -> list[Segment]:
    """Stretches in which the same holds; where nothing has a name, there is none."""
    firsts = [(name, next(same)[0]) for name, same in groupby(changes, key=lambda change: change[1])]
    ends_s = [at_s for _, at_s in firsts[1:]] + [scale.end_s]
    return [
        Segment(start_s, end_s, name, _INKS.get(name.split(",")[0], Ink.QUIET))
        for (name, start_s), end_s in zip(firsts, ends_s, strict=True)
        if name
    ]


def _happenings(steps: Sequence[Step]) -> list[Moment]:
    """All but keys, which have lanes of their own."""
    lines = [step_line(one) for one in steps if not isinstance(one, Clock | FarKey | Keyed)]
    return [Moment(one.at_s, f"{one.who}: {one.text}") for one in lines]


def _keypad_keys_s(steps: Sequence[Step]) -> list[float]:
    keyed = [one for one in steps if isinstance(one, Keyed)]
    return [one.at_s + place * one.each_s for one in keyed for place in range(len(one.keyed))]


def _tones(account: Account) -> list[Moment]:
    played = [(at_s, one.tone) for at_s, one in account.deeds if isinstance(one, Played)]
    return [Moment(at_s, tone.value) for at_s, tone in played if tone]


def _call(state: State) -> str:
    match state.call:
        case Calling():
            return "calling"
        case Ringing():
            return "ringing"
        case Talking():
            return "talking"
        case Incoming():
            return "call from outside"
        case _:
            return ""


def _lamp(shown: Shown) -> str:
    """All signs, that first which a single lamp would show; a lamp that says nothing is not drawn."""
    return ", ".join(one.value for one in Sign if one in shown.signs and one is not Sign.IDLE)


def _leaf(door: str, state: State) -> str:
    leaf = state.leaves.get(door)
    return "open" if leaf and leaf.open else ""


def _blocked(state: State) -> str:
    return "blocked" if any(one.blocked for one in state.codes.guesses.by_source.values()) else ""


def _alarms(state: State) -> str:
    found = {alarm.value for leaf in state.leaves.values() for alarm in leaf.alarms}
    return ", ".join(sorted(found))
