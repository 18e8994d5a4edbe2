"""What `portier dtmf-test` writes on its terminal."""

from __future__ import annotations

from typing import Any

import pytest

from portier.key_test_command import advice, lines


def press(key: str, *ways: tuple[str, float, float | None, list[str]], counts: bool = True) -> dict[str, Any]:
    return {
        "event": "key",
        "place": 3,
        "key": key,
        "after_s": 1.3,
        "counts": counts,
        "ways": [
            {"way": way, "later_s": later_s, "lasted_s": lasted_s, "odd": odd}
            for way, later_s, lasted_s, odd in ways
        ],
    }


def test_a_key_is_a_line_for_each_way() -> None:
    written = lines(press("5", ("RFC 4733", 0.0, 0.1, []), ("SIP INFO", 0.02, None, ["shorter than 40 ms"])))
    assert list(written) == [
        "  3  5       1.30 s  RFC 4733    0.10 s",
        "                     SIP INFO         ?  the same key, 0.02 s later; shorter than 40 ms",
    ]


def test_a_key_that_would_not_count_says_so() -> None:
    (line,) = lines(press("5", ("in-band", 0.0, 0.12, []), counts=False))
    assert line.endswith("0.12 s  would not count")


@pytest.mark.parametrize(
    ("event", "begins"),
    [
        ({"event": "key_test", "call": "calling", "why": None}, "calling; Ctrl-C ends it"),
        ({"event": "key_test", "call": "ringing", "why": None}, "ringing"),
        ({"event": "key_test", "call": "answered", "why": None}, "answered: press keys"),
        ({"event": "key_test", "call": "over", "why": "busy (486)"}, "over: busy (486)"),
        ({"event": "key_test", "remark": "it is odd"}, "note: it is odd"),
    ],
)
def test_how_far_the_call_is(event: dict[str, Any], begins: str) -> None:
    assert next(iter(lines(event))).startswith(begins)


def test_the_advice_says_what_to_set() -> None:
    by_event = press("5", ("RFC 4733", 0.0, 0.1, []))
    by_tone = press("5", ("in-band", 0.0, 0.1, []), counts=False)
    assert advice([]).startswith("no key arrived, by no way")
    assert advice([by_event, by_event]) == "2 keys: 2 by RFC 4733; 2 would count"
    assert advice([by_event, by_tone]).endswith(
        'count with "inband_dtmf = true" in the section of its account'
    )
