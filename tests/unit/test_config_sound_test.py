"""The daily test of the sound in the configuration: what it needs, and what does nothing."""

from __future__ import annotations

import pytest

from portier.config.load import examined

PAIR = {"card": "alsa", "capture": "plughw:CARD=Device", "playback": "plughw:CARD=Device"}


def _problems(**keys: object) -> list[str]:
    _, problems = examined({"audio": keys}, check_files=False)
    return [str(one) for one in problems if str(one).startswith("audio.self_test")]


@pytest.mark.parametrize("card", ["simulated", "none"])
def test_it_needs_a_card_that_may_be_deaf(card: str) -> None:
    (told,) = _problems(card=card, self_test_at="14:00")
    assert told == f'audio.self_test_at: needs card = "alsa", but card is "{card}"'


def test_by_night_alone_does_nothing() -> None:
    (told,) = _problems(**PAIR, self_test_by_night=True)
    assert told == "audio.self_test_by_night: does nothing without self_test_at: say when"


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"self_test_at": "14:00"},
        {"self_test_at": "03:00", "self_test_by_night": True},
        {"self_test_by_night": False},
    ],
)
def test_what_makes_sense_is_taken(keys: dict[str, object]) -> None:
    assert _problems(**PAIR, **keys) == []
