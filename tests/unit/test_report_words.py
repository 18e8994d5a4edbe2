"""What a page says of a call in words and numbers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.call_records import (
    an_hour,
    card_lost,
    many_messages,
    many_releases,
    silent_line,
    still_talking,
    strange_names,
    unanswered,
    visit,
    without_sound,
)
from tests.unit.html_page import Page

from portier.record.call_record import CallRecord, Release, Rung, Stream
from portier.report.hearing import gaps, was_heard
from portier.report.ladder import ladder
from portier.report.story import notes, outcome, sentence
from portier.report.terms import terms
from portier.report.wording import SPACE, clean, clock, count, duration, listed


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "0 ms"),
        (0.00094, "0.9 ms"),
        (0.03, "30 ms"),
        (0.0999, "99.9 ms"),
        (0.09996, "100 ms"),
        (0.2451, "245 ms"),
        (0.9996, "1.00 s"),
        (2.0004, "2.00 s"),
        (9.996, "10.0 s"),
        (119.96, "2 min 0 s"),
        (725.2, "12 min 5 s"),
        (3605.0, "1 h 0 min 5 s"),
        (-0.0042, "\N{MINUS SIGN}4.2 ms"),
    ],
)
def test_a_duration_has_the_unit_and_the_digits_that_fit_it(seconds: float, words: str) -> None:
    assert duration(seconds).replace(SPACE, " ") == words


def test_moments_of_long_calls_are_told_by_the_clock() -> None:
    assert [clock(at_s) for at_s in (0, 65, 3605.4, -2)] == ["0:00", "1:05", "1:00:05", "\N{MINUS SIGN}0:02"]


def test_names_lose_what_is_not_to_be_seen_and_keep_to_one_short_line() -> None:
    assert clean(" a\n\tb\x00\x1b[2J\u202e\ud800c ") == "a b[2Jc"
    assert len(clean("x" * 500)) == 60
    assert clean("Tür 入口 🚪") == "Tür 入口 🚪"


def test_lists_and_counts_read_as_a_sentence() -> None:
    assert [listed(list(parts)) for parts in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]
    assert [count(n, "packet") for n in (0, 1, 12000)] == [
        f"0{SPACE}packets",
        f"1{SPACE}packet",
        f"12{SPACE}000{SPACE}packets",
    ]


@pytest.mark.parametrize(
    ("record", "told"),
    [
        (unanswered("busy", 486, 0.2), "Somebody pressed “bell”; the line was busy (SIP status 486)."),
        (
            unanswered("declined", 603, 4.4, rang=True),
            "Somebody pressed “bell”; the line rang after 152 ms and the call was declined (SIP status 603).",
        ),
        (
            unanswered("no answer", 0, 30.0, rang=True),
            "Somebody pressed “bell”; the line rang after 152 ms and nobody answered.",
        ),
        (
            unanswered("unreachable", 408, 32.0),
            "Somebody pressed “bell”; the line could not be reached (SIP status 408).",
        ),
        (
            unanswered("not allowed", 403, 0.05),
            "Somebody pressed “bell”; the call was not allowed (SIP status 403).",
        ),
        (
            unanswered("hung up by a press", 0, 6.2, rang=True),
            "Somebody pressed “bell”; the line rang after 152 ms and another press ended the call before "
            "anybody answered.",
        ),
        (
            unanswered("hung up", 480, 3.0),
            "Somebody pressed “bell”; the line hung up before anybody answered (SIP status 480).",
        ),
        (
            replace(
                unanswered("no answer", 0, 40.0, rang=True),
                legs=[Rung(1, "kitchen", 0.03), Rung(2, "office", 0.03), Rung(3, "kitchen", 22.0)],
            ),
            "Somebody pressed “bell”; it called “kitchen” and “office” and nobody of them was there.",
        ),
        (
            CallRecord(1, "bell", ""),
            "A command began a call of “bell”; the call had not ended when this was made.",
        ),
    ],
    ids=lambda value: value.end if isinstance(value, CallRecord) else "",
)
def test_a_call_that_nobody_took_says_why(record: CallRecord, told: str) -> None:
    assert sentence(record).replace(SPACE, " ") == told


def test_a_call_in_which_one_side_was_silent_says_which() -> None:
    assert "only the door's sound was there for 11.8 s, nothing came from the line" in _told(silent_line())
    mute = replace(visit(), captured=[(at_s, 0) for at_s, _ in visit().captured])
    assert "only the line's sound was there for 11.8 s, the door's microphone was silent" in _told(mute)
    silent = replace(silent_line(), captured=mute.captured)
    assert "there was no sound either way for 11.8 s" in _told(silent)
    assert "the call stood for 11.8 s" in _told(without_sound())
    assert "No sound of the line reached the loudspeaker." in notes(without_sound())


def test_every_release_is_told_by_its_door_and_a_prolonged_one_is_no_fault() -> None:
    told = _told(many_releases())
    assert "the door “front” was released 3 times for 4.70 s in all" in told
    assert "the door “garden gate with a long name” was released for 3.00 s" in told
    assert not any("did not rise" in note for note in notes(many_releases()))


def test_a_relay_that_did_not_move_or_is_still_on_is_said() -> None:
    stuck = replace(visit(), releases=[Release("front", 8.1, 8.0)])
    assert outcome(stuck) == "Answered, door not released"
    assert "A release of the door “front” was decided and the pin of its relay did not rise." in notes(stuck)
    assert "The door “front” was still released when the record ended." in notes(still_talking())


def test_whatever_was_lost_is_said_with_how_much() -> None:
    lossy = replace(visit(), stream=Stream("PCMA", 100, 3, 2, 100, 1, 4.0), xruns=1)
    assert [note.replace(SPACE, " ") for note in notes(lossy)] == [
        "3 packets of sound never came from the line.",
        "2 packets of sound came too late to be played.",
        "The far end missed 1 packet of the door's sound.",
        "The sound card ran dry 1 time.",
    ]
    assert "The sound card gave nothing for 2.60 s, 4.00 s after the press." in [
        note.replace(SPACE, " ") for note in notes(card_lost())
    ]


def test_a_call_in_which_all_was_well_has_nothing_to_note() -> None:
    assert notes(replace(visit(), stream=Stream("PCMA", 100, 0, 0, 100, 0, 0.1))) == []
    assert outcome(visit()) == "Answered, door released"
    assert outcome(unanswered("busy", 486, 0.2)) == "Not answered (busy), door not released"


def test_sound_counts_as_heard_above_fifty_decibels_below_full_scale() -> None:
    assert was_heard([(1.0, 110)], 0, 2) is True
    assert was_heard([(1.0, 100)], 0, 2) is False
    assert was_heard([(3.0, 9000)], 0, 2) is None


def test_a_pause_in_levels_is_found_and_steady_ones_have_none() -> None:
    assert gaps([(n / 10, 1.0) for n in range(50)]) == []
    assert gaps([(0.0, 1.0), (0.1, 1.0), (0.2, 1.0), (2.0, 1.0)]) == [(0.2, 2.0)]
    assert gaps([]) == []


def test_of_very_many_messages_the_ladder_has_the_first_and_the_last() -> None:
    table = Page(ladder(many_messages().sip, "press"))
    steps = [one.text for one in table.all("td", "step")]
    assert len(steps) == 200
    assert steps[0] == "sent to the line: INVITE"
    assert steps[-1] == "sent to the line: 200 OK (BYE)"
    assert "310 messages are left out here" in table.all("table")[0].text


def test_words_of_the_record_are_text_in_the_ladder() -> None:
    table = Page(ladder(strange_names().sip, "press"))
    assert not table.all("script")
    assert "<script>" in table.all("td", "step")[0].text


def test_only_the_terms_that_the_picture_uses_are_explained() -> None:
    busy = {one.text for one in Page(terms(unanswered("busy", 486, 0.2), with_spectrograms=False)).all("dt")}
    assert busy == {"press", "debounce", "line", "SIP"}
    all_words = {one.text for one in Page(terms(visit(), with_spectrograms=True)).all("dt")}
    assert all_words >= {"digit", "wrong attempt", "released", "spectrogram", "jitter buffer", "dBFS"}


def test_an_hour_is_told_in_hours() -> None:
    assert "sound went both ways for 1 h 0 min 0 s" in _told(an_hour())


def _told(record: CallRecord) -> str:
    return sentence(record).replace(SPACE, " ")


def test_a_call_to_several_says_who_was_there() -> None:
    legs = [Rung(3, "kitchen", 0.03), Rung(4, "office", 0.03)]
    told = sentence(replace(visit(), legs=legs, answered_by="office")).replace(SPACE, " ")
    assert told.startswith(
        "Somebody pressed “bell”; it called “kitchen” and “office”, “office” was there after 245 ms, sound"
    )
