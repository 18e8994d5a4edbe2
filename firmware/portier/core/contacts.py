"""Observed contacts: debounced, and told to be at fault where they do not come to rest for a minute."""

from __future__ import annotations

from dataclasses import replace

from . import debounce, fire, leaves, road, speech, tamper
from .audit import Record, Road, What
from .effects import Audit, CancelTimer, Effect, Level, Note, Play, StartTimer
from .events import InputEdge
from .inputs import Input, InputKind
from .rules import Rules
from .states import Locked, State, Watched
from .timers import InputTimer, QuietTimer, StuckInputTimer

REST_S = 1.0
"""Edges that come sooner after each other than this are one unrest."""

FAULT_AFTER_S = 60.0
"""So long an unrest is a fault."""

QUIET_S = 10.0
"""So long without an edge, and a fault is over."""

_STUCK = "stuck"
_ALARMS = (InputKind.FIRE, InputKind.TAMPER)

Outcome = tuple[State, list[Effect]]


def of(rules: Rules) -> dict[Input, float]:
    """Every contact that the rules have the station observe, with its debounce time in seconds."""
    found: dict[Input, float] = {}
    for name, one in rules.doors.items():
        if one.contact:
            found[Input(InputKind.DOOR, name)] = one.contact.debounce_s
        if one.exit:
            found[Input(InputKind.EXIT, name)] = one.exit.debounce_s
    if rules.fire:
        found[Input(InputKind.FIRE)] = rules.fire.debounce_s
    if rules.tamper:
        found[Input(InputKind.TAMPER)] = rules.tamper.debounce_s
    if rules.speech:
        found[Input(InputKind.SPEECH)] = rules.speech.debounce_s
    return found


def edge(rules: Rules, state: State, event: InputEdge) -> Outcome:
    """Take an edge, bounces and all."""
    watched = state.inputs.get(event.input)
    if watched is None:
        return state, []
    if event.at_start and event.input.kind is InputKind.DOOR:
        contact = replace(watched.contact, counted=event.active, seen=event.active)
        found = _with(state, event.input, replace(watched, contact=contact))
        return leaves.found(found, event.input.door, event.active), []
    if event.at_start and event.active and event.input.kind is InputKind.EXIT:
        # Nobody has pressed it since: a shorted cable is to release no door at each start.
        contact = replace(watched.contact, counted=True, seen=True)
        found = _with(state, event.input, replace(watched, contact=contact))
        return found, [StartTimer(StuckInputTimer(event.input), event.at_s + rules.stuck_after_s)]
    resting = event.at_s - watched.edge_s > REST_S
    restless_s = event.at_s if resting else watched.restless_s
    watched = replace(watched, restless_s=restless_s, edge_s=event.at_s)
    effects: list[Effect] = []
    if not watched.faulty and event.at_s - restless_s >= FAULT_AFTER_S:
        watched = replace(watched, faulty=True)
        text = f"{event.input} does not come to rest: look at the contact and its wires"
        effects = [Note(text, Level.WARNING), _row(What.CONTACT_FAULT, event.input)]
    if watched.faulty:
        effects.append(StartTimer(QuietTimer(event.input), event.at_s + QUIET_S))
    if watched.faulty and event.input.kind is InputKind.DOOR:
        # Nothing is made of what it says: it may say anything.
        contact = replace(watched.contact, seen=event.active)
        effects.append(CancelTimer(InputTimer(event.input)))
    else:
        contact, wait = debounce.change(
            watched.contact,
            InputTimer(event.input),
            event.active,
            event.at_s,
            of(rules)[event.input],
        )
        effects.append(wait)
    return _with(state, event.input, replace(watched, contact=contact)), effects


def settled(rules: Rules, state: State, input_: Input, at_s: float) -> Outcome:
    """A contact's level counts from now on."""
    watched = state.inputs[input_]
    was = watched.contact
    contact, _ = debounce.settle(was)
    if contact.counted is was.counted:
        return state, []
    after, active = _with(state, input_, replace(watched, contact=contact)), contact.counted
    if watched.faulty and not active and input_.kind in _ALARMS:
        # An alarm that comes and goes without a rest goes on.
        return after, []
    match input_.kind:
        case InputKind.DOOR:
            return leaves.moved(rules, after, input_.door, active, at_s)
        case InputKind.EXIT:
            return _exit(rules, after, input_, active, was.stuck, at_s)
        case InputKind.FIRE:
            return fire.changed(rules, after, active, at_s)
        case InputKind.TAMPER:
            return tamper.changed(rules, after, active, at_s)
        case InputKind.SPEECH:
            return speech.pressed(after, active), []


def stuck(rules: Rules, state: State, input_: Input) -> Outcome:
    """An exit button has been pressed for longer than anybody presses: told once, until it is let go."""
    watched = state.inputs[input_]
    after = _with(state, input_, replace(watched, contact=replace(watched.contact, stuck=True)))
    text = f"{input_} closed for {rules.stuck_after_s:.0f} s: stuck, or its cable shorted"
    contact = rules.doors[input_.door].contact
    if contact and contact.forced_alarm:
        text += "; until it is free, a forced door cannot be told from somebody who leaves, and is no alarm"
    return after, [Note(text, Level.WARNING), _row(What.CONTACT_FAULT, input_, _STUCK)]


def quiet(rules: Rules, state: State, input_: Input, at_s: float) -> Outcome:
    """A contact that was at fault has come to rest: what it shows now counts."""
    watched = state.inputs[input_]
    if not watched.faulty:
        return state, []
    over: list[Effect] = [Note(f"{input_} is at rest again"), _row(What.ALARM_OVER, input_)]
    watched = replace(watched, faulty=False)
    if input_.kind in (InputKind.EXIT, InputKind.SPEECH):
        return _with(state, input_, watched), over
    if input_.kind in _ALARMS:
        alarm = fire if input_.kind is InputKind.FIRE else tamper
        after, more = alarm.changed(rules, _with(state, input_, watched), watched.contact.counted, at_s)
        return after, [*over, *more]
    contact = replace(watched.contact, counted=watched.contact.seen)
    after = _with(state, input_, replace(watched, contact=contact))
    return leaves.found(after, input_.door, contact.seen), over


def _exit(rules: Rules, state: State, input_: Input, pressed: bool, was_stuck: bool, at_s: float) -> Outcome:
    if not pressed:
        text = f"{input_} is free again"
        freed: list[Effect] = [Note(text), _row(What.ALARM_OVER, input_, _STUCK)] if was_stuck else []
        return state, [CancelTimer(StuckInputTimer(input_)), *freed]
    rule = rules.doors[input_.door].exit
    asked = road.Asked(input_.door, Road.EXIT_BUTTON, "exit button", long=rule is not None and rule.long)
    after, effects = road.request(rules, state, asked, at_s)
    if state.inputs[input_].faulty and not isinstance(state.doors[input_.door], Locked):
        # Thousands an hour would leave no room in the audit log for anything else.
        effects = [one for one in effects if not isinstance(one, Audit | Note | Play)]
    return after, [*effects, StartTimer(StuckInputTimer(input_), at_s + rules.stuck_after_s)]


def _with(state: State, input_: Input, watched: Watched) -> State:
    return replace(state, inputs=state.inputs | {input_: watched})


def _row(what: What, input_: Input, why: str = "") -> Audit:
    why = f"{input_.kind.value} {why}".strip()
    return Audit(Record(what, input_.door, why=why))
