"""When an account registers again: soon at first, then ever more seldom, and never as one that insists."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.adapters.sip.supervision import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    REFUSED_PAUSE_S,
    SILENT_PAUSE_S,
    Supervision,
    pause_s,
)
from portier.core.events import RegistrationState


@given(st.floats(0, 1))
def test_the_first_retry_comes_within_two_seconds(chance: float) -> None:
    assert 0.5 <= pause_s(1, chance) <= 2.0


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_pause_is_never_longer_than_a_minute_and_grows_to_it(failures: int, chance: float) -> None:
    assert pause_s(failures, chance) <= LONGEST_PAUSE_S
    assert pause_s(failures + 1, chance) >= pause_s(failures, chance)
    assert pause_s(20, chance) >= LONGEST_PAUSE_S / 2


def test_two_stations_do_not_come_back_in_the_same_moment() -> None:
    assert pause_s(6, 0.1) != pause_s(6, 0.9)


def test_a_registrar_that_is_silent_is_asked_more_and_more_seldom() -> None:
    one = Supervision(registers=True, chance=lambda: 0.0)
    pauses = []
    for _ in range(7):
        one.answered(408, 0, 100.0)
        assert one.due_s
        pauses.append(one.due_s - 100.0)
    assert pauses == [2, 4, 8, 16, 32, 60, 60]
    one.answered(200, 1800, 100.0)
    assert one.due_s is None, "PJSIP renews it"
    one.answered(503, 0, 100.0)
    assert one.due_s == 102.0


@pytest.mark.parametrize("status", [401, 403, 404, 407])
def test_a_refusal_is_not_insisted_on(status: int) -> None:
    one = Supervision(registers=True, chance=lambda: 0.0)
    due_s = 100.0
    for waits_s in (FIRST_PAUSE_S, LONGEST_PAUSE_S, REFUSED_PAUSE_S, REFUSED_PAUSE_S):
        one.answered(status, 0, due_s)
        assert one.refused
        assert one.due_s == due_s + waits_s
        one.doubt(due_s + 1.0)
        one.anew(due_s + 1.0)
        assert one.due_s == due_s + waits_s, "neither for a refused call nor for a network that is back"
        due_s += waits_s


def test_refusals_before_a_registration_are_forgotten() -> None:
    one = Supervision(registers=True, chance=lambda: 0.0)
    for at_s in (0.0, 2.0, 62.0):
        one.answered(403, 0, at_s)
    one.answered(200, 1800, 362.0)
    one.answered(403, 0, 1262.0)
    assert one.due_s == 1262.0 + FIRST_PAUSE_S


def test_a_doubt_is_cleared_up_at_once_and_the_account_is_not_used_meanwhile() -> None:
    one = Supervision(registers=True)
    one.answered(200, 1800, 0.0)
    assert one.in_service
    one.doubt(10.0)
    assert not one.in_service
    assert one.due_s == 10.0
    one.asked(10.0)
    one.answered(200, 1800, 10.1)
    assert one.in_service


def test_a_doubt_does_not_hurry_an_account_that_fails_anyway() -> None:
    one = Supervision(registers=True, chance=lambda: 0.0)
    one.answered(408, 0, 0.0)
    one.doubt(0.5)
    assert one.due_s == 2.0


def test_an_account_that_does_not_register_comes_after_the_others_for_a_while_only() -> None:
    one = Supervision(registers=False)
    assert one.in_service
    one.doubt(10.0)
    assert not one.in_service
    assert one.due_s == 10.0 + SILENT_PAUSE_S
    one.trust_again()
    assert one.in_service
    assert one.due_s is None


def test_a_network_that_is_back_ends_a_long_pause() -> None:
    one = Supervision(registers=True, chance=lambda: 0.0)
    for _ in range(9):
        one.answered(408, 0, 100.0)
    one.anew(101.0)
    assert one.due_s == 101.0
    one.answered(408, 0, 105.0)
    assert one.due_s == 107.0, "and the pauses begin anew"


def test_a_registration_that_was_granted_no_time_is_none() -> None:
    one = Supervision(registers=True, chance=lambda: 0.0)
    one.answered(200, 0, 100.0)
    assert one.state is RegistrationState.TRYING
    assert not one.in_service
    assert one.due_s == 102.0


def test_an_account_that_has_registered_is_not_cut_off_whatever_was_missed() -> None:
    one = Supervision(registers=True, chance=lambda: 0.0)
    one.answered(200, 1800, 0.0)
    one.cut_off(10.0)
    one.answered(200, 1800, 12.1)
    assert one.in_service
    assert not one.is_cut_off


@pytest.mark.parametrize("registers", [True, False])
def test_an_account_that_is_cut_off_is_out_of_service_until_the_network_is_back(registers: bool) -> None:
    one = Supervision(registers=registers, chance=lambda: 0.0)
    if registers:
        one.answered(200, 1800, 0.0)
    one.cut_off(10.0)
    assert not one.in_service
    assert one.due_s == (12.0 if registers else None), "should the network's news be lost, it looks by itself"
    one.anew(20.0)
    if registers:
        one.answered(200, 1800, 20.1)
    assert one.in_service
