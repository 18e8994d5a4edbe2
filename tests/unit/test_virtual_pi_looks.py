"""A second look at a case of the virtual Pi never hides the first, and is not for many."""

from __future__ import annotations

from tests.lab.case import Outcome
from tests.virtual_pi import looks
from tests.virtual_pi.case import CASES
from tests.virtual_pi.cases import load

load()
FIRST, *OTHERS = list(CASES.values())[:6]


def outcome(ok: bool, seen: str = "as expected", took_s: float = 2.0) -> Outcome:
    return Outcome(FIRST, seen, ok=ok, took_s=took_s)


def test_what_was_not_ok_or_did_not_come_is_looked_at_again_and_nothing_else() -> None:
    seen = {one.name: Outcome(one, "", ok=one is not OTHERS[0]) for one in (FIRST, *OTHERS[:-1])}
    assert looks.worth_another([FIRST, *OTHERS], seen) == [OTHERS[0], OTHERS[-1]]
    assert looks.worth_another([FIRST], {FIRST.name: outcome(ok=True)}) == []


def test_where_much_is_wrong_nothing_is_looked_at_again() -> None:
    assert len(looks.worth_another(OTHERS[: looks.MOST], {})) == looks.MOST
    assert looks.worth_another(OTHERS[: looks.MOST + 1], {}) == []


def test_the_second_look_counts_and_the_first_is_told() -> None:
    both = looks.second(outcome(ok=False, seen="it was late"), outcome(ok=True))
    assert both.ok
    assert both.seen == "as expected; AT A FIRST LOOK: it was late"
    assert both.took_s == 4.0
    assert not looks.second(outcome(ok=True), outcome(ok=False)).ok
