"""The presses of a test: arrivals by several ways put together, each told once, with what was odd."""

from __future__ import annotations

from typing import Any

from portier.key_presses import QUIET_S, Presses
from portier.keys_heard import KeyNews, Stage, Way


def news(
    key: str,
    way: Way,
    at_s: float,
    stage: Stage = Stage.DOWN,
    lasted_s: float | None = 0.1,
    *,
    counts: bool = False,
    odd: tuple[str, ...] = (),
) -> KeyNews:
    return KeyNews(1, way, key, at_s, stage, lasted_s, odd, counts)


def told(*arrivals: KeyNews) -> list[dict[str, Any]]:
    presses = Presses()
    for one in arrivals:
        presses.take(one)
    return presses.complete(100.0)


def test_a_key_by_three_ways_is_one_press() -> None:
    (press,) = told(
        news("5", Way.EVENT, 1.0, counts=True),
        news("5", Way.TONE, 1.06),
        news("5", Way.EVENT, 1.1, Stage.UP),
        news("5", Way.TONE, 1.15, Stage.UP),
        news("5", Way.INFO, 1.2, lasted_s=0.16),
    )
    assert (press["key"], press["place"], press["counts"], press["after_s"]) == ("5", 1, True, None)
    assert [(one["way"], one["later_s"], one["lasted_s"], one["odd"]) for one in press["ways"]] == [
        ("RFC 4733", 0.0, 0.1, []),
        ("in-band", 0.06, 0.1, []),
        ("SIP INFO", 0.2, 0.16, []),
    ]


def test_the_same_key_twice_is_two_presses_and_says_when() -> None:
    first, second = told(
        news("5", Way.EVENT, 1.0, counts=True),
        news("5", Way.EVENT, 1.1, Stage.UP),
        news("5", Way.EVENT, 1.5, counts=True),
        news("5", Way.EVENT, 1.6, Stage.UP),
    )
    assert (first["place"], second["place"], second["after_s"]) == (1, 2, 0.5)


def test_copies_of_two_same_keys_go_to_one_each() -> None:
    first, second = told(
        news("5", Way.EVENT, 1.0, counts=True),
        news("5", Way.EVENT, 1.3, counts=True),
        news("5", Way.INFO, 1.4),
        news("5", Way.INFO, 1.5),
    )
    assert [len(first["ways"]), len(second["ways"])] == [2, 2]


def test_an_end_that_never_comes_and_a_key_that_is_too_short_are_told() -> None:
    lost, short = told(
        news("5", Way.EVENT, 1.0, counts=True),
        news("6", Way.EVENT, 2.0, counts=True, odd=("its first packets were lost",)),
        news("6", Way.EVENT, 2.02, Stage.UP, 0.03),
    )
    assert lost["ways"][0]["odd"] == ["its end never came"]
    assert short["ways"][0]["odd"] == ["its first packets were lost", "shorter than 40 ms"]


def test_a_press_is_given_once_and_not_before_it_is_complete() -> None:
    presses = Presses()
    presses.take(news("5", Way.EVENT, 1.0, counts=True))
    presses.take(news("5", Way.EVENT, 3.0, Stage.HELD, 2.0))
    assert presses.complete(3.0 + QUIET_S - 0.01) == []
    assert len(presses.complete(3.0 + QUIET_S)) == 1
    assert presses.complete(9.0) == []


def test_a_key_that_counts_for_nothing_is_shown_all_the_same() -> None:
    (press,) = told(news("5", Way.TONE, 1.0), news("5", Way.TONE, 1.1, Stage.UP))
    assert press["counts"] is False


def test_news_without_a_beginning_are_no_press() -> None:
    assert told(news("5", Way.EVENT, 1.0, Stage.UP)) == []


def test_no_text_of_it_holds_a_key() -> None:
    presses = Presses()
    presses.take(news("7", Way.EVENT, 1.0))
    assert "'7'" not in repr(presses._open)
    assert "'7'" not in repr(news("7", Way.EVENT, 1.0))
