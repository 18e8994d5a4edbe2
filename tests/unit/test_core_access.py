"""Keys in a call: what releases a door, what is a wrong attempt, what is neither."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from portier.bench.bare import BareStation
from portier.core import access
from portier.core.access import Ignored, Opens, Pending, Prolongs, Verdict, Wrong
from portier.core.effects import Effect, Release
from portier.core.events import EndReason
from portier.core.rules import ButtonRule, DoorRule, Rules
from portier.core.states import Talking
from portier.core.timers import DigitTimer

RELEASE_S = 3.0


def rules_for(*digits: str) -> Rules:
    """Doors named after their release digits."""
    return Rules(
        buttons={"bell": ButtonRule("bell", "sip:flat@pbx.example", 0.03)},
        doors={digit: DoorRule(digit, digit, RELEASE_S, 10.0) for digit in digits},
    )


def verdicts(rules: Rules, keys: str) -> list[Verdict]:
    """What comes of keys pressed without a pause."""
    told: list[Verdict] = []
    attempt = ""
    for key in keys:
        verdict = access.judge(rules, attempt, key)
        if not isinstance(verdict, Prolongs):
            attempt = verdict.keys if isinstance(verdict, Pending) else ""
        told.append(verdict)
    return told


def talking(rules: Rules) -> BareStation:
    station = BareStation(rules)
    station.become_ready()
    station.press("bell")
    station.answer()
    return station


def released(effects: list[Effect]) -> list[str]:
    return [effect.door for effect in effects if isinstance(effect, Release)]


def wrong(station: BareStation) -> int:
    assert isinstance(station.state.call, Talking)
    return station.state.call.wrong


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("5", [Opens("5")]),
        ("12", [Pending("1"), Opens("12")]),
        ("55", [Opens("5"), Opens("5")]),
        ("512", [Opens("5"), Pending("1"), Opens("12")]),
        ("15", [Pending("1"), Wrong()]),
        ("35", [Pending("3"), Wrong()]),
        ("3512", [Pending("3"), Wrong(), Pending("1"), Opens("12")]),
        ("112", [Pending("1"), Wrong(), Pending("2")]),
        ("3*5", [Pending("3"), Wrong(), Opens("5")]),
        ("1*2", [Pending("1"), Wrong(), Pending("2")]),
        ("***5", [Ignored(), Ignored(), Ignored(), Opens("5")]),
        ("###5", [Prolongs(), Prolongs(), Prolongs(), Opens("5")]),
        ("1#2", [Pending("1"), Prolongs(), Opens("12")]),
        ("A5", [Pending("A"), Wrong()]),
    ],
)
def test_two_doors_with_digits_5_and_12(keys: str, expected: list[Verdict]) -> None:
    assert verdicts(rules_for("5", "12"), keys) == expected


def test_no_key_is_looked_at_twice() -> None:
    """A sliding window would find 123 at the end of 1123 and of 11123."""
    rules = rules_for("123")
    assert Opens("123") not in verdicts(rules, "1123")
    assert Opens("123") not in verdicts(rules, "11123")
    assert verdicts(rules, "111123")[-1] == Opens("123")


def test_where_no_door_has_digits_a_key_is_wrong_at_once() -> None:
    assert verdicts(rules_for(), "7") == [Wrong()]


@given(data=st.data())
def test_keys_mean_what_a_reading_of_the_whole_line_says(data: st.DataObject) -> None:
    digits = data.draw(
        st.lists(st.text("0123456789", min_size=1, max_size=4), min_size=1, max_size=3, unique=True).filter(
            lambda them: not any(a != b and b.startswith(a) for a in them for b in them)
        )
    )
    parts = st.one_of(st.sampled_from(digits), st.text("0123456789*#", min_size=1, max_size=3))
    keys = "".join(data.draw(st.lists(parts, max_size=8)))

    seen = [one for one in verdicts(rules_for(*digits), keys) if isinstance(one, Opens | Wrong)]

    assert seen == read_whole(keys.replace("#", ""), digits)


def read_whole(line: str, digits: list[str]) -> list[Verdict]:
    """Cut a line of keys into attempts from its beginning; an unfinished one at the end is none."""
    longest = max(map(len, digits))
    told: list[Verdict] = []
    while line:
        door = next((digit for digit in digits if line.startswith(digit)), None)
        window = line[:longest]
        if door:
            told.append(Opens(door))
            line = line[len(door) :]
        elif "*" in window:
            length = window.index("*") + 1
            if length > 1:
                told.append(Wrong())
            line = line[length:]
        elif len(window) == longest:
            told.append(Wrong())
            line = line[longest:]
        else:
            break
    return told


def test_a_key_alone_is_forgotten_and_counts_as_wrong_when_the_time_is_over() -> None:
    station = talking(rules_for("5", "12"))
    station.keys("1")
    station.wait(station.rules.digit_timeout_s - 0.001)
    assert wrong(station) == 0
    station.wait(0.001)
    assert wrong(station) == 1
    assert released(station.keys("2")) == []


def test_each_key_has_the_whole_time_again() -> None:
    station = talking(rules_for("123"))
    for key in "12":
        station.keys(key)
        station.wait(station.rules.digit_timeout_s - 0.001)
    assert released(station.keys("3")) == ["123"]
    assert wrong(station) == 0


def test_a_finished_attempt_leaves_no_timer() -> None:
    station = talking(rules_for("5", "12"))
    for keys in ("12", "15", "1*"):
        station.keys(keys)
        assert not any(isinstance(timer, DigitTimer) for timer in station.timers)
    station.wait(station.rules.digit_timeout_s)
    assert wrong(station) == 2


def test_a_star_or_a_hash_alone_is_no_attempt() -> None:
    station = talking(rules_for("5", "12"))
    station.keys("*#**##*")
    station.wait(station.rules.digit_timeout_s)
    assert wrong(station) == 0


def test_a_release_digit_pressed_once_releases_once() -> None:
    station = talking(rules_for("5"))
    assert released(station.keys("5")) == ["5"]
    assert released(station.wait(RELEASE_S + 1)) == []


def test_after_a_release_the_next_attempt_begins_empty() -> None:
    station = talking(rules_for("5", "12"))
    for _ in range(2):
        assert released(station.keys("12")) == ["12"]
        station.wait(1.0)
        assert released(station.keys("5")) == ["5"]
        station.wait(1.0)
    assert wrong(station) == 0


def test_an_attempt_that_its_call_does_not_outlive_leaves_no_timer() -> None:
    station = talking(rules_for("5", "12"))
    station.keys("1")
    assert DigitTimer(1) in station.timers
    station.end(EndReason.HUNG_UP)
    assert station.timers == {}


def test_a_right_attempt_does_not_wipe_out_the_wrong_ones() -> None:
    station = talking(rules_for("5"))
    station.keys("775")
    assert wrong(station) == 2


def test_the_keys_of_an_attempt_are_not_in_its_repr() -> None:
    assert repr(Pending("1234")) == repr(Pending("5678"))
