"""Where each account stands with its registrar, and what that makes of the station."""

from __future__ import annotations

from dataclasses import replace

from .calls import Outcome
from .effects import Level, Note
from .events import Registration, RegistrationState
from .states import State

_BEST_FIRST = (
    RegistrationState.REGISTERED,
    RegistrationState.NOT_NEEDED,
    RegistrationState.TRYING,
    RegistrationState.UNREACHABLE,
    RegistrationState.REFUSED,
)
_SERVES = (RegistrationState.REGISTERED, RegistrationState.NOT_NEEDED)


def changed(state: State, event: Registration) -> Outcome:
    """One account stands otherwise: told in any case, and shown where none is in service any more."""
    before = state.accounts.get(event.account)
    if event.state is before:
        return state, []
    accounts = state.accounts | {event.account: event.state}
    whole = min(accounts.values(), key=_BEST_FIRST.index)
    is_news = before is not None or event.state is not RegistrationState.NOT_NEEDED
    return replace(state, accounts=accounts, registration=whole), [_note(event, accounts)] * is_news


def _note(event: Registration, accounts: dict[str, RegistrationState]) -> Note:
    code = f" ({event.status})" if event.status else ""
    account = f'account "{event.account}": ' if event.account else ""
    serving = next((name for name, one in accounts.items() if one in _SERVES), None)
    meanwhile = f'; calls go by account "{serving}" meanwhile' if serving else ""
    match event.state:
        case RegistrationState.REFUSED:
            text = f"registration refused{code}: check the account's user and password"
        case RegistrationState.UNREACHABLE:
            text = f"registrar unreachable{code}: check the network and the registrar's name; trying again"
        case _:
            return Note(f"{account}registration: {event.state.value}{code}")
    return Note(f"{account}{text}{meanwhile}", Level.WARNING)
