"""From a request to the core and back: which event it is, and in words why nothing came of it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Protocol, assert_never

from portier.core import fire, orders
from portier.core.events import (
    CallRequested,
    DoorOrdered,
    Event,
    FireResetRequested,
    HangUpRequested,
    PressRequested,
    ReleaseRequested,
    Requester,
    Verb,
)
from portier.core.rules import Rules
from portier.core.states import Idle, Incoming, OutOfService, State

from .protocol import Do, Request, RequestError, quoted, shown

_VERBS = {Do.LOCK: Verb.LOCK, Do.UNLOCK: Verb.UNLOCK, Do.HOLD: Verb.HOLD, Do.END_HOLD: Verb.END_HOLD}


class Core(Protocol):
    """What the socket needs of the runtime."""

    @property
    def state(self) -> State: ...

    def take(self, event: Event) -> object:
        """Decide and act on an event now."""
        ...


class Desk:
    """Takes commands to the core, on the loop's own thread. Knows which buttons and doors there are."""

    def __init__(self, rules: Rules, core: Core) -> None:
        self._rules = rules
        self._core = core

    def carry_out(self, request: Request, at_s: float) -> str | None:
        """Do it; why nothing was done, or None. RequestError when the button or door is not there."""
        event = self._event(request, at_s)
        before = self._core.state
        self._core.take(event)
        return _refusal(self._rules, event, before, self._core.state)

    def _event(self, request: Request, at_s: float) -> Event:
        match request.do:
            case Do.PRESS:
                return PressRequested(_named("button", self._rules.buttons, request), at_s=at_s)
            case Do.CALL:
                return CallRequested(_named("button", self._rules.buttons, request), at_s=at_s)
            case Do.RELEASE | Do.RELEASE_LONG as do:
                door = _named("door", self._rules.doors, request)
                return ReleaseRequested(door, Requester.COMMAND, do is Do.RELEASE_LONG, at_s=at_s)
            case Do.LOCK | Do.UNLOCK | Do.HOLD | Do.END_HOLD as do:
                return DoorOrdered(_named("door", self._rules.doors, request), _VERBS[do], at_s=at_s)
            case Do.FIRE_RESET:
                return FireResetRequested(at_s=at_s)
            case Do.HANG_UP:
                return HangUpRequested(at_s=at_s)
            case Do.STATUS | Do.RECORD | Do.EVENTS | Do.LEVELS:
                raise ValueError(f'"{request.do}" asks for no change')
            case Do.KEY_TEST | Do.READ_DIRECTORY | Do.SOUND_TEST | Do.LINE_CHANGED:
                raise ValueError(f'"{request.do}" is no command')
            case never:
                assert_never(never)


def _named(what: str, known: Iterable[str], request: Request) -> str:
    names = sorted(known)
    if request.target is None:
        if len(names) == 1:
            return names[0]
        raise RequestError(f"say which {what} to {request.do}: {_listed(what, names)}", request.id)
    if request.target in names:
        return request.target
    close = get_close_matches(request.target[:40].casefold(), names, n=1)
    hint = f' Did you mean "{close[0]}"?' if close else ""
    raise RequestError(f"no {what} {shown(request.target)}.{hint} {_listed(what, names)}", request.id)


def _listed(what: str, names: list[str]) -> str:
    if not names:
        return f"The station has no {what}."
    return f"The station has {quoted(*names)}."


def _refusal(rules: Rules, event: Event, before: State, after: State) -> str | None:
    if before.stopping:
        return "the station stops"
    match event:
        case ReleaseRequested(door=door):
            if after.doors[door] is before.doors[door]:
                return f'door "{door}" is released already, up to the longest it may be'
        case DoorOrdered():
            return orders.refusal(rules, before, event)
        case FireResetRequested():
            return fire.refusal(before)
        case HangUpRequested():
            if after.call is before.call:
                return "there is no call to hang up"
        case _ if after.call is before.call:
            return why_no_call(before)
    return None


def why_no_call(state: State) -> str:
    """Say in words why no call was placed."""
    match state.call:
        case OutOfService(waiting):
            also = f', and a press of button "{waiting}" waits for it' if waiting else ""
            return f"out of service: SIP is not up{also}; the log says why"
        case Idle():
            return "nothing came of it; the log says why"
        case Incoming(leg, number):
            return f"busy: call {leg} from {number} lasts"
        case call:
            return f'busy: call {call.visit} of button "{call.button}" lasts'
