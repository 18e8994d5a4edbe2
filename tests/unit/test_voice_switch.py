"""Half-duplex: who has the line, when it changes hands, and what must not hold it."""

from __future__ import annotations

from itertools import pairwise

import pytest

from portier.adapters.audio.processing.voice_switch import VoiceSwitch
from portier.sound_settings import VoiceSwitchSettings

SETTINGS = VoiceSwitchSettings(threshold_dbfs=-40.0, hang_over_ms=200, depth_db=30.0)
CLOSED = 10 ** (-30 / 20)
SPEECH, SILENCE = 8000, 3


def gains(switch: VoiceSwitch, *peaks: int) -> list[float]:
    return [switch.microphone_gains(peak)[1] for peak in peaks]


@pytest.mark.parametrize("frame_ms", [10, 20])
def test_the_microphone_is_down_while_the_far_end_speaks_and_for_the_hang_over(frame_ms: int) -> None:
    switch = VoiceSwitch(SETTINGS, frame_ms)
    assert gains(switch, SILENCE) == [1.0]
    assert gains(switch, *[SPEECH] * 10) == [pytest.approx(CLOSED)] * 10
    after = gains(switch, *[SILENCE] * (400 // frame_ms))
    hangs = 200 // frame_ms
    assert after[: hangs - 1] == [pytest.approx(CLOSED)] * (hangs - 1)
    assert after[hangs + 60 // frame_ms] == 1.0


def test_it_opens_little_by_little_and_each_frame_begins_where_the_last_one_ended() -> None:
    switch = VoiceSwitch(SETTINGS, 20)
    steps = [switch.microphone_gains(peak) for peak in [SPEECH] * 3 + [SILENCE] * 20]
    assert all(begins == before[1] for before, (begins, _) in pairwise(steps))
    assert any(CLOSED < ends < 1 for _, ends in steps)


def test_what_is_below_the_threshold_does_not_take_the_line() -> None:
    switch = VoiceSwitch(SETTINGS, 20)
    assert gains(switch, *[300] * 20) == [1.0] * 20
    switch = VoiceSwitch(VoiceSwitchSettings(threshold_dbfs=-50.0), 20)
    assert gains(switch, *[300] * 20)[-1] < 0.1


def test_noise_that_a_telephone_sends_all_the_time_does_not_hold_the_line_for_ever() -> None:
    switch = VoiceSwitch(SETTINGS, 20)
    noisy = gains(switch, *[700] * (50 * 40))
    assert noisy[0] < 0.1
    assert noisy[-1] == 1.0
    # And speech above it takes it all the same.
    assert gains(switch, SPEECH)[-1] == pytest.approx(CLOSED)


def test_another_call_begins_with_an_open_microphone() -> None:
    switch = VoiceSwitch(SETTINGS, 20)
    gains(switch, *[SPEECH] * 10)
    switch.begin()
    assert switch.microphone_gains(SILENCE) == (1.0, 1.0)
