"""A second look at a case, of the lab or of the virtual Pi, never hides the first, and is not for many."""

from __future__ import annotations

from tests.lab.case import Outcome
from tests.lab.looks import MOST, Looks
from tests.virtual_pi.case import CASES
from tests.virtual_pi.cases import load

load()
FIRST, *OTHERS = list(CASES.values())[:6]


def test_what_was_not_ok_or_did_not_come_is_looked_at_again_and_nothing_else() -> None:
    both = Looks([FIRST, *OTHERS])
    for one in (FIRST, *OTHERS[:-1]):
        both.take(Outcome(one, "seen", ok=one is not OTHERS[0]))
    assert both.begin_second() == [OTHERS[0], OTHERS[-1]]
    assert both.outcomes[-1].seen == "did not run: nobody told of it"
    assert [one.ok for one in both.outcomes] == [True, False, *[True] * (len(OTHERS) - 2), False]


def test_where_much_is_wrong_nothing_is_looked_at_again() -> None:
    assert Looks(OTHERS[:MOST]).begin_second() == OTHERS[:MOST]
    assert Looks(OTHERS[: MOST + 1]).begin_second() == []


def test_the_second_look_counts_and_the_first_is_told() -> None:
    both = Looks([FIRST, OTHERS[0]])
    both.take(Outcome(FIRST, "it was late", ok=False, took_s=2.0))
    assert both.begin_second() == [FIRST, OTHERS[0]]
    assert both.take(Outcome(FIRST, "as expected", ok=True, took_s=3.0)).ok
    both.take(Outcome(OTHERS[0], "as expected", ok=True))
    assert [one.seen for one in both.outcomes] == [
        "as expected; AT A FIRST LOOK: it was late",
        "as expected; AT A FIRST LOOK: did not run: nobody told of it",
    ]
    assert both.outcomes[0].took_s == 5.0


def test_without_a_second_look_a_case_that_is_told_twice_counts_as_it_was_told_last() -> None:
    both = Looks([FIRST])
    both.take(Outcome(FIRST, "", ok=True))
    assert not both.take(Outcome(FIRST, "", ok=False)).ok
