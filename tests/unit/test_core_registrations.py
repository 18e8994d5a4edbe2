"""Several accounts make one station: in service while one of them is."""

from __future__ import annotations

from itertools import product

import pytest

from portier.core import registrations
from portier.core.effects import Level, Note, Sign
from portier.core.events import Registration, RegistrationState
from portier.core.states import Idle, State
from portier.core.station import signs

BAD = (RegistrationState.REFUSED, RegistrationState.UNREACHABLE)


def _after(*changes: tuple[str, RegistrationState]) -> tuple[State, list[Note]]:
    state, notes = State(Idle(), {}, {}), list[Note]()
    for account, one in changes:
        state, effects = registrations.changed(state, Registration(one, account=account, at_s=0.0))
        notes += [effect for effect in effects if isinstance(effect, Note)]
    return state, notes


@pytest.mark.parametrize(("main", "backup"), list(product(RegistrationState, repeat=2)))
def test_failure_is_shown_where_no_account_can_serve(
    main: RegistrationState, backup: RegistrationState
) -> None:
    state, _ = _after(("main", main), ("backup", backup))
    assert (Sign.FAILURE in signs(state)) is (main in BAD and backup in BAD)
    assert state.accounts == {"main": main, "backup": backup}


def test_an_account_that_fails_beside_one_that_serves_is_a_line_in_the_log() -> None:
    _, notes = _after(
        ("main", RegistrationState.REGISTERED),
        ("backup", RegistrationState.REGISTERED),
        ("main", RegistrationState.UNREACHABLE),
    )
    assert notes[-1].level is Level.WARNING
    assert notes[-1].text.startswith('account "main": registrar unreachable: ')
    assert notes[-1].text.endswith('calls go by account "backup" meanwhile')


def test_the_same_news_again_is_none() -> None:
    state, notes = _after(("main", RegistrationState.REGISTERED))
    again, effects = registrations.changed(
        state, Registration(RegistrationState.REGISTERED, 200, "main", at_s=9.0)
    )
    assert again is state
    assert (len(notes), effects) == (1, [])


def test_one_account_alone_is_not_named() -> None:
    _, notes = _after(("", RegistrationState.REFUSED))
    assert notes[0].text == "registration refused: check the account's user and password"
