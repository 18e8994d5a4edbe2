"""What explains an open door in the stress test: a key that was too early does not."""

from __future__ import annotations

import pytest

from portier.bench.reasons import EXPLAINED_S, KEY_S, Reasons


def test_without_a_reason_nothing_is_explained() -> None:
    reasons = Reasons()
    reasons.answered(9.0)
    assert not reasons.explain(10.0)


@pytest.mark.parametrize(
    ("opened_s", "explained"), [(9.9, False), (10.0, True), (10.0 + EXPLAINED_S, True), (12.1, False)]
)
def test_a_key_in_an_answered_call_and_a_command_explain_what_follows(
    opened_s: float, explained: bool
) -> None:
    pressed, commanded = Reasons(), Reasons()
    pressed.pressed(10.0, talking=True)
    commanded.requested(10.0)
    assert pressed.explain(opened_s) is commanded.explain(opened_s) is explained


def test_a_key_before_the_answer_explains_nothing() -> None:
    reasons = Reasons()
    reasons.answered(1.0)
    reasons.pressed(10.0, talking=False)
    assert not reasons.explain(10.2), "the call before is over"
    reasons.answered(10.1 + KEY_S)
    assert not reasons.explain(10.2 + KEY_S), "it had ended before the answer"


@pytest.mark.parametrize("answer_s", [10.0 + KEY_S, 10.0 - KEY_S])
def test_a_key_that_still_sounds_at_the_answer_counts_and_one_whose_answer_was_not_seen_yet(
    answer_s: float,
) -> None:
    reasons = Reasons()
    reasons.pressed(10.0, talking=False)
    reasons.answered(answer_s)
    assert reasons.explain(10.0 + KEY_S)
