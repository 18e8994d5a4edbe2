"""The limiter of wrong access codes, against a plain reading of its rule."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, strategies as st

from portier.core import guessing
from portier.core.guessing import (
    ATTACKED_BY,
    MOST_SOURCES,
    QUIET_S,
    WITHIN_S,
    WRONG_LIMIT,
    Guesser,
    Guesses,
    block_s,
)

CODES = 10_000
WAITS_S = st.sampled_from([0.0, 0.5, 1.0, 29.5, 30.0, 60.0, 119.0, 120.0, 600.0, 3600.0])


class Limiter:
    """The limiter as the core uses it, with its timers, and what it lets through."""

    def __init__(self) -> None:
        self.guesses = Guesses()
        self.looked_at: list[tuple[str, float]] = []
        self.blocks: list[tuple[str, float, float]] = []
        self.alarms: list[float] = []

    def attempt(self, source: str, at_s: float) -> bool:
        """A wrong code; whether it was looked at."""
        for name, one in tuple(self.guesses.by_source.items()):
            if one.blocked and one.until_s <= at_s:
                self.guesses = guessing.over(self.guesses, name)
            if one.level and one.until_s + QUIET_S <= at_s:
                self.guesses = guessing.forgotten(self.guesses, name)
        if guessing.blocked(self.guesses, source, at_s):
            self.guesses = guessing.refused(self.guesses, source)
            return False
        self.looked_at.append((source, at_s))
        self.guesses, counted = guessing.wrong(self.guesses, source, at_s)
        if counted.block_s:
            self.blocks.append((source, at_s, counted.block_s))
        if counted.attacked:
            self.alarms.append(at_s)
        return True


def test_the_fifth_wrong_code_blocks_for_30_seconds_and_each_block_doubles_up_to_an_hour() -> None:
    limiter, at_s = Limiter(), 0.0
    for _ in range(10):
        for _ in range(WRONG_LIMIT):
            assert limiter.attempt("keypad:front", at_s)
            at_s += 1.0
        at_s += limiter.blocks[-1][2]
    assert [seconds for *_, seconds in limiter.blocks] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


def test_four_wrong_codes_in_ten_minutes_block_nobody() -> None:
    limiter = Limiter()
    for number in range(1000):
        assert limiter.attempt("keypad:front", number * WITHIN_S / (WRONG_LIMIT - 1))
    assert not limiter.blocks


def test_a_day_without_a_block_forgets_them_all_and_anything_less_forgets_nothing() -> None:
    for quiet_s, second_s in ((QUIET_S, 30.0), (QUIET_S - 1.0, 60.0)):
        limiter = Limiter()
        for number in range(WRONG_LIMIT):
            limiter.attempt("keypad:front", float(number))
        again_s = WRONG_LIMIT - 1 + 30.0 + quiet_s
        for number in range(WRONG_LIMIT):
            limiter.attempt("keypad:front", again_s + number / 10)
        assert [seconds for *_, seconds in limiter.blocks] == [30.0, second_s]


@given(
    st.lists(st.tuples(st.sampled_from(["keypad:front", "keypad:yard", "caller:201"]), WAITS_S), max_size=120)
)
def test_the_limiter_is_what_a_plain_reading_of_its_rule_says(attempts: list[tuple[str, float]]) -> None:
    limiter, at_s = Limiter(), 0.0
    wrong: dict[str, list[float]] = {}
    ends: dict[str, float] = {}
    counts: dict[str, int] = {}
    for source, wait_s in attempts:
        at_s += wait_s
        free = at_s >= ends.get(source, 0.0)
        if counts.get(source) and at_s >= ends[source] + QUIET_S:
            counts[source] = 0
        assert limiter.attempt(source, at_s) is free
        if not free:
            continue
        moments = wrong.setdefault(source, [])
        moments.append(at_s)
        if len([one for one in moments if one > at_s - 600.0]) == 5:
            counts[source] = counts.get(source, 0) + 1
            ends[source] = at_s + min(30.0 * 2 ** (counts[source] - 1), 3600.0)
            moments.clear()


@given(st.lists(st.tuples(st.integers(0, 400), WAITS_S), max_size=200))
def test_it_remembers_no_more_sources_than_there_is_room_for(attempts: list[tuple[int, float]]) -> None:
    limiter, at_s = Limiter(), 0.0
    for source, wait_s in attempts:
        at_s += wait_s
        limiter.attempt(f"caller:{source}", at_s)
        assert len(limiter.guesses.by_source) <= MOST_SOURCES
        assert len(limiter.guesses.blocks) <= MOST_SOURCES


def test_of_too_many_sources_those_that_are_blocked_are_kept() -> None:
    limiter = Limiter()
    for _ in range(WRONG_LIMIT):
        limiter.attempt("keypad:front", 0.0)
    for number in range(3 * MOST_SOURCES):
        limiter.attempt(f"caller:{number}", 1.0)
    assert not limiter.attempt("keypad:front", 2.0)
    assert len(limiter.guesses.by_source) == MOST_SOURCES
    for number in range(3 * MOST_SOURCES):
        limiter.attempt(f"caller:{number}", 100.0)
    for _ in range(WRONG_LIMIT):
        limiter.attempt("keypad:front", 101.0)
    assert limiter.blocks[-1] == ("keypad:front", 101.0, 60.0), "nor is forgotten that it was blocked"


@given(st.floats(0.01, 30.0))
def test_ten_thousand_codes_one_after_the_other_are_mostly_never_looked_at(each_s: float) -> None:
    """Who goes on without a pause has five codes looked at in an hour, after the first few blocks."""
    limiter = Limiter()
    for number in range(CODES):
        limiter.attempt("keypad:front", number * each_s)
    hours = CODES * each_s / 3600.0
    assert len(limiter.looked_at) <= 7 * WRONG_LIMIT + WRONG_LIMIT * (hours + 1)
    for (_, first_s), (_, sixth_s) in pairwise(limiter.looked_at[::WRONG_LIMIT]):
        assert sixth_s - first_s >= 30.0


def test_who_waits_for_the_end_of_each_block_needs_two_months_for_ten_thousand_codes() -> None:
    limiter, at_s = Limiter(), 0.0
    for _ in range(CODES):
        if (one := limiter.guesses.by_source.get("keypad:front", Guesser())).blocked:
            at_s = max(at_s, one.until_s)
        assert limiter.attempt("keypad:front", at_s)
        at_s += 3.0
    assert 80 * 24 * 3600.0 < at_s < 90 * 24 * 3600.0


def test_many_sources_at_once_are_an_alarm_and_block_nobody_else() -> None:
    limiter = Limiter()
    for number in range(ATTACKED_BY):
        for _ in range(WRONG_LIMIT):
            limiter.attempt(f"caller:{number}", number * 100.0)
    assert limiter.alarms == [(ATTACKED_BY - 1) * 100.0]
    assert limiter.attempt("keypad:front", ATTACKED_BY * 100.0)


def test_an_attack_is_an_alarm_once_in_ten_minutes() -> None:
    limiter = Limiter()
    for number in range(60):
        for _ in range(WRONG_LIMIT):
            limiter.attempt(f"caller:{number}", number * 20.0)
    assert limiter.alarms == [60.0, 660.0]


def test_one_source_that_is_blocked_again_and_again_is_no_attack_from_several_sides() -> None:
    limiter, at_s = Limiter(), 0.0
    for _ in range(8):
        for _ in range(WRONG_LIMIT):
            limiter.attempt("keypad:front", at_s)
        at_s += limiter.blocks[-1][2]
    assert not limiter.alarms


def test_after_a_restart_a_block_begins_anew_for_its_whole_length_and_the_next_is_longer() -> None:
    again = guessing.recalled(3, in_block=True, at_s=1000.0)
    guesses = Guesses({"keypad:front": again})
    assert guessing.blocked(guesses, "keypad:front", 1000.0 + block_s(3) - 0.001)
    assert not guessing.blocked(guesses, "keypad:front", 1000.0 + block_s(3))
    assert guessing.recalled(10**9, in_block=False, at_s=0.0).block_s == 3600.0
