"""How much of the linear canceller is heard, and when: only while both speak, and only while it fits."""

from __future__ import annotations

from portier.adapters.audio.processing.double_talk import MOST, DoubleTalk

FAR = 3000.0**2
ECHO, VISITOR, NOISE = 2000.0**2, 2000.0**2, 20.0**2
FITS, MISSES = 0.02, 1.9


def far_end_alone(one: DoubleTalk, frames: int = 100, left: float = FITS) -> list[float]:
    """Echo alone: AEC3 takes it all, the linear filter leaves a share of it."""
    return [one.weigh(FAR, ECHO + NOISE, left * ECHO, 0.98 * ECHO, NOISE) for _ in range(frames)]


def both(one: DoubleTalk, frames: int = 10, visitor: float = VISITOR) -> list[float]:
    """AEC3 takes most of the visitor, too; the linear filter leaves him whole."""
    return [
        one.weigh(FAR, ECHO + visitor, FITS * ECHO + visitor, 0.98 * ECHO, 0.2 * visitor)
        for _ in range(frames)
    ]


def quiet(one: DoubleTalk, frames: int = 20) -> list[float]:
    return [one.weigh(0.0, NOISE, NOISE, 0.0, NOISE) for _ in range(frames)]


def test_nothing_of_it_is_heard_while_the_far_end_speaks_alone() -> None:
    one = DoubleTalk()
    quiet(one)
    assert set(far_end_alone(one)) == {0.0}


def test_while_both_speak_it_is_heard_and_after_that_no_more() -> None:
    one = DoubleTalk()
    quiet(one)
    far_end_alone(one)
    assert both(one)[-1] == MOST
    assert far_end_alone(one)[-1] == 0.0


def test_it_is_not_heard_before_it_is_known_to_fit() -> None:
    one = DoubleTalk()
    quiet(one)
    far_end_alone(one, 10)
    assert set(both(one)) == {0.0}


def test_a_filter_that_takes_next_to_nothing_away_is_never_heard() -> None:
    one = DoubleTalk()
    quiet(one)
    far_end_alone(one, left=0.9)
    assert set(both(one, visitor=4 * ECHO)) == {0.0}


def test_what_aec3_takes_is_echo_however_much_the_linear_filter_leaves_of_it() -> None:
    one = DoubleTalk()
    quiet(one)
    far_end_alone(one)
    assert {one.weigh(FAR, ECHO, 0.3 * ECHO, 0.7 * ECHO, 0.0018 * ECHO) for _ in range(20)} == {0.0}


def test_a_slip_of_the_card_is_no_second_speaker() -> None:
    one = DoubleTalk()
    quiet(one)
    far_end_alone(one)
    # Now what the filter predicts comes on top, and AEC3 leaves some until it has found the echo anew.
    slipped = [one.weigh(FAR, ECHO, MISSES * ECHO, 0.9 * ECHO, 0.1 * ECHO) for _ in range(60)]
    assert max(slipped[15:]) == 0.0


def test_the_visitor_alone_is_left_to_aec3() -> None:
    one = DoubleTalk()
    quiet(one)
    far_end_alone(one)
    alone = [one.weigh(0.0, VISITOR, VISITOR, 0.0, VISITOR) for _ in range(60)]
    assert alone[-1] == 0.0


def test_another_call_has_to_learn_anew() -> None:
    one = DoubleTalk()
    quiet(one)
    far_end_alone(one)
    one.begin()
    quiet(one)
    assert set(both(one)) == {0.0}
