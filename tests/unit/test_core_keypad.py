"""Keys at a keypad, cards and callers' keys: what is a code, what calls a flat, what is neither."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, strategies as st
from tests.unit.code_station import (
    LONG_S,
    RELEASE_S,
    RIGHT,
    RULES,
    WRONG,
    CodeStation,
    code,
    of,
    released,
    rows,
    tones,
)

from portier.bench.bare import BareStation
from portier.commands import table
from portier.core.codes import Entry
from portier.core.effects import Audit, Effect, LookUpCode, Note, PlaceCall, Play, Release, SpendCode, Tone
from portier.core.events import (
    CardRead,
    ClockTold,
    CodeLookedUp,
    EndReason,
    KeypadKey,
    KeypadLost,
    KeypadRestored,
    ReleaseRequested,
    Requester,
)
from portier.core.states import Calling, Idle
from portier.core.timers import AfterReleaseTimer, DigitTimer, KeypadTimer, TalkTimer
from portier.status import snapshot

KEY_TIMEOUT_S = RULES.keypads["front"].key_timeout_s
NOON = datetime.fromisoformat("2026-11-26T12:00")


def asked(station: CodeStation) -> int:
    return station.directory.asked


def test_a_right_code_releases_its_keypads_door_with_or_without_a_star() -> None:
    for keys in (RIGHT, RIGHT + "*"):
        station = CodeStation()
        effects = station.keyed(keys)
        assert released(effects) == ["front"]
        assert tones(effects) == [Tone.GRANTED]
        assert rows(effects) == [("released", "")]
        assert [one.text for one in of(effects, Note)] == [
            'door "front" released for 3.0 s by code 1, keypad "front"'
        ]
    assert released(CodeStation().keyed(RIGHT, "yard")) == ["yard"]


def test_a_wrong_code_is_told_at_once_and_releases_nothing() -> None:
    station = CodeStation()
    effects = station.keyed(WRONG)
    assert tones(effects) == [Tone.DENIED]
    assert released(effects) == []
    assert rows(effects) == [("refused", 'keypad "front": unknown code')]


def test_an_attempt_is_a_fixed_window_and_never_a_sliding_one() -> None:
    station = CodeStation()
    assert released(station.keyed("1" + RIGHT)) == []
    station = CodeStation()
    assert released(station.keyed(WRONG + RIGHT)) == ["front"]
    assert asked(station) == 2


@given(st.text("0123456789*#", max_size=40))
def test_keys_are_cut_into_attempts_from_their_beginning(keys: str) -> None:
    seen: list[str] = []
    station = BareStation(RULES)
    for key in keys:
        asked_for = of(station.take(KeypadKey("front", key, at_s=0.0)), LookUpCode)
        seen += [one.entry.keys for one in asked_for]
    assert seen == complete_attempts(keys, blocked_after=5)


def complete_attempts(line: str, blocked_after: int) -> list[str]:
    """An attempt ends at its length, or at `*` and `#` before it. `*` makes it wrong; some of these block."""
    complete: list[str] = []
    attempt, wrong = "", 0
    for key in line:
        wrong += key == "*" and bool(attempt)
        attempt = "" if key in "*#" else attempt + key
        if len(attempt) == RULES.code_length:
            complete += [attempt] * (wrong < blocked_after)
            attempt = ""
    return complete


def test_a_star_or_a_hash_alone_is_no_attempt() -> None:
    station = CodeStation()
    assert station.keyed("**##*#") == []
    assert station.state.codes == CodeStation().state.codes


def test_a_star_too_soon_ends_an_attempt_that_is_wrong_and_asks_nobody() -> None:
    station = CodeStation()
    effects = station.keyed("123*")
    assert tones(effects) == [Tone.DENIED]
    assert rows(effects) == [("refused", 'keypad "front": unknown code')]
    assert asked(station) == 0
    assert released(station.keyed(RIGHT)) == ["front"]


def test_keys_that_no_keypad_should_have_are_no_keys() -> None:
    station = CodeStation()
    for key in ("A", "F1", "", "٣", "12"):
        assert station.take(KeypadKey("front", key, at_s=0.0)) == []
    assert station.take(KeypadKey("nowhere", "1", at_s=0.0)) == []
    assert released(station.keyed(RIGHT)) == ["front"]


def test_a_keypad_that_does_not_work_is_told_once_and_shown_until_it_does() -> None:
    station = CodeStation()
    for _ in range(2):
        told = station.take(KeypadLost("front", "no such chip", at_s=station.now_s))
        shown = asdict(snapshot(station.state))
        assert shown["lost_keypads"] == ("front",)
        assert "keypads       front gone" in table(shown)
        assert [one.text for one in of(told, Note)] in (
            ['keypad "front" does not work: no such chip; it is tried again'],
            [],
        )
    assert told == []
    assert released(station.keyed(RIGHT, "yard")) == ["yard"]
    told = station.take(KeypadRestored("front", at_s=station.now_s))
    assert [one.text for one in of(told, Note)] == ['keypad "front" works again']
    assert snapshot(station.state).lost_keypads == ()
    assert station.take(KeypadRestored("front", at_s=station.now_s)) == []


def test_keys_that_come_too_slowly_are_forgotten_and_are_no_guess() -> None:
    station = CodeStation()
    for _ in range(10):
        station.keyed(RIGHT[:5])
        assert station.wait(KEY_TIMEOUT_S - 0.5) == []
        assert tones(station.wait(0.5)) == [Tone.DENIED]
        assert released(station.keyed(RIGHT[5:])) == []
        station.wait(KEY_TIMEOUT_S)
    assert released(station.keyed(RIGHT)) == ["front"]


def test_a_finished_attempt_leaves_no_timer_and_no_key() -> None:
    for keys in (RIGHT, WRONG, "12#", "9#", "1*"):
        station = CodeStation()
        station.keyed(keys)
        assert KeypadTimer("front") not in station.timers
        assert station.state.codes.typed == {}


def test_two_keypads_know_nothing_of_each_others_keys() -> None:
    station = CodeStation()
    station.keyed(RIGHT[:3], "front")
    assert released(station.keyed(RIGHT, "yard")) == ["yard"]
    assert released(station.keyed(RIGHT[3:], "front")) == ["front"]


def test_a_flats_number_and_the_call_key_ring_its_list() -> None:
    station = CodeStation()
    effects = station.keyed("12#")
    assert [effect.uri for effect in of(effects, PlaceCall)] == ["sip:kitchen@pbx.example"]
    assert isinstance(station.state.call, Calling)
    assert station.state.call.button == "flat 12"
    assert asked(station) == 0
    station.end(EndReason.BUSY)
    assert [one.uri for one in of(station.keyed("3#"), PlaceCall)] == ["sip:office@pbx.example"]


def test_a_number_that_no_flat_has_calls_nobody_and_is_no_guess_and_is_not_written_down() -> None:
    station = CodeStation()
    for _ in range(10):
        effects = station.keyed("77#")
        assert tones(effects) == [Tone.NOT_AVAILABLE]
        assert "77" not in repr(effects)
        assert of(effects, PlaceCall) == []
    assert released(station.keyed(RIGHT)) == ["front"]


def test_a_flats_calls_have_the_limits_of_a_buttons() -> None:
    station = CodeStation()
    for _ in range(3):
        assert of(station.keyed("12#"), PlaceCall)
        station.end(EndReason.BUSY)
    effects = station.keyed("12#")
    assert of(effects, PlaceCall) == []
    assert Tone.NOT_AVAILABLE in tones(effects)
    assert of(station.keyed("3#"), PlaceCall), "another flat has limits of its own"


def test_a_flats_number_during_a_call_is_told_that_the_station_is_in_use() -> None:
    station = CodeStation()
    station.press("bell")
    effects = station.keyed("12#")
    assert tones(effects) == [Tone.IN_USE]
    assert of(effects, PlaceCall) == []


def test_a_blocked_keypad_still_calls_flats() -> None:
    station = CodeStation()
    station.block()
    assert of(station.keyed("12#"), PlaceCall)


def test_a_flat_that_is_no_more_is_not_rung_when_sip_comes_up() -> None:
    station = BareStation(RULES)
    for key in "12#":
        station.take(KeypadKey("front", key, at_s=0.0))
    station.rules = replace(RULES, flats={})
    effects = station.become_ready()
    assert of(effects, PlaceCall) == []
    assert station.state.call == Idle()


def test_a_code_releases_during_a_call_and_while_sip_is_down() -> None:
    station = CodeStation()
    station.press("bell")
    assert released(station.keyed(RIGHT)) == ["front"]
    down = BareStation(RULES)
    for key in RIGHT:
        effects = down.take(KeypadKey("front", key, at_s=0.0))
    (question,) = of(effects, LookUpCode)
    assert released(down.take(CodeLookedUp(question.attempt, code(), at_s=0.0))) == ["front"]


def test_who_needs_longer_has_longer() -> None:
    for long, seconds in ((False, RELEASE_S), (True, LONG_S)):
        station = CodeStation({RIGHT: code(long=long)})
        (release,) = of(station.keyed(RIGHT), Release)
        assert release.until_s == seconds


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"doors": frozenset({"yard"})}, "not for this door"),
        ({"doors": frozenset()}, "not for this door"),
        ({"from_time": NOON.replace(minute=1)}, "not valid yet"),
        ({"until_time": NOON}, "not valid any more"),
        ({"uses_left": 0}, "used up"),
    ],
)
def test_a_code_that_does_not_count_here_and_now_is_refused_with_the_reason(
    changes: dict[str, Any], why: str
) -> None:
    station = CodeStation({RIGHT: code(**changes)})
    station.take(ClockTold(NOON, at_s=station.now_s))
    for _ in range(4):
        effects = station.keyed(RIGHT)
        assert released(effects) == []
        assert tones(effects) == [Tone.DENIED]
        assert rows(effects) == [("refused", why)]
        assert of(effects, SpendCode) == []
    effects = station.keyed(RIGHT)
    assert tones(effects) == [Tone.BLOCKED], "as after a wrong one: nobody learns that there is such a code"
    assert rows(effects) == [("refused", why), ("codes blocked", 'keypad "front": 5 wrong access codes')]
    assert of(effects, Audit)[0].record.who == "postman"
    assert tones(station.keyed(WRONG)) == [Tone.BLOCKED]


@pytest.mark.parametrize("keys", [RIGHT, WRONG])
def test_after_four_wrong_codes_a_fifth_sounds_alike_whether_there_is_such_a_code_or_not(keys: str) -> None:
    station = CodeStation({RIGHT: code(doors=frozenset({"yard"}))})
    sounds = [tone for keyed in (WRONG, WRONG, WRONG, WRONG, keys) for tone in tones(station.keyed(keyed))]
    assert sounds == [Tone.DENIED] * 4 + [Tone.BLOCKED]


@pytest.mark.parametrize(
    ("changes", "local", "why"),
    [
        ({"profile": "day"}, None, "bound to a time, and the clock is not known to be right"),
        ({"profile": "night"}, NOON, 'bound to a time profile "night" that is not there'),
    ],
)
def test_what_is_the_stations_own_matter_is_no_guess(
    changes: dict[str, Any], local: datetime | None, why: str
) -> None:
    station = CodeStation({RIGHT: code(**changes)})
    station.take(ClockTold(local, at_s=station.now_s))
    for _ in range(10):
        effects = station.keyed(RIGHT)
        assert tones(effects) == [Tone.DENIED]
        assert rows(effects) == [("refused", why)]
    assert station.state.codes.guesses.by_source == {}


def test_the_log_names_a_code_by_its_number_and_only_the_row_tells_whose_it_is() -> None:
    for changes in ({}, {"uses_left": 0}):
        effects = CodeStation({RIGHT: code(17, "Marie", **changes)}).keyed(RIGHT)
        (note,) = of(effects, Note)
        assert 'code 17, keypad "front"' in note.text
        assert "Marie" not in note.text
        assert [one.record.who for one in of(effects, Audit)] == ["Marie"]


@pytest.mark.parametrize(
    ("hour", "changes", "opens"),
    [
        (12, {"profile": "day"}, True),
        (7, {"profile": "day"}, False),
        (12, {"from_time": NOON, "until_time": NOON.replace(second=1)}, True),
        (None, {"profile": "day"}, False),
        (None, {"from_time": NOON.replace(year=2020)}, False),
        (None, {"until_time": NOON.replace(year=2099)}, False),
        (None, {}, True),
        (None, {"uses_left": 1}, True),
    ],
)
def test_a_code_bound_to_a_time_counts_at_that_time_and_never_by_a_clock_that_may_be_wrong(
    hour: int | None, changes: dict[str, Any], opens: bool
) -> None:
    station = CodeStation({RIGHT: code(**changes)})
    station.take(ClockTold(None if hour is None else NOON.replace(hour=hour), at_s=station.now_s))
    assert released(station.keyed(RIGHT)) == (["front"] if opens else [])


def test_before_the_time_of_day_was_ever_told_no_code_bound_to_a_time_counts() -> None:
    station = CodeStation({RIGHT: code(profile="day")})
    effects = station.keyed(RIGHT)
    assert rows(effects) == [("refused", "bound to a time, and the clock is not known to be right")]


def test_a_code_ends_at_its_second_and_not_at_the_next_minute() -> None:
    station = CodeStation({RIGHT: code(until_time=NOON.replace(second=30))})
    station.take(ClockTold(NOON, at_s=station.now_s))
    station.wait(29.0)
    assert released(station.keyed(RIGHT)) == ["front"]
    station.wait(1.0)
    assert released(station.keyed(RIGHT)) == []


def test_a_one_time_code_opens_once() -> None:
    station = CodeStation({RIGHT: code(uses_left=1)})
    effects = station.keyed(RIGHT)
    assert released(effects) == ["front"]
    assert of(effects, SpendCode) == [SpendCode(1)]
    station.wait(60.0)
    effects = station.keyed(RIGHT)
    assert released(effects) == []
    assert rows(effects) == [("refused", "used up")]


def test_a_one_time_code_keyed_at_two_keypads_in_one_moment_opens_one_door() -> None:
    """Both are asked for before either was answered: the second answer knows nothing of the first use."""
    station = BareStation(RULES)
    questions = []
    for keypad in ("front", "yard"):
        for key in RIGHT:
            questions += of(station.take(KeypadKey(keypad, key, at_s=0.0)), LookUpCode)
    match = code(uses_left=1)
    opened = [released(station.take(CodeLookedUp(one.attempt, match, at_s=0.0))) for one in questions]
    assert opened == [["front"], []]


def test_a_use_is_not_taken_where_the_door_is_released_as_long_as_it_may_be() -> None:
    station = CodeStation({RIGHT: code(uses_left=1)})
    # Up to its maximum, whatever comes then.
    for at_s in (0.0, 3.0, 6.0, 9.0):
        station.wait(at_s - station.now_s)
        station.take(ReleaseRequested("front", Requester.COMMAND, at_s=at_s))
    effects = station.keyed(RIGHT)
    assert released(effects) == []
    assert of(effects, SpendCode) == []
    station.wait(60.0)
    assert of(station.keyed(RIGHT), SpendCode) == [SpendCode(1)]


def test_an_answer_that_nobody_asked_for_and_a_second_one_release_nothing() -> None:
    station = BareStation(RULES)
    assert station.take(CodeLookedUp(1, code(), at_s=0.0)) == []
    for key in RIGHT:
        effects = station.take(KeypadKey("front", key, at_s=0.0))
    (question,) = of(effects, LookUpCode)
    assert released(station.take(CodeLookedUp(question.attempt, code(), at_s=0.0))) == ["front"]
    assert station.take(CodeLookedUp(question.attempt, code(), at_s=0.0)) == []


def test_codes_that_are_answered_after_a_block_began_are_refused_right_ones_too() -> None:
    """A burst is asked for before the first answer: it must not get past the limit."""
    station = BareStation(RULES)
    questions = []
    for _ in range(50):
        for key in WRONG:
            questions += of(station.take(KeypadKey("front", key, at_s=0.0)), LookUpCode)
    effects = []
    for place, one in enumerate(questions):
        match = None if place < 5 else code()
        effects += station.take(CodeLookedUp(one.attempt, match, at_s=0.1))
    assert released(effects) == []
    assert station.state.codes.asked == {}


def test_a_card_is_a_code_of_its_own_kind_and_no_key_can_write_it() -> None:
    card = "card:17:4711"
    station = CodeStation({card: code(label="badge")})
    assert released(station.card(card)) == ["front"]
    assert tones(station.card("card:17:4712")) == [Tone.DENIED]
    assert released(station.keyed("174711")) == []


def test_wrong_cards_are_counted_with_the_keypads_wrong_codes() -> None:
    station = CodeStation()
    for number in range(3):
        station.card(f"card:1:{number}")
    station.keyed(WRONG)
    assert Tone.BLOCKED in tones(station.keyed(WRONG))


def test_a_listed_callers_keys_are_a_code_and_his_door_the_configured_one() -> None:
    station = CodeStation()
    station.called()
    effects = station.dialled(RIGHT + "*")
    assert released(effects) == ["front"]
    assert rows(effects) == [("released", "")]
    assert "code 1, caller 201" in of(effects, Note)[0].text


def test_a_release_digit_is_nothing_in_the_call_of_who_may_use_codes() -> None:
    station = CodeStation()
    station.called()
    assert released(station.dialled("5")) == []
    station.wait(RULES.digit_timeout_s)
    assert released(station.dialled("12")) == []


def test_other_callers_may_use_no_code_and_their_release_digit_goes_on() -> None:
    station = CodeStation()
    station.called("202")
    assert released(station.dialled(RIGHT)) == []
    assert asked(station) == 0
    assert released(station.dialled("5")) == ["front"]


def test_a_hash_of_a_caller_prolongs_his_call_and_does_nothing_else() -> None:
    station = CodeStation()
    station.called()
    station.dialled(RIGHT[:3])
    station.wait(1.0)
    effects = station.dialled("#")
    assert TalkTimer(station.state.last_leg) in station.timers
    assert of(effects, PlaceCall) == []
    assert released(station.dialled(RIGHT[3:])) == ["front"]


def test_a_callers_keys_that_come_too_slowly_are_forgotten() -> None:
    station = CodeStation()
    station.called()
    station.dialled(RIGHT[:5])
    assert tones(station.wait(RULES.digit_timeout_s)) == [Tone.DENIED]
    assert released(station.dialled(RIGHT[5:])) == []
    station.dialled("*")
    assert DigitTimer(station.state.last_leg) not in station.timers


def _heard_by_caller(effects: list[Effect]) -> list[Tone]:
    return [one.tone for one in of(effects, Play) if one.to_far_end]


@pytest.mark.parametrize(
    ("keys", "heard"),
    [
        (RIGHT, [Tone.GRANTED]),
        (WRONG, [Tone.DENIED]),
        ("111222", [Tone.DENIED]),
        ("333444", [Tone.DENIED]),
        (WRONG * 5, [Tone.DENIED] * 4 + [Tone.BLOCKED]),
        (WRONG * 5 + RIGHT, [Tone.DENIED] * 4 + [Tone.BLOCKED] * 2),
    ],
    ids=["right", "wrong", "out of hours", "for another door", "the fifth wrong one", "right, and blocked"],
)
def test_a_caller_hears_whether_his_code_was_taken_and_no_more_than_at_a_keypad(
    keys: str, heard: list[Tone]
) -> None:
    codes = {
        RIGHT: code(),
        "111222": code(2, profile="day"),
        "333444": code(3, doors=frozenset({"yard"})),
    }
    station = CodeStation(codes)
    station.called()
    assert _heard_by_caller(station.dialled(keys)) == heard
    keypad = CodeStation(codes)
    at_the_keypad = keypad.keyed(keys)
    assert tones(at_the_keypad) == heard
    assert _heard_by_caller(at_the_keypad) == [], "who talks meanwhile hears nothing of a keypad's codes"


def test_a_caller_hears_that_his_attempt_was_too_slow() -> None:
    station = CodeStation()
    station.called()
    station.dialled(RIGHT[:5])
    assert _heard_by_caller(station.wait(RULES.digit_timeout_s)) == [Tone.DENIED]


def test_a_caller_whose_code_comes_while_the_door_is_released_hears_that_it_is() -> None:
    station = CodeStation()
    station.called()
    station.take(ReleaseRequested("front", Requester.EXIT_BUTTON, at_s=station.now_s))
    assert _heard_by_caller(station.dialled(RIGHT)) == [Tone.GRANTED]


def test_a_release_by_a_callers_code_ends_his_call_later_where_so_configured() -> None:
    station = CodeStation(rules=replace(RULES, hang_up_after_release_s=20.0))
    station.called()
    station.dialled(RIGHT)
    assert AfterReleaseTimer(station.state.last_leg) in station.timers


def test_a_resident_who_was_called_has_no_access_code() -> None:
    station = CodeStation()
    station.press("bell")
    station.answer()
    assert released(station.dialled(RIGHT)) == []
    assert asked(station) == 0
    assert released(station.dialled("5")) == ["front"]


def test_a_callers_number_stands_in_the_rows_where_it_can_be_erased_and_nowhere_else() -> None:
    station = CodeStation()
    station.called()
    effects = station.dialled(WRONG * 6)
    told = [one.record for one in of(effects, Audit)]
    assert len(told) == 7
    assert {one.who for one in told} == {"201"}
    assert not any("201" in one.why for one in told)


def test_no_key_and_no_card_shows_in_any_state_event_or_effect() -> None:
    station = CodeStation({RIGHT: code()})
    seen = [repr(station.take(KeypadKey("front", key, at_s=1.0))) for key in RIGHT[:5]]
    seen += [repr(KeypadKey("front", "9", at_s=1.0)), repr(CardRead("front", Entry("card:1:4711"), at_s=1.0))]
    seen += [repr(station.state.codes), repr(station.state)]
    station.called()
    station.dialled("975310"[:5])
    seen += [repr(station.state), repr(station.dialled("2")), repr(station.keyed(WRONG))]
    for one in seen:
        assert RIGHT[:5] not in one
        assert "97531" not in one
        assert WRONG not in one
        assert "4711" not in one
        assert "key=" not in one
